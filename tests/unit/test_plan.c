// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/plan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <cmocka.h>

#include "base/banned.h"

static const struct plan_limits two_places = {
	.max_targets = 2,
	.max_light = 2,
	.young_s = 1,
	.host_budget = 0.02,
	.budget_ratio = 0.01,
	.floor_ratio = 0.0005,
};

static struct plan_process waiting(double cpu_ratio, double waited_s)
{
	return (struct plan_process){
		.age_s = 100, .cpu_ratio = cpu_ratio, .waited_s = waited_s, .wanted = true};
}

static struct plan_process attached(double cpu_ratio, double since_s)
{
	return (struct plan_process){.age_s = 100,
				     .cpu_ratio = cpu_ratio,
				     .since_s = since_s,
				     .wanted = true,
				     .attached = true,
				     .served = true};
}

static struct plan plan_of(const struct plan_process *processes, size_t cnt)
{
	struct plan plan;

	plan__make(processes, cnt, &two_places, &plan);
	return plan;
}

static void empty_host_has_an_empty_plan(void **state)
{
	struct plan plan = plan_of(NULL, 0);

	(void)state;
	assert_int_equal(plan.attach_cnt + plan.release_cnt + plan.backlog, 0);
	assert_true(plan.budget_scale == 1);
	assert_true(plan.span_s == 10);
}

static void the_busiest_come_first(void **state)
{
	struct plan_process p[] = {waiting(0.1, 0), waiting(0.5, 0), waiting(0.3, 0)};
	struct plan plan = plan_of(p, 3);

	(void)state;
	assert_int_equal(plan.attach_cnt, 2);
	assert_int_equal(plan.attach[0], 1);
	assert_int_equal(plan.attach[1], 2);
	assert_int_equal(plan.backlog, 3);
}

static void young_barred_and_unwanted_ones_are_left_alone(void **state)
{
	struct plan_process p[] = {waiting(1, 0), waiting(1, 0), waiting(1, 0)};
	struct plan plan;

	(void)state;
	p[0].age_s = 0.99;
	p[1].barred = true;
	p[2].wanted = false;
	plan = plan_of(p, 3);
	assert_int_equal(plan.attach_cnt, 0);
	assert_int_equal(plan.backlog, 0);
}

static void named_one_is_neither_too_young_nor_unwanted_but_may_be_barred(void **state)
{
	struct plan_process p[] = {waiting(0, 0), waiting(0, 0)};
	struct plan plan;

	(void)state;
	p[0].named = p[1].named = true;
	p[0].age_s = 0;
	p[0].wanted = false;
	p[1].barred = true;
	plan = plan_of(p, 2);
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 0);
}

static void named_one_takes_the_place_of_the_least_at_once(void **state)
{
	struct plan_process p[] = {attached(0.5, 0), attached(0.2, 0), waiting(0, 0)};
	struct plan plan;

	(void)state;
	p[2].named = true;
	p[0].served = p[1].served = false;
	plan = plan_of(p, 3);
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 2);
	assert_int_equal(plan.release_cnt, 1);
	assert_int_equal(plan.release[0], 1);
}

static void named_ones_are_never_released(void **state)
{
	struct plan_process p[] = {attached(0, 1000), attached(0, 1000), attached(0, 1000),
				   waiting(8, 300)};
	struct plan plan;

	(void)state;
	for (int i = 0; i < 3; i++) {
		p[i].named = true;
		p[i].wanted = false;
	}
	plan = plan_of(p, 4);
	assert_int_equal(plan.release_cnt, 0);
	assert_int_equal(plan.attach_cnt, 0);
}

static void unwanted_ones_go_at_once_and_their_places_are_taken(void **state)
{
	struct plan_process p[] = {attached(3, 0), attached(2, 0), waiting(0.1, 0)};
	struct plan plan;

	(void)state;
	p[0].wanted = p[1].wanted = false;
	p[0].served = p[1].served = false;
	plan = plan_of(p, 3);
	assert_int_equal(plan.release_cnt, 2);
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 2);
}

static void busy_one_is_not_displaced_before_it_was_looked_at(void **state)
{
	struct plan_process p[] = {attached(0.5, 20), attached(0.5, 20), waiting(0.3, 59)};
	struct plan plan;

	(void)state;
	p[0].served = p[1].served = false;
	plan = plan_of(p, 3);
	assert_int_equal(plan.release_cnt, 0);
	p[1].served = true;
	plan = plan_of(p, 3);
	assert_int_equal(plan.release_cnt, 1);
	assert_int_equal(plan.release[0], 1);
	/* Who cannot be looked at does not hold its place for ever. */
	p[1].served = false;
	p[1].since_s = 40;
	plan = plan_of(p, 3);
	assert_int_equal(plan.release_cnt, 1);
	assert_int_equal(plan.attach_cnt, 1);
}

static void budgets_of_those_that_stay_and_come_fill_the_hosts(void **state)
{
	struct plan_process p[] = {attached(3, 5), waiting(5, 0), waiting(1, 0)};
	struct plan plan = plan_of(p, 3);

	(void)state;
	assert_int_equal(plan.attach_cnt, 1);
	/* 0.01 of 8 cores, of which 0.02 of one may be spent. */
	assert_true(plan.budget_scale > 0.2499 && plan.budget_scale < 0.2501);
}

static void those_that_go_need_no_budget(void **state)
{
	struct plan_process p[] = {attached(64, 5), attached(1, 5)};
	struct plan plan;

	(void)state;
	p[0].wanted = false;
	plan = plan_of(p, 2);
	assert_int_equal(plan.release_cnt, 1);
	assert_true(plan.budget_scale == 1);
}

static void no_places_means_named_ones_alone(void **state)
{
	struct plan_limits none = two_places;
	struct plan_process p[] = {waiting(1, 100), waiting(1, 100)};
	struct plan plan;

	(void)state;
	none.max_targets = 0;
	p[0].named = true;
	plan__make(p, 2, &none, &plan);
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 0);
	assert_int_equal(plan.release_cnt, 0);
}

/* Once a second, on the daemon's one thread. */
static void whole_host_of_65536_is_planned(void **state)
{
	size_t cnt = 65536;
	struct plan_process *p = calloc(cnt, sizeof(*p));
	struct plan plan;

	(void)state;
	assert_non_null(p);
	for (size_t i = 0; i < cnt; i++)
		p[i] = waiting((double)(i % 1009) / 100, (double)(i % 7));
	plan = plan_of(p, cnt);
	assert_int_equal(plan.attach_cnt, 2);
	assert_int_equal(plan.backlog, cnt);
	assert_true(plan.span_s == 2);
	free(p);
}

static struct plan_process light(double cpu_ratio, double since_s)
{
	struct plan_process p = attached(cpu_ratio, since_s);

	p.light = true;
	return p;
}

static void what_is_only_read_takes_no_place_and_stays(void **state)
{
	struct plan_process p[] = {light(0.5, 1000), light(0, 1000), attached(0.2, 1),
				   waiting(0.3, 100)};
	struct plan plan = plan_of(p, 4);

	(void)state;
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 3);
	assert_int_equal(plan.release_cnt, 0);
	/* What costs nothing leaves the host's budget to the others. */
	assert_true(plan.budget_scale == 1);
}

static void too_many_that_are_only_read_take_turns(void **state)
{
	struct plan_process p[] = {light(0, 1000), light(0, 1000), light(0, 1000), attached(0.2, 1),
				   waiting(0.3, 100)};
	struct plan plan = plan_of(p, 5);

	(void)state;
	assert_int_equal(plan.attach_cnt, 1);
	assert_int_equal(plan.attach[0], 4);
	assert_int_equal(plan.release_cnt, 1);
	assert_true(plan.release[0] < 3);
}

static void an_unwanted_one_goes_though_it_is_only_read(void **state)
{
	struct plan_process p[] = {light(0.5, 1000)};
	struct plan plan;

	(void)state;
	p[0].wanted = false;
	plan = plan_of(p, 1);
	assert_int_equal(plan.release_cnt, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_only_read_takes_no_place_and_stays),
		cmocka_unit_test(too_many_that_are_only_read_take_turns),
		cmocka_unit_test(an_unwanted_one_goes_though_it_is_only_read),
		cmocka_unit_test(empty_host_has_an_empty_plan),
		cmocka_unit_test(the_busiest_come_first),
		cmocka_unit_test(young_barred_and_unwanted_ones_are_left_alone),
		cmocka_unit_test(named_one_is_neither_too_young_nor_unwanted_but_may_be_barred),
		cmocka_unit_test(named_one_takes_the_place_of_the_least_at_once),
		cmocka_unit_test(named_ones_are_never_released),
		cmocka_unit_test(unwanted_ones_go_at_once_and_their_places_are_taken),
		cmocka_unit_test(busy_one_is_not_displaced_before_it_was_looked_at),
		cmocka_unit_test(budgets_of_those_that_stay_and_come_fill_the_hosts),
		cmocka_unit_test(those_that_go_need_no_budget),
		cmocka_unit_test(no_places_means_named_ones_alone),
		cmocka_unit_test(whole_host_of_65536_is_planned),
	};

	return cmocka_run_group_tests_name("plan", tests, NULL, NULL);
}
