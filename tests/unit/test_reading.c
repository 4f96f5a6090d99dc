// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "collect/reading.h"
#include "base/banned.h"

struct pair {
	struct hb_counters base, now;
	struct record_buffer buffer;
	struct record_counters fixed;
};

static void begin(struct pair *pair)
{
	*pair = (struct pair){.fixed = {.head.time_ns = 7919, .image = 3, .epoch = 5}};
}

static const struct record_counters *finish(struct pair *pair)
{
	const struct record *record =
		reading__counters(&pair->buffer, &pair->fixed, &pair->base, &pair->now);

	assert_non_null(record);
	assert_int_equal(record->type, RECORD_COUNTERS);
	assert_int_equal(record->time_ns, 7919);
	assert_int_equal(record__validate(record), 0);
	return (const struct record_counters *)record;
}

static const struct counters_row *rows_of(const struct record_counters *record)
{
	return (const struct counters_row *)(record + 1);
}

static void quiet_window_has_no_rows_and_no_counts(void **state)
{
	const struct record_counters *record;
	static struct pair pair;

	(void)state;
	begin(&pair);
	memset(&pair.base, 0x11, sizeof(pair.base));
	pair.now = pair.base;
	record = finish(&pair);
	assert_int_equal(record->image, 3);
	assert_int_equal(record->epoch, 5);
	assert_int_equal(record->row_cnt, 0);
	assert_int_equal(record->failures | record->frees | record->free_nulls | record->nested |
				 record->freed_bytes | record->live_bytes | record->live_objects |
				 record->table_full | record->unmatched,
			 0);
	record_buffer__release(&pair.buffer);
}

static void only_what_grew_since_the_gate_opened_is_told(void **state)
{
	const struct record_counters *record;
	static struct pair pair;

	(void)state;
	begin(&pair);
	pair.base.by_class[HB_MALLOC][7] = (struct hb_class){1009, 100900};
	pair.now.by_class[HB_MALLOC][7] = (struct hb_class){1009, 100900};
	pair.base.by_class[HB_CALLOC][0] = (struct hb_class){2, 0};
	pair.now.by_class[HB_CALLOC][0] = (struct hb_class){25, 0};
	pair.now.by_class[HB_BRK][0] = (struct hb_class){3, 0};
	pair.now.by_class[HB_REALLOC][64] = (struct hb_class){1, 1ULL << 63};
	record = finish(&pair);
	assert_int_equal(record->row_cnt, 3);
	assert_memory_equal(&rows_of(record)[0],
			    &((struct counters_row){.func = HB_CALLOC, .calls = 23}),
			    sizeof(struct counters_row));
	assert_memory_equal(
		&rows_of(record)[1],
		&((struct counters_row){
			.func = HB_REALLOC, .size_class = 64, .calls = 1, .bytes = 1ULL << 63}),
		sizeof(struct counters_row));
	assert_memory_equal(&rows_of(record)[2],
			    &((struct counters_row){.func = HB_BRK, .calls = 3}),
			    sizeof(struct counters_row));
	record_buffer__release(&pair.buffer);
}

static void every_class_of_every_function_finds_room(void **state)
{
	const struct record_counters *record;
	static struct pair pair;
	uint64_t calls = 0;

	(void)state;
	begin(&pair);
	for (int func = 0; func < HB_FUNC_MAX; func++)
		for (int class = 0; class < HB_CLASS_MAX; class ++)
			pair.now.by_class[func][class] = (struct hb_class){1, 10};
	record = finish(&pair);
	assert_int_equal(record->row_cnt, HB_FUNC_MAX * HB_CLASS_MAX);
	for (size_t i = 0; i < record->row_cnt; i++)
		calls += rows_of(record)[i].calls;
	assert_int_equal(calls, HB_FUNC_MAX * HB_CLASS_MAX);
	record_buffer__release(&pair.buffer);
}

/* glibc's malloc of 2^40 fails through mmaps that fail: those are no failed allocations. */
static void failures_are_those_of_the_heap(void **state)
{
	const struct record_counters *record;
	static struct pair pair;

	(void)state;
	begin(&pair);
	for (int func = 0; func < HB_FIRST_VM; func++) {
		pair.base.failures[func] = 100;
		pair.now.failures[func] = 101;
	}
	for (int func = HB_FIRST_VM; func < HB_FUNC_MAX; func++)
		pair.now.failures[func] = 1000;
	record = finish(&pair);
	assert_int_equal(record->failures, HB_FIRST_VM);
	record_buffer__release(&pair.buffer);
}

static void ends_of_blocks_are_differences(void **state)
{
	const struct record_counters *record;
	static struct pair pair;

	(void)state;
	begin(&pair);
	pair.base.outcome[HB_FREED] = 1;
	pair.now.outcome[HB_FREED] = 12;
	pair.now.outcome[HB_FREED_NULL] = 13;
	pair.now.outcome[HB_NESTED] = 17;
	pair.now.freed_bytes = 1900;
	pair.now.table_full = 23;
	pair.base.unmatched = 2;
	pair.now.unmatched = 31;
	/* fewer live than at the opening: the difference wraps, as a sum of signed parts would */
	pair.base.live_bytes = 100;
	pair.now.live_bytes = 58;
	pair.base.live_objects = 3;
	pair.now.live_objects = 2;
	record = finish(&pair);
	assert_int_equal(record->frees, 11);
	assert_int_equal(record->free_nulls, 13);
	assert_int_equal(record->nested, 17);
	assert_int_equal(record->freed_bytes, 1900);
	assert_int_equal(record->table_full, 23);
	assert_int_equal(record->unmatched, 29);
	assert_int_equal((int64_t)record->live_bytes, -42);
	assert_int_equal((int64_t)record->live_objects, -1);
	record_buffer__release(&pair.buffer);
}

/* What an earlier reading left in the fixed part must not add up. */
static void reading_twice_gives_the_same(void **state)
{
	static struct pair pair;

	(void)state;
	begin(&pair);
	pair.now.failures[HB_MALLOC] = 5;
	pair.now.outcome[HB_FREED] = 7;
	assert_int_equal(finish(&pair)->failures, 5);
	assert_int_equal(finish(&pair)->failures, 5);
	assert_int_equal(finish(&pair)->frees, 7);
	record_buffer__release(&pair.buffer);
}

static struct hb_counters counted(void)
{
	struct hb_counters now = {
		.hits = 1000,
		.hooked = 40,
		.returned = 38,
		.sampled = 31,
		.tracked = 29,
		.inserted = 23,
		.table_full = 6,
		.freed = 11,
	};

	for (uint64_t i = 0; i < HB_OUTCOME_MAX; i++)
		now.outcome[i] = 100 + i;
	for (uint64_t i = 0; i < HB_LOST_MAX; i++)
		now.lost[i] = 1 + i;
	for (uint64_t i = 0; i < HB_PURGED_MAX; i++)
		now.purged[i] = 50 + i;
	return now;
}

static void loss_holds_both_sides_of_the_identities(void **state)
{
	const struct reading_loss user = {.delivered = 30, .lost_queue = 2, .still_live = 9};
	const struct hb_counters now = counted();
	struct record_loss loss;

	(void)state;
	memset(&loss, 0xff, sizeof(loss));
	reading__loss(&loss, 3, 7919, &now, &user);
	assert_int_equal(record__validate(&loss.head), 0);
	assert_int_equal(loss.head.type, RECORD_LOSS);
	assert_int_equal(loss.head.time_ns, 7919);
	assert_int_equal(loss.image, 3);
	assert_int_equal(loss.reserved, 0);
	assert_int_equal(loss.hits, 1000);
	assert_int_equal(loss.counted, 800 + 28);
	assert_int_equal(loss.in_flight, 2);
	assert_int_equal(loss.sampled, 31);
	/* off the ring and into the unwinder: a sample counts as one or the other */
	assert_int_equal(loss.delivered, 28);
	assert_int_equal(loss.lost_queue_full, 2);
	assert_int_equal(loss.lost_ring_full, 1 + HB_LOST_RING_FULL);
	assert_int_equal(loss.tracked, 29);
	assert_int_equal(loss.inserted, 23);
	assert_int_equal(loss.table_full, 6);
	assert_int_equal(loss.freed, 11);
	assert_int_equal(loss.still_live, 9);
}

static void every_loss_and_purge_has_its_own_field(void **state)
{
	const struct reading_loss user = {0};
	const struct hb_counters now = counted();
	struct record_loss loss;

	(void)state;
	reading__loss(&loss, 1, 1, &now, &user);
	assert_int_equal(loss.lost_free_records, 1 + HB_LOST_FREE_RECORD);
	assert_int_equal(loss.lost_stacks, 1 + HB_LOST_STACK);
	assert_int_equal(loss.lost_unpaired, (1 + HB_LOST_UNPAIRED) + (1 + HB_LOST_TASK_STORAGE));
	assert_int_equal(loss.purged_exec, 50 + HB_PURGED_EXEC);
	assert_int_equal(loss.purged_exit, 50 + HB_PURGED_EXIT);
	assert_int_equal(loss.purged_window, 50 + HB_PURGED_WINDOW);
	assert_int_equal(loss.purged_reused, 50 + HB_PURGED_REUSED);
	assert_int_equal(loss.purged_putback, 50 + HB_PURGED_PUTBACK);
	assert_int_equal(loss.foreign, 100 + HB_FOREIGN);
	assert_int_equal(loss.shut, 100 + HB_SHUT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_window_has_no_rows_and_no_counts),
		cmocka_unit_test(only_what_grew_since_the_gate_opened_is_told),
		cmocka_unit_test(every_class_of_every_function_finds_room),
		cmocka_unit_test(failures_are_those_of_the_heap),
		cmocka_unit_test(ends_of_blocks_are_differences),
		cmocka_unit_test(reading_twice_gives_the_same),
		cmocka_unit_test(loss_holds_both_sides_of_the_identities),
		cmocka_unit_test(every_loss_and_purge_has_its_own_field),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
