#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Run tiers of tests: one line per test (PASS, SKIP, FAIL), the output of a program only when it
# failed or with V=1, and at the end exactly "N passed, N failed[, N skipped]".
#
# usage: tests/run.sh OUT TIER...
#   unit    OUT/tests/unit/test_* (cmocka, TAP), the same under ASan and UBSan (make SAN=1 unit),
#           and the scripts tests/lib/t_*, tests/workloads/t_*
#   replay  scripts tests/replay/t_*, programs OUT/tests/replay/test_*
#   bpf, e2e, soak, ...  scripts tests/TIER/t_*
#
# A script prints "ok NAME", "not ok NAME - why" or "skip NAME - why" for each test. One that says
# nothing, dies, or runs out of time has failed; exit code 77 without a line means skipped.
# Exit code: 0 all passed, 1 something failed or nothing ran, 2 usage.
# HB_TESTS: another tests/ directory (the runner's own test). HB_TIMEOUT: seconds per script.
# HB_ROUNDS: kills in e2e/t_harm.py.
set -u

[ $# -ge 2 ] || { echo "usage: tests/run.sh OUT TIER..." >&2; exit 2; }

here=$(cd "$(dirname "$0")" && pwd)
tests=${HB_TESTS:-$here}
mkdir -p "$1" || exit 2
out=$(cd "$1" && pwd)
out_as_given=$1
shift

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
results=$work/results
: >"$results"

export HB_OUT="$out" HB_BIN="$out/heapbeat" HB_TESTS="$tests"
export CMOCKA_MESSAGE_OUTPUT=TAP
export PYTHONDONTWRITEBYTECODE=1 LC_ALL=C.UTF-8

say() { # VERDICT NAME
	echo "$1 $2" | tee -a "$results"
}

# One line per test point of the output $2, named after program $1. A cmocka skip reads
# "not ok 3 # SKIP name".
points() {
	awk -v program="$1" '
		/^(not )?ok [0-9]+ # SKIP / { sub(/^.*# SKIP /, ""); print "SKIP " program ": " $0; next }
		/^ok [0-9]+ - /	    { sub(/^ok [0-9]+ - /, ""); print "PASS " program ": " $0; next }
		/^not ok [0-9]+ - / { sub(/^not ok [0-9]+ - /, ""); print "FAIL " program ": " $0; next }
		/^ok /		    { sub(/^ok /, ""); print "PASS " program ": " $0; next }
		/^not ok /	    { sub(/^not ok /, ""); print "FAIL " program ": " $0; next }
		/^skip /	    { sub(/^skip /, ""); print "SKIP " program ": " $0; next }' "$2"
}

# What cannot be seen in single points: $1 name, $2 output, $3 points, $4 exit code, $5 seconds.
verdict() {
	planned=$(awk -F'\\.\\.' '/^1\.\.[0-9]+$/ { n += $2 } END { print n + 0 }' "$2")
	seen=$(grep -c '' "$3")
	if [ "$4" = 124 ] || [ "$4" = 137 ]; then
		say FAIL "$1: out of time after $5 s"
	elif [ "$4" = 77 ] && [ "$seen" = 0 ]; then
		say SKIP "$1: $(tail -n 1 "$2")"
	elif [ "$seen" = 0 ]; then
		say FAIL "$1: exit code $4 and no result"
	elif [ "$planned" -gt "$seen" ]; then
		say FAIL "$1: died after $seen of $planned tests, exit code $4"
	elif [ "$4" != 0 ] && ! grep -q '^FAIL' "$3"; then
		say FAIL "$1: exit code $4 although every test passed"
	elif [ "$4" = 0 ] && grep -q '^FAIL' "$3"; then
		say FAIL "$1: a test failed and yet the exit code is 0"
	fi
}

# What program $1 has said and come to in $3.output and $3.code; it had $2 seconds (timeout ends its
# whole process group).
judge() {
	before=$(grep -c '^FAIL' "$results")
	points "$1" "$3.output" >"$work/points"
	tee -a "$results" <"$work/points"
	verdict "$1" "$3.output" "$work/points" "$(cat "$3.code")" "$2"
	if [ "${V:-0}" = 1 ] || [ "$(grep -c '^FAIL' "$results")" != "$before" ]; then
		sed 's/^/    | /' "$3.output"
	fi
}

run_programs() { # LABEL SECONDS FILE...
	label=$1 seconds=$2
	shift 2
	for program in "$@"; do
		[ -f "$program" ] && [ -x "$program" ] || continue
		begun=$(date +%s)
		timeout -k 10 "${HB_TIMEOUT:-$seconds}" "$program" >"$work/one.output" 2>&1 </dev/null
		echo $? >"$work/one.code"
		echo "$(($(date +%s) - begun)) $label$(basename "$program")" >>"$work/seconds"
		judge "$label$(basename "$program")" "${HB_TIMEOUT:-$seconds}" "$work/one"
	done
}

# The same for programs that share nothing: as many at once as there are CPUs.
run_beside() { # LABEL SECONDS FILE...
	label=$1 seconds=${HB_TIMEOUT:-$2}
	shift 2
	mkdir -p "$work/beside"
	printf '%s\n' "$@" | xargs -P "$(nproc)" -I{} sh -c '
		[ -f "$1" ] && [ -x "$1" ] || exit 0
		to=$3/$(basename "$1")
		timeout -k 10 "$2" "$1" >"$to.output" 2>&1 </dev/null
		echo $? >"$to.code"' sh {} "$seconds" "$work/beside"
	for program in "$@"; do
		to=$work/beside/$(basename "$program")
		[ -f "$to.code" ] || continue
		judge "$label$(basename "$program")" "$seconds" "$to"
		rm -f "$to.code" "$to.output"
	done
}

# SAN=1 goes by the environment, not the command line: the Makefile moves OUT itself.
run_sanitized() {
	ls "$tests"/unit/test_*.c >/dev/null 2>&1 || return
	if ! env -u MAKEFLAGS -u MFLAGS OUT="$out_as_given" SAN=1 \
		make --no-print-directory -j"$(nproc)" -C "$tests/.." unit >"$work/build" 2>&1 </dev/null; then
		say FAIL "san: make SAN=1 unit"
		sed 's/^/    | /' "$work/build"
		return
	fi
	run_beside san/ 120 "$out"/san/tests/unit/test_*
}

# Asked once: what works by its word must not be skipped.
case " $* " in
*" bpf "*|*" e2e "*|*" soak "*) HB_FEATURES=$("$here/lib/features.py") && export HB_FEATURES ;;
esac

for tier in "$@"; do
	case $tier in
	unit)
		run_beside unit/ 120 "$out"/tests/unit/test_*
		run_sanitized
		run_programs "" 120 "$tests"/lib/t_* "$tests"/workloads/t_*
		;;
	replay)
		run_programs replay/ 120 "$out"/tests/replay/test_* "$tests"/replay/t_*
		;;
	soak)
		run_programs soak/ 3600 "$tests"/soak/t_*
		;;
	*)
		if ! [ -d "$tests/$tier" ]; then
			echo "no tier '$tier' in '$tests'" >&2
			exit 2
		fi
		run_programs "$tier/" 300 "$tests/$tier"/t_*
		;;
	esac
done

# Where the time goes, for whoever wants to add a test.
if [ -s "$work/seconds" ]; then
	echo "the longest: $(sort -rn "$work/seconds" | head -n 8 |
		awk '{ printf "%s%s %d s", separator, $2, $1; separator = ", " }')"
fi
passed=$(grep -c '^PASS' "$results")
failed=$(grep -c '^FAIL' "$results")
skipped=$(grep -c '^SKIP' "$results")
if [ "$skipped" = 0 ]; then
	echo "$passed passed, $failed failed"
else
	echo "$passed passed, $failed failed, $skipped skipped"
fi
[ "$failed" = 0 ] && [ "$passed" -gt 0 ]
