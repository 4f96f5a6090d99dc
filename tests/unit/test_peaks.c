// SPDX-License-Identifier: GPL-2.0-or-later
/* What was live at the peak: exact whatever order events come in. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <cmocka.h>

#include "model/peaks.h"
#include "base/banned.h"

#define MS 1000000ULL

static void add(struct peaks *peaks, uint64_t at_ms, double size, uint32_t stack, int sign)
{
	struct peak_event event = {.time_ns = at_ms * MS,
				   .size_bytes = size,
				   .probability = 1,
				   .stack = stack,
				   .sign = sign};

	assert_int_equal(peaks__add(peaks, &event), 0);
}

static void assert_bytes(const struct peaks *peaks, uint32_t stack, double bytes)
{
	assert_true(peaks__of_stack(peaks, stack).bytes == bytes);
}

static void peak_is_kept_when_stacks_change_after_it(void **state)
{
	struct peaks *peaks = peaks__new();

	(void)state;
	assert_non_null(peaks);
	add(peaks, 1, 100, 0, 1);
	add(peaks, 2, 50, 1, 1);
	add(peaks, 3, 100, 0, -1);
	add(peaks, 4, 60, 2, 1);
	add(peaks, 5, 50, 1, -1);
	assert_int_equal(peaks__settle(peaks), 0);
	assert_true(peaks->peak.bytes == 150);
	assert_int_equal(peaks->peak_ns, 2 * MS);
	assert_bytes(peaks, 0, 100);
	assert_bytes(peaks, 1, 50);
	assert_bytes(peaks, 2, 0);
	assert_bytes(peaks, 7777, 0);
	peaks__free(peaks);
}

static void later_peak_replaces_the_first(void **state)
{
	struct peaks *peaks = peaks__new();

	(void)state;
	add(peaks, 1, 100, 0, 1);
	add(peaks, 2, 100, 0, -1);
	add(peaks, 3, 40, 1, 1);
	add(peaks, 4, 70, 2, 1);
	assert_int_equal(peaks__settle(peaks), 0);
	assert_true(peaks->peak.bytes == 110);
	assert_bytes(peaks, 0, 0);
	assert_bytes(peaks, 1, 40);
	assert_bytes(peaks, 2, 70);
	peaks__free(peaks);
}

/* A realloc ends and begins at one moment: both sizes are never live. */
static void resize_does_not_count_twice(void **state)
{
	struct peaks *peaks = peaks__new();

	(void)state;
	add(peaks, 1, 1000, 0, 1);
	add(peaks, 2, 1500, 0, 1);
	add(peaks, 2, 1000, 0, -1);
	assert_int_equal(peaks__settle(peaks), 0);
	assert_true(peaks->peak.bytes == 1500);
	peaks__free(peaks);
}

static void order_of_arrival_does_not_matter(void **state)
{
	struct peaks *peaks = peaks__new(), *mixed = peaks__new();
	struct {
		uint64_t at;
		double size;
		uint32_t stack;
		int sign;
	} events[200], swap;
	unsigned int seed = 7;

	(void)state;
	for (int i = 0; i < 100; i++) {
		uint64_t born = (uint64_t)(rand_r(&seed) % 900);
		double size = 1 + rand_r(&seed) % 5000;
		uint32_t stack = (uint32_t)(rand_r(&seed) % 9);

		events[2 * i].at = born, events[2 * i].sign = 1;
		events[2 * i + 1].at = born + 1 + (uint64_t)(rand_r(&seed) % 300);
		events[2 * i + 1].sign = -1;
		events[2 * i].size = events[2 * i + 1].size = size;
		events[2 * i].stack = events[2 * i + 1].stack = stack;
	}
	for (int i = 0; i < 200; i++)
		add(peaks, events[i].at, events[i].size, events[i].stack, events[i].sign);
	for (int i = 199; i > 0; i--) {
		int j = rand_r(&seed) % (i + 1);

		swap = events[i], events[i] = events[j], events[j] = swap;
	}
	for (int i = 0; i < 200; i++)
		add(mixed, events[i].at, events[i].size, events[i].stack, events[i].sign);
	assert_int_equal(peaks__settle(peaks), 0);
	assert_int_equal(peaks__settle(mixed), 0);
	assert_true(peaks->peak.bytes > 0 && peaks->peak.bytes == mixed->peak.bytes);
	assert_int_equal(peaks->peak_ns, mixed->peak_ns);
	for (uint32_t stack = 0; stack < 9; stack++)
		assert_bytes(peaks, stack, peaks__of_stack(mixed, stack).bytes);
	peaks__free(peaks);
	peaks__free(mixed);
}

/* What waits is bounded in time: an old end does not change a peak that was taken. */
static void events_are_taken_once_they_are_old(void **state)
{
	struct peaks *peaks = peaks__new();

	(void)state;
	add(peaks, 1, 10, 0, 1);
	assert_int_equal(peaks->cnt, 1);
	add(peaks, 2 + PEAK_WAIT_NS / MS, 10, 0, 1);
	assert_int_equal(peaks->cnt, 1);
	assert_true(peaks->peak.bytes == 10);
	peaks__clear(peaks);
	assert_int_equal(peaks->cnt, 0);
	assert_bytes(peaks, 0, 0);
	peaks__free(peaks);
}

static void restart_begins_with_what_is_live(void **state)
{
	struct peaks *peaks = peaks__new();

	(void)state;
	add(peaks, 1, 30, 0, 1);
	add(peaks, 2, 70, 1, 1);
	add(peaks, 3, 70, 1, -1);
	assert_int_equal(peaks__settle(peaks), 0);
	peaks__restart(peaks, 10 * MS);
	assert_true(peaks->peak.bytes == 30);
	assert_bytes(peaks, 0, 30);
	assert_bytes(peaks, 1, 0);
	add(peaks, 11, 5, 1, 1);
	assert_int_equal(peaks__settle(peaks), 0);
	assert_true(peaks->peak.bytes == 35);
	peaks__free(peaks);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(peak_is_kept_when_stacks_change_after_it),
		cmocka_unit_test(later_peak_replaces_the_first),
		cmocka_unit_test(resize_does_not_count_twice),
		cmocka_unit_test(order_of_arrival_does_not_matter),
		cmocka_unit_test(events_are_taken_once_they_are_old),
		cmocka_unit_test(restart_begins_with_what_is_live),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
