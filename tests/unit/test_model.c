// SPDX-License-Identifier: GPL-2.0-or-later
/* What the model makes of records: joins, windows, rates, caps. */
#include <errno.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/random.h"
#include "feed.h"
#include "model/estimate.h"
#include "model/process.h"

#include "base/banned.h"

static void close_to(double value, double expected)
{
	double error = fabs(value - expected);

	if (error > 1e-9 * fmax(1, fabs(expected)))
		fail_msg("%.12g is not %.12g", value, expected);
}

static const struct record_plan exact_plan = {
	.epoch = 1, .mode = PLAN_EXACT, .interval_bytes = 1, .opened_ns = SECOND};

static struct feed start(void)
{
	struct feed feed = {.model = model__new()};

	assert_non_null(feed.model);
	assert_int_equal(feed__image(&feed, 1, "glibc", SECOND), 0);
	return feed;
}

static struct view *build(const struct feed *feed)
{
	struct view *view = model__build(feed->model);

	assert_non_null(view);
	return view;
}

static void free_before_its_sample_is_joined(void **state)
{
	struct feed feed = start();
	struct record_sample birth = {
		.epoch = 1, .sample_id = 7, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	const struct view_stack *stack;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, SECOND);
	feed__block(&feed, RECORD_STEP,
		    (struct record_block){.epoch = 1,
					  .sample_id = 7,
					  .size_bytes = 300,
					  .old_size_bytes = 100,
					  .steps = 1},
		    3 * SECOND);
	feed__block(&feed, RECORD_FREE,
		    (struct record_block){.epoch = 1,
					  .sample_id = 7,
					  .size_bytes = 300,
					  .born_ns = 2 * SECOND,
					  .steps = 1},
		    5 * SECOND);
	feed__sample(&feed, birth, 0x10, 2 * SECOND);
	view = build(&feed);
	stack = &view->processes[0].stacks[0];
	assert_int_equal(stack->freed_n, 1);
	close_to(stack->lifetime_sum_s, 3);
	assert_int_equal(stack->live_n, 0);
	assert_int_equal(stack->chain_cnt, 1);
	assert_int_equal(stack->chains[0].final_bytes, 300);
	assert_int_equal(stack->chains[0].moved_bytes, 100);
	assert_int_equal(stack->chains[0].steps, 1);
	assert_true(stack->chains[0].closed);
	view__free(view);
	feed__release(&feed);
}

static void overtaken_step_does_not_bring_an_old_size_back(void **state)
{
	struct feed feed = start();
	struct record_sample birth = {
		.epoch = 1, .sample_id = 7, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, SECOND);
	feed__sample(&feed, birth, 0x10, SECOND);
	for (uint32_t step = 2; step >= 1; step--)
		feed__block(&feed, RECORD_STEP,
			    (struct record_block){.epoch = 1,
						  .sample_id = 7,
						  .size_bytes = 100U << step,
						  .old_size_bytes = 50U << step,
						  .steps = step},
			    2 * SECOND);
	view = build(&feed);
	assert_true(view->processes[0].frees_seen);
	close_to(view->processes[0].stacks[0].live_bytes, 400);
	assert_int_equal(view->processes[0].stacks[0].chains[0].moved_bytes, 300);
	assert_int_equal(view->processes[0].stacks[0].chains[0].steps, 2);
	view__free(view);
	feed__release(&feed);
}

static void a_second_window_ends_what_is_known_of_live_blocks(void **state)
{
	struct feed feed = start();
	struct record_plan plan = exact_plan;
	struct record_sample birth = {
		.epoch = 1, .sample_id = 7, .size_bytes = 100, .flags = SAMPLE_TRACKED};
	struct view *view;

	(void)state;
	feed__plan(&feed, plan, SECOND);
	feed__sample(&feed, birth, 0x10, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, 2 * SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].live_bytes.basis, BASIS_EXACT);
	close_to(view->processes[0].live_bytes.value, 100);
	assert_int_equal(view->processes[0].point_cnt, 1);
	view__free(view);
	plan.epoch = 2;
	plan.opened_ns = 5 * SECOND;
	feed__plan(&feed, plan, 5 * SECOND);
	/* The old window's free comes late: its block is no more. */
	feed__block(&feed, RECORD_FREE,
		    (struct record_block){.epoch = 1, .sample_id = 7, .born_ns = SECOND},
		    6 * SECOND);
	view = build(&feed);
	assert_false(view->processes[0].frees_seen);
	assert_int_equal(view->processes[0].live_bytes.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].live_growth.basis, BASIS_UNKNOWN);
	assert_int_equal(view->processes[0].point_cnt, 0);
	assert_int_equal(view->processes[0].stacks[0].freed_n, 0);
	assert_int_equal(view->processes[0].stacks[0].tracked_n, 1);
	view__free(view);
	feed__release(&feed);
}

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
	assert_int_equal(p->heap_sums[21].n, 0);
	assert_int_equal(p->stack_cnt, 1);
	close_to(p->stacks[0].live_bytes, 1 << 20);
	assert_true(p->live_bytes.value == 0);
	view__free(view);
	feed__release(&feed);
}

static void stacks_beyond_the_cap_are_counted_and_stay_in_the_family(void **state)
{
	struct feed feed = start();
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	for (uint64_t i = 0; i < PROCESS_STACKS_MAX + 23; i++)
		feed__sample(&feed, (struct record_sample){.epoch = 1, .size_bytes = 100}, i << 4,
			     SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].stack_cnt, PROCESS_STACKS_MAX);
	assert_int_equal(view->processes[0].dropped_samples, 23);
	assert_int_equal(view->processes[0].heap_sums[7].n, PROCESS_STACKS_MAX + 23);
	assert_int_equal(view->processes[0].sample_n, PROCESS_STACKS_MAX + 23);
	view__free(view);
	feed__release(&feed);
}

static void chains_beyond_the_cap_are_an_unbiased_reservoir(void **state)
{
	struct record_sample birth = {.epoch = 1, .size_bytes = 16, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	double weight = 0, grown = 0;
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	/* Every fourth block is grown to 64 bytes; each is freed before the next is born. */
	for (birth.sample_id = 1; birth.sample_id <= 3 * CHAINS_MAX; birth.sample_id++) {
		uint64_t size_bytes = birth.sample_id % 4 ? 16 : 64;

		feed__sample(&feed, birth, 0x10, SECOND);
		feed__block(&feed, RECORD_FREE,
			    (struct record_block){.epoch = 1,
						  .sample_id = birth.sample_id,
						  .size_bytes = size_bytes,
						  .born_ns = SECOND},
			    2 * SECOND);
	}
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->stacks[0].chain_cnt, CHAINS_MAX);
	for (size_t i = 0; i < CHAINS_MAX; i++) {
		const struct chain *chain = &p->stacks[0].chains[i];

		weight += chain->weight;
		grown += chain->final_bytes == 64 ? chain->weight : 0;
		assert_true(chain->closed);
	}
	close_to(weight, 3.0 * CHAINS_MAX);
	assert_true(fabs(grown / weight - 0.25) < 0.01);
	close_to(p->stacks[0].freed_objects, 3.0 * CHAINS_MAX);
	view__free(view);
	feed__release(&feed);
}

static void live_blocks_beyond_the_cap_make_live_a_lower_bound(void **state)
{
	struct record_sample birth = {.epoch = 1, .size_bytes = 16, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0, SECOND);
	for (birth.sample_id = 1; birth.sample_id <= BLOCKS_MAX + 5; birth.sample_id++)
		feed__sample(&feed, birth, 0x10, SECOND);
	view = build(&feed);
	assert_int_equal(view->processes[0].dropped_blocks, 5);
	assert_true(view->processes[0].live_bytes.lower_bound);
	close_to(view->processes[0].live_bytes.value, 16.0 * BLOCKS_MAX);
	assert_true(model__bytes(feed.model) < 80U << 20);
	view__free(view);
	feed__release(&feed);
}

static void ended_processes_make_room_for_new_ones(void **state)
{
	struct feed feed = start();
	struct view *view;

	(void)state;
	for (uint32_t image = 2; image <= MODEL_PROCESSES_MAX; image++)
		feed__image(&feed, image, "glibc", SECOND);
	feed__image(&feed, MODEL_PROCESSES_MAX + 1, "glibc", SECOND);
	view = build(&feed);
	assert_int_equal(view->process_cnt, MODEL_PROCESSES_MAX);
	assert_int_equal(view->dropped_processes, 1);
	assert_int_equal(view->processes[MODEL_PROCESSES_MAX - 1].image, MODEL_PROCESSES_MAX);
	view__free(view);
	feed__exit(&feed, 5, 3 * SECOND);
	feed__exit(&feed, 3, 2 * SECOND);
	feed__image(&feed, MODEL_PROCESSES_MAX + 2, "glibc", 4 * SECOND);
	view = build(&feed);
	assert_int_equal(view->process_cnt, MODEL_PROCESSES_MAX);
	assert_int_equal(view->dropped_processes, 2);
	assert_int_equal(view->processes[2].image, 4);
	assert_int_equal(view->processes[3].image, 5);
	assert_int_equal(view->processes[MODEL_PROCESSES_MAX - 1].image, MODEL_PROCESSES_MAX + 2);
	view__free(view);
	feed__release(&feed);
}

static void live_series_are_thinned_to_even_steps(void **state)
{
	struct record_sample birth = {.epoch = 1, .size_bytes = 1000, .flags = SAMPLE_TRACKED};
	struct feed feed = start();
	const struct view_process *p;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	/* One block a second is born and stays: 1000 B/s. */
	for (birth.sample_id = 1; birth.sample_id <= 1000; birth.sample_id++) {
		feed__sample(&feed, birth, 0x10, (1 + birth.sample_id) * SECOND);
		feed__counters(&feed, (struct record_counters){.epoch = 1}, NULL, 0,
			       (1 + birth.sample_id) * SECOND);
		feed__vitals(&feed, 5000000 + birth.sample_id * 3000, 0,
			     (1 + birth.sample_id) * SECOND);
	}
	view = build(&feed);
	p = &view->processes[0];
	assert_int_equal(p->point_cnt, 250);
	for (size_t i = 0; i < p->point_cnt; i++) {
		close_to(p->at_s[i], 4.0 * (double)(i + 1));
		close_to(p->live_points[i], 1000 * p->at_s[i]);
		close_to(p->stacks[0].live.points[i], p->live_points[i]);
	}
	assert_int_equal(p->stacks[0].live.cnt, p->point_cnt);
	assert_true(fabs(p->live_growth.value - 1000) < 1e-6 && p->live_growth.low > 999);
	assert_true(fabs(p->rss_growth.value - 3000) < 1e-6 && p->rss_growth.low > 2999);
	assert_int_equal(p->rss_growth.n, 500);
	view__free(view);
	feed__release(&feed);
}

static void broken_and_strange_records_change_nothing(void **state)
{
	struct feed feed = start();
	struct record_plan plan = {.image = 1, .epoch = 1, .mode = 17};
	struct record odd = {.bytes = 16, .type = 999};
	struct view *view;

	(void)state;
	record__init(&plan.head, RECORD_PLAN, sizeof(plan), 9 * SECOND);
	assert_int_equal(model__apply(feed.model, &plan.head), -EBADMSG);
	assert_int_equal(model__apply(feed.model, &odd), 0);
	plan.mode = PLAN_EXACT;
	plan.image = 77;
	assert_int_equal(model__apply(feed.model, &plan.head), 0);
	view = build(&feed);
	assert_int_equal(view->process_cnt, 1);
	assert_int_equal(view->processes[0].window_cnt, 0);
	view__free(view);
	feed__release(&feed);
}

static void fill_at_random(void *bytes, size_t len, struct random *random)
{
	unsigned char *at = bytes;

	for (size_t i = 0; i < len; i++)
		/* Small numbers meet each other; large ones overflow. */
		at[i] = random__below(random, 4) ? 0 : (unsigned char)random__next(random);
}

/* Random bytes hardly ever are a sample: set what validation looks at. */
static void make_sample(void *record, struct random *random)
{
	struct record_sample *sample = record;

	sample->probability_q32 = 1 + random__below(random, 1ULL << 32);
	sample->func = (uint16_t)random__below(random, 16);
	sample->sample_id = random__below(random, 50);
	sample->frame_cnt = (uint32_t)random__below(random, 3);
	sample->flags = (uint16_t)random__next(random);
}

static void random_records_never_break_the_model(void **state)
{
	static uint64_t words[64];
	struct random random = {.state = 23};
	unsigned taken[RECORD_END + 1] = {0};
	struct feed feed = start();

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct record *record = (struct record *)words;
		size_t bytes = 16 + 8 * random__below(&random, 62);

		fill_at_random(words, bytes, &random);
		record__init(record, 1 + random__below(&random, RECORD_END), bytes,
			     random__below(&random, 8) * SECOND);
		/* Image and epoch: mostly ones that exist. */
		words[2] &= 0x0000000300000001ULL;
		if (record->type == RECORD_SAMPLE && bytes >= sizeof(struct record_sample))
			make_sample(words, &random);
		taken[record->type] += !model__apply(feed.model, record);
		if (i % 5000 == 0) {
			struct view *view = build(&feed);

			for (size_t p = 0; p < view->process_cnt; p++)
				assert_false(isnan(view->processes[p].calls_rate.value));
			view__free(view);
		}
	}
	assert_true(taken[RECORD_SAMPLE] > 1000 && taken[RECORD_FREE] > 1000);
	assert_true(taken[RECORD_PLAN] > 1000 && taken[RECORD_COUNTERS] > 1000);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(free_before_its_sample_is_joined),
		cmocka_unit_test(overtaken_step_does_not_bring_an_old_size_back),
		cmocka_unit_test(a_second_window_ends_what_is_known_of_live_blocks),
		cmocka_unit_test(process_without_a_window_has_no_figures),
		cmocka_unit_test(looks_are_corrected_for_their_own_slowing),
		cmocka_unit_test(looks_without_cpu_figures_use_their_net_time),
		cmocka_unit_test(old_windows_are_folded_without_loss),
		cmocka_unit_test(a_single_call_in_a_look_is_not_stated_as_sure),
		cmocka_unit_test(unclosed_window_lasts_to_the_last_record),
		cmocka_unit_test(full_mode_live_is_exact_and_a_lower_bound_once_the_table_was_full),
		cmocka_unit_test(unsampled_small_blocks_keep_live_from_being_exact),
		cmocka_unit_test(vm_calls_stay_beside_the_heap),
		cmocka_unit_test(stacks_beyond_the_cap_are_counted_and_stay_in_the_family),
		cmocka_unit_test(chains_beyond_the_cap_are_an_unbiased_reservoir),
		cmocka_unit_test(live_blocks_beyond_the_cap_make_live_a_lower_bound),
		cmocka_unit_test(ended_processes_make_room_for_new_ones),
		cmocka_unit_test(live_series_are_thinned_to_even_steps),
		cmocka_unit_test(broken_and_strange_records_change_nothing),
		cmocka_unit_test(random_records_never_break_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
