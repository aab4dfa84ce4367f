# ---------------------------------------------------------------- fetching
# Downloads, and what to do when one fails. Must never follow a redirect with the token, nor give it to a tool
# as an argument that can read it from a file.

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
