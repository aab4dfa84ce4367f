# ---------------------------------------------------------------- configuration
# The default configuration by what the host has, and whether it may take the place of the one that is here. Must never
# overwrite a file that somebody edited.

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
