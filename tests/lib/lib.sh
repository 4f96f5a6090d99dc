# SPDX-License-Identifier: GPL-2.0-or-later
# shellcheck shell=sh
# For test scripts in sh: verdict lines for tests/run.sh, waiting with a deadline, and processes
# that end with the script. Source it; call finish as the last line.

hb_failed=0
hb_pids=

ok() { # NAME
	echo "ok $1"
}

not_ok() { # NAME WHY
	echo "not ok $1 - $2"
	hb_failed=1
}

skip() { # NAME WHY
	echo "skip $1 - $2"
}

# expect NAME WHY-NOT COMMAND...: ok if the command succeeds.
expect() {
	name=$1 why=$2
	shift 2
	if "$@"; then
		ok "$name"
	else
		not_ok "$name" "$why"
	fi
}

# wait_until SECONDS COMMAND...: poll the command until it succeeds; 1 when the time is over.
wait_until() {
	deadline=$(($(date +%s) + $1))
	shift
	until "$@"; do
		[ "$(date +%s)" -lt "$deadline" ] || return 1
		sleep 0.05
	done
}

# own PID: end this process, started by the script, when the script ends.
own() {
	hb_pids="$hb_pids $1"
}

stop_owned() {
	for pid in $hb_pids; do
		kill "$pid" 2>/dev/null
	done
	for pid in $hb_pids; do
		wait "$pid" 2>/dev/null
	done
	hb_pids=
	return 0
}

finish() {
	exit "$hb_failed"
}
