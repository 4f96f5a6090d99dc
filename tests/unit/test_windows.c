// SPDX-License-Identifier: GPL-2.0-or-later
/* What windows tell of a process: totals, rates, live heap, and what stays unknown. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "fixture.h"

#include "base/banned.h"

static void process_without_a_window_has_no_figures(void **state)
{
	struct feed feed = start();
	struct view *view;

	(void)state;
	feed__vitals(&feed, 4096, 0, 2 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].calls.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].calls_rate.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].live_bytes.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].rss_growth.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].rss_bytes, 4096);
	assert_null(view->processes[0].refusal);
	assert_true(view->truncated);
	view__free(view);
	feed__release(&feed);
}

/* @cnt looks of 10 ms: @calls each while the process ran at half speed, 5 ms of them stolen. */
static void feed_looks(struct feed *feed, uint32_t cnt, const uint64_t *calls)
{
	for (uint32_t i = 0; i < cnt; i++) {
		uint64_t at = (1 + 10 * (uint64_t)i) * SECOND;
		struct record_plan plan = {
			.epoch = i + 1, .mode = PLAN_LOOK, .interval_bytes = 4096, .opened_ns = at};
		struct counters_row row = {HB_MALLOC, 7, 0, calls[i], calls[i] * 100};

		feed__plan(feed, plan, at);
		feed__counters(feed, (struct record_counters){.epoch = i + 1, .frees = calls[i]},
			       &row, 1, at + SECOND / 100);
		plan.closed_ns = at + SECOND / 100;
		plan.observed_ns = SECOND / 100;
		plan.cpu_ns = SECOND / 100;
		plan.charged_ns = SECOND / 200;
		plan.stolen_ns = SECOND / 200;
		feed__plan(feed, plan, plan.closed_ns);
	}
}

static void looks_are_corrected_for_their_own_slowing(void **state)
{
	/* 500 calls in 5 ms of its own time: 100,000 a CPU second, on half a core. */
	static const uint64_t calls[12] = {500, 480, 520, 500, 490, 510,
					   500, 505, 495, 500, 470, 530};
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed__vitals(&feed, 4096, 0, SECOND);
	feed_looks(&feed, 12, calls);
	feed__vitals(&feed, 4096, 60 * SECOND + 12 * SECOND / 200, 121 * SECOND);
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->window_cnt, 12);
	close_to(p->observed_s, 0.12);
	close_to(p->charged_s, 0.06);
	assert_int_equal(p->calls.basis, BASIS_EXACT);
	close_to(p->calls.value, 6000);
	assert_int_equal(p->calls_rate.basis, BASIS_WINDOW);
	close_to(p->calls_rate.value, 50000);
	close_to(p->bytes_rate.value, 5e6);
	assert_false(p->calls_rate.lower_bound);
	/* 10 % of stolen/net = 1 is the larger part of the error. */
	assert_true(p->calls_rate.stderr_abs > 5000 && p->calls_rate.stderr_abs < 5100);
	assert_true(p->calls_rate.low < 41000 && p->calls_rate.high > 59000);
	close_to(p->charged_ratio, 0.06 / 60.06);
	view__free(view);
	feed__release(&feed);
}

/* 12 looks of 100 ms at a process that makes 20,000 calls a second and uses 2 % of a core. Of each
 * look probes are reckoned to take @stolen_ns; its CPU time grows by @grown_ns. */
static struct figure sleeper_rate(uint64_t stolen_ns, uint64_t grown_ns, uint64_t calls)
{
	struct feed feed = start();
	struct figure rate;
	struct view *view;

	feed__vitals(&feed, 4096, 0, SECOND);
	for (uint32_t i = 0; i < 12; i++) {
		uint64_t at = (1 + 10 * (uint64_t)i) * SECOND;
		struct record_plan plan = {
			.epoch = i + 1, .mode = PLAN_LOOK, .interval_bytes = 4096, .opened_ns = at};
		struct counters_row row = {HB_MALLOC, 7, 0, calls, calls * 100};

		feed__plan(&feed, plan, at);
		feed__counters(&feed, (struct record_counters){.epoch = i + 1}, &row, 1,
			       at + SECOND / 10);
		plan.closed_ns = at + SECOND / 10;
		plan.observed_ns = SECOND / 10;
		plan.cpu_ns = SECOND / 500 + grown_ns;
		plan.charged_ns = plan.stolen_ns = stolen_ns;
		feed__plan(&feed, plan, plan.closed_ns);
	}
	feed__vitals(&feed, 4096, 120 * SECOND / 50 + 12 * stolen_ns, 121 * SECOND);
	view = build(&feed);
	rate = view->processes[0].calls_rate;
	view__free(view);
	feed__release(&feed);
	return rate;
}

static void a_sleeping_process_is_measured_against_time(void **state)
{
	(void)state;
	/* As reckoned, and three times as much: hits on cold caches. */
	close_to(sleeper_rate(SECOND / 500, SECOND / 500, 2000).value, 20000);
	close_to(sleeper_rate(SECOND / 500, 3 * SECOND / 500, 2000).value, 20000);
}

static void a_process_that_waits_for_a_busy_core_is_measured_against_cpu(void **state)
{
	(void)state;
	/* The core gives no more: 1.5 of 2 ms went into probes, and a quarter of the calls was made. */
	close_to(sleeper_rate(3 * SECOND / 2000, 0, 500).value, 20000);
}

static void a_look_that_probes_took_up_may_still_have_met_a_busy_moment(void **state)
{
	struct feed feed = start();
	struct record_plan plan = {
		.epoch = 1, .mode = PLAN_LOOK, .interval_bytes = 64, .opened_ns = SECOND};
	struct counters_row row = {HB_MALLOC, 7, 0, 100, 10000};
	const struct figure *rate;
	struct view *view;

	(void)state;
	/* 100 calls in 5 ms, of whose CPU time 95 % went into probes. */
	feed__vitals(&feed, 4096, 0, SECOND / 2);
	feed__plan(&feed, plan, SECOND);
	plan.closed_ns = SECOND + SECOND / 200;
	feed__counters(&feed, (struct record_counters){.epoch = 1, .frees = 100}, &row, 1,
		       plan.closed_ns);
	plan.observed_ns = plan.cpu_ns = SECOND / 200;
	plan.charged_ns = plan.stolen_ns = SECOND / 200 * 95 / 100;
	feed__plan(&feed, plan, plan.closed_ns);
	feed__vitals(&feed, 4096, 10 * SECOND, 11 * SECOND);
	view = build(&feed);
	rate = &view->processes[0].calls_rate;
	assert_true(rate->lower_bound && isnan(rate->high));
	/* ten calls is the standard error of a hundred */
	assert_true(fabs(rate->low / rate->value - (1 - 1.96 * 0.1)) < 1e-4);
	view__free(view);
	feed__release(&feed);
}

static void looks_without_cpu_figures_use_their_net_time(void **state)
{
	static const uint64_t calls[2] = {5000, 5000};
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed_looks(&feed, 2, calls);
	view = build(&feed);
	p = &view->processes[0];
	close_to(p->calls_rate.value, 1e6);
	assert_true(p->calls_rate.lower_bound);
	assert_true(p->frees_rate.lower_bound);
	assert_false(p->vm_calls_rate.lower_bound);
	assert_int_equal(p->vm_calls_rate.basis, BASIS_UNKNOWN);
	view__free(view);
	feed__release(&feed);
}

static void old_windows_are_folded_without_loss(void **state)
{
	static uint64_t calls[100];
	struct feed feed = start();
	struct view *view;

	(void)state;
	for (size_t i = 0; i < 100; i++)
		calls[i] = 23 + i;
	feed_looks(&feed, 100, calls);
	view = build(&feed);
	assert_int_equal(view->processes[0].window_cnt, 100);
	assert_int_equal(view->processes[0].calls.value, 23 * 100 + 99 * 50);
	assert_int_equal(view->processes[0].frees, 23 * 100 + 99 * 50);
	close_to(view->processes[0].observed_s, 1);
	view__free(view);
	feed__release(&feed);
}

static void a_single_call_in_a_look_is_not_stated_as_sure(void **state)
{
	static const uint64_t calls[1] = {1};
	struct feed feed = start();
	const struct figure *rate;
	struct view *view;

	(void)state;
	feed_looks(&feed, 1, calls);
	view = build(&feed);
	rate = &view->processes[0].calls_rate;
	close_to(rate->value, 200);
	close_to(rate->stderr_abs, 200);
	assert_true(rate->low == 0);
	view__free(view);
	feed__release(&feed);
}

static void unclosed_window_lasts_to_the_last_record(void **state)
{
	struct counters_row row = {HB_MALLOC, 7, 0, 1000, 64000};
	struct feed feed = start();
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, &row, 1, 10 * SECOND);
	feed__vitals(&feed, 4096, 0, 11 * SECOND);
	view = build(&feed);
	close_to(view->processes[0].observed_s, 10);
	assert_int_equal(view->processes[0].calls_rate.basis, BASIS_EXACT);
	close_to(view->processes[0].calls_rate.value, 100);
	view__free(view);
	/* The process ends; the machine goes on. */
	feed__exit(&feed, 1, 21 * SECOND);
	feed__image(&feed, 2, "glibc", 500 * SECOND);
	view = build(&feed);
	close_to(view->processes[0].observed_s, 20);
	assert_true(view->processes[0].exited);
	assert_true(view->processes[0].frees_seen);
	close_to(view->processes[0].span_s, 20);
	view__free(view);
	feed__release(&feed);
}

static void full_mode_live_is_exact_and_a_lower_bound_once_the_table_was_full(void **state)
{
	struct record_plan plan = exact_plan;
	struct record_counters counters = {.epoch = 1, .live_bytes = 2300, .live_objects = 23};
	struct feed feed = start();
	struct view *view;

	(void)state;
	plan.mode = PLAN_FULL;
	plan.interval_bytes = 524288;
	feed__plan(&feed, plan, SECOND);
	feed__counters(&feed, counters, NULL, 0, 2 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].live_bytes.basis, BASIS_EXACT);
	close_to(view->processes[0].live_bytes.value, 2300);
	close_to(view->processes[0].live_objects.value, 23);
	assert_false(view->processes[0].live_bytes.lower_bound);
	close_to(view->processes[0].live_points[0], 2300);
	view__free(view);
	counters.table_full = 1;
	feed__counters(&feed, counters, NULL, 0, 3 * SECOND);
	view = build(&feed);
	assert_true(view->processes[0].live_bytes.lower_bound);
	assert_true(view->processes[0].live_objects.lower_bound);
	view__free(view);
	feed__release(&feed);
}

static void unsampled_small_blocks_keep_live_from_being_exact(void **state)
{
	struct record_plan plan = exact_plan;
	struct feed feed = start();
	const struct figure *live;
	struct view *view;

	(void)state;
	plan.interval_bytes = 524288;
	feed__plan(&feed, plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, 2 * SECOND);
	view = build(&feed);
	live = &view->processes[0].live_bytes;
	assert_int_equal(live->basis, BASIS_SAMPLED);
	assert_true(live->value == 0 && live->low == 0);
	assert_true(live->high > 3.8 * 524288 && live->high < 3.9 * 524288);
	assert_int_equal(view->processes[0].live_objects.basis, BASIS_UNKNOWN);
	view__free(view);
	feed__release(&feed);
}

static void vm_calls_stay_beside_the_heap(void **state)
{
	static const struct counters_row rows[] = {
		{HB_MALLOC, 7, 0, 10, 1000},
		{HB_MMAP, 21, 0, 3, 3 << 20},
		{HB_MUNMAP, 21, 0, 2, 2 << 20},
	};
	struct record_sample vm = {
		.epoch = 1, .sample_id = 7, .size_bytes = 1 << 20, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	vm.func = HB_MMAP;
	feed__sample(&feed, vm, 0x10, SECOND);
	vm.func = HB_MUNMAP;
	vm.flags = 0;
	feed__sample(&feed, vm, 0x20, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, rows, 3, 2 * SECOND);
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->calls.value, 10);
	assert_int_equal(p->vm_calls.value, 3);
	assert_int_equal(p->vm_bytes.value, 3 << 20);
	assert_int_equal(p->by_func[HB_MUNMAP].calls, 2);
	assert_int_equal(p->vm_sums[21].n, 1);
	assert_true(!p->heap_sums || !p->heap_sums[21].n);
	assert_int_equal(p->stack_cnt, 1);
	close_to(p->stacks[0].live_bytes, 1 << 20);
	assert_true(p->live_bytes.value == 0);
	view__free(view);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(process_without_a_window_has_no_figures),
		cmocka_unit_test(looks_are_corrected_for_their_own_slowing),
		cmocka_unit_test(a_sleeping_process_is_measured_against_time),
		cmocka_unit_test(a_process_that_waits_for_a_busy_core_is_measured_against_cpu),
		cmocka_unit_test(a_look_that_probes_took_up_may_still_have_met_a_busy_moment),
		cmocka_unit_test(looks_without_cpu_figures_use_their_net_time),
		cmocka_unit_test(old_windows_are_folded_without_loss),
		cmocka_unit_test(a_single_call_in_a_look_is_not_stated_as_sure),
		cmocka_unit_test(unclosed_window_lasts_to_the_last_record),
		cmocka_unit_test(full_mode_live_is_exact_and_a_lower_bound_once_the_table_was_full),
		cmocka_unit_test(unsampled_small_blocks_keep_live_from_being_exact),
		cmocka_unit_test(vm_calls_stay_beside_the_heap),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
