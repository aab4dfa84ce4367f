# ---------------------------------------------------------------- proof
# Shows that data of this host arrives. Must never say so of anything but what the gateway took since this run began.

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
	done | sort -n | tail -n 1
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
