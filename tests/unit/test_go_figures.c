// SPDX-License-Identifier: GPL-2.0-or-later
/* Figures of a Go runtime from copies of its variables: sums, the pacer's goal, rings of pauses. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "collect/go_coverage.h"
#include "collect/go_pacer.h"
#include "collect/go_pauses.h"
#include "collect/go_totals.h"

#define HEAD	   5
#define WORDS	   (HEAD + 3 + 2 + 2 * GO_CLASSES)
#define TINY	   HEAD
#define LARGE	   (HEAD + 1)
#define LARGE_CNT  (HEAD + 2)
#define MALLOCS	   (HEAD + 3)
#define LARGE_FREE (MALLOCS + GO_CLASSES)
#define FREES	   (LARGE_FREE + 2)
#define MIB	   (1ULL << 20)
#define WALL	   1700000000000000000ULL
#define SECOND	   1000000000ULL

struct blocks {
	uint64_t words[3][WORDS];
	uint64_t gen;
};

static struct go_totals sum(const struct blocks *blocks)
{
	struct go_totals totals;

	assert_int_equal(go_totals__sum(blocks, HEAD, (uint32_t)blocks->gen, &totals), 0);
	return totals;
}

static void three_blocks_are_one_sum(void **state)
{
	struct blocks blocks = {.gen = 1};
	struct record_go_state record = {0};
	struct go_class_row rows[GO_CLASSES];
	struct go_totals totals;

	(void)state;
	assert_int_equal(go_totals__bytes(HEAD), sizeof(blocks));
	assert_int_equal(go_totals__bytes(6), 3 * 1176 + 8);
	blocks.words[0][2] = 1000;
	blocks.words[1][2] = (uint64_t)-300; /* deltas may be negative */
	blocks.words[0][TINY] = 7;
	blocks.words[1][MALLOCS + 3] = 5; /* 24 bytes */
	blocks.words[0][MALLOCS + 3] = 6;
	blocks.words[0][FREES + 3] = 4;
	blocks.words[1][LARGE] = 100000;
	blocks.words[1][LARGE_CNT] = 2;
	totals = sum(&blocks);
	go_totals__state(&totals, &record);
	assert_int_equal(record.in_heap_bytes, 700);
	assert_int_equal(record.mallocs, 7 + 11 + 2);
	assert_int_equal(record.frees, 7 + 4);
	assert_int_equal(record.allocated_bytes, 11 * 24 + 100000);
	assert_int_equal(record.freed_bytes, 4 * 24);
	assert_int_equal(go_totals__rows(&totals, rows), 2);
	assert_int_equal(rows[0].size_bytes, 24);
	assert_int_equal(rows[0].mallocs, 11);
	assert_int_equal(rows[1].size_bytes, 0);
	assert_int_equal(rows[1].allocated_bytes, 100000);
}

static void a_moment_between_generations_is_no_sum(void **state)
{
	struct blocks blocks = {.gen = 1};
	struct go_totals totals;

	(void)state;
	/* gen has moved on from 0 to 1; block 2 is merged into 0, but not yet cleared. */
	blocks.words[0][MALLOCS + 1] = blocks.words[2][MALLOCS + 1] = 9;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 1, &totals), -EAGAIN);
	blocks.words[2][MALLOCS + 1] = 0;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 0, &totals), -EAGAIN);
	assert_int_equal(go_totals__sum(&blocks, HEAD, 1, &totals), 0);
}

static void what_cannot_be_is_no_sum(void **state)
{
	struct blocks blocks = {.gen = 3};
	struct go_totals totals;

	(void)state;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 3, &totals), -EINVAL);
	blocks.gen = 0;
	blocks.words[0][FREES + 9] = 1;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 0, &totals), -EINVAL);
	blocks.words[0][MALLOCS + 9] = 1;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 0, &totals), 0);
	blocks.words[0][MALLOCS] = 1;
	assert_int_equal(go_totals__sum(&blocks, HEAD, 0, &totals), -EINVAL);
	memset(&blocks, 0xff, sizeof(blocks));
	assert_int_equal(go_totals__sum(&blocks, HEAD, UINT32_MAX, &totals), -EINVAL);
}

static void counts_are_raised_to_what_was_seen(void **state)
{
	struct go_totals seen = {.tiny_cnt = 5, .in_heap = 9, .mallocs = {0, 7, 3}};
	struct go_totals now = {.tiny_cnt = 6, .in_heap = 2, .mallocs = {0, 6, 4}};

	(void)state;
	go_totals__raise(&now, &seen);
	assert_int_equal(now.tiny_cnt, 6);
	assert_int_equal(now.mallocs[1], 7);
	assert_int_equal(now.mallocs[2], 4);
	assert_int_equal(now.in_heap, 2);
}

static struct go_pacer pacer_at_rest(void)
{
	return (struct go_pacer){.gogc = 100,
				 .has_limit = true,
				 .limit = INT64_MAX,
				 .marked = 10 * MIB,
				 .gogc_goal = 20 * MIB,
				 .triggered = UINT64_MAX,
				 .allocated = 60 * MIB,
				 .freed = 45 * MIB,
				 .free = 2 * MIB,
				 .ready = 25 * MIB};
}

static void goal_follows_gogc_without_a_limit(void **state)
{
	struct go_pacer pacer = pacer_at_rest();

	(void)state;
	assert_int_equal(go_pacer__goal(&pacer, 3), 20 * MIB);
	pacer.sweep_trigger = 21 * MIB;
	assert_int_equal(go_pacer__goal(&pacer, 3), 21 * MIB);
	pacer.triggered = 21 * MIB;
	assert_int_equal(go_pacer__goal(&pacer, 3), 21 * MIB + 64 * 1024);
	pacer = pacer_at_rest();
	pacer.gogc_goal = UINT64_MAX;
	assert_true(go_pacer__goal(&pacer, 3) == GO_GOAL_NONE);
}

static void goal_stays_below_the_limit(void **state)
{
	struct go_pacer pacer = pacer_at_rest();

	(void)state;
	/* 25 ready - 2 free - 15 live = 8 of others; 100 - 8 = 92, less 3 percent of it. */
	pacer.gogc_goal = UINT64_MAX;
	pacer.limit = 100 * MIB;
	assert_int_equal(go_pacer__goal(&pacer, 3), 92 * MIB - 92 * MIB / 100 * 3);
	assert_int_equal(go_pacer__goal(&pacer, 0), 91 * MIB);
	/* 5 too much count twice; what is left is below what was found alive. */
	pacer.limit = 20 * MIB;
	assert_int_equal(go_pacer__goal(&pacer, 3), 10 * MIB);
	pacer.limit = 1;
	assert_int_equal(go_pacer__goal(&pacer, 3), 10 * MIB);
	pacer.marked = 0;
	pacer.limit = 25 * MIB + 1;
	pacer.ready = 25 * MIB;
	assert_true(go_pacer__goal(&pacer, 3) <= 17 * MIB);
}

static void pacer_fields_are_where_heap_live_says(void **state)
{
	uint64_t raw[64];

	(void)state;
	for (unsigned i = 0; i < 64; i++)
		raw[i] = i;
	raw[0] = 0xffffffff00000000ULL | 100;
	for (unsigned minor = GO_OLDEST_MINOR; minor <= 27; minor++) {
		const struct go_layout *layout = go_layout__find(minor);
		uint32_t live = layout->live_at ? layout->live_at : 104;
		uint32_t marked = layout->live_at ? layout->marked_at : 152;
		struct go_pacer pacer;

		assert_true(go_pacer__bytes(live) <= sizeof(raw));
		go_pacer__parse(raw, layout, live, marked, &pacer);
		assert_int_equal(pacer.gogc, 100);
		assert_int_equal(pacer.live, live / 8);
		assert_int_equal(pacer.marked, marked / 8);
		assert_int_equal(pacer.has_limit, minor >= 19);
		if (minor >= 19) {
			assert_int_equal(pacer.limit, 1);
			assert_int_equal(pacer.gogc_goal, live / 8 - 4);
			assert_int_equal(pacer.ready, live / 8 + 26);
		} else {
			assert_int_equal(pacer.heap_goal, live / 8 - 2);
		}
	}
}

/* Rings of @cycles cycles, each second one with a pause of its number. */
struct rings {
	uint64_t total, pauses[GO_PAUSES], ends[GO_PAUSES];
	uint32_t cycles, forced;
	double fraction;
	uint64_t last_ns;
};

static struct rings rings_of(uint32_t cycles, uint32_t forced)
{
	struct rings rings = {.cycles = cycles, .forced = forced, .fraction = 0.25};

	for (uint32_t i = 1; i <= cycles; i++) {
		rings.total += i;
		rings.pauses[(i - 1) % GO_PAUSES] = i;
		rings.ends[(i - 1) % GO_PAUSES] = WALL + i * SECOND;
	}
	rings.last_ns = 50 * SECOND;
	return rings;
}

static int parse(const struct rings *rings, struct go_pauses *ret)
{
	const struct go_layout *layout = go_layout__find(26);

	assert_int_equal(go_pauses__bytes(layout), sizeof(*rings));
	return go_pauses__parse(rings, layout, WALL + 10000 * SECOND, ret);
}

static void cycles_come_oldest_first_and_once(void **state)
{
	struct record_go_cycle cycles[GO_PAUSES];
	struct rings rings = rings_of(5, 0);
	struct go_pauses pauses;

	(void)state;
	assert_int_equal(parse(&rings, &pauses), 0);
	assert_int_equal(go_pauses__cycles(&pauses, 0, 0, 49 * SECOND, cycles), 5);
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(cycles[i].cycle, i + 1);
		assert_int_equal(cycles[i].pause_ns, i + 1);
		assert_int_equal(cycles[i].ended_wall_ns, WALL + (i + 1) * SECOND);
		assert_int_equal(cycles[i].cause, GO_CAUSE_HEAP);
		assert_int_equal(cycles[i].mark_ns, i == 4 ? SECOND : 0);
	}
	assert_int_equal(go_pauses__cycles(&pauses, 3, 0, 51 * SECOND, cycles), 2);
	assert_int_equal(cycles[0].cycle, 4);
	/* The next one has begun: when this one did is not known any more. */
	assert_int_equal(cycles[1].mark_ns, 0);
	assert_int_equal(go_pauses__cycles(&pauses, 5, 0, 0, cycles), 0);
	assert_int_equal(go_pauses__cycles(&pauses, 7, 0, 0, cycles), 0);
}

static void full_rings_give_all_but_the_slot_that_is_written_next(void **state)
{
	struct record_go_cycle cycles[GO_PAUSES];
	struct rings rings = rings_of(1000, 0);
	struct go_pauses pauses;

	(void)state;
	assert_int_equal(parse(&rings, &pauses), 0);
	assert_int_equal(go_pauses__cycles(&pauses, 10, 0, 0, cycles), GO_PAUSES - 1);
	assert_int_equal(cycles[0].cycle, 1000 - 254);
	assert_int_equal(cycles[0].pause_ns, 1000 - 254);
	assert_int_equal(cycles[254].cycle, 1000);
}

static void causes_are_told_where_they_are_certain(void **state)
{
	struct record_go_cycle cycles[GO_PAUSES];
	struct rings rings = rings_of(4, 2);
	struct go_pauses pauses;

	(void)state;
	rings.ends[3] += 200 * SECOND;
	assert_int_equal(parse(&rings, &pauses), 0);
	assert_int_equal(go_pauses__cycles(&pauses, 2, 0, 0, cycles), 2);
	assert_int_equal(cycles[0].cause, GO_CAUSE_FORCED);
	assert_int_equal(go_pauses__cycles(&pauses, 1, 0, 0, cycles), 3);
	assert_int_equal(cycles[2].cause, GO_CAUSE_UNKNOWN);
	assert_int_equal(go_pauses__cycles(&pauses, 2, 2, 0, cycles), 2);
	assert_int_equal(cycles[0].cause, GO_CAUSE_HEAP);
	assert_int_equal(cycles[1].cause, GO_CAUSE_TIME);
	/* A clock that was set back says nothing. */
	rings.ends[2] = rings.ends[3] + SECOND;
	assert_int_equal(parse(&rings, &pauses), 0);
	assert_int_equal(go_pauses__cycles(&pauses, 3, 2, 0, cycles), 1);
	assert_int_equal(cycles[0].cause, GO_CAUSE_HEAP);
}

static void other_memory_is_not_taken_for_rings(void **state)
{
	struct rings good = rings_of(300, 3), rings;
	struct go_pauses pauses;

	(void)state;
	rings = good;
	rings.total = 5;
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
	rings = good;
	rings.ends[7] = 12;
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
	rings = good;
	rings.forced = 301;
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
	rings = good;
	rings.fraction = 1.5;
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
	memset(&rings, 0xff, sizeof(rings));
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
	memset(&rings, 0, sizeof(rings));
	assert_int_equal(parse(&rings, &pauses), 0);
	rings.total = 1;
	assert_int_equal(parse(&rings, &pauses), -EINVAL);
}

static void reasons_are_named_once_and_cut(void **state)
{
	struct go_coverage coverage = {.text = ""};
	char longest[2 * GO_COVERAGE_BYTES];

	(void)state;
	go_coverage__add(&coverage, "heap profile: %s", "off");
	go_coverage__add(&coverage, "cgo");
	go_coverage__add(&coverage, "heap profile: off");
	assert_string_equal(coverage.text, "heap profile: off; cgo");
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = '\0';
	go_coverage__add(&coverage, "%s", longest);
	assert_int_equal(strlen(coverage.text), GO_COVERAGE_BYTES - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(three_blocks_are_one_sum),
		cmocka_unit_test(a_moment_between_generations_is_no_sum),
		cmocka_unit_test(what_cannot_be_is_no_sum),
		cmocka_unit_test(counts_are_raised_to_what_was_seen),
		cmocka_unit_test(goal_follows_gogc_without_a_limit),
		cmocka_unit_test(goal_stays_below_the_limit),
		cmocka_unit_test(pacer_fields_are_where_heap_live_says),
		cmocka_unit_test(cycles_come_oldest_first_and_once),
		cmocka_unit_test(full_rings_give_all_but_the_slot_that_is_written_next),
		cmocka_unit_test(causes_are_told_where_they_are_certain),
		cmocka_unit_test(other_memory_is_not_taken_for_rings),
		cmocka_unit_test(reasons_are_named_once_and_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
