#!/bin/sh
# Installs, upgrades or removes the Spillway agent of this host:
#   curl -fsSL https://GATEWAY/install.sh | sudo sh -s -- --token TOKEN
# POSIX sh; runs under dash and busybox ash. Everything is in functions and the last line calls them, so that a download
# that was cut off runs nothing. docs/install.md says what it does to a system, file by file.
set -eu
# `su` without `-` keeps the user's PATH, which on Debian has neither useradd nor chroot.
PATH=${PATH:-/usr/bin:/bin}:/usr/local/sbin:/usr/sbin:/sbin

# The gateway that serves this script writes its address in here.
GATEWAY_ORIGIN=''

USER_NAME=spillway-agent
SERVICE=spillway-agent
OLDEST_NODE=22
MIB=1048576
# How long the agent may take until it answers, and until its first data has arrived: a gateway's numbers are 20 s behind.
READY_SECONDS=30
RECEIVED_SECONDS=90

usage() {
	cat <<'TEXT'
Installs the Spillway agent on this host, or brings it up to date. Run as root.

  --token TOKEN         a token of the tenant with the scope agent. Others on this host can see it in `ps` while the
                        installation runs: --token-file, or the variable SPILLWAY_TOKEN, hide it
  --token-file FILE     file that holds the token
  --url URL             the gateway; default: where this script came from
  --label NAME=VALUE    put on everything this host sends; may be given again
  --config FILE         use this configuration instead of the default one
  --no-logs, --logs     do not, or do again, read the journal or the files in /var/log
  --no-otlp, --otlp     do not, or do again, take OTLP on 127.0.0.1:4318
  --docker, --no-docker read logs of containers. Puts the agent's user into the group docker, which is as good as root
  --read-all-logs       let the agent read every file of this host, whoever owns it (CAP_DAC_READ_SEARCH; systemd only)
  --listen ADDRESS      where the agent's own page listens; default 127.0.0.1:12345
  --no-start            install only
  --upgrade             as before, with the gateway's version of the agent; keeps the token, the configuration, the data
  --allow-downgrade     take an older version than the one installed
  --uninstall           remove the agent; keeps /etc/spillway and /var/lib/spillway
  --purge               with --uninstall: remove these and the user too
  --dry-run             say what would be done, and change nothing
  --from DIR            take the files from a folder instead of the gateway (see "Without a network" in docs/install.md)
  --download-url URL    where executables are fetched from; default: where the gateway says
  --force-executable    take the executable even where a Node.js could run the agent
  --root DIR            install into the tree below DIR, for images; starts nothing
  --allow-http          send the token over http: to a host that is not this one
  --wait SECONDS        how long to wait for the first data; default 90, 0: not at all
  --help                this text
TEXT
}

# ---------------------------------------------------------------- messages

say() { printf '%s\n' "$*"; }
step() { printf '  %s\n' "$*"; }
warn() { printf 'Warning: %s\n' "$*" >&2; }

# die MESSAGE [WHAT TO DO]...
die() {
	printf 'Error: %s\n' "$1" >&2
	shift
	for hint in "$@"; do printf '  %s\n' "$hint" >&2; done
	if [ -n "${CHANGED:-}" ]; then :; else printf 'Nothing on this host was changed.\n' >&2; fi
	exit 1
}

# Runs a command that changes the system, or, with --dry-run, says what it would be.
act() {
	description=$1
	shift
	if [ -n "$DRY_RUN" ]; then
		step "would $description"
		return 0
	fi
	CHANGED=yes
	step "$description"
	"$@"
}

have() { command -v "$1" >/dev/null 2>&1; }

# ---------------------------------------------------------------- arguments

parse_arguments() {
	TOKEN=${SPILLWAY_TOKEN:-} URL='' LABELS='' CONFIG='' LOGS='' OTLP='' DOCKER='' READ_ALL='' LISTEN=''
	START=yes MODE=install PURGE='' DRY_RUN='' FROM='' DOWNLOAD_URL='' FORCE_EXECUTABLE='' ROOT='' ALLOW_HTTP=''
	ALLOW_DOWNGRADE='' WAIT=$RECEIVED_SECONDS token_file=''
	while [ $# -gt 0 ]; do
		option=$1
		shift
		case $option in
		--*=*) set -- "${option#*=}" "$@" && option=${option%%=*} && given=yes ;;
		*) given='' ;;
		esac
		case $option in
		--token | --token-file | --url | --label | --config | --listen | --from | --download-url | --root | --wait)
			[ $# -gt 0 ] || die "$option needs a value" "See --help."
			value=$1
			shift
			;;
		*) [ -z "$given" ] || die "$option takes no value" "See --help." ;;
		esac
		case $option in
		--token) TOKEN=$value ;;
		--token-file) token_file=$value ;;
		--url) URL=$value ;;
		--label) add_label "$value" ;;
		--config) CONFIG=$value ;;
		--listen) LISTEN=$value ;;
		--from) FROM=$value ;;
		--download-url) DOWNLOAD_URL=${value%/} ;;
		--root) ROOT=${value%/} ;;
		--wait) WAIT=$value ;;
		--logs) LOGS=yes ;;
		--no-logs) LOGS=no ;;
		--otlp) OTLP=yes ;;
		--no-otlp) OTLP=no ;;
		--docker) DOCKER=yes ;;
		--no-docker) DOCKER=no ;;
		--read-all-logs) READ_ALL=yes ;;
		--no-start) START='' ;;
		--upgrade) MODE=upgrade ;;
		--uninstall) MODE=uninstall ;;
		--purge) PURGE=yes ;;
		--dry-run) DRY_RUN=yes ;;
		--force-executable) FORCE_EXECUTABLE=yes ;;
		--allow-http) ALLOW_HTTP=yes ;;
		--allow-downgrade) ALLOW_DOWNGRADE=yes ;;
		-h | --help)
			usage
			exit 0
			;;
		*) die "there is no option $option" "See --help." ;;
		esac
	done
	[ -z "$PURGE" ] || [ "$MODE" = uninstall ] || die "--purge goes with --uninstall"
	case $WAIT in '' | *[!0-9]*) die "--wait takes a number of seconds, not '$WAIT'" ;; esac
	case $LISTEN in *[!A-Za-z0-9.:_-]* | '[') die "--listen takes an address like 127.0.0.1:12345, not '$LISTEN'" ;; esac
	case $ROOT in '' | /*) ;; *) die "--root takes an absolute path, not '$ROOT'" ;; esac
	if [ -n "$ROOT" ]; then
		[ -d "$ROOT/etc" ] || die "$ROOT is no tree of a system: it has no etc"
		START=''
	fi
	if [ -n "$token_file" ]; then
		[ -r "$token_file" ] || die "the token file $token_file cannot be read"
		TOKEN=$(tr -d ' \t\r\n' <"$token_file")
	fi
	[ -z "$CONFIG" ] || [ -r "$CONFIG" ] || die "the configuration $CONFIG cannot be read"
}

# Collects '"name":"value"' pairs. What could end a quote, in JSON or in the shell, is refused.
add_label() {
	case $1 in
	?*=?*) ;;
	*) die "--label takes NAME=VALUE, not '$1'" ;;
	esac
	case ${1%%=*} in
	[!a-zA-Z_]* | *[!a-zA-Z0-9_]*) die "'${1%%=*}' is no name of a label: letters, digits and _ make one" ;;
	esac
	case ${1#*=} in
	*[!A-Za-z0-9\ ._:/@+,-]*) die "the label ${1%%=*} has a value with other characters than letters, digits, spaces and ._:/@+,-" ;;
	esac
	LABELS="$LABELS${LABELS:+,}\"${1%%=*}\":\"${1#*=}\""
}

# ---------------------------------------------------------------- the system

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
	for tool in cat chmod chown cut df grep head id ls mkdir mv rm rmdir sed sleep tail tr uname; do
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
	LIBC=glibc
	for loader in "$ROOT"/lib/ld-musl-*; do [ ! -e "$loader" ] || LIBC=musl; done
	SYSTEM=Linux
	if [ -r "$ROOT/etc/os-release" ]; then
		SYSTEM=$(sed -n 's/^PRETTY_NAME="\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$ROOT/etc/os-release" | head -n 1)
	fi
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

# ---------------------------------------------------------------- fetching

make_work_folder() {
	umask 022
	if have mktemp; then
		WORK=$(mktemp -d) || die "no temporary folder can be made" "Is ${TMPDIR:-/tmp} full or read-only? Set TMPDIR to another folder."
	else
		WORK=${TMPDIR:-/tmp}/spillway-install.$$
		mkdir -m 700 "$WORK" || die "the temporary folder $WORK cannot be made" "Set TMPDIR to another folder."
	fi
	trap 'clean_up' EXIT
	trap 'exit 129' HUP
	trap 'exit 130' INT
	trap 'exit 143' TERM
}

clean_up() {
	rm -rf "$WORK"
	if [ -n "${STAGING:-}" ]; then
		rm -rf "$STAGING"
		# Goes only if it is empty: of an installation that did not come to be.
		rmdir "$LIB" 2>/dev/null || true
	fi
}

# fetch URL FILE [auth|local]: with the token, or past any proxy. Leaves STATUS (HTTP's, 000 for none) and PROBLEM (what went wrong before there was one).
fetch() {
	STATUS=000 PROBLEM='' errors=$WORK/fetch-errors
	: >"$errors"
	case $FETCHER in
	curl) fetch_curl "$@" ;;
	wget) fetch_wget "$@" ;;
	busybox) fetch_busybox "$@" ;;
	none) PROBLEM="there is neither curl nor wget" ;;
	esac
	[ "$STATUS" = 200 ]
}

fetch_curl() {
	url=$1 file=$2 code=0
	# Redirects are followed for public files alone: the token is for the gateway, and for nobody it points to.
	case ${3:-} in
	auth) set -- --config "$WORK/curl-auth" ;;
	local) set -- --noproxy '*' ;;
	*) set -- --location ;;
	esac
	STATUS=$(curl --silent --show-error --proto '=http,https' --connect-timeout 15 --max-time 900 --output "$file" \
		--write-out '%{http_code}' "$@" "$url" 2>"$errors") || code=$?
	case $code in
	0) ;;
	5) PROBLEM=proxy ;;
	6) PROBLEM=resolve ;;
	7) PROBLEM=connect ;;
	18 | 56) PROBLEM=interrupted ;;
	23) PROBLEM=disk ;;
	28) PROBLEM=timeout ;;
	35 | 51 | 53 | 58 | 59 | 60 | 66 | 77 | 80 | 83) PROBLEM=tls ;;
	*) PROBLEM=other ;;
	esac
	# A proxy's refusal is told in the text only.
	if [ "$code" = 56 ] && grep -q '407' "$errors"; then STATUS=407; elif [ "$code" != 0 ]; then STATUS=000; fi
}

fetch_wget() {
	url=$1 file=$2 code=0
	case ${3:-} in
	auth) set -- --max-redirect=0 --config="$WORK/wget-auth" ;;
	local) set -- --no-proxy ;;
	*) set -- --max-redirect=10 ;;
	esac
	wget -nv --timeout=20 --tries=2 "$@" -O "$file" "$url" 2>"$errors" || code=$?
	read_wget_errors "$code"
	[ "$code" != 5 ] || PROBLEM=tls
}

# Busybox takes the header as an argument only: `ps` shows the token while the request runs, a fraction of a second.
fetch_busybox() {
	url=$1 file=$2 code=0
	case ${3:-} in
	auth) set -- --header "Authorization: Bearer $TOKEN" ;;
	local) set -- -Y off ;;
	*) set -- ;;
	esac
	wget -q "$@" -O "$file" "$url" 2>"$errors" || code=$?
	if grep -qi 'certificate validation not implemented' "$errors"; then
		die "the wget of this system does not check certificates, so anybody in between could send another program" \
			"Install curl: apk add curl, apt-get install curl."
	fi
	read_wget_errors "$code"
}

read_wget_errors() {
	if [ "$1" = 0 ]; then
		STATUS=200
		return 0
	fi
	STATUS=$(sed -n -e 's/.*ERROR \([1-5][0-9][0-9]\).*/\1/p' -e 's/.*HTTP\/[0-9.]* \([1-5][0-9][0-9]\).*/\1/p' "$errors" | tail -n 1)
	[ -z "$STATUS" ] || return 0
	STATUS=000
	PROBLEM=other
	! grep -qiE 'bad address|unable to resolve|failed: (name|temporary failure)' "$errors" || PROBLEM=resolve
	! grep -qiE 'connection refused|no route|unreachable' "$errors" || PROBLEM=connect
	! grep -qiE 'timed out|timeout' "$errors" || PROBLEM=timeout
	! grep -qiE 'certificate|tls|ssl' "$errors" || PROBLEM=tls
	! grep -qiE 'no space left|cannot write|write error' "$errors" || PROBLEM=disk
	! grep -qiE 'connection closed prematurely|reset by peer|unexpected end' "$errors" || PROBLEM=interrupted
}

# Ends the installation with what the last fetch of $1 met, and what to do about it.
fetch_failed() {
	what=$1 said=$(tail -n 1 "$WORK/fetch-errors" 2>/dev/null || true)
	host=${url#*://} host=${host%%/*}
	proxy=${https_proxy:-${HTTPS_PROXY:-${http_proxy:-}}}
	case $PROBLEM in
	resolve) die "the name $host cannot be resolved" "Is it spelled right? Does DNS work here: getent hosts ${host%%:*}" "$said" ;;
	connect) die "$host does not answer" "Is the gateway running, and does a firewall let this host out?" \
		"If only a proxy leads out: set https_proxy, and keep it with sudo -E." "$said" ;;
	timeout) die "$host does not answer in time" "A firewall that drops packets looks like this. Behind a proxy: set https_proxy, and keep it with sudo -E." "$said" ;;
	proxy) die "the proxy $proxy cannot be reached" "Correct or unset https_proxy." "$said" ;;
	tls) die "the certificate of $host was not accepted" "This host's clock says $(date -u '+%Y-%m-%d %H:%M UTC'): is that right?" \
		"Are there root certificates (package ca-certificates)? Does something in between open TLS?" "$said" ;;
	disk) die "there is no room for $what" "Make room: df -h ${TMPDIR:-/tmp} $LIB" "$said" ;;
	interrupted) die "the download of $what was cut off" "Run the same command again." "$said" ;;
	esac
	case $STATUS in
	404) die "$url does not exist (404)" "Is --url the address of a Spillway gateway, and is it of this version?" ;;
	407) die "the proxy $proxy wants to know who asks (407)" "Put name and password into https_proxy: http://NAME:PASSWORD@HOST:PORT" ;;
	503) die "the gateway has not got $what (503)" "It was deployed without the agent: run npm run build there, and deploy again." ;;
	000) die "$what could not be fetched from $url" "$said" ;;
	*) die "$what could not be fetched from $url: HTTP $STATUS" "$said" ;;
	esac
}

# get NAME FILE: one of the files of an installation, from the folder or the gateway.
get() {
	if [ -n "$FROM" ]; then
		[ -r "$FROM/$1" ] || die "$FROM has no $1" "docs/install.md says which files an installation without a network needs."
		cat "$FROM/$1" >"$2" || die "there is no room for $1" "Make room: df -h $LIB"
	else
		fetch "$URL/install/$1" "$2" || fetch_failed "$1"
	fi
}

# verify FILE SUM NAME
verify() {
	actual=$(sha256 "$1")
	[ "$actual" = "$2" ] || die "the checksum of $3 is wrong: it was damaged on its way, or replaced" \
		"expected $2" "received $actual" "Run the same command again; if it stays so, ask whoever runs the gateway."
}

# json_text KEY <JSON: the first text or number of that name. Enough for what the gateway writes, which is on one line.
json_text() {
	tr -d ' \t\r\n' | sed -n -e "s/.*\"$1\":\"\\([^\"]*\\)\".*/\\1/p" -e "s/.*\"$1\":\\([0-9][0-9]*\\).*/\\1/p" | head -n 1
}

# ---------------------------------------------------------------- settings

# The value of a variable in agent.env, without its quotes.
known_setting() {
	[ -r "$ETC/agent.env" ] || return 0
	sed -n "s/^$1='\\{0,1\\}\\([^']*\\)'\\{0,1\\}\$/\\1/p" "$ETC/agent.env" | tail -n 1
}

recorded() {
	[ -r "$RECORD" ] || return 0
	sed -n "s/^$1=//p" "$RECORD" | tail -n 1
}

settle_settings() {
	[ -n "$URL" ] || URL=$GATEWAY_ORIGIN
	[ -n "$URL" ] || URL=$(known_setting SPILLWAY_URL)
	URL=${URL%/}
	[ -n "$URL" ] || die "which gateway? The script did not come from one" "Give --url https://GATEWAY."
	case $URL in
	*[!A-Za-z0-9.:/_~%[\]-]*) die "--url has characters that no address of a gateway has: $URL" ;;
	https://?* | http://127.0.0.1 | http://127.0.0.1[:/]* | http://localhost | http://localhost[:/]* | http://\[::1\]*) ;;
	http://?*)
		[ -n "$ALLOW_HTTP" ] || die "the token would go over $URL unencrypted" \
			"Where TLS ends in front of the gateway, it cannot know its own address: give --url https://…" \
			"In a network that nobody else is in: --allow-http."
		;;
	*) die "--url is no address: $URL" "It looks like https://gateway.example." ;;
	esac
	if [ "$MODE" = upgrade ] && [ -z "$(recorded version)" ]; then
		die "there is no agent to upgrade" "Install it: the same command with --token TOKEN instead of --upgrade."
	fi
	[ -n "$TOKEN" ] || TOKEN=$(known_setting SPILLWAY_TOKEN)
	[ -n "$TOKEN" ] || die "no token" "Give --token TOKEN, --token-file FILE or the variable SPILLWAY_TOKEN." \
		"Whoever runs the gateway makes one: npx spillway token create NAME --tenant TENANT --scope agent"
	printf '%s\n' "$TOKEN" | grep -q '^spw_[0-9a-f]\{16\}_[0-9a-f]\{48\}$' ||
		die "this is no token: one begins with spw_ and has 69 characters" "Was it copied whole?"
	if [ -n "$LABELS" ]; then LABELS="{$LABELS}"; else LABELS=$(known_setting SPILLWAY_LABELS); fi
	[ -n "$LISTEN" ] || LISTEN=$(known_setting SPILLWAY_LISTEN)
	[ -n "$LISTEN" ] || LISTEN=127.0.0.1:12345
	[ -n "$LOGS" ] || LOGS=$(recorded logs)
	[ -n "$OTLP" ] || OTLP=$(recorded otlp)
	[ -n "$DOCKER" ] || DOCKER=$(recorded docker)
	[ -n "$READ_ALL" ] || READ_ALL=$(recorded read_all)
	write_auth_files
}

# The token reaches curl and wget in files that only root can read.
write_auth_files() {
	umask 077
	printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$WORK/curl-auth"
	printf 'header = Authorization: Bearer %s\n' "$TOKEN" >"$WORK/wget-auth"
	umask 022
}

# Which parts of the default configuration fit this host.
choose_parts() {
	journal=no syslog=no
	if [ "${LOGS:-yes}" = yes ]; then
		# The journal has it all; without one the files in /var/log do.
		if [ "$INIT" = systemd ] && { [ -n "$ROOT" ] || have journalctl; }; then journal=yes; else syslog=yes; fi
	fi
	PARTS=''
	[ $journal = no ] || PARTS="$PARTS journal"
	[ $syslog = no ] || PARTS="$PARTS syslog"
	[ "${DOCKER:-no}" = no ] || PARTS="$PARTS docker"
	[ "${OTLP:-yes}" = no ] || PARTS="$PARTS otlp"
}

# compose <TEMPLATE: the default configuration with the chosen parts, and without the lines that mark them.
compose() {
	script='/^\/\/: /d'
	for part in journal syslog docker otlp; do
		case " $PARTS " in
		*" $part "*) ;;
		*) script="/^\\/\\/: part $part\$/,/^\\/\\/: end\$/d
$script" ;;
		esac
	done
	sed -e "$script"
}

# ---------------------------------------------------------------- before anything changes

check_gateway() {
	if [ -n "$FROM" ]; then
		get manifest.json "$WORK/manifest.json"
	else
		fetch "$URL/install/manifest.json" "$WORK/manifest.json" || fetch_failed "the list of files"
	fi
	NEW_VERSION=$(json_text version <"$WORK/manifest.json")
	case $NEW_VERSION in
	'' | *[!0-9A-Za-z.+-]*) die "$URL/install/manifest.json is no list of a Spillway gateway" "Is --url right? Does a proxy answer with a page of its own?" ;;
	esac
}

# The token is tried before the system is touched. Leaves SINCE_MS, the gateway's time.
check_token() {
	if [ -n "$FROM" ] && [ -z "$START" ]; then
		SINCE_MS=0
		return 0
	fi
	if ! fetch "$URL/api/v1/received" "$WORK/received" auth; then
		case $STATUS in
		401) die "the gateway does not know this token (401)" "It may be mistyped, expired or revoked, or belong to another gateway than $URL." ;;
		403) die "this token may not push (403)" "An agent needs one with the scope agent: npx spillway token create NAME --tenant TENANT --scope agent" ;;
		429) die "the gateway refuses more attempts from this address for now (429)" "Wait a minute, and check the token." ;;
		*) fetch_failed "the answer about the token" ;;
		esac
	fi
	grep -q '"agent"' "$WORK/received" || die "this token lacks the scope agent" \
		"npx spillway token create NAME --tenant TENANT --scope agent makes one that has it."
	TENANT=$(json_text tenant <"$WORK/received")
	SINCE_MS=$(json_text nowMs <"$WORK/received")
	case $SINCE_MS in '' | *[!0-9]*) die "$URL/api/v1/received did not answer as a Spillway gateway does" ;; esac
	off=$(($(date +%s) - SINCE_MS / 1000))
	if [ "$off" -gt 120 ] || [ "$off" -lt -120 ]; then
		warn "this host's clock is $off s off the gateway's: samples and lines will have wrong times, and may be refused. Is NTP running?"
	fi
	step "the gateway knows the token: tenant $TENANT"
}

choose_program() {
	find_node
	if [ -n "$NODE" ] && [ -z "$FORCE_EXECUTABLE" ]; then
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
	step "the executable for $platform will run the agent${FORCE_EXECUTABLE:+ (--force-executable)}; $NODE_PROBLEM"
}

# version_below A B: whether A is the older one. Numbers only; what follows them does not count.
version_below() {
	left=${1%%[-+]*}. right=${2%%[-+]*}.
	while [ -n "$left$right" ]; do
		l=${left%%.*} r=${right%%.*}
		left=${left#*.} right=${right#*.}
		case ${l:-0}${r:-0} in *[!0-9]*) return 1 ;; esac
		[ "${l:-0}" -ge "${r:-0}" ] || return 0
		[ "${l:-0}" -le "${r:-0}" ] || return 1
	done
	return 1
}

check_version() {
	OLD_VERSION=$(recorded version)
	[ -n "$OLD_VERSION" ] || return 0
	if version_below "$NEW_VERSION" "$OLD_VERSION" && [ -z "$ALLOW_DOWNGRADE" ]; then
		die "version $OLD_VERSION is installed, and the gateway has the older $NEW_VERSION" \
			"Upgrade the gateway first, or take the older one: --allow-downgrade."
	fi
}

check_port() {
	[ -n "$START" ] && [ -z "$OLD_VERSION" ] || return 0
	if fetch_local "/-/ready" || [ "$STATUS" != 000 ]; then
		die "something else listens on $LISTEN already, perhaps Grafana Alloy" \
			"Stop it, or give the agent's page another place: --listen 127.0.0.1:12346"
	fi
}

# fetch_local PATH: from the agent on this host.
fetch_local() { fetch "http://$LISTEN$1" "$WORK/local" local; }

# ---------------------------------------------------------------- staging

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
	# The download and what it unpacks to; the version before is kept until this one runs.
	need_kib=$(((${EXECUTABLE_BYTES:-0} + ${UNPACKED_BYTES:-0}) / 1024 + 10240))
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
			"Executables need glibc 2.28 or later. Node.js $OLDEST_NODE or later does as well."
	fi
	grep -q "version $NEW_VERSION " "$WORK/version" ||
		die "the agent says that it is $(head -n 1 "$WORK/version"), and the gateway calls it $NEW_VERSION" "Run the same command again."
}

make_env() {
	say "# Read by the service. Holds the token: keep it to root and the agent."
	say "SPILLWAY_URL=$URL"
	say "SPILLWAY_TOKEN=$TOKEN"
	[ -z "$LABELS" ] || say "SPILLWAY_LABELS='$LABELS'"
	say "SPILLWAY_LISTEN=$LISTEN"
	# What somebody added stays.
	[ ! -r "$ETC/agent.env" ] || grep -vE '^(SPILLWAY_(URL|TOKEN|LABELS|LISTEN)=|# Read by the service)' "$ETC/agent.env" || true
}

# Neither a default that this version does not know nor an edited file that it would refuse may stop a running agent.
check_config() {
	decide_config
	[ -z "$DRY_RUN" ] || [ $KIND = node ] || return 0
	[ -z "$DRY_RUN" ] || [ -z "$ROOT" ] || return 0
	checked=$STAGING/config
	[ "$CONFIG_ACT" != keep ] || checked=$ETC/config.alloy
	if ! agent validate "${checked#"$ROOT"}" >"$WORK/validate" 2>&1; then
		cat "$WORK/validate" >&2
		die "version $NEW_VERSION does not take the configuration $checked" "Correct it: the mistakes are shown above."
	fi
}

# CONFIG_ACT: write, or keep: nothing changed, or it was edited since the installer wrote it. CONFIG_NEW: what it would
# have written goes beside it. CONFIG_SUM: of what it would have written, to know next time.
decide_config() {
	CONFIG_ACT=write CONFIG_NEW='' CONFIG_SUM=$(sha256 "$STAGING/config") CONFIG_KIND=default
	[ -z "$CONFIG" ] || CONFIG_KIND=custom
	[ -e "$ETC/config.alloy" ] || return 0
	current=$(sha256 "$ETC/config.alloy") before=$(recorded config_sha256)
	if [ -z "$CONFIG" ] && [ "$(recorded config)" = custom ]; then
		# Came with --config once: no default of ours takes its place.
		CONFIG_ACT=keep CONFIG_SUM=$before CONFIG_KIND=custom
	elif [ "$current" = "$CONFIG_SUM" ]; then
		CONFIG_ACT=keep
	elif [ "$current" != "$before" ]; then
		CONFIG_ACT=keep
		[ "$CONFIG_SUM" = "$before" ] || CONFIG_NEW=yes
	fi
}

# ---------------------------------------------------------------- changing the system

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

# Numbers, because names of another root mean nothing here.
owner_ids() {
	case $1 in
	root) printf '0:0' ;;
	agent) printf '%s:%s' "$(user_id)" "$(group_id "$USER_NAME")" ;;
	group) printf '0:%s' "$(group_id "$USER_NAME")" ;;
	esac
}

user_id() { sed -n "s/^$USER_NAME:[^:]*:\\([0-9]*\\):.*/\\1/p" "$ROOT/etc/passwd"; }
group_id() { sed -n "s/^$1:[^:]*:\\([0-9]*\\):.*/\\1/p" "$ROOT/etc/group"; }

# Tools of the shadow suite, where they are. A small system has none, and another root has its own: there the files are
# edited as they would do it.
has_tool() { [ -z "$ROOT" ] && have "$1"; }

# edit FILE SCRIPT: sed, in one step, with the file's own mode and owner.
edit() {
	{
		cp -p "$1" "$1.spillway-new" && sed -e "$2" "$1" >"$1.spillway-new" && mv -f "$1.spillway-new" "$1"
	} || {
		rm -f "$1.spillway-new"
		die "$1 cannot be written" "Is the file system full or read-only?"
	}
}

append() { edit "$1" "\$a\\
$2"; }

make_user() {
	[ -z "$(user_id)" ] || return 0
	DIRTY=yes
	act "make the user $USER_NAME, without a shell" add_user
	[ -n "$DRY_RUN" ] || [ -n "$(user_id)" ] || die "the user $USER_NAME could not be made"
}

add_user() {
	shell=/bin/false
	for candidate in /sbin/nologin /usr/sbin/nologin; do [ ! -e "$ROOT$candidate" ] || shell=$candidate; done
	if has_tool useradd && has_tool groupadd; then
		[ -n "$(group_id "$USER_NAME")" ] || groupadd --system "$USER_NAME"
		useradd --system --no-create-home --home-dir /var/lib/spillway --shell "$shell" --gid "$USER_NAME" "$USER_NAME"
		return 0
	fi
	new_id=999
	while grep -q "^[^:]*:[^:]*:$new_id:" "$ROOT/etc/passwd" "$ROOT/etc/group"; do new_id=$((new_id - 1)); done
	[ -n "$(group_id "$USER_NAME")" ] || append "$ROOT/etc/group" "$USER_NAME:x:$new_id:"
	append "$ROOT/etc/passwd" "$USER_NAME:x:$new_id:$(group_id "$USER_NAME"):Spillway agent:/var/lib/spillway:$shell"
	[ ! -e "$ROOT/etc/shadow" ] || append "$ROOT/etc/shadow" "$USER_NAME:!:::::::"
}

in_group() { grep -q "^$1:.*[:,]$USER_NAME\\(,\\|\$\\)" "$ROOT/etc/group"; }

# Only what the configuration reads: adm and systemd-journal read logs; docker may do everything.
join_groups() {
	groups=''
	case " $PARTS " in *' journal '*) groups=systemd-journal ;; esac
	case " $PARTS " in *' syslog '*) groups=adm ;; esac
	if [ "${DOCKER:-no}" = yes ]; then
		[ -n "$(group_id docker)" ] || die "there is no group docker on this system" "Install Docker first, or leave --docker out."
		groups="$groups docker"
	fi
	for group in $groups; do
		if [ -z "$(group_id "$group")" ] || in_group "$group"; then continue; fi
		DIRTY=yes
		act "put $USER_NAME into the group $group" add_to_group "$group"
	done
}

add_to_group() {
	if has_tool usermod; then
		usermod -a -G "$1" "$USER_NAME"
	else
		edit "$ROOT/etc/group" "/^$1:/{
s/\$/,$USER_NAME/
s/:,/:/
}"
	fi
}

leave_docker() {
	[ "${DOCKER:-no}" = no ] && in_group docker || return 0
	DIRTY=yes
	act "take $USER_NAME out of the group docker" leave_group docker
}

leave_group() {
	if has_tool gpasswd; then
		gpasswd --delete "$USER_NAME" "$1" >/dev/null
	else
		edit "$ROOT/etc/group" "/^$1:/{
s/\([:,]\)$USER_NAME\(,\|\$\)/\1/
s/,\$//
}"
	fi
}

make_folder() { # PATH MODE OWNER
	[ ! -d "$1" ] || return 0
	DIRTY=yes
	act "make the folder $1" new_folder "$@"
}

new_folder() { mkdir -p "$1" && chmod "$2" "$1" && chown "$(owner_ids "$3")" "$1"; }

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

keep() {
	[ ! -e "$1" ] || cp -p "$1" "$LIB/previous/$2" || die "there is no room to keep the version before" "Make room: df -h $LIB"
}

go_back() {
	say "Going back to version $OLD_VERSION …" >&2
	each_file back
	rm -rf "$LIB/previous"
	reload_init
	restart_service || true
}

back() {
	if [ -e "$LIB/previous/$2" ]; then mv -f "$LIB/previous/$2" "$1"; else rm -f "$1"; fi
}

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

remove_other_program() {
	other=agent-lite
	[ $KIND = node ] || other=agent-lite.cjs
	[ ! -e "$LIB/$other" ] || DIRTY=yes
	[ ! -e "$LIB/$other" ] || act "remove $LIB/$other" rm -f "$LIB/$other"
}

install_drop_in() {
	if [ "${READ_ALL:-}" != yes ]; then return 0; fi
	cat >"$STAGING/drop-in" <<'TEXT'
# From install.sh --read-all-logs: reads every file, whoever owns it, and may change none.
[Service]
CapabilityBoundingSet=CAP_DAC_READ_SEARCH
AmbientCapabilities=CAP_DAC_READ_SEARCH
TEXT
	put "$STAGING/drop-in" "$DROP_IN" 644 root
}

# What the next run has to know.
make_record() {
	say "# Written by install.sh, read by its next run."
	say "version=$NEW_VERSION"
	say "kind=$KIND"
	say "config=$CONFIG_KIND"
	say "config_sha256=$CONFIG_SUM"
	say "logs=${LOGS:-yes}"
	say "otlp=${OTLP:-yes}"
	say "docker=${DOCKER:-no}"
	say "read_all=${READ_ALL:-no}"
}

# ---------------------------------------------------------------- the service

reload_init() {
	[ "$INIT" != systemd ] || [ -n "$ROOT" ] || systemctl daemon-reload
}

enable_service() {
	case $INIT in
	systemd)
		link=$ROOT/etc/systemd/system/multi-user.target.wants/$SERVICE.service
		if [ ! -e "$link" ] && [ ! -L "$link" ]; then
			DIRTY=yes
			if [ -n "$ROOT" ]; then
				act "start it with the system" link_to "/etc/systemd/system/$SERVICE.service" "$link"
			else
				act "start it with the system" systemctl --quiet enable "$SERVICE"
			fi
		fi
		;;
	openrc)
		link=$ROOT/etc/runlevels/default/$SERVICE
		if [ ! -e "$link" ] && [ ! -L "$link" ]; then
			DIRTY=yes
			act "start it with the system" link_to "/etc/init.d/$SERVICE" "$link"
		fi
		;;
	esac
}

link_to() { mkdir -p "${2%/*}" && ln -s "$1" "$2"; }

restart_service() {
	case $INIT in
	systemd) systemctl restart "$SERVICE" ;;
	openrc) rc-service "$SERVICE" restart ;;
	esac
}

service_runs() {
	case $INIT in
	systemd) systemctl --quiet is-active "$SERVICE" ;;
	openrc) rc-service --quiet "$SERVICE" status >/dev/null 2>&1 ;;
	*) return 1 ;;
	esac
}

log_command() {
	case $INIT in
	systemd) printf 'journalctl -u %s -n 50' "$SERVICE" ;;
	openrc) printf 'tail -n 50 /var/log/%s.log' "$SERVICE" ;;
	*) printf 'what the agent wrote to its stderr' ;;
	esac
}

show_log() {
	case $INIT in
	systemd) have journalctl && journalctl -u "$SERVICE" -n 15 --no-pager -o cat 2>/dev/null | sed 's/^/    /' >&2 ;;
	openrc) tail -n 15 "/var/log/$SERVICE.log" 2>/dev/null | sed 's/^/    /' >&2 ;;
	esac || true
}

wait_until_ready() {
	waited=0
	while [ "$waited" -lt "$READY_SECONDS" ]; do
		if fetch_local /-/ready; then return 0; fi
		sleep 1
		waited=$((waited + 1))
	done
	return 1
}

start_agent() {
	if [ -z "$START" ]; then
		[ -n "$ROOT" ] || step "not started, as asked"
		return 0
	fi
	if [ -n "$DRY_RUN" ]; then
		if [ -n "$DIRTY" ] && [ "$INIT" != none ]; then step "would restart $SERVICE"; fi
		return 0
	fi
	if [ "$INIT" = none ]; then
		say "There is neither systemd nor OpenRC here: run the agent as the user $USER_NAME with"
		say "  set -a; . /etc/spillway/agent.env; agent-lite run --server.http.listen-addr=$LISTEN --storage.path=/var/lib/spillway /etc/spillway/config.alloy"
		return 0
	fi
	if [ -z "$DIRTY" ] && service_runs; then return 0; fi
	reload_init
	CHANGED=yes
	step "starting $SERVICE"
	if restart_service && wait_until_ready; then return 0; fi
	say "The agent of version $NEW_VERSION does not answer on $LISTEN. Its log ends with:" >&2
	show_log
	if [ -d "$LIB/previous" ]; then
		go_back
		if wait_until_ready; then
			die "version $NEW_VERSION did not start; version $OLD_VERSION runs again" "Its log: $(log_command)"
		fi
		die "version $NEW_VERSION did not start, and neither did $OLD_VERSION" "Its log: $(log_command)"
	fi
	die "the agent did not start" "Its log: $(log_command)" "When the cause is gone: run the same command again, or --uninstall."
}

# Which log files exist that the service's user may not read.
check_readable_logs() {
	case " $PARTS " in *' syslog '*) ;; *) return 0 ;; esac
	[ -z "$DRY_RUN" ] && [ -z "$ROOT" ] && [ "${READ_ALL:-no}" != yes ] && have su || return 0
	for file in messages syslog auth.log secure; do
		[ -f "/var/log/$file" ] || continue
		if ! su -s /bin/sh "$USER_NAME" -c "test -r /var/log/$file" 2>/dev/null; then
			warn "the agent may not read /var/log/$file. Let it: setfacl -m u:$USER_NAME:r /var/log/$file"
		fi
	done
}

# ---------------------------------------------------------------- the proof

# The agent's names at the gateway: one for each spool.
agent_ids() {
	for folder in "$STATE" "$STATE"/* "$STATE"/*/*; do
		[ ! -f "$folder/agent-id" ] || tr -d '\n' <"$folder/agent-id"
		[ ! -f "$folder/agent-id" ] || say
	done
}

last_taken_ms() {
	for id in $(agent_ids); do
		tr '{' '\n' <"$WORK/received" | sed -n "s/.*\"id\":\"$id\",\"lastTakenAtMs\":\\([0-9][0-9]*\\).*/\\1/p"
	done | head -n 1
}

show_arrival() {
	[ -n "$START" ] && [ -z "$DRY_RUN" ] && [ "$INIT" != none ] && [ "$WAIT" != 0 ] || return 0
	say "Waiting for the first data to arrive at $URL (up to $WAIT s) …"
	waited=0
	while [ "$waited" -le "$WAIT" ]; do
		if fetch "$URL/api/v1/received" "$WORK/received" auth; then
			taken=$(last_taken_ms)
			if [ -n "$taken" ] && [ "${taken%???}" -ge "${SINCE_MS%???}" ]; then
				say "Data has arrived: the gateway took something of this agent $((($(json_text nowMs <"$WORK/received") - taken) / 1000)) s ago."
				return 0
			fi
		fi
		sleep 2
		waited=$((waited + 2))
	done
	explain_silence
}

explain_silence() {
	say "The agent runs, but nothing of it has arrived within $WAIT s. It keeps what it collects on the disk." >&2
	case $STATUS-$PROBLEM in
	200-) say "  The gateway answers and has not taken anything: has the tenant $TENANT a pipeline, and do its destinations answer?" >&2 ;;
	401-) say "  The gateway does not know the token any more (401): was it revoked?" >&2 ;;
	429-) say "  The gateway says that a rate limit is reached (429)." >&2 ;;
	*-resolve) say "  The gateway's name cannot be resolved any more." >&2 ;;
	*) say "  The gateway does not answer this host any more (HTTP $STATUS${PROBLEM:+, $PROBLEM})." >&2 ;;
	esac
	if [ -n "${https_proxy:-${HTTPS_PROXY:-}}" ]; then
		say "  https_proxy is set here. The agent goes through a proxy only where $ETC/agent.env names one: HTTPS_PROXY=…" >&2
	fi
	say "  The end of its log:" >&2
	show_log
	say "  More of it: $(log_command)" >&2
	exit 3
}

# ---------------------------------------------------------------- removal

uninstall() {
	DIRTY=''
	case $INIT in
	systemd)
		if [ -e "$UNIT" ]; then
			if [ -z "$ROOT" ]; then act "stop $SERVICE" systemctl --quiet disable --now "$SERVICE"; fi
			remove "$ROOT/etc/systemd/system/multi-user.target.wants/$SERVICE.service"
		fi
		;;
	openrc)
		if [ -e "$INITD" ]; then
			if [ -z "$ROOT" ]; then act "stop $SERVICE" rc-service --quiet --ifstarted "$SERVICE" stop; fi
			remove "$ROOT/etc/runlevels/default/$SERVICE"
		fi
		;;
	esac
	remove "$UNIT"
	remove "${DROP_IN%/*}"
	remove "$INITD"
	[ -n "$DRY_RUN" ] || [ -z "$DIRTY" ] || reload_init
	remove "$LAUNCHER"
	remove "$LIB"
	if [ -n "$PURGE" ]; then
		remove "$ETC"
		remove "$STATE"
		remove "$ROOT/var/log/$SERVICE.log"
		remove "$ROOT/var/log/$SERVICE.log.1"
		remove_user
	fi
	if [ -z "$DIRTY" ]; then
		say "There was no agent: nothing to do."
	elif [ -n "$DRY_RUN" ]; then
		say "Nothing was changed (--dry-run)."
	elif [ -z "$PURGE" ]; then
		say "The agent is removed. Its configuration in $ETC and what it had not sent yet in $STATE stay: --uninstall --purge removes them."
	else
		say "The agent is removed, and everything of it."
	fi
}

remove() {
	[ -e "$1" ] || [ -L "$1" ] || return 0
	DIRTY=yes
	act "remove $1" rm -rf "$1"
}

remove_user() {
	[ -n "$(user_id)" ] || [ -n "$(group_id "$USER_NAME")" ] || return 0
	DIRTY=yes
	act "remove the user $USER_NAME" delete_user
}

delete_user() {
	if has_tool userdel && has_tool groupdel; then
		[ -z "$(user_id)" ] || userdel "$USER_NAME"
		[ -z "$(group_id "$USER_NAME")" ] || groupdel "$USER_NAME"
		return 0
	fi
	for group in adm systemd-journal docker; do
		if in_group "$group"; then leave_group "$group"; fi
	done
	for file in passwd shadow group; do
		[ ! -e "$ROOT/etc/$file" ] || edit "$ROOT/etc/$file" "/^$USER_NAME:/d"
	done
}

# ---------------------------------------------------------------- main

install_agent() {
	detect_fetcher
	detect_hasher
	settle_settings
	say "Spillway agent on $SYSTEM ($ARCH, $LIBC, $INIT) for $URL"
	if [ -n "${https_proxy:-${HTTPS_PROXY:-}}" ]; then
		warn "this installation goes through the proxy in https_proxy; the agent does so only where $ETC/agent.env has a line HTTPS_PROXY=…, else it must reach $URL directly"
	fi
	check_gateway
	check_version
	check_token
	choose_program
	check_port
	PARTS='' DIRTY=''
	stage
	keep_previous
	make_user
	join_groups
	leave_docker
	install_files
	enable_service
	start_agent
	[ -n "$DRY_RUN" ] || rm -rf "$LIB/previous"
	check_readable_logs
	if [ -z "$DIRTY" ]; then
		say "Version $NEW_VERSION is installed already: nothing to change."
	elif [ -n "$DRY_RUN" ]; then
		say "Nothing was changed (--dry-run)."
		return 0
	elif [ "$OLD_VERSION" = "$NEW_VERSION" ]; then
		say "The agent is installed as asked, version $NEW_VERSION as before."
	elif [ -n "$OLD_VERSION" ]; then
		say "The agent is now of version $NEW_VERSION (before: $OLD_VERSION)."
	else
		say "The agent is installed, version $NEW_VERSION."
	fi
	show_arrival
	say "Configuration: $ETC/config.alloy   Log: $(log_command)   Page: http://$LISTEN/"
}

main() {
	parse_arguments "$@"
	set_paths
	check_tools
	detect_system
	make_work_folder
	case $MODE in
	uninstall) uninstall ;;
	*) install_agent ;;
	esac
}

main "$@"
