# ---------------------------------------------------------------- removal
# Takes the agent off the host. Must never remove configuration or unsent data without --purge.

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
	remove_drop_in
	remove "$INITD"
	[ -n "$DRY_RUN" ] || [ -z "$DIRTY" ] || reload_init
	remove "$LAUNCHER"
	remove "$LIB"
	if [ -n "$PURGE" ]; then
		remove "${DROP_IN%/*}"
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
