#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Observe a live redis under load and a service with known faults, show what a user would see, and
# check that what was said is true. usage: demo.sh HEAPBEAT OUT
# HB_DEMO_ARGS: more options for `heapbeat record` (such as --link perf).
set -u

[ $# = 2 ] || { echo "usage: demo.sh HEAPBEAT OUT" >&2; exit 2; }
here=$(cd "$(dirname "$0")" && pwd)
heapbeat=$1
faulty=$2/tests/workloads/faulty
span_s=35

. "$here/../lib/lib.sh"

fail() {
	echo "demo: FAILED: $1" >&2
	exit 1
}

heading() {
	printf '\n=== %s\n' "$1"
	shift
	[ $# = 0 ] || printf '    %s\n' "$@"
	echo
}

[ "$(id -u)" = 0 ] || fail "needs root: it attaches to processes"
[ -x "$heapbeat" ] || fail "no '$heapbeat': make first"
[ -x "$faulty" ] || fail "no '$faulty': make workloads-demo first"

work=$(mktemp -d)
cleanup() {
	stop_owned
	rm -rf "$work"
}
trap cleanup EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# A free port, asked of the kernel.
port=$(python3 -c 'import socket
s = socket.socket()
s.bind(("127.0.0.1", 0))
print(s.getsockname()[1])') || fail "no free port"

redis_answers() {
	[ "$(redis-cli -h 127.0.0.1 -p "$port" ping 2>/dev/null)" = PONG ]
}

heading "A redis-server under redis-benchmark, and a service that nobody has profiled yet"
# The lists of lpush would grow without end: 200 MB bound them.
redis-server --port "$port" --bind 127.0.0.1 --save '' --appendonly no --dir "$work" \
	--maxmemory 200mb --maxmemory-policy allkeys-random >"$work/redis.log" 2>&1 &
redis=$!
own "$redis"
wait_until 10 redis_answers || fail "redis-server does not answer: $(tail -n 1 "$work/redis.log")"
timeout 80 redis-benchmark -h 127.0.0.1 -p "$port" -l -q -P 8 -d 200 -r 10000 -t set,lpush \
	-n 300000 >"$work/benchmark.log" 2>&1 &
own $!
"$faulty" >"$work/faulty.log" 2>&1 &
service=$!
own "$service"
wait_until 10 test -s "$work/faulty.log" || fail "the service does not start"
echo "redis-server is process $redis, the service is process $service."

heading "heapbeat record -p $redis,$service -d ${span_s}s -o demo.hb ${HB_DEMO_ARGS:-}" \
	"Neither program is rebuilt, restarted or told. The default budget is 1 % of their CPU."
# shellcheck disable=SC2086 # HB_DEMO_ARGS is words on purpose
timeout 60 "$heapbeat" record -p "$redis,$service" -d "${span_s}s" -o "$work/demo.hb" \
	${HB_DEMO_ARGS:-}
code=$?
[ "$code" = 0 ] || fail "record ended with exit code $code"
kill -0 "$redis" 2>/dev/null || fail "redis-server did not survive"
kill -0 "$service" 2>/dev/null || fail "the service did not survive"

heading "heapbeat report demo.hb" "Who allocates how much, where, and what of it stays."
timeout 20 "$heapbeat" report "$work/demo.hb" || fail "report ended with exit code $?"

heading "heapbeat advise demo.hb" "What to change, what it will save, when that would be wrong."
timeout 20 "$heapbeat" advise "$work/demo.hb" || fail "advise ended with exit code $?"

heading "Is that true?" \
	"The service's faults are known from its source, its function names only from its DWARF:" \
	"they were drawn at random when it was built."
timeout 20 "$heapbeat" report --json "$work/demo.hb" >"$work/report.json" || fail "report --json"
timeout 20 "$heapbeat" advise --json "$work/demo.hb" >"$work/advise.json" || fail "advise --json"
python3 "$here/check.py" "$faulty" "$faulty.c" "$redis" "$service" "$work/report.json" \
	"$work/advise.json" || fail "what heapbeat said is not what the programs do (see above)"
echo
echo "demo: all checks passed"
