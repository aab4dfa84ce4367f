# ---------------------------------------------------------------- settings
# What was asked for, and where nothing was said, what the last run was told. Must never show the token: not in what it prints, not in an
# argument.

# The value of a variable in agent.env, without its quotes.
known_setting() {
	[ -r "$ETC/agent.env" ] || return 0
	sed -n "s/^$1='\\{0,1\\}\\([^']*\\)'\\{0,1\\}\$/\\1/p" "$ETC/agent.env" | tail -n 1
}

known_listen() {
	listen=$(known_setting SPILLWAY_LISTEN)
	printf '%s' "${listen:-127.0.0.1:12345}"
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
			"Where TLS ends in front of the gateway: give --url https://…, or name the proxy to it (serve --trusted-proxy)." \
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
	[ -n "$LISTEN" ] || LISTEN=$(known_listen)
	[ -n "$LOGS" ] || LOGS=$(recorded logs)
	[ -n "$OTLP" ] || OTLP=$(recorded otlp)
	[ -n "$DOCKER" ] || DOCKER=$(recorded docker)
	if [ "$INIT" = systemd ]; then
		[ -n "$READ_ALL" ] || READ_ALL=$(recorded read_all)
	elif [ "$READ_ALL" = yes ]; then
		die "--read-all-logs works with systemd only" "Let the agent read single files: setfacl -m u:$USER_NAME:r FILE"
	fi
	write_auth_files
}

# The token reaches curl and wget in files that only root can read.
write_auth_files() {
	umask 077
	printf 'header = "Authorization: Bearer %s"\n' "$TOKEN" >"$WORK/curl-auth"
	printf 'header = Authorization: Bearer %s\n' "$TOKEN" >"$WORK/wget-auth"
	umask 022
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
