// SPDX-License-Identifier: GPL-2.0-or-later
/* What the model makes of a Go program's own figures: totals, classes, goroutines, cycles. */
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

static void totals_are_differences_and_live_is_since_the_start(void **state)
{
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = {.time_ns = 10 * SECOND, .parts = GO_PART_STATE};
	const struct view_process *process;
	struct view *view;

	(void)state;
	reading.state = go_state(1000, 900, 100000, 90000);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	process = view->processes;
	assert_non_null(process->go);
	assert_true(process->go->primary);
	assert_int_equal(process->calls_rate.basis, BASIS_UNKNOWN);
	close_to(process->live_bytes.value, 10000);
	view__free(view);

	reading.time_ns = 20 * SECOND;
	reading.state = go_state(3300, 2200, 400000, 260000);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	process = view->processes;
	close_to(process->calls.value, 2300);
	close_to(process->bytes.value, 300000);
	close_to(process->frees_fig.value, 1300);
	close_to(process->calls_rate.value, 230);
	close_to(process->bytes_rate.value, 30000);
	close_to(process->frees_rate.value, 130);
	close_to(process->recent_calls_rate.value, 230);
	assert_int_equal(process->calls_rate.basis, BASIS_EXACT);
	close_to(process->calls_rate.low, 230);
	close_to(process->calls_rate.high, 230);
	close_to(process->live_bytes.value, 140000);
	close_to(process->live_objects.value, 1100);
	close_to(process->peak_bytes.value, 140000);
	assert_true(process->frees_seen);
	assert_int_equal(process->sums.calls, 2300);
	assert_int_equal(process->sums.freed_basis, BASIS_EXACT);
	close_to(process->sums.freed_bytes, 170000);
	assert_string_equal(process->go->version, "go1.26.4");
	assert_int_equal(process->go->state.gogc, 100);
	close_to(process->go->gc_cpu_ratio, 0.023);
	view__free(view);
	feed__release(&feed);
}

static void recent_rates_forget_what_is_long_ago(void **state)
{
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = {.parts = GO_PART_STATE};
	struct view *view;

	(void)state;
	for (uint64_t i = 0; i < 101; i++) {
		uint64_t mallocs = 1000 + (i < 50 ? i * 1000 : 49000 + (i - 49) * 10);

		reading.time_ns = (10 + i) * SECOND;
		reading.state = go_state(mallocs, 0, mallocs, 0);
		go_feed__read(&feed, &reading);
	}
	view = model__build_light(feed.model);
	assert_non_null(view);
	close_to(view->processes->recent_calls_rate.value, 10);
	close_to(view->processes->recent_frees_rate.value, 0);
	close_to(view->processes->calls_rate.value, (49000 + 510) / 100.0);
	view__free(view);
	feed__release(&feed);
}

static void malloc_beside_go_stays_in_its_own_fields(void **state)
{
	static const struct counters_row row = {
		.func = HB_MALLOC, .size_class = 7, .calls = 23, .bytes = 2300};
	struct feed feed = go_feed__start("glibc", GO_PARTS);
	struct go_reading reading = {.time_ns = 10 * SECOND, .parts = GO_PART_STATE};
	const struct view_process *process;
	struct view *view;

	(void)state;
	feed__plan(&feed, exact_plan, SECOND);
	feed__counters(&feed, (struct record_counters){.epoch = 1}, &row, 1, 2 * SECOND);
	reading.state = go_state(1000, 900, 100000, 90000);
	go_feed__read(&feed, &reading);
	reading.time_ns = 20 * SECOND;
	reading.state = go_state(3300, 2200, 400000, 260000);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	process = view->processes;
	assert_false(process->go->primary);
	close_to(process->calls.value, 23);
	close_to(process->bytes.value, 2300);
	assert_int_equal(process->sums.calls, 23);
	close_to(process->go->calls.value, 2300);
	close_to(process->go->bytes_rate.value, 30000);
	close_to(process->go->live_bytes.value, 140000);
	assert_int_equal(process->go->sums.calls, 2300);
	view__free(view);
	feed__release(&feed);
}

static void a_wrong_reading_does_not_turn_the_sums(void **state)
{
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = {.parts = GO_PART_STATE};
	static const uint64_t mallocs[] = {1000, 2000, 9000, 2100, 2200, 2300, 2400};
	static const uint64_t sums[] = {0, 1000, 8000, 8000, 8000, 8000, 8000};
	static const double calls[] = {0, 1000, 8000, 8000, 8000, 1300, 1400};
	struct view *view;

	(void)state;
	for (size_t i = 0; i < 7; i++) {
		reading.time_ns = (10 + i) * SECOND;
		reading.state = go_state(mallocs[i], 0, mallocs[i], 0);
		go_feed__read(&feed, &reading);
		view = model__build_light(feed.model);
		assert_non_null(view);
		/* three lower ones in a row prove the high one wrong: taken back, but not as a sum */
		assert_int_equal(view->processes->sums.calls, sums[i]);
		close_to(view->processes->calls.value, calls[i]);
		view__free(view);
	}
	/* contradictions are left out */
	reading.time_ns = 30 * SECOND;
	reading.state = go_state(UINT64_MAX - 1, UINT64_MAX, 5, 5);
	go_feed__read(&feed, &reading);
	view = model__build_light(feed.model);
	close_to(view->processes->calls.value, 1400);
	view__free(view);
	feed__release(&feed);
}

static void a_counter_that_begins_anew_counts_on(void **state)
{
	struct go_counter counter = {0};

	(void)state;
	go_counter__read(&counter, 100);
	go_counter__read(&counter, 123);
	for (int i = 0; i < GO_COUNTER_LOWER; i++)
		go_counter__read(&counter, 7);
	assert_int_equal(go_counter__since(&counter), 23);
	go_counter__read(&counter, 18);
	assert_int_equal(go_counter__since(&counter), 34);
	go_counter__read(&counter, UINT64_MAX);
	assert_true(go_counter__since(&counter) > UINT64_MAX - 100);
}

static void classes_are_rates_and_sizes_by_power_of_two(void **state)
{
	struct go_class_row rows[] = {
		{48, 100, 50, 4800, 2400}, {0, 10, 5, 1000000, 500000}, {64, 30, 0, 1920, 0}};
	struct go_reading reading = {.time_ns = 10 * SECOND,
				     .parts = GO_PART_STATE | GO_PART_CLASSES,
				     .classes = rows,
				     .class_cnt = 2};
	struct feed feed = go_feed__start("", GO_PARTS);
	const struct view_process *process;
	struct view *view;

	(void)state;
	reading.state = go_state(110, 55, 1004800, 502400);
	go_feed__read(&feed, &reading);
	rows[0].mallocs = 300;
	rows[0].allocated_bytes = 14400;
	rows[1].mallocs = 14;
	rows[1].allocated_bytes = 1400000;
	reading.class_cnt = 3;
	reading.time_ns = 20 * SECOND;
	reading.state = go_state(344, 55, 1416320, 502400);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	process = view->processes;
	assert_int_equal(process->go->class_cnt, 3);
	close_to(process->go->classes[0].mallocs_rate, 20);
	close_to(process->go->classes[1].bytes_rate, 40000);
	close_to(process->go->classes[2].mallocs_rate, 3);
	assert_int_equal(process->heap_class[6].calls, 200);
	assert_int_equal(process->heap_class[6].bytes, 9600);
	assert_int_equal(process->heap_class[7].calls, 30);
	/* four large ones of 100,000 bytes on average */
	assert_int_equal(process->heap_class[17].calls, 4);
	assert_int_equal(process->sizes.basis, BASIS_EXACT);
	close_to(process->sizes.counts[size_bucket__of(17)], 4);
	/* the state's totals are the authority, tiny objects and all */
	close_to(process->calls.value, 234);
	view__free(view);
	feed__release(&feed);
}

static void without_the_state_totals_come_from_the_classes(void **state)
{
	struct go_class_row rows[] = {{48, 100, 50, 4800, 2400}, {64, 30, 10, 1920, 640}};
	struct go_reading reading = {
		.time_ns = 10 * SECOND, .parts = GO_PART_CLASSES, .classes = rows, .class_cnt = 2};
	struct feed feed = go_feed__start("", GO_PART_CLASSES);
	struct view *view;

	(void)state;
	go_feed__read(&feed, &reading);
	rows[0].mallocs = 140;
	rows[0].allocated_bytes = 6720;
	reading.time_ns = 20 * SECOND;
	go_feed__read(&feed, &reading);
	view = build(&feed);
	assert_false(view->processes->go->state_known);
	close_to(view->processes->calls_rate.value, 4);
	close_to(view->processes->live_objects.value, 110);
	close_to(view->processes->live_bytes.value, 6720 + 1920 - 3040);
	view__free(view);
	feed__release(&feed);
}

static void goroutines_that_pile_up_are_seen_where_they_are_made(void **state)
{
	struct go_goroutine_row rows[2] = {
		{{1, 0, 0x501}, {1, FRAME_EXACT_PC, 0x600}, 20, {1, 0, 19, 0}, 2 * SECOND},
		{{1, 0, 0x701}, {1, FRAME_EXACT_PC, 0x800}, 0, {0}, 0}};
	struct go_reading reading = {.parts = GO_PART_GOROUTINES,
				     .goroutines = rows,
				     .goroutine_cnt = 2,
				     .goroutine_dropped = 3};
	struct feed feed = go_feed__start("", GO_PARTS);
	const struct view_go *go;
	struct view *view;

	(void)state;
	for (uint64_t i = 1; i <= 40; i++) {
		rows[1].cnt = 5 * i;
		rows[1].by_status[GO_STATUS_WAITING] = 5 * i;
		reading.time_ns = (10 + i) * SECOND;
		reading.goroutine_total = 23 + 5 * i;
		go_feed__read(&feed, &reading);
	}
	view = build(&feed);
	go = view->processes->go;
	assert_int_equal(go->goroutine_site_cnt, 2);
	assert_int_equal(go->goroutines[0].cnt, 200);
	assert_true(go->goroutines[0].growing);
	assert_true(fabs(go->goroutines[0].growth.value - 5) < 0.01);
	assert_true(go->goroutines[0].longest_wait_s < 0);
	assert_false(go->goroutines[1].growing);
	close_to(go->goroutines[1].longest_wait_s, 2);
	assert_int_equal(go->goroutines[1].by_status[GO_STATUS_WAITING], 19);
	assert_true(go->goroutines_growing);
	assert_int_equal(go->goroutines_dropped, 3);
	view__free(view);
	view = model__build_light(feed.model);
	assert_int_equal(view->processes->go->goroutine_site_cnt, 0);
	view__free(view);
	feed__release(&feed);
}

static void places_of_goroutines_are_bounded_and_empty_ones_make_room(void **state)
{
	static struct go_goroutine_row rows[GO_SITES_MAX];
	struct go_reading reading = {
		.parts = GO_PART_GOROUTINES, .goroutines = rows, .goroutine_cnt = GO_SITES_MAX};
	struct feed feed = go_feed__start("", GO_PARTS);
	size_t bytes = 0;
	struct view *view;

	(void)state;
	for (uint64_t round = 1; round <= 4; round++) {
		for (uint32_t i = 0; i < GO_SITES_MAX; i++)
			rows[i] = (struct go_goroutine_row){.created = {1, 0, round * 0x100000 + i},
							    .cnt = 1};
		reading.time_ns = (10 + round) * SECOND;
		reading.goroutine_total = GO_SITES_MAX;
		go_feed__read(&feed, &reading);
		view = build(&feed);
		assert_int_equal(view->processes->go->goroutine_site_cnt, GO_SITES_MAX);
		assert_int_equal(view->processes->go->goroutines_dropped, 0);
		view__free(view);
		if (round == 2)
			bytes = model__bytes(feed.model);
	}
	assert_int_equal(model__bytes(feed.model), bytes);
	feed__release(&feed);
}

static int feed_cycle(struct feed *feed, struct record_go_cycle cycle, uint64_t time_ns)
{
	cycle.image = 1;
	record__init(&cycle.head, RECORD_GO_CYCLE, sizeof(cycle), time_ns);
	return feed__record(feed, &cycle.head);
}

static void cycles_give_intervals_pauses_and_the_cause_that_a_probe_saw(void **state)
{
	struct feed feed = go_feed__start("", GO_PARTS);
	struct go_reading reading = {.parts = GO_PART_STATE};
	const struct view_go *go;
	struct view *view;

	(void)state;
	/* the probe of cycle 650 comes before the reading that knows it; its wall time is by the clock */
	feed_cycle(&feed, (struct record_go_cycle){.cause = GO_CAUSE_FORCED, .mark_ns = 700000},
		   SECOND + 650 * (SECOND / 10) + 2000000);
	for (uint64_t n = 301; n <= 700; n++)
		feed_cycle(
			&feed,
			(struct record_go_cycle){.cycle = n,
						 .cause = GO_CAUSE_UNKNOWN,
						 .ended_wall_ns = 1000 * SECOND + n * (SECOND / 10),
						 .pause_ns = n == 699 ? 5000000 : 50000},
			80 * SECOND);
	/* one twice, and one that is missing before it */
	feed_cycle(&feed, (struct record_go_cycle){.cycle = 700, .ended_wall_ns = 1}, 80 * SECOND);
	feed_cycle(&feed,
		   (struct record_go_cycle){
			   .cycle = 720, .ended_wall_ns = 1500 * SECOND, .pause_ns = 50000},
		   80 * SECOND);
	feed_cycle(&feed, (struct record_go_cycle){.cause = GO_CAUSE_HEAP, .mark_ns = 1},
		   501 * SECOND - 3000000);
	reading.time_ns = 600 * SECOND;
	reading.state = go_state(10, 5, 100, 50);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	go = view->processes->go;
	assert_int_equal(go->cycle_cnt, VIEW_GO_CYCLES);
	assert_int_equal(go->cycles[VIEW_GO_CYCLES - 1].cycle, 720);
	assert_int_equal(go->cycles[VIEW_GO_CYCLES - 1].cause, GO_CAUSE_HEAP);
	assert_int_equal(go->cycles[0].cycle, 720 - 20 - 254);
	close_to(go->interval_s.value, 0.1);
	close_to(go->interval_p99_s.value, 0.1);
	assert_int_equal(go->interval_s.n, 254);
	close_to(go->pause_s.value, 50e-6);
	close_to(go->pause_p99_s.value, 50e-6);
	for (size_t i = 0; i < go->cycle_cnt; i++) {
		if (go->cycles[i].cycle == 650) {
			assert_int_equal(go->cycles[i].cause, GO_CAUSE_FORCED);
			assert_int_equal(go->cycles[i].mark_ns, 700000);
		} else if (go->cycles[i].cycle != 720) {
			assert_int_equal(go->cycles[i].cause, GO_CAUSE_UNKNOWN);
		}
	}
	view__free(view);
	feed__release(&feed);
}

static void probes_alone_make_cycles_where_the_ring_is_not_read(void **state)
{
	struct feed feed = go_feed__start("", GO_PART_STATE);
	struct go_reading reading = {.time_ns = 60 * SECOND, .parts = GO_PART_STATE};
	struct view *view;

	(void)state;
	for (uint64_t i = 0; i < 11; i++)
		feed_cycle(&feed, (struct record_go_cycle){.cause = GO_CAUSE_TIME, .mark_ns = 5},
			   (10 + 2 * i) * SECOND);
	reading.state = go_state(10, 5, 100, 50);
	go_feed__read(&feed, &reading);
	view = build(&feed);
	assert_int_equal(view->processes->go->cycle_cnt, 11);
	close_to(view->processes->go->interval_s.value, 2);
	assert_int_equal(view->processes->go->pause_s.basis, BASIS_UNKNOWN);
	view__free(view);
	feed__release(&feed);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(totals_are_differences_and_live_is_since_the_start),
		cmocka_unit_test(recent_rates_forget_what_is_long_ago),
		cmocka_unit_test(malloc_beside_go_stays_in_its_own_fields),
		cmocka_unit_test(a_wrong_reading_does_not_turn_the_sums),
		cmocka_unit_test(a_counter_that_begins_anew_counts_on),
		cmocka_unit_test(classes_are_rates_and_sizes_by_power_of_two),
		cmocka_unit_test(without_the_state_totals_come_from_the_classes),
		cmocka_unit_test(goroutines_that_pile_up_are_seen_where_they_are_made),
		cmocka_unit_test(places_of_goroutines_are_bounded_and_empty_ones_make_room),
		cmocka_unit_test(cycles_give_intervals_pauses_and_the_cause_that_a_probe_saw),
		cmocka_unit_test(probes_alone_make_cycles_where_the_ring_is_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
