# ---------------------------------------------------------------- checks
# The gateway, the token, the version, the port: before anything changes. Must never change anything.

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

# fetch_local PATH: from the agent on this host. An address without a host is every address of it.
fetch_local() {
	case $LISTEN in
	:*) fetch "http://127.0.0.1$LISTEN$1" "$WORK/local" local ;;
	*) fetch "http://$LISTEN$1" "$WORK/local" local ;;
	esac
}
