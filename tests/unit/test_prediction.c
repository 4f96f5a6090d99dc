// SPDX-License-Identifier: GPL-2.0-or-later
/* What advice was to save, held against what has been saved. */
#include "compare_world.h"

#include "base/banned.h"

static void predictions_are_held_against_the_change_at_the_first_pace(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;
	const struct compare_prediction *held;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 40000));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 290e3, 310e3);
	predict(advice, "calls_avoided", UNIT_PER_S, 3100, 3200);
	predict(advice, "bytes_avoided_share", UNIT_RATIO, 0.6, 0.7);
	predict(advice, "growth_stopped", UNIT_BYTES_PER_HOUR, 1, 2);
	side__site(&sides[AFTER], "f", 200e3, 40000);
	/* the second capture ran at twice the pace: 100 kB/s of the first one's */
	comparison = compare(sides, 1000, 2000);
	held = prediction_of(comparison, "HB-000001", "bytes_avoided");
	assert_true(fabs(held->measured.value - 300e3) < 1);
	assert_int_equal(held->fit, FIT_INSIDE);
	held = prediction_of(comparison, "HB-000001", "calls_avoided");
	assert_true(fabs(held->measured.value - 3000) < 1);
	assert_int_equal(held->fit, FIT_OUTSIDE);
	held = prediction_of(comparison, "HB-000001", "bytes_avoided_share");
	assert_true(fabs(held->measured.value - 0.3) < 0.01);
	held = prediction_of(comparison, "HB-000001", "growth_stopped");
	assert_int_equal(held->fit, FIT_UNKNOWN);
	assert_non_null(held->why);
	assert_int_equal(held->measured.basis, BASIS_UNKNOWN);
	close_both(comparison, sides);
}

static void near_is_within_the_error_of_the_measurement(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 400));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 310e3, 320e3);
	side__site(&sides[AFTER], "f", 100e3, 100);
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "bytes_avoided")->fit, FIT_NEAR);
	close_both(comparison, sides);
}

static void what_was_not_followed_is_not_measured(void **state)
{
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_pool,
			      side__site(&sides[BEFORE], "f", 400e3, 4000));
	predict(advice, "bytes_avoided", UNIT_BYTES_PER_S, 310e3, 320e3);
	side__advise(&sides[AFTER], "HB-000001", &rule_pool,
		     side__site(&sides[AFTER], "f", 405e3, 4000));
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "bytes_avoided")->fit, FIT_UNKNOWN);
	close_both(comparison, sides);
}

static void a_new_gogc_is_compared_only_if_it_is_the_advised_one(void **state)
{
	struct view_go go[2];
	struct side sides[2];
	struct comparison *comparison;
	struct advice *advice;

	(void)state;
	open_both(sides);
	for (int i = 0; i < 2; i++) {
		go[i] = (struct view_go){.version = "go1.26",
					 .coverage = "",
					 .state_known = true,
					 .span_s = 100,
					 .primary = true,
					 .gc_cpu_ratio = i ? 0.05 : 0.2,
					 .cycles_rate = fake_figure(i ? 2 : 10, 0, BASIS_EXACT),
					 .bytes_rate = fake_figure(1e6, 0, BASIS_EXACT),
					 .calls_rate = fake_figure(1e4, 0, BASIS_EXACT)};
		go[i].state.procs = 2;
		go[i].state.gogc = i ? 400 : 100;
		sides[i].view->processes->go = &go[i];
	}
	advice = side__advise(&sides[BEFORE], "HB-000001", &rule_go_gogc, NULL);
	advice__set(advice, "gogc", UNIT_COUNT, ROLE_EVIDENCE, fake_figure(400, 0, BASIS_EXACT));
	predict(advice, "interval_then", UNIT_SECONDS, 0.45, 0.55);
	predict(advice, "cpu_saved", UNIT_RATIO, 0.1, 0.2);
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "interval_then")->fit, FIT_INSIDE);
	assert_int_equal(prediction_of(comparison, "HB-000001", "cpu_saved")->fit, FIT_OUTSIDE);
	comparison__free(comparison);
	go[AFTER].state.gogc = 200;
	comparison = compare(sides, 0, 0);
	assert_int_equal(prediction_of(comparison, "HB-000001", "interval_then")->fit, FIT_UNKNOWN);
	assert_int_equal(prediction_of(comparison, "HB-000001", "cpu_saved")->fit, FIT_UNKNOWN);
	close_both(comparison, sides);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(predictions_are_held_against_the_change_at_the_first_pace),
		cmocka_unit_test(near_is_within_the_error_of_the_measurement),
		cmocka_unit_test(what_was_not_followed_is_not_measured),
		cmocka_unit_test(a_new_gogc_is_compared_only_if_it_is_the_advised_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
