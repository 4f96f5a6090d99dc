// SPDX-License-Identifier: GPL-2.0-or-later
/* Whom the daemon observes: the plan of one tick. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>

#include "govern/plan.h"

#include "base/banned.h"

#define CNT 8

static struct plan_limits limits(size_t max_targets)
{
	return (struct plan_limits){
		.max_targets = max_targets,
		.young_s = 1,
		.host_budget = 0.02,
		.budget_ratio = 0.01,
		.floor_ratio = 0.0005,
	};
}

static struct plan_process wanted(double cpu_ratio)
{
	return (struct plan_process){.age_s = 10, .wanted = true, .cpu_ratio = cpu_ratio};
}

static struct plan_process attached(double cpu_ratio)
{
	struct plan_process p = wanted(cpu_ratio);

	p.attached = true;
	p.since_s = 1;
	return p;
}

static void busiest_are_attached_first(void **state)
{
	struct plan_process p[CNT];
	struct plan_limits most = limits(2);
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < CNT; i++)
		p[i] = wanted(0.1 * (double)i);
	p[CNT - 1].barred = true;
	plan__make(p, CNT, &most, &plan);
	assert_int_equal(plan.attach_cnt, 2);
	assert_int_equal(plan.attach[0], CNT - 2);
	assert_int_equal(plan.attach[1], CNT - 3);
	assert_int_equal(plan.release_cnt, 0);
	assert_int_equal(plan.backlog, CNT - 1);
}

static void the_young_wait_unless_they_are_named(void **state)
{
	struct plan_process p[2] = {wanted(0.5), wanted(0.5)};
	struct plan_limits most = limits(2);
	struct plan plan;

	(void)state;
	p[0].age_s = p[1].age_s = 0.5;
	p[1].named = true;
	plan__make(p, 2, &most, &plan);
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 1);
}

static void who_is_wanted_no_more_is_released_at_once(void **state)
{
	struct plan_process p[2] = {attached(0.5), attached(0.5)};
	struct plan_limits most = limits(2);
	struct plan plan;

	(void)state;
	p[1].wanted = false;
	plan__make(p, 2, &most, &plan);
	assert_int_equal(plan.release_cnt, 1);
	assert_int_equal(plan.release[0], 1);
}

static void fewer_places_release_the_quietest_but_nobody_named(void **state)
{
	struct plan_process p[CNT];
	struct plan_limits most = limits(5);
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < CNT; i++)
		p[i] = attached(0.1 * (double)i);
	p[0].named = true;
	plan__make(p, CNT, &most, &plan);
	assert_int_equal(plan.release_cnt, 3);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(plan.release[i], i + 1);
	assert_int_equal(plan.attach_cnt, 0);
	/* The next tick goes on where this one ended. */
	most.max_targets = 1;
	plan__make(p, CNT, &most, &plan);
	assert_int_equal(plan.release_cnt, PLAN_CHANGES_MAX);
}

static void named_ones_beyond_the_limit_stay(void **state)
{
	struct plan_process p[3] = {attached(0), attached(0), attached(0)};
	struct plan_limits most = limits(1);
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < 3; i++)
		p[i].named = true;
	plan__make(p, 3, &most, &plan);
	assert_int_equal(plan.release_cnt, 0);
}

static void budgets_are_scaled_to_the_hosts(void **state)
{
	struct plan_process p[4];
	struct plan_limits most = limits(4);
	struct plan plan;

	(void)state;
	for (size_t i = 0; i < 4; i++)
		p[i] = attached(1);
	plan__make(p, 4, &most, &plan);
	assert_true(plan.budget_scale > 0.499 && plan.budget_scale < 0.501);
	plan__make(p, 2, &most, &plan);
	assert_true(plan.budget_scale == 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(busiest_are_attached_first),
		cmocka_unit_test(the_young_wait_unless_they_are_named),
		cmocka_unit_test(who_is_wanted_no_more_is_released_at_once),
		cmocka_unit_test(fewer_places_release_the_quietest_but_nobody_named),
		cmocka_unit_test(named_ones_beyond_the_limit_stay),
		cmocka_unit_test(budgets_are_scaled_to_the_hosts),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
