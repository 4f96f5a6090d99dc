#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-or-later
# Does the runner itself notice a test that fails, dies, says nothing or never ends?
set -u
. "$(dirname "$0")/lib.sh"

runner=$(cd "$(dirname "$0")/.." && pwd)/run.sh
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

# fake TIER LINE...: a tier with one script of these lines, run; output in $work/TIER.out.
fake() {
	tier=$1
	shift
	mkdir -p "$work/tests/$tier"
	{
		echo '#!/bin/sh'
		printf '%s\n' "$@"
	} >"$work/tests/$tier/t_fake.sh"
	chmod +x "$work/tests/$tier/t_fake.sh"
	HB_TESTS=$work/tests HB_TIMEOUT=${limit:-20} V=0 "$runner" "$work/out" "$tier" \
		>"$work/$tier.out" 2>&1
	code=$?
}

# expect_run NAME EXIT-CODE LAST-LINE
expect_run() {
	last=$(tail -n 1 "$work/$tier.out")
	if [ "$code" = "$2" ] && [ "$last" = "$3" ]; then
		ok "$1"
	else
		not_ok "$1" "exit code $code, last line '$last'"
	fi
}

fake good 'echo "ok one"; echo "ok two"'
expect_run passing_tests_exit_zero 0 "2 passed, 0 failed"

fake bad 'echo "ok one"; echo "not ok two - 1 is not 2"; exit 1'
expect_run failing_test_exits_non_zero 1 "1 passed, 1 failed"

fake liar 'echo "ok one"; echo "not ok two - 1 is not 2"'
expect_run failing_test_with_exit_code_zero_is_noticed 1 "1 passed, 2 failed"

fake mute 'exit 0'
expect_run silent_script_has_failed 1 "0 passed, 1 failed"

fake dead 'echo "ok one"; kill -SEGV $$'
expect_run dying_script_has_failed 1 "1 passed, 1 failed"

limit=1
fake slow 'echo "ok one"; sleep 30'
expect_run script_out_of_time_has_failed 1 "1 passed, 1 failed"
limit=

fake away 'echo "no such hardware"; exit 77'
expect_run nothing_but_skips_is_no_success 1 "0 passed, 0 failed, 1 skipped"

fake partly 'echo "ok one"; echo "skip two - not here"'
expect_run skip_is_counted_apart 0 "1 passed, 0 failed, 1 skipped"

fake short 'echo "1..3"; echo "ok 1 - one"; exit 139'
expect_run program_that_dies_within_its_plan_has_failed 1 "1 passed, 1 failed"

fake cmocka 'echo "1..2"; echo "ok 1 - one"; echo "not ok 2 # SKIP two"'
expect_run cmocka_skip_is_no_failure 0 "1 passed, 0 failed, 1 skipped"

mkdir -p "$work/tests/empty"
tier=empty
HB_TESTS=$work/tests "$runner" "$work/out" empty >"$work/empty.out" 2>&1
code=$?
expect_run no_test_at_all_is_a_failure 1 "0 passed, 0 failed"
finish
