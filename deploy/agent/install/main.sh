# ---------------------------------------------------------------- main
# The order of it all. The call on the last line must stay the only one that is outside of a function.

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
