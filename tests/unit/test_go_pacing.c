// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_pacing.h"

#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define MB 1e6

/* 40 MB live, 8 MB of stacks and globals: a goal of 88 MB, and 100 MB/s reach it in 0.48 s. */
static const struct go_pacing_facts service = {
	.live_bytes = 40 * MB,
	.goal_bytes = 88 * MB,
	.alloc_rate = 100 * MB,
	.interval_s = 0.48,
	.cycle_cpu_s = 0.06,
	.gogc = 100,
	.limit_bytes = INFINITY,
};

static struct go_pacing fitted(const struct go_pacing_facts *facts)
{
	struct go_pacing pacing;

	assert_int_equal(go_pacing__fit(facts, &pacing), 0);
	return pacing;
}

static void todays_setting_gives_todays_interval(void **state)
{
	struct go_pacing pacing = fitted(&service);
	struct go_pacing_answer answer = go_pacing__ask(&pacing, 100, INFINITY);

	(void)state;
	assert_true(fabs(pacing.scan_bytes - 8 * MB) < 1);
	assert_true(fabs(answer.goal_bytes - 88 * MB) < 1);
	assert_true(fabs(answer.interval_s - 0.48) < 1e-9);
	assert_true(fabs(answer.gc_cores - 0.125) < 1e-9);
}

static void four_times_the_setting_gives_four_times_the_interval(void **state)
{
	struct go_pacing pacing = fitted(&service);
	struct go_pacing_answer answer = go_pacing__ask(&pacing, 400, INFINITY);

	(void)state;
	assert_true(fabs(answer.goal_bytes - 232 * MB) < 1);
	assert_true(fabs(answer.interval_s - 1.92) < 1e-9);
	assert_true(fabs(answer.gc_cores - 0.03125) < 1e-9);
}

static void a_heap_that_stops_short_of_its_goal_does_so_then(void **state)
{
	struct go_pacing_facts facts = service;
	struct go_pacing pacing;

	(void)state;
	facts.interval_s = 0.9 * 0.48;
	pacing = fitted(&facts);
	assert_true(fabs(go_pacing__ask(&pacing, 100, INFINITY).interval_s - 0.432) < 1e-9);
	/* As many bytes short, not as large a part. */
	assert_true(fabs(go_pacing__ask(&pacing, 400, INFINITY).interval_s - 1.872) < 1e-9);
	/* All that the runtime allows: it may be more of a longer way. */
	facts.interval_s = 0.75 * 0.48;
	pacing = fitted(&facts);
	assert_true(fabs(go_pacing__ask(&pacing, 400, INFINITY).low_s - 1.344) < 1e-9);
	assert_true(fabs(go_pacing__ask(&pacing, 400, INFINITY).high_s - 1.8) < 1e-9);
}

static void a_small_heap_is_paced_by_the_least_one(void **state)
{
	struct go_pacing_facts facts = service;
	struct go_pacing pacing;
	struct go_pacing_answer answer;

	(void)state;
	facts.live_bytes = 0.5 * MB;
	facts.goal_bytes = 4 << 20;
	facts.interval_s = ((4 << 20) - 0.5 * MB) / facts.alloc_rate;
	pacing = fitted(&facts);
	assert_true(pacing.scan_bytes == 0);
	answer = go_pacing__ask(&pacing, 200, INFINITY);
	assert_true(answer.goal_bytes == 8 << 20);
}

static void a_limit_below_the_goal_sets_it(void **state)
{
	struct go_pacing pacing = fitted(&service);

	(void)state;
	assert_true(go_pacing__ask(&pacing, 100, 60 * MB).goal_bytes == 60 * MB);
	/* A limit at the live heap: no interval that could be told, and no price. */
	assert_true(go_pacing__ask(&pacing, 100, 40 * MB).interval_s == 0);
	assert_true(go_pacing__ask(&pacing, 100, 40 * MB).gc_cores < 0);
	/* GOGC=off lives by the limit alone. */
	assert_true(go_pacing__ask(&pacing, -1, 140 * MB).interval_s == 1);
}

static void a_model_that_misses_today_is_not_used(void **state)
{
	struct go_pacing_facts facts = service;
	struct go_pacing pacing = {.error = 7};

	(void)state;
	facts.interval_s = 0.48 * 1.3;
	assert_int_equal(go_pacing__fit(&facts, &pacing), -EDOM);
	assert_true(pacing.error == 7);
	facts = service;
	facts.interval_s = 0;
	assert_int_equal(go_pacing__fit(&facts, &pacing), -ENODATA);
	facts = service;
	facts.gogc = -1;
	assert_int_equal(go_pacing__fit(&facts, &pacing), -ENODATA);
	facts = service;
	facts.alloc_rate = NAN;
	assert_int_equal(go_pacing__fit(&facts, &pacing), -ENODATA);
}

static void the_least_setting_that_is_enough_is_chosen(void **state)
{
	struct go_pacing pacing = fitted(&service);
	double gogc = 0;

	(void)state;
	/* 0.125 cores now; 0.05 at 2.5 times the interval. */
	assert_int_equal(go_pacing__choose(&pacing, 0.05, INFINITY, &gogc), 0);
	assert_true(gogc == 250);
	/* The goal at 250 is 160 MB: a heap of 150 MB has no room for it. */
	assert_int_equal(go_pacing__choose(&pacing, 0.05, 150 * MB, &gogc), -ERANGE);
	assert_int_equal(go_pacing__choose(&pacing, 0.001, INFINITY, &gogc), -ERANGE);
	/* A limit stands in the way of any goal above it. */
	pacing.facts.limit_bytes = 100 * MB;
	assert_int_equal(go_pacing__choose(&pacing, 0.05, INFINITY, &gogc), -ERANGE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(todays_setting_gives_todays_interval),
		cmocka_unit_test(four_times_the_setting_gives_four_times_the_interval),
		cmocka_unit_test(a_heap_that_stops_short_of_its_goal_does_so_then),
		cmocka_unit_test(a_small_heap_is_paced_by_the_least_one),
		cmocka_unit_test(a_limit_below_the_goal_sets_it),
		cmocka_unit_test(a_model_that_misses_today_is_not_used),
		cmocka_unit_test(the_least_setting_that_is_enough_is_chosen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
