# ---------------------------------------------------------------- service
# The service under systemd or OpenRC. Must never start anything in another root.

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
