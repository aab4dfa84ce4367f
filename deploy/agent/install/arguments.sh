# ---------------------------------------------------------------- arguments
# What the user may ask for, and what of it is refused. Must never change anything.

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
  --no-read-all-logs    take that right back
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
		--no-read-all-logs) READ_ALL=no ;;
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
	case $LISTEN in
	'') ;;
	*[!A-Za-z0-9.:_[\]-]* | *[!0-9]) die "--listen takes an address like 127.0.0.1:12345, not '$LISTEN'" ;;
	*:*) ;;
	*) die "--listen takes an address with a port, like 127.0.0.1:12345, not '$LISTEN'" ;;
	esac
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
