# ---------------------------------------------------------------- program
# What will run the agent: a Node.js of the system, else an executable for the platform. Must never choose a Node.js that
# the service's user cannot run.

# The paths of the tree that the service's user must be able to enter: others need x on each folder.
open_to_others() {
	path=$1
	while [ "$path" != / ] && [ -n "$path" ]; do
		case $(ls -ldL "$ROOT$path") in
		?????????[xt]*) ;;
		*) return 1 ;;
		esac
		path=${path%/*}
	done
}

# A Node.js of the system, not of somebody's home: those vanish with the person and with the next `nvm install`.
find_node() {
	NODE='' NODE_PROBLEM='no Node.js was found'
	for candidate in "$(command -v node || true)" /usr/bin/node /usr/local/bin/node /usr/bin/nodejs /opt/node/bin/node; do
		if [ -z "$candidate" ] || [ ! -x "$ROOT$candidate" ]; then continue; fi
		real=$candidate
		if have readlink && [ -z "$ROOT" ]; then real=$(readlink -f "$candidate" || printf '%s' "$candidate"); fi
		case $real in
		/root/* | /home/* | /tmp/* | /var/tmp/*)
			NODE_PROBLEM="$real lies in a folder that is not the system's"
			continue
			;;
		esac
		if ! open_to_others "$candidate" || ! open_to_others "$real"; then
			NODE_PROBLEM="$real cannot be run by other users than its owner"
			continue
		fi
		# Of another root it cannot be run: its libraries are there.
		if [ -n "$ROOT" ]; then
			found=$(chroot "$ROOT" "$candidate" -p process.versions.node 2>/dev/null || true)
		else
			found=$("$candidate" -p process.versions.node 2>/dev/null || true)
		fi
		major=${found%%.*}
		case $major in
		'' | *[!0-9]*) NODE_PROBLEM="$candidate does not run" ;;
		*)
			if [ "$major" -ge "$OLDEST_NODE" ]; then
				NODE=$candidate NODE_VERSION=$found
				return 0
			fi
			NODE_PROBLEM="$candidate is version $found, and the agent needs $OLDEST_NODE"
			;;
		esac
	done
	return 0
}

choose_program() {
	find_node
	[ -z "$FORCE_EXECUTABLE" ] || NODE='' NODE_PROBLEM='--force-executable was given'
	if [ -n "$NODE" ]; then
		KIND=node
		step "Node.js $NODE_VERSION ($NODE) will run the agent"
		return 0
	fi
	KIND=executable
	platform=linux-$ARCH
	[ "$LIBC" = glibc ] || platform=linux-$ARCH-musl
	entry=$(tr -d ' \t\r\n' <"$WORK/manifest.json" | sed -n "s/.*\"$platform\":{\\([^}]*\\)}.*/\\1/p")
	EXECUTABLE_URL=$(printf '%s' "$entry" | json_text url)
	EXECUTABLE_SUM=$(printf '%s' "$entry" | json_text sha256)
	EXECUTABLE_BYTES=$(printf '%s' "$entry" | json_text bytes)
	UNPACKED_BYTES=$(printf '%s' "$entry" | json_text unpackedBytes)
	UNPACKED_SUM=$(printf '%s' "$entry" | json_text unpackedSha256)
	if [ -z "$EXECUTABLE_URL" ] || [ -z "$EXECUTABLE_SUM" ]; then
		case $LIBC-$ARCH in
		musl-x64 | musl-arm64) die "this gateway has no executable for $platform, and $NODE_PROBLEM" \
			"Install Node.js: apk add nodejs  (Alpine 3.21 and later have version 22)" \
			"Or let the gateway serve one: docs/agent-builds.md." ;;
		musl-*) die "there is no executable for $platform, and $NODE_PROBLEM" \
			"Install Node.js: apk add nodejs  (Alpine 3.21 and later have version 22)" ;;
		glibc-x64 | glibc-arm64) die "this gateway has no executable for $platform, and $NODE_PROBLEM" \
			"Install Node.js $OLDEST_NODE or later: https://nodejs.org/en/download" \
			"Or let the gateway serve one: docs/agent-builds.md." ;;
		*) die "there is no executable for $platform, and $NODE_PROBLEM" \
			"Install Node.js $OLDEST_NODE or later, if there is one for this machine." ;;
		esac
	fi
	[ -z "$DOWNLOAD_URL" ] || EXECUTABLE_URL=$DOWNLOAD_URL/${EXECUTABLE_URL##*/}
	case $EXECUTABLE_URL in
	http://* | https://*) ;;
	*)
		[ -n "$FROM" ] || die "$NODE_PROBLEM, and the gateway does not say where its executable for $platform is" \
			"Install Node.js $OLDEST_NODE or later: https://nodejs.org/en/download" \
			"Or set AGENT_DOWNLOAD_URL at the gateway, or give --download-url URL."
		;;
	esac
	step "the executable for $platform will run the agent; $NODE_PROBLEM"
}
