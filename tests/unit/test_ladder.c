// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_go_use.h"

#include "advice/ladder.h"
#include "advice/map_shape.h"

#include "base/banned.h"

static void add(struct ladder *ladder, double bytes, double rate, uint64_t n)
{
	struct rung rung = {.bytes = bytes, .rate = rate, .var = 1, .most = INFINITY, .n = n};

	assert_int_equal(ladder__add(ladder, &rung), 0);
}

static void rates_that_rise_are_pooled_and_others_left_alone(void **state)
{
	struct ladder ladder = {0};

	(void)state;
	add(&ladder, 64, 30, 1);
	add(&ladder, 128, 10, 1);
	add(&ladder, 256, 20, 1);
	add(&ladder, 512, 18, 1);
	add(&ladder, 1024, 5, 1);
	ladder__smooth(&ladder);
	assert_true(ladder.items[0].rate == 30);
	for (int i = 1; i <= 3; i++)
		assert_true(fabs(ladder.items[i].rate - 16) < 1e-9);
	assert_true(ladder.items[4].rate == 5);
	ladder__release(&ladder);
}

static void a_large_rise_pools_all_that_is_below(void **state)
{
	struct ladder ladder = {0};

	(void)state;
	add(&ladder, 64, 1, 1);
	add(&ladder, 128, 2, 1);
	add(&ladder, 256, 9, 1);
	ladder__smooth(&ladder);
	for (int i = 0; i <= 2; i++)
		assert_true(fabs(ladder.items[i].rate - 4) < 1e-9);
	ladder__release(&ladder);
}

static void falls_from_size_to_size_are_what_ends_there(void **state)
{
	struct ladder ladder = {0};
	struct ladder_sums sums;
	double bytes, calls;

	(void)state;
	/* 100 begin, 40 end at 64, 50 at 128, 10 at 256 */
	add(&ladder, 64, 100, 50);
	add(&ladder, 128, 60, 50);
	add(&ladder, 256, 10, 50);
	sums = ladder__sum(&ladder);
	assert_true(sums.chains == 100 && sums.p50 == 128 && sums.p95 == 256);
	assert_true(sums.bytes == 6400 + 7680 + 2560);
	assert_true(sums.outgrown == 60 * 64 + 10 * 128);
	assert_true(sums.calls == 170);
	ladder__with_room(&ladder, 100, 128, &bytes, &calls);
	assert_true(bytes == 100 * 128 + 10 * 256 && calls == 110);
	ladder__release(&ladder);
}

static void halves_are_filled_in_as_far_as_they_may_exist(void **state)
{
	struct view *view = fake_go__new();
	struct view_go *go = view->processes->go;
	struct ladder ladder = {0};

	(void)state;
	for (size_t i = 0; i < go->class_cnt; i++)
		go->classes[i].mallocs_rate = go->classes[i].size_bytes < 128 ? 10 : 1000;
	add(&ladder, 1024, 100, 20);
	add(&ladder, 8192, 100, 50);
	assert_int_equal(ladder__fill(&ladder, go, 8), 0);
	/* 4096 and 2048 between, 256 and 128 below 512, but not 64, of which there are only 10 */
	assert_int_equal(ladder.cnt, 7);
	assert_true(ladder.items[0].bytes == 128 && ladder.items[1].bytes == 256);
	assert_true(ladder.items[0].n == 0 && ladder.items[0].rate == 100);
	ladder__release(&ladder);

	/* 32,768 would have been sampled a hundred times over */
	add(&ladder, 65536, 100, 300);
	assert_int_equal(ladder__fill(&ladder, go, 8), 0);
	assert_int_equal(ladder.cnt, 1);
	ladder__release(&ladder);
	view__free(view);
}

static void equal_sizes_become_one_and_order_comes_with_it(void **state)
{
	struct ladder ladder = {0};

	(void)state;
	add(&ladder, 512, 1, 1);
	add(&ladder, 64, 2, 3);
	add(&ladder, 512, 4, 5);
	ladder__sort(&ladder);
	assert_int_equal(ladder.cnt, 2);
	assert_true(ladder.items[0].bytes == 64 && ladder.items[1].rate == 5);
	assert_true(ladder.items[1].n == 6);
	assert_true(ladder__quantile(&ladder, 0.5, false) == 512);
	assert_true(ladder__quantile(&ladder, 0.02, true) == 64);
	ladder__release(&ladder);
}

static void sizes_of_one_beginning_are_not_crowded(void **state)
{
	struct ladder ladder = {0};

	(void)state;
	for (double bytes = 64; bytes < 10000; bytes *= 2)
		add(&ladder, bytes, 10, 5);
	assert_true(ladder__crowded_share(&ladder, 1.2) == 0);
	ladder__release(&ladder);
	for (double bytes = 1024; bytes < 4000; bytes += 128)
		add(&ladder, bytes, 10, 5);
	assert_true(ladder__crowded_share(&ladder, 1.2) > 0.8);
	ladder__release(&ladder);
}

static void nothing_is_made_of_nothing(void **state)
{
	struct view *view = fake_go__new();
	struct ladder ladder = {0};
	struct ladder_sums sums = ladder__sum(&ladder);

	(void)state;
	assert_true(sums.bytes == 0 && sums.chains == 0 && sums.p95 == 0);
	ladder__smooth(&ladder);
	ladder__sort(&ladder);
	assert_int_equal(ladder__fill(&ladder, view->processes->go, 8), 0);
	assert_true(ladder__quantile(&ladder, 0.5, true) == 0);
	assert_true(ladder__outgrown_error(&ladder, &sums) == 0);
	ladder__release(&ladder);
	view__free(view);
}

static void entries_of_a_table_follow_from_its_type_and_version(void **state)
{
	(void)state;
	/* groups of 8 + 8 x 16 bytes, 7 entries each; buckets of 8 + 8 x 16 + 8, 6.5 each */
	assert_true(map_shape__entries("map[int]int", "go1.26.8", 136 * 128) == 7 * 128);
	assert_true(map_shape__entries("map[int]int", "go1.23.1", 144 * 256) == 6.5 * 256);
	/* as the runtime rounds them: a class, pages, buckets for overflow */
	assert_true(map_shape__entries("map[int]int", "go1.26.8", 18432) == 7 * 128);
	assert_true(map_shape__entries("map[int]int", "go1.23.1", 40960) == 6.5 * 256);
	/* a bool beside a string takes a word */
	assert_true(map_shape__entries("map[string]bool", "go1.24", 8 + 8 * 24) == 7);
	assert_true(map_shape__entries("map[string]bool", "go1.20", 8 + 8 * 17 + 8) == 6.5);
	assert_true(map_shape__entries("map[string]interface {}", "go1.26", 8 + 8 * 32) == 7);
	assert_true(map_shape__entries("map[string]*main.User", "go1.26", 8 + 8 * 24) == 7);
	assert_true(map_shape__entries("map[string]map[string]int", "go1.26", 8 + 8 * 24) == 7);
	assert_true(map_shape__splits("go1.24.1") && !map_shape__splits("go1.23.9"));
}

static void entries_of_other_types_are_not_told(void **state)
{
	static const char *const types[] = {"map[main.Key]int",
					    "map[string]main.User",
					    "map[",
					    "map[[[[int]int",
					    "map[]",
					    "map",
					    "",
					    "[]int"};

	(void)state;
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++)
		assert_true(map_shape__entries(types[i], "go1.26.8", 4096) == 0);
	assert_true(map_shape__entries(NULL, "go1.26.8", 4096) == 0);
	assert_true(map_shape__entries("map[int]int", "devel", 4096) == 0);
	assert_true(map_shape__entries("map[int]int", "", 4096) == 0);
	assert_false(map_shape__splits(""));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(rates_that_rise_are_pooled_and_others_left_alone),
		cmocka_unit_test(a_large_rise_pools_all_that_is_below),
		cmocka_unit_test(falls_from_size_to_size_are_what_ends_there),
		cmocka_unit_test(halves_are_filled_in_as_far_as_they_may_exist),
		cmocka_unit_test(equal_sizes_become_one_and_order_comes_with_it),
		cmocka_unit_test(sizes_of_one_beginning_are_not_crowded),
		cmocka_unit_test(nothing_is_made_of_nothing),
		cmocka_unit_test(entries_of_a_table_follow_from_its_type_and_version),
		cmocka_unit_test(entries_of_other_types_are_not_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
