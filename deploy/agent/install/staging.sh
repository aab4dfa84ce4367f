# ---------------------------------------------------------------- staging
# Everything that will be installed, made and tried out in a folder of its own. Must never touch a file that is in use.

# Files are made where they will lie, so that they can be run there and moved in one step. The folder is removed again.
stage() {
	if [ -n "$DRY_RUN" ]; then
		STAGING=$WORK/staging
		mkdir "$STAGING"
	else
		mkdir -p "$LIB" 2>"$WORK/errors" ||
			die "$LIB cannot be made: $(tail -n 1 "$WORK/errors")" "Is /usr read-only? Then an image has to bring the agent: --root."
		# Of a run that was killed.
		rm -rf "$LIB"/.new.*
		STAGING=$LIB/.new.$$
		mkdir "$STAGING" 2>"$WORK/errors" || die "nothing can be written to $LIB: $(tail -n 1 "$WORK/errors")"
	fi
	chmod 755 "$STAGING"
	check_writable
	get SHA256SUMS "$STAGING/SHA256SUMS"
	stage_file config.alloy
	case $INIT in
	systemd) stage_file spillway-agent.service ;;
	openrc) stage_file spillway-agent.initd ;;
	esac
	if [ $KIND = node ]; then
		stage_file agent-lite.cjs
		PROGRAM=agent-lite.cjs
		printf '#!/bin/sh\nexec %s %s/agent-lite.cjs "$@"\n' "$NODE" "${LIB#"$ROOT"}" >"$STAGING/launcher"
	else
		PROGRAM=agent-lite
		stage_executable
		printf '#!/bin/sh\nexec %s/agent-lite "$@"\n' "${LIB#"$ROOT"}" >"$STAGING/launcher"
	fi
	check_program
	choose_parts
	if [ -n "$CONFIG" ]; then
		cat "$CONFIG" >"$STAGING/config"
	else
		compose <"$STAGING/config.alloy" >"$STAGING/config"
	fi
	(umask 077 && make_env >"$STAGING/agent.env")
	check_config
}

# A read-only /etc is found out here, and not halfway.
check_writable() {
	[ -z "$DRY_RUN" ] || return 0
	for folder in "$ROOT/etc" "$ROOT/var/lib" "${LAUNCHER%/*}"; do
		[ -d "$folder" ] || continue
		probe=$folder/.spillway-install.$$
		(: >"$probe") 2>/dev/null || die "nothing can be written to $folder" \
			"Is the file system read-only or full? df -h $folder; mount | grep ' ro,'"
		rm -f "$probe"
	done
}

stage_file() {
	get "$1" "$STAGING/$1"
	expected=$(sed -n "s/^\\([0-9a-f]\\{64\\}\\)  $1\$/\\1/p" "$STAGING/SHA256SUMS")
	[ -n "$expected" ] || die "SHA256SUMS has no line for $1" "Gateway and script are of different versions: fetch the script again."
	verify "$STAGING/$1" "$expected" "$1"
	chmod 644 "$STAGING/$1"
}

stage_executable() {
	if [ -e "$LIB/agent-lite" ] && [ "$(sha256 "$LIB/agent-lite")" = "$UNPACKED_SUM" ]; then
		# It is here already: no need to fetch it again.
		ln "$LIB/agent-lite" "$STAGING/agent-lite" 2>/dev/null || cp -p "$LIB/agent-lite" "$STAGING/agent-lite"
		return 0
	fi
	if [ -n "$DRY_RUN" ]; then
		step "would download $EXECUTABLE_URL ($((EXECUTABLE_BYTES / MIB)) MiB)"
		return 0
	fi
	check_room
	name=${EXECUTABLE_URL##*/}
	step "downloading $name ($((EXECUTABLE_BYTES / MIB)) MiB)"
	if [ -n "$FROM" ]; then
		get "$name" "$STAGING/download"
	else
		fetch "$EXECUTABLE_URL" "$STAGING/download" || fetch_failed "$name"
	fi
	verify "$STAGING/download" "$EXECUTABLE_SUM" "$name"
	case $name in
	*.gz)
		have gzip || die "gzip is missing" "Install it: apt-get install gzip, apk add gzip."
		gzip -d -c "$STAGING/download" >"$STAGING/agent-lite" || die "there is no room to unpack $name" "Make room: df -h $LIB"
		verify "$STAGING/agent-lite" "$UNPACKED_SUM" "the unpacked $name"
		rm -f "$STAGING/download"
		;;
	*) mv "$STAGING/download" "$STAGING/agent-lite" ;;
	esac
	chmod 755 "$STAGING/agent-lite"
}

check_room() {
	free_kib=$(df -Pk "$LIB" | tail -n 1 | tr -s ' ' | cut -d ' ' -f 4)
	# Staged and in its place; the version before is kept until this one runs, which takes no more than is taken now.
	larger=${UNPACKED_BYTES:-${EXECUTABLE_BYTES:-0}}
	need_kib=$((larger * 2 / 1024 + 10240))
	case $free_kib in '' | *[!0-9]*) return 0 ;; esac
	[ "$free_kib" -ge "$need_kib" ] || die "there is no room in $LIB: $((free_kib / 1024)) MiB are free, $((need_kib / 1024)) are needed" \
		"Make room, or install Node.js $OLDEST_NODE, with which the agent takes 3 MiB."
}

# The staged program, run as it will be.
agent() {
	if [ -n "$ROOT" ]; then
		set -- chroot "$ROOT" env SPILLWAY_URL="$URL" SPILLWAY_LABELS="$LABELS" ${NODE:+"$NODE"} "${STAGING#"$ROOT"}/$PROGRAM" "$@"
	elif [ $KIND = node ]; then
		set -- env SPILLWAY_URL="$URL" SPILLWAY_LABELS="$LABELS" "$NODE" "$STAGING/$PROGRAM" "$@"
	else
		set -- env SPILLWAY_URL="$URL" SPILLWAY_LABELS="$LABELS" "$STAGING/$PROGRAM" "$@"
	fi
	SPILLWAY_TOKEN=$TOKEN "$@"
}

check_program() {
	[ -z "$DRY_RUN" ] || [ $KIND = node ] || return 0
	[ -z "$DRY_RUN" ] || [ -z "$ROOT" ] || return 0
	if ! agent --version >"$WORK/version" 2>&1; then
		die "the agent does not run on this system: $(tail -n 1 "$WORK/version")" \
			"Executables need glibc 2.28, or musl 1.2, or later. Node.js $OLDEST_NODE or later does as well."
	fi
	grep -q "version $NEW_VERSION " "$WORK/version" ||
		die "the agent says that it is $(head -n 1 "$WORK/version"), and the gateway calls it $NEW_VERSION" "Run the same command again."
}
