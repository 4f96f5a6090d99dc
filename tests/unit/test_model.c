// SPDX-License-Identifier: GPL-2.0-or-later
/* What the model makes of records: joins, caps, series, noise. */
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
#include "fixture.h"
#include "model/process.h"

#include "base/banned.h"

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

static void what_a_process_may_take_of_memory_is_told_or_unknown(void **state)
{
	struct record_memory memory = {.image = 1,
				       .limit_bytes = 500,
				       .used_bytes = 200,
				       .host_bytes = 9000,
				       .host_available_bytes = 8000};
	struct feed feed = start();
	struct view *view = build(&feed);

	(void)state;
	assert_int_equal(view->processes[0].memory_limit_bytes, 0);
	assert_int_equal(view->processes[0].host_available_bytes, 0);
	view__free(view);
	record__init(&memory.head, RECORD_MEMORY, sizeof(memory), SECOND);
	assert_int_equal(feed__record(&feed, &memory.head), 0);
	memory.head.bytes -= 8;
	assert_int_equal(feed__record(&feed, &memory.head), -EBADMSG);
	memory.image = 77; /* nobody's */
	memory.head.bytes += 8;
	assert_int_equal(feed__record(&feed, &memory.head), 0);
	view = build(&feed);
	assert_int_equal(view->processes[0].memory_limit_bytes, 500);
	assert_int_equal(view->processes[0].memory_used_bytes, 200);
	assert_int_equal(view->processes[0].host_bytes, 9000);
	assert_int_equal(view->processes[0].host_available_bytes, 8000);
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
		cmocka_unit_test(stacks_beyond_the_cap_are_counted_and_stay_in_the_family),
		cmocka_unit_test(chains_beyond_the_cap_are_an_unbiased_reservoir),
		cmocka_unit_test(live_blocks_beyond_the_cap_make_live_a_lower_bound),
		cmocka_unit_test(what_a_process_may_take_of_memory_is_told_or_unknown),
		cmocka_unit_test(ended_processes_make_room_for_new_ones),
		cmocka_unit_test(live_series_are_thinned_to_even_steps),
		cmocka_unit_test(broken_and_strange_records_change_nothing),
		cmocka_unit_test(random_records_never_break_the_model),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
