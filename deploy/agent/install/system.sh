# ---------------------------------------------------------------- system
# What this host is and has. Must never change anything.

set_paths() {
	LIB=$ROOT/usr/local/lib/spillway
	LAUNCHER=$ROOT/usr/local/bin/agent-lite
	ETC=$ROOT/etc/spillway
	STATE=$ROOT/var/lib/spillway
	RECORD=$LIB/installed
	UNIT=$ROOT/etc/systemd/system/$SERVICE.service
	DROP_IN=$ROOT/etc/systemd/system/$SERVICE.service.d/50-read-all-logs.conf
	INITD=$ROOT/etc/init.d/$SERVICE
}

check_tools() {
	missing=''
	for tool in cat chmod chown cp cut df grep head id ln ls mkdir mv rm rmdir sed sleep sort tail tr uname; do
		have "$tool" || missing="$missing $tool"
	done
	[ -z "$missing" ] || die "this system lacks$missing" "Install coreutils, grep and sed, or busybox."
	if [ "$(id -u)" != 0 ] && [ -z "$DRY_RUN" ]; then
		die "only root can install the agent" "Put sudo before sh: curl … | sudo sh -s -- …"
	fi
}

detect_system() {
	case $(uname -s) in
	Linux) ;;
	*) die "this is $(uname -s): the installer knows Linux only" "Run the agent by hand: agent-lite run FILE" ;;
	esac
	case $(uname -m) in
	x86_64 | amd64) ARCH=x64 ;;
	aarch64 | arm64) ARCH=arm64 ;;
	*) ARCH=$(uname -m) ;;
	esac
	detect_libc
	SYSTEM=''
	if [ -r "$ROOT/etc/os-release" ]; then
		SYSTEM=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$ROOT/etc/os-release" | head -n 1)
	fi
	[ -n "$SYSTEM" ] || SYSTEM=Linux
	INIT=none
	if [ -n "$ROOT" ]; then
		if [ -e "$ROOT/usr/lib/systemd/systemd" ] || [ -e "$ROOT/lib/systemd/systemd" ]; then
			INIT=systemd
		elif [ -e "$ROOT/sbin/openrc-run" ] || [ -e "$ROOT/usr/sbin/openrc-run" ]; then
			INIT=openrc
		fi
	elif [ -d /run/systemd/system ] && have systemctl; then
		INIT=systemd
	elif have rc-service && { [ -d /run/openrc ] || have openrc-run || [ -x /sbin/openrc-run ]; }; then
		INIT=openrc
	fi
}

# By the loaders that are there. Both may be: Debian has a package musl, Alpine has gcompat. Then what the system's own
# shell asks for decides.
detect_libc() {
	LIBC=glibc
	exists "$ROOT"/lib/ld-musl-*.so.1 || return 0
	if exists "$ROOT"/lib/ld-linux*.so.* "$ROOT"/lib64/ld-linux*.so.*; then
		grep -q ld-musl- "$ROOT/bin/busybox" "$ROOT/bin/sh" 2>/dev/null || return 0
	fi
	LIBC=musl
}

# exists PATH...: whether one of them is there; a pattern that fits nothing is none. In another root a link may lead
# nowhere from here.
exists() {
	for path in "$@"; do
		if [ -e "$path" ] || [ -L "$path" ]; then return 0; fi
	done
	return 1
}

detect_fetcher() {
	if have curl; then
		FETCHER=curl
	elif have wget; then
		FETCHER=wget
		if wget --help 2>&1 | grep -qi busybox; then FETCHER=busybox; fi
	elif [ -n "$FROM" ] && [ -z "$START" ]; then
		FETCHER=none
	else
		die "this system has neither curl nor wget" "Install one: apt-get install curl, apk add curl, dnf install curl." \
			"Or bring the files here by hand: --from DIR --no-start."
	fi
}

detect_hasher() {
	if have sha256sum; then
		HASHER=sha256sum
	elif have shasum; then
		HASHER=shasum
	elif have openssl; then
		HASHER=openssl
	else
		die "nothing here can check a SHA-256 checksum: no sha256sum, shasum or openssl" "Install coreutils or openssl."
	fi
}

sha256() {
	case $HASHER in
	sha256sum) sha256sum <"$1" | cut -d ' ' -f 1 ;;
	shasum) shasum -a 256 <"$1" | cut -d ' ' -f 1 ;;
	openssl) openssl dgst -sha256 <"$1" | sed 's/^.*= *//' ;;
	esac
}
