// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's heap profile in the model: its sites, their series, their room, hostile counts. */
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
#include "go_fixture.h"
#include "model/go.h"

#include "base/banned.h"

static struct frame inner_frames[3] = {{1, 0, 0x1001}, {1, 0, 0x2001}, {1, 0, 0x3001}};
static struct frame other_frames[2] = {{1, 0, 0x1101}, {1, 0, 0x3001}};

static struct go_reading bucket_reading(struct go_bucket *buckets, size_t bucket_cnt,
					struct go_count_row *counts, size_t count_cnt,
					uint64_t time_ns)
{
	return (struct go_reading){
		.time_ns = time_ns,
		.parts = GO_PART_STATE | GO_PART_BUCKETS,
		.profile_rate_bytes = GO_RATE,
		.state = go_state(1000 + time_ns / SECOND, 900, 100000 + time_ns / SECOND, 90000),
		.buckets = buckets,
		.bucket_cnt = bucket_cnt,
		.counts = counts,
		.count_cnt = count_cnt,
	};
}

static void buckets_are_what_the_programs_own_profile_shows(void **state)
{
	struct go_bucket buckets[] = {
		{1, 3, 48, inner_frames}, {2, 3, 1024, inner_frames}, {3, 2, 64, other_frames}};
	struct go_count_row first[] = {{1, 0, 10, 4, 2}, {2, 0, 5, 5, 0}};
	struct go_count_row second[] = {{1, 0, 17, 6, 1}, {3, 0, 2, 0, 3}};
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = bucket_reading(buckets, 2, first, 2, 10 * SECOND);
	double p = 1 - exp(-48.0 / GO_RATE);
	const struct view_stack *stack;
	struct view *view;

	(void)state;
	go_feed__read(&feed, &reading);
	reading = bucket_reading(buckets + 2, 1, second, 2, 20 * SECOND);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	assert_int_equal(view->processes->stack_cnt, 2);
	stack = &view->processes->stacks[0];
	assert_int_equal(stack->func, HB_GO_ALLOC);
	assert_int_equal(stack->frame_cnt, 3);
	/* since the first reading: 17 + 1 - 12 samples of 48 bytes, and nothing of 1024 */
	assert_int_equal(stack->class_cnt, 1);
	assert_int_equal(stack->size_cnt, 2);
	assert_int_equal(stack->sizes[0].size_bytes, 48);
	assert_int_equal(stack->sizes[0].sums.n, 6);
	assert_int_equal(stack->sizes[1].sums.n, 0);
	assert_int_equal(stack->classes[0].size_class, 6);
	assert_int_equal(stack->classes[0].sums.n, 6);
	assert_true(fabs(stack->classes[0].sums.calls - 6 / p) < 1e-6 * 6 / p);
	assert_true(fabs(stack->classes[0].sums.bytes - 6 * 48 / p) < 1e-6 * 6 * 48 / p);
	assert_true(fabs(stack->classes[0].sums.calls_var - 6 * (1 - p) / p / p) <
		    1e-6 * 6 / p / p);
	/* live: published, since the start */
	assert_int_equal(stack->live_n, 11);
	assert_true(fabs(stack->live_bytes - 11 * 48 / p) < 1e-6 * 11 * 48 / p);
	/* as runtime/pprof scales and cuts: each bucket by itself */
	assert_int_equal(stack->profile.alloc_objects,
			 (uint64_t)(17 / p) + (uint64_t)(5 / (1 - exp(-1024.0 / GO_RATE))));
	assert_int_equal(stack->profile.inuse_objects, (uint64_t)(11 / p));
	assert_int_equal(stack->profile.inuse_bytes, (uint64_t)(11 * 48 / p));
	/* a bucket that came later began at 0 */
	stack = &view->processes->stacks[1];
	assert_int_equal(stack->classes[0].sums.n, 5);
	assert_int_equal(stack->live_n, 2);
	assert_int_equal(view->processes->go->site_basis, BASIS_BUCKET);
	close_to(view->processes->go->site_span_s, 10);
	close_to(view->processes->go->site_calls,
		 view->processes->stacks[0].classes[0].sums.calls + stack->classes[0].sums.calls);
	view__free(view);
	feed__release(&feed);
}

static void before_the_first_gc_the_profile_shows_what_is_pending(void **state)
{
	struct go_bucket buckets[] = {{1, 3, GO_RATE * 8, inner_frames}};
	struct go_count_row counts[] = {{1, 0, 0, 0, 3}};
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = bucket_reading(buckets, 1, counts, 1, 10 * SECOND);
	struct view *view;

	(void)state;
	go_feed__read(&feed, &reading);
	view = build(&feed);
	assert_int_equal(view->processes->stacks[0].profile.alloc_objects, 3);
	assert_int_equal(view->processes->stacks[0].profile.inuse_objects, 3);
	view__free(view);
	feed__release(&feed);
}

static void hostile_counts_stay_finite(void **state)
{
	struct go_bucket buckets[] = {{1, 3, UINT64_MAX, inner_frames},
				      {2, 3, 0, inner_frames},
				      {3, 2, 1, other_frames},
				      {4, 0, 8, NULL}};
	struct go_count_row counts[] = {{1, 0, UINT64_MAX, 0, UINT64_MAX},
					{2, 0, UINT64_MAX, 3, 1},
					{3, 0, 5, 9, 0},
					{77, 0, 1, 0, 0},
					{4, 0, UINT64_MAX, UINT64_MAX, UINT64_MAX}};
	struct go_class_row classes[] = {{UINT64_MAX, UINT64_MAX, 0, UINT64_MAX, 0},
					 {0, UINT64_MAX, 1, UINT64_MAX, 0},
					 {8, 3, 5, 0, 0}};
	struct go_goroutine_row goroutines[] = {{.cnt = UINT64_MAX, .longest_wait_ns = UINT64_MAX}};
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = bucket_reading(buckets, 4, counts, 5, 10 * SECOND);
	struct view *view;

	(void)state;
	reading.parts = GO_PARTS;
	reading.classes = classes;
	reading.class_cnt = 3;
	reading.goroutines = goroutines;
	reading.goroutine_cnt = 1;
	reading.goroutine_total = UINT64_MAX;
	for (uint64_t i = 0; i < 20; i++) {
		reading.time_ns = (10 + i) * SECOND;
		reading.state = go_state(UINT64_MAX, i, UINT64_MAX, i);
		reading.state.cycles = i;
		reading.state.heap_marked_bytes = UINT64_MAX - i;
		reading.state.gc_cpu_ppm = UINT64_MAX;
		reading.profile_rate_bytes = i % 3 ? UINT64_MAX : i;
		go_feed__read(&feed, &reading);
	}
	view = build(&feed);
	assert_int_equal(view->processes->stack_cnt, 3);
	for (size_t i = 0; i < 3; i++) {
		const struct view_stack *stack = &view->processes->stacks[i];

		assert_true(isfinite(stack->live_bytes) && isfinite(stack->live_bytes_var));
		assert_true(stack->profile.alloc_bytes <= INT64_MAX);
		for (size_t k = 0; k < stack->live.cnt; k++)
			assert_true(isfinite(stack->live.points[k]));
	}
	assert_true(view->processes->go->gc_cpu_ratio < 0);
	assert_true(isfinite(view->processes->go->site_bytes));
	view__free(view);
	feed__release(&feed);
}

static void a_site_that_keeps_more_after_each_gc_rises_in_its_series(void **state)
{
	struct go_bucket buckets[] = {{1, 3, 1024, inner_frames}, {2, 2, 64, other_frames}};
	struct go_count_row counts[] = {{1, 0, 10, 0, 0}, {2, 0, 50, 0, 0}};
	struct feed feed = go_feed__start("", GO_PARTS);
	const struct view_process *process;
	struct view *view;

	(void)state;
	for (uint64_t i = 0; i < 600; i++) {
		struct go_reading reading =
			bucket_reading(buckets, i ? 0 : 2, counts, 2, (10 + i) * SECOND);

		counts[0].allocs = 10 + i;
		/* the raw live bytes are a sawtooth, what a GC leaves over is not */
		reading.state.allocated_bytes = 1000000 + i * 100000;
		reading.state.freed_bytes = (i / 10) * 1000000;
		reading.state.cycles = i / 2;
		reading.state.heap_marked_bytes = 1000000 + i * 1000;
		go_feed__read(&feed, &reading);
	}
	view = build(&feed);
	process = view->processes;
	/* 300 cycles: a point each, halved once */
	assert_in_range(process->point_cnt, 128, GO_TICKS_MAX);
	assert_int_equal(process->go->point_cnt, process->point_cnt);
	assert_int_equal(process->stacks[0].live.cnt, process->point_cnt);
	assert_true(process->stacks[0].live.points[100] > 1.2 * process->stacks[0].live.points[10]);
	close_to(process->stacks[1].live.points[100], process->stacks[1].live.points[10]);
	assert_true(process->growing);
	assert_true(fabs(process->live_growth.value - 1000) < 20);
	assert_true(process->at_s[100] > process->at_s[10]);
	view__free(view);
	feed__release(&feed);
}

static void samples_stand_in_where_the_program_keeps_no_profile(void **state)
{
	struct record_go_sample sample = {.image = 1,
					  .kind = GO_SAMPLE_REFILL,
					  .size_bytes = 64,
					  .weight_bytes = 8192,
					  .head.time_ns = 2 * SECOND};
	static const uint32_t parts[] = {GO_PART_STATE | GO_PART_REFILLS, GO_PARTS};
	struct view *view;

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct feed feed = go_feed__start("", parts[i]);

		for (int k = 0; k < 23; k++)
			feed__record(&feed, record_buffer__go_sample(&feed.buffer, &sample,
								     inner_frames, 3));
		/* another kind is another authority */
		sample.kind = GO_SAMPLE_PROFILE;
		feed__record(&feed,
			     record_buffer__go_sample(&feed.buffer, &sample, other_frames, 2));
		sample.kind = GO_SAMPLE_REFILL;
		view = build(&feed);
		assert_int_equal(view->processes->go->sample_n, 24);
		assert_int_equal(view->processes->stack_cnt, i ? 0 : 1);
		if (!i) {
			assert_int_equal(view->processes->go->site_basis, BASIS_SAMPLED);
			close_to(view->processes->go->site_bytes, 23 * 8192);
			close_to(view->processes->stacks[0].classes[0].sums.calls, 23 * 128);
		}
		view__free(view);
		feed__release(&feed);
	}
}

static void sites_of_ended_programs_give_their_room_and_keep_their_totals(void **state)
{
	struct model_limits limits = {.stack_bytes = 2 << 20};
	struct feed feed = {.model = model__new_limited(&limits)};
	const struct view_process *process;
	struct view *view;

	(void)state;
	for (uint32_t image = 1; image <= 12; image++) {
		feed__image(&feed, image, "", image * SECOND);
		for (uint32_t i = 1; i <= 3000; i++) {
			struct frame frame = {1, 0, i * 16};
			struct go_bucket bucket = {i, 1, 48, &frame};
			struct go_count_row count = {i, 0, 4, 1, 0};
			struct go_reading reading =
				bucket_reading(&bucket, 1, &count, 1, image * SECOND + i);

			reading.parts = i == 1 || i == 3000 ? reading.parts : GO_PART_BUCKETS;
			assert_int_equal(go_records__put(&feed.buffer, image, 1, &reading,
							 go_feed__put, &feed),
					 0);
		}
		feed__exit(&feed, image, image * SECOND + 4000);
	}
	assert_true(model__bytes(feed.model) < 3 << 20);
	view = build(&feed);
	process = &view->processes[0];
	assert_true(process->shed);
	assert_int_equal(process->stack_cnt, 0);
	close_to(process->live_objects.value, 1001 - 900);
	process = &view->processes[11];
	assert_true(process->stack_cnt > 100);
	assert_true(process->stack_cnt + process->go->dropped_buckets == 3000);
	view__free(view);
	feed__release(&feed);
}

static void a_light_view_has_state_and_totals_without_stacks(void **state)
{
	struct go_bucket buckets[] = {{1, 3, 48, inner_frames}};
	struct go_count_row counts[] = {{1, 0, 10, 4, 2}};
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = bucket_reading(buckets, 1, counts, 1, 10 * SECOND);
	struct view *view;

	(void)state;
	go_feed__read(&feed, &reading);
	view = model__build_light(feed.model);
	assert_int_equal(view->processes->stack_cnt, 0);
	assert_true(view->processes->go->state_known);
	assert_int_equal(view->processes->go->state.goroutines, 40);
	assert_int_equal(view->processes->go->cycle_cnt, 0);
	assert_int_equal(view->processes->go->site_basis, BASIS_BUCKET);
	view__free(view);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(buckets_are_what_the_programs_own_profile_shows),
		cmocka_unit_test(before_the_first_gc_the_profile_shows_what_is_pending),
		cmocka_unit_test(hostile_counts_stay_finite),
		cmocka_unit_test(a_site_that_keeps_more_after_each_gc_rises_in_its_series),
		cmocka_unit_test(samples_stand_in_where_the_program_keeps_no_profile),
		cmocka_unit_test(sites_of_ended_programs_give_their_room_and_keep_their_totals),
		cmocka_unit_test(a_light_view_has_state_and_totals_without_stacks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
