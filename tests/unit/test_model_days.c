// SPDX-License-Identifier: GPL-2.0-or-later
/* What a daemon that runs for days asks of the model: bounds, sums that never fall, last figures. */
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

/* A look of 10 ms at @at with @calls of 100 bytes and as many frees, written as sessions do. */
static void feed_look(struct feed *feed, uint32_t epoch, uint64_t calls, uint64_t at)
{
	struct record_plan plan = {
		.epoch = epoch, .mode = PLAN_LOOK, .interval_bytes = 4096, .opened_ns = at};
	struct counters_row rows[2] = {{HB_MALLOC, 7, 0, calls, calls * 100},
				       {HB_MMAP, 21, 0, 1, 1 << 20}};

	feed__plan(feed, plan, at);
	feed__counters(feed,
		       (struct record_counters){.epoch = epoch, .frees = calls, .failures = 1},
		       rows, 2, at + SECOND / 100);
	plan.closed_ns = at + SECOND / 100;
	plan.observed_ns = SECOND / 100;
	plan.charged_ns = SECOND / 1000;
	feed__plan(feed, plan, plan.closed_ns);
}

static void recent_rates_forget_old_windows(void **state)
{
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	for (uint32_t i = 0; i < 30; i++)
		feed_look(&feed, i + 1, i < 20 ? 10000 : 100, (10 + i) * SECOND);
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->window_cnt, 30);
	close_to(p->recent_calls_rate.value, 10000);
	close_to(p->recent_bytes_rate.value, 1e6);
	close_to(p->recent_frees_rate.value, 10000);
	close_to(p->recent_vm_calls_rate.value, 100);
	close_to(p->recent_vm_bytes_rate.value, 100.0 * (1 << 20));
	assert_true(p->calls_rate.value > 600000);
	assert_int_equal(p->last_seen_ns, 39 * SECOND + SECOND / 100);
	view__free(view);
	feed__release(&feed);
}

static void one_open_window_has_the_same_recent_rates(void **state)
{
	struct counters_row row = {HB_MALLOC, 7, 0, 1000, 100000};
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, &row, 1, 11 * SECOND);
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->recent_calls_rate.basis, BASIS_EXACT);
	close_to(p->recent_calls_rate.value, 100);
	close_to(p->calls_rate.value, 100);
	assert_int_equal(p->last_seen_ns, 11 * SECOND);
	view__free(view);
	feed__release(&feed);
}

static bool at_least(const struct view_sums *now, const struct view_sums *before)
{
	bool more = now->calls >= before->calls && now->bytes >= before->bytes &&
		    now->frees >= before->frees && now->failures >= before->failures &&
		    now->observed_s >= before->observed_s && now->charged_s >= before->charged_s;

	for (int i = 0; i < 4; i++)
		more = more && now->vm[i].calls >= before->vm[i].calls &&
		       now->vm[i].bytes >= before->vm[i].bytes;
	return more;
}

/* Checks after every single record. */
static void check_sums(void *context, const struct record *record)
{
	struct {
		struct feed *feed;
		struct view_sums last;
		unsigned checks;
	} *monitor = context;
	struct view *view = model__build_light(monitor->feed->model);

	(void)record;
	assert_non_null(view);
	if (view->process_cnt) {
		assert_true(at_least(&view->processes[0].sums, &monitor->last));
		monitor->last = view->processes[0].sums;
		monitor->checks++;
	}
	view__free(view);
}

static void sums_never_fall(void **state)
{
	struct feed feed = start();
	struct {
		struct feed *feed;
		struct view_sums last;
		unsigned checks;
	} monitor = {.feed = &feed};
	struct record_plan open = {.epoch = 41, .mode = PLAN_LOOK, .opened_ns = 100 * SECOND};
	struct counters_row row = {HB_MALLOC, 7, 0, 5, 500};

	(void)state;
	feed.also = check_sums;
	feed.context = &monitor;
	for (uint32_t i = 0; i < 40; i++)
		feed_look(&feed, i + 1, 997, (10 + i) * SECOND);
	/* Closed after less time than it seemed to be open; a reading that says less; a late one. */
	feed__plan(&feed, open, 100 * SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 41}, &row, 1, 103 * SECOND);
	open.closed_ns = 102 * SECOND;
	open.observed_ns = 2 * SECOND;
	feed__plan(&feed, open, 104 * SECOND);
	row.calls = 3;
	feed__counters(&feed, (struct record_counters){.epoch = 41}, &row, 1, 105 * SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 2}, &row, 1, 106 * SECOND);
	feed_look(&feed, 50, 1, 200 * SECOND);
	check_sums(&monitor, NULL);
	assert_int_equal(monitor.last.calls, 40 * 997 + 5);
	assert_int_equal(monitor.last.failures, 41);
	assert_int_equal(monitor.last.vm[0].calls, 41);
	assert_true(monitor.last.observed_s >= 3);
	assert_true(monitor.checks > 100);
	feed__release(&feed);
}

static void light_view_has_figures_and_nothing_that_takes_long(void **state)
{
	struct record_sample birth = {
		.epoch = 1, .sample_id = 1, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	struct counters_row row = {HB_MALLOC, 7, 0, 1000, 100000};
	struct feed feed = start();
	const struct view_process *a, *b;
	struct view *light, *whole;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__sample(&feed, birth, 0x10, 2 * SECOND);
	for (uint64_t s = 3; s < 20; s++) {
		feed__vitals(&feed, s << 20, s, s * SECOND);
		feed__counters(&feed, (struct record_counters){.epoch = 1}, &row, 1, s * SECOND);
	}
	whole = build(&feed);
	light = model__build_light(feed.model);
	assert_non_null(light);
	a = &whole->processes[0];
	b = &light->processes[0];
	assert_string_equal(b->exe, a->exe);
	assert_memory_equal(&a->calls_rate, &b->calls_rate, sizeof(a->calls_rate));
	assert_memory_equal(&a->live_bytes, &b->live_bytes, sizeof(a->live_bytes));
	assert_memory_equal(&a->sums, &b->sums, sizeof(a->sums));
	assert_memory_equal(&a->sizes, &b->sizes, sizeof(a->sizes));
	assert_true(a->stack_cnt == 1 && !b->stack_cnt && !b->stacks && !b->heap_sums);
	assert_true(a->point_cnt && !b->point_cnt && !light->module_cnt);
	assert_int_equal(a->rss_growth.basis, BASIS_SAMPLED);
	assert_int_equal(b->rss_growth.basis, BASIS_UNKNOWN);
	assert_true(a->rss_growing);
	assert_false(b->rss_growing);
	view__free(light);
	view__free(whole);
	feed__release(&feed);
}

static void peak_is_the_highest_tick_and_its_time(void **state)
{
	static const uint64_t live[] = {100, 700, 300, 699, 0};
	struct record_plan plan = exact_plan;
	struct feed feed = start();
	struct view *view;

	(void)state;
	plan.mode = PLAN_FULL;
	feed__plan(&feed, plan, SECOND);
	for (uint64_t i = 0; i < 5; i++)
		feed__counters(&feed,
			       (struct record_counters){
				       .epoch = 1, .live_bytes = live[i], .live_objects = 1},
			       NULL, 0, (2 + i) * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].peak_bytes.basis, BASIS_EXACT);
	close_to(view->processes[0].peak_bytes.value, 700);
	assert_int_equal(view->processes[0].peak_ns, 3 * SECOND);
	view__free(view);
	/* Where frees go unseen, no peak is known. */
	plan.epoch = 2;
	feed__plan(&feed, plan, 9 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].peak_bytes.basis, BASIS_UNKNOWN);
	view__free(view);
	feed__release(&feed);
}

static void sizes_have_the_bounds_of_classes(void **state)
{
	static const struct counters_row rows[] = {{HB_MALLOC, 0, 0, 2, 0},
						   {HB_MALLOC, 4, 0, 3, 45},
						   {HB_MALLOC, 5, 0, 5, 80},
						   {HB_CALLOC, 6, 0, 7, 441},
						   {HB_MALLOC, 24, 0, 11, 11ULL << 23},
						   {HB_MALLOC, 40, 0, 13, 13ULL << 39},
						   {HB_MMAP, 13, 0, 99, 99 << 12}};
	struct feed feed = start();
	const struct histogram *sizes;
	struct view *view;

	(void)state;
	assert_int_equal(size_bucket__bound(0), 15);
	assert_int_equal(size_bucket__bound(1), 63);
	assert_int_equal(size_bucket__bound(10), 16777215);
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, rows, 7, 2 * SECOND);
	view = build(&feed);
	sizes = &view->processes[0].sizes;
	assert_int_equal(sizes->basis, BASIS_EXACT);
	close_to(sizes->counts[0], 5);
	close_to(sizes->counts[1], 12);
	close_to(sizes->counts[10], 11);
	close_to(sizes->counts[11], 13);
	close_to(sizes->sum, 45 + 80 + 441 + 11.0 * (1 << 23) + 13.0 * (1ULL << 39));
	view__free(view);
	feed__release(&feed);
}

static void lives_are_cut_off_by_the_window_and_by_now(void **state)
{
	struct record_plan plan = {
		.epoch = 1, .mode = PLAN_LOOK, .interval_bytes = 1, .opened_ns = SECOND};
	struct record_sample birth = {
		.epoch = 1, .sample_id = 1, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	const struct view_stack *stack;
	struct view *view;

	(void)state;
	feed__plan(&feed, plan, SECOND);
	feed__sample(&feed, birth, 0x10, SECOND);
	birth.sample_id = 2;
	feed__sample(&feed, birth, 0x10, SECOND);
	feed__block(&feed, RECORD_FREE,
		    (struct record_block){
			    .epoch = 1, .sample_id = 2, .size_bytes = 100, .born_ns = SECOND},
		    SECOND + 1000);
	plan.closed_ns = SECOND + 3000;
	feed__plan(&feed, plan, 2 * SECOND);
	view = build(&feed);
	stack = &view->processes[0].stacks[0];
	/* one ended at 1 us (class 10), one cut off at 3 us (class 12), not at the 1 s since then */
	assert_int_equal(stack->life_cnt, 2);
	assert_int_equal(stack->lives[0].life_class, 10);
	assert_int_equal(stack->lives[0].ended_n, 1);
	assert_int_equal(stack->lives[1].life_class, 12);
	assert_int_equal(stack->lives[1].censored_n, 1);
	assert_int_equal(view->processes[0].lifetimes.ended_n, 1);
	assert_int_equal(view->processes[0].lifetimes.censored_n, 1);
	close_to(view->processes[0].ended.counts[0], 1);
	view__free(view);
	plan = (struct record_plan){
		.epoch = 2, .mode = PLAN_LOOK, .interval_bytes = 1, .opened_ns = 3 * SECOND};
	feed__plan(&feed, plan, 3 * SECOND);
	view = build(&feed);
	stack = &view->processes[0].stacks[0];
	assert_int_equal(stack->life_cnt, 2);
	assert_int_equal(stack->lives[1].life_class, 12);
	assert_int_equal(stack->lives[1].censored_n, 1);
	assert_int_equal(view->processes[0].lifetimes.censored_n, 1);
	view__free(view);
	feed__release(&feed);
}

static void freed_bytes_hold_what_reallocs_gave_back(void **state)
{
	struct record_sample birth = {
		.epoch = 1, .sample_id = 1, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, SECOND);
	feed__sample(&feed, birth, 0x10, SECOND);
	feed__block(&feed, RECORD_STEP,
		    (struct record_block){.epoch = 1,
					  .sample_id = 1,
					  .size_bytes = 300,
					  .old_size_bytes = 100,
					  .steps = 1},
		    2 * SECOND);
	feed__block(
		&feed, RECORD_FREE,
		(struct record_block){.epoch = 1, .sample_id = 1, .size_bytes = 300, .steps = 1},
		3 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].sums.freed_basis, BASIS_SAMPLED);
	close_to(view->processes[0].sums.freed_bytes, 400);
	view__free(view);
	feed__release(&feed);
}

static void reasons_of_an_end_are_kept(void **state)
{
	for (uint32_t reason = 0; reason <= EXIT_REASON_RELEASED; reason++) {
		struct record_exit gone = {.image = 1, .reason = reason};
		struct feed feed = start();
		struct view *view;

		(void)state;
		record__init(&gone.head, RECORD_EXIT, sizeof(gone), 5 * SECOND);
		assert_int_equal(feed__record(&feed, &gone.head), 0);
		view = build(&feed);
		assert_true(view->processes[0].exited);
		assert_int_equal(view->processes[0].exit_reason, reason);
		view__free(view);
		gone.reason = EXIT_REASON_RELEASED + 1;
		assert_int_equal(feed__record(&feed, &gone.head), -EBADMSG);
		feed__release(&feed);
	}
}

static const struct model_limits small = {.stack_bytes = 256 << 10,
					  .processes = 16,
					  .modules = 4,
					  .live_blocks = 1000,
					  .chains = 500};

/* One process with an exact window and @samples births at sites of its own. */
static void feed_process(struct feed *feed, uint32_t image, uint64_t samples, uint64_t at)
{
	struct record_plan plan = exact_plan;
	struct record_sample birth = {
		.image = image, .epoch = 1, .size_bytes = 100, .flags = SAMPLE_TRACKED};

	plan.image = image;
	feed__image(feed, image, "glibc", at);
	feed__plan(feed, plan, at);
	for (birth.sample_id = 1; birth.sample_id <= samples; birth.sample_id++)
		feed__sample(feed, birth, 0x1000 * image + birth.sample_id % 97, at);
	feed__counters(feed, (struct record_counters){.image = image, .epoch = 1, .frees = 7}, NULL,
		       0, at + SECOND);
}

static void days_of_processes_stay_within_the_limits(void **state)
{
	struct feed feed = {.model = model__new_limited(&small)};
	const struct view_process *last;
	size_t most = 0;
	struct view *view;

	(void)state;
	assert_non_null(feed.model);
	for (uint32_t image = 1; image <= 1000; image++) {
		feed_process(&feed, image, 300, image * SECOND);
		feed__exit(&feed, image, image * SECOND + SECOND / 2);
		if (image == 100)
			most = model__bytes(feed.model);
		if (image > 100)
			assert_true(model__bytes(feed.model) <= most + most / 4);
	}
	assert_true(most < 2 << 20);
	view = build(&feed);
	assert_int_equal(view->process_cnt, 16);
	/* Ended ones keep their figures and give up their stacks, the oldest first. */
	assert_true(view->processes[0].shed && !view->processes[0].stack_cnt);
	assert_int_equal(view->processes[0].sample_n, 300);
	assert_int_equal(view->processes[0].frees, 7);
	close_to(view->processes[0].live_bytes.value, 30000);
	last = &view->processes[15];
	assert_false(last->shed);
	assert_true(last->stack_cnt == 97 && !last->dropped_samples && !last->dropped_blocks);
	view__free(view);
	feed__release(&feed);
}

static void a_living_process_keeps_what_it_has(void **state)
{
	struct feed feed = {.model = model__new_limited(&small)};
	struct view *view;

	(void)state;
	feed_process(&feed, 1, 50, SECOND);
	for (uint32_t image = 2; image <= 100; image++) {
		feed_process(&feed, image, 300, image * SECOND);
		feed__exit(&feed, image, image * SECOND + SECOND / 2);
	}
	view = build(&feed);
	assert_int_equal(view->processes[0].image, 1);
	assert_int_equal(view->processes[0].stack_cnt, 50);
	assert_false(view->processes[0].shed);
	view__free(view);
	feed__release(&feed);
}

static void records_after_shedding_do_not_bring_stacks_back(void **state)
{
	struct feed feed = {.model = model__new_limited(&small)};
	struct record_sample late = {.image = 1,
				     .epoch = 1,
				     .sample_id = 9001,
				     .size_bytes = 8,
				     .flags = SAMPLE_TRACKED};
	struct view *view;

	(void)state;
	feed_process(&feed, 1, 300, SECOND);
	feed__exit(&feed, 1, 2 * SECOND);
	feed_process(&feed, 2, 2000, 3 * SECOND);
	feed__sample(&feed, late, 0x77, 4 * SECOND);
	feed__block(&feed, RECORD_FREE,
		    (struct record_block){.image = 1, .epoch = 1, .sample_id = 5, .born_ns = 1},
		    4 * SECOND);
	view = build(&feed);
	assert_true(view->processes[0].shed);
	assert_int_equal(view->processes[0].stack_cnt, 0);
	assert_int_equal(view->processes[0].sample_n, 301);
	assert_int_equal(view->processes[0].dropped_samples, 1);
	view__free(view);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(recent_rates_forget_old_windows),
		cmocka_unit_test(one_open_window_has_the_same_recent_rates),
		cmocka_unit_test(sums_never_fall),
		cmocka_unit_test(light_view_has_figures_and_nothing_that_takes_long),
		cmocka_unit_test(peak_is_the_highest_tick_and_its_time),
		cmocka_unit_test(sizes_have_the_bounds_of_classes),
		cmocka_unit_test(lives_are_cut_off_by_the_window_and_by_now),
		cmocka_unit_test(freed_bytes_hold_what_reallocs_gave_back),
		cmocka_unit_test(reasons_of_an_end_are_kept),
		cmocka_unit_test(days_of_processes_stay_within_the_limits),
		cmocka_unit_test(a_living_process_keeps_what_it_has),
		cmocka_unit_test(records_after_shedding_do_not_bring_stacks_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
