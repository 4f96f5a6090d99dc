// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/groups.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "group_world.h"

static void coverage_is_of_the_last_minute(void **state)
{
	struct world w = world_of(&usual);

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__add(w.fake, 12, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 1, 0);
	tick(&w, 1, "a");
	for (int t = 1; t <= 100; t++) {
		fake_host__see(w.fake, 11, PLAN_EXACT, 1, t);
		tick(&w, 1, "a");
	}
	assert_true(fabs(fake_group(w.host, "a")->coverage_ratio - 0.5) < 0.01);
	for (int t = 1; t <= 100; t++)
		tick(&w, 1, "a");
	assert_true(fake_group(w.host, "a")->coverage_ratio < 0.01);
	end(&w);
}

/* @charged_s per second of a process with @cpu cores, for @s seconds. */
static const struct group *charge(struct world *w, double cpu, double charged_s, int s)
{
	const struct group *group = NULL;

	for (int t = 0; t < s; t++) {
		w->fake->seen[0].sums.charged_s += charged_s;
		w->fake->processes[0].cpu_ns += (uint64_t)(cpu * 1e9);
		group = tick(w, 1, "a");
	}
	return group;
}

static void intervals_within_the_budget_are_told_from_others(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__see(w.fake, 11, PLAN_LOOK, 1, 1);
	group = charge(&w, 0.5, 0.004, 61);
	assert_int_equal(group->charge_intervals, 6);
	assert_int_equal(group->charge_kept, 6);
	assert_true(fabs(group->cost_ratio - 0.0088) < 1e-9);
	group = charge(&w, 0.5, 0.02, 20);
	assert_int_equal(group->charge_intervals, 8);
	assert_int_equal(group->charge_kept, 6);
	assert_true(fabs(group->cost_ratio - 0.04) < 1e-9);
	end(&w);
}

static void two_looks_in_one_interval_are_no_breach(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__see(w.fake, 11, PLAN_LOOK, 1, 1);
	charge(&w, 1, 0, 1);
	/* Late in one span, early in the next; then one in each. */
	charge(&w, 1, 0, 6);
	charge(&w, 1, 0.1, 1);
	charge(&w, 1, 0.1, 1);
	group = charge(&w, 1, 0, 2);
	assert_int_equal(group->charge_intervals, 1);
	assert_int_equal(group->charge_kept, 1);
	charge(&w, 1, 0.1, 2);
	group = charge(&w, 1, 0, 8);
	assert_int_equal(group->charge_intervals, 2);
	assert_int_equal(group->charge_kept, 1);
	end(&w);
}

static void a_quiet_process_is_measured_by_the_least_budget(void **state)
{
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	fake_host__add(w.fake, 11, "a");
	fake_host__see(w.fake, 11, PLAN_EXACT, 1, 1);
	group = charge(&w, 0.001, 0.0004, 21);
	assert_int_equal(group->charge_intervals, 2);
	assert_int_equal(group->charge_kept, 2);
	assert_true(fabs(group->cost_ratio - 0.0088) < 1e-9);
	end(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(coverage_is_of_the_last_minute),
		cmocka_unit_test(intervals_within_the_budget_are_told_from_others),
		cmocka_unit_test(two_looks_in_one_interval_are_no_breach),
		cmocka_unit_test(a_quiet_process_is_measured_by_the_least_budget),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
