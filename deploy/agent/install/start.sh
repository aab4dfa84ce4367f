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
