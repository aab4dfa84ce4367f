# ---------------------------------------------------------------- files
# Moves what was staged to its place, each file in one step and only where it differs, and back again if the new version
# does not start. Must never leave half a file, or one that others may read and should not.

install_files() {
	case $INIT in
	systemd)
		put "$STAGING/spillway-agent.service" "$UNIT" 644 root
		install_drop_in
		;;
	openrc) put "$STAGING/spillway-agent.initd" "$INITD" 755 root ;;
	esac
	make_folder "$ETC" 750 group
	make_folder "$STATE" 700 agent
	put "$STAGING/agent.env" "$ETC/agent.env" 640 group
	if [ "$CONFIG_ACT" = write ]; then put "$STAGING/config" "$ETC/config.alloy" 640 group; fi
	if [ -n "$CONFIG_NEW" ]; then
		put "$STAGING/config" "$ETC/config.alloy.new" 640 group
		[ -z "$REPLACED" ] || step "config.alloy was edited and stays; the new default lies beside it as config.alloy.new"
	fi
	if [ ! -e "$STAGING/$PROGRAM" ]; then
		DIRTY=yes
		step "would write $LIB/$PROGRAM"
	else
		mode=644
		[ $KIND = node ] || mode=755
		put "$STAGING/$PROGRAM" "$LIB/$PROGRAM" $mode root
	fi
	put "$STAGING/launcher" "$LAUNCHER" 755 root
	remove_other_program
	make_record >"$STAGING/installed"
	put "$STAGING/installed" "$RECORD" 644 root
}

install_drop_in() {
	if [ "${READ_ALL:-no}" = no ]; then
		remove_drop_in
		return 0
	fi
	cat >"$STAGING/drop-in" <<'TEXT'
# From install.sh --read-all-logs: reads every file, whoever owns it, and may change none.
[Service]
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
AmbientCapabilities=CAP_DAC_READ_SEARCH
TEXT
	put "$STAGING/drop-in" "$DROP_IN" 644 root
}

# With its folder, unless there is something of the user's in it.
remove_drop_in() {
	remove "$DROP_IN"
	[ -n "$DRY_RUN" ] || rmdir "${DROP_IN%/*}" 2>/dev/null || true
}

remove_other_program() {
	other=agent-lite
	[ $KIND = node ] || other=agent-lite.cjs
	[ ! -e "$LIB/$other" ] || DIRTY=yes
	[ ! -e "$LIB/$other" ] || act "remove $LIB/$other" rm -f "$LIB/$other"
}

# put FILE TARGET MODE OWNER: replaces it in one step, and only where it differs. Sets REPLACED.
put() {
	REPLACED=''
	if [ -e "$2" ] && [ "$(sha256 "$1")" = "$(sha256 "$2")" ] && has_mode "$2" "$3" "$4"; then return 0; fi
	REPLACED=yes DIRTY=yes
	act "write $2" replace "$1" "$2" "$3" "$4"
}

has_mode() {
	have stat || return 0
	[ "$(stat -c '%a %u:%g' "$1")" = "$2 $(owner_ids "$3")" ]
}

replace() {
	folder=${2%/*}
	[ -d "$folder" ] || mkdir -p "$folder"
	rm -f "$2.spillway-new"
	{
		(umask 077 && cat "$1" >"$2.spillway-new") && chmod "$3" "$2.spillway-new" && chown "$(owner_ids "$4")" "$2.spillway-new" &&
			mv -f "$2.spillway-new" "$2"
	} || {
		rm -f "$2.spillway-new"
		die "$2 cannot be written" "Is the file system full or read-only? df -h $folder"
	}
	# Where SELinux is on, a file has the label of the place it was made in.
	if have restorecon && [ -z "$ROOT" ]; then restorecon "$2" 2>/dev/null || true; fi
}

make_folder() { # PATH MODE OWNER
	[ ! -d "$1" ] || return 0
	DIRTY=yes
	act "make the folder $1" new_folder "$@"
}

new_folder() { mkdir -p "$1" && chmod "$2" "$1" && chown "$(owner_ids "$3")" "$1"; }

remove() {
	[ -e "$1" ] || [ -L "$1" ] || return 0
	DIRTY=yes
	act "remove $1" rm -rf "$1"
}

# What runs now, to go back to.
keep_previous() {
	[ -n "$OLD_VERSION" ] && [ -z "$DRY_RUN" ] || return 0
	rm -rf "$LIB/previous"
	mkdir -m 700 "$LIB/previous"
	each_file keep
}

# each_file WHAT: calls it with each file of an installation and the name under which the one before is kept.
each_file() {
	"$1" "$LIB/agent-lite.cjs" bundle
	"$1" "$LIB/agent-lite" executable
	"$1" "$LAUNCHER" launcher
	"$1" "$UNIT" unit
	"$1" "$DROP_IN" drop-in
	"$1" "$INITD" initd
	"$1" "$ETC/config.alloy" config
	"$1" "$ETC/agent.env" env
	"$1" "$RECORD" record
}

# A link where that can be: an executable has 111 MB, and put() makes a new file in the place of this one.
keep() {
	[ -e "$1" ] || return 0
	ln "$1" "$LIB/previous/$2" 2>/dev/null || cp -p "$1" "$LIB/previous/$2" || {
		rm -rf "$LIB/previous"
		die "there is no room to keep the version before" "Make room: df -h $LIB"
	}
}

go_back() {
	say "Going back to version $OLD_VERSION …" >&2
	each_file back
	rm -rf "$LIB/previous"
	# Where the version before listens: this run may have been given another place.
	LISTEN=$(known_listen)
	reload_init
	restart_service || true
}

back() {
	# First: mv does nothing with two links to one file, and busybox's fails.
	rm -f "$1"
	[ -e "$LIB/previous/$2" ] || return 0
	mkdir -p "${1%/*}"
	mv "$LIB/previous/$2" "$1"
}
