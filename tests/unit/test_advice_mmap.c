// SPDX-License-Identifier: GPL-2.0-or-later
/* mmap-churn: fires where glibc maps and unmaps large blocks over and over, and says what to set. */
#include "fake_advice.h"

#include "base/banned.h"

/* A process that in 100 s made @blocks of @bytes, and @maps mappings of @map_bytes, unmapped @unmaps. */
static struct view *churn_view(uint64_t blocks, uint64_t bytes, uint64_t maps, uint64_t map_bytes,
			       uint64_t unmaps)
{
	struct view *view = fake_view__new();

	fake_view__stack(view, HB_MALLOC, 100000, 64, FRAMES(1, 4));
	if (blocks)
		fake_view__stack(view, HB_MALLOC, blocks, bytes, FRAMES(2, 4));
	if (maps)
		fake_view__stack(view, HB_MMAP, maps, map_bytes, FRAMES(2, 4));
	view->processes->by_func[HB_MUNMAP].calls = unmaps;
	view->processes->by_func[HB_MUNMAP].bytes = unmaps * map_bytes;
	fake_view__total(view);
	return view;
}

static const struct advice *advice_of(const struct view *view, struct advice_list **ret_list)
{
	*ret_list = advice__evaluate(view);
	return only(*ret_list, "mmap-churn");
}

static void mapped_and_unmapped_blocks_draw_it_with_both_settings(void **state)
{
	struct view *view = churn_view(20000, 1 << 20, 20000, (1 << 20) + 4096, 20000);
	const struct figure *avoided;
	struct advice_list *list;
	const struct advice *advice = advice_of(view, &list);

	(void)state;
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_null(advice->site);
	assert_int_equal(advice->severity, SEVERITY_LOW);
	assert_true(fabs(value(advice, "churn_rate") - 400) < 1e-6);
	assert_true(fabs(value(advice, "mean_bytes") - (1 << 20)) < 1e-6);
	/* above every size of its class, with malloc's header */
	assert_true(value(advice, "threshold") == (1 << 21) + 4096);
	assert_true(value(advice, "trim") == 2 * ((1 << 21) + 4096));
	avoided = &advice__number(advice, "calls_avoided")->figure;
	assert_true(avoided->low >= 0.9 * 400 && avoided->high >= 400);
	advice_list__free(list);
	view__free(view);
}

static void the_heaviest_mapping_site_is_named_and_the_id_is_the_programs(void **state)
{
	struct view *view = churn_view(20000, 1 << 20, 20000, (1 << 20) + 4096, 20000);
	struct view_site *sites = view__alloc(view, 2 * sizeof(*sites));
	struct advice_list *list;
	const struct advice *advice = advice_of(view, &list);
	char id[ADVICE_ID_BYTES];

	(void)state;
	memcpy(id, advice->id, sizeof(id));
	advice_list__free(list);
	sites[0] = (struct view_site){.function = "f", .module = "/usr/bin/prog"};
	sites[1] = (struct view_site){
		.function = "map_it", .module = "/usr/bin/prog", .vm = true, .func = HB_MMAP};
	view->processes->sites = sites;
	view->processes->site_cnt = 2;
	advice = advice_of(view, &list);
	assert_ptr_equal(advice->site, &sites[1]);
	assert_filled_in(advice);
	assert_string_equal(advice->id, id);
	advice_list__free(list);
	view__free(view);
}

static void blocks_a_page_short_of_a_power_of_two_are_explained(void **state)
{
	/* a block of 2^20 - 8 is of class 20, its mapping of class 21 */
	struct view *view = churn_view(20000, (1 << 20) - 8, 20000, (1 << 20) + 4096, 20000);

	(void)state;
	assert_true(fires(view, "mmap-churn"));
	view__free(view);
}

static void draws_none(struct view *view)
{
	assert_false(fires(view, "mmap-churn"));
	view__free(view);
}

static void a_threshold_that_has_adapted_draws_none(void **state)
{
	(void)state;
	draws_none(churn_view(20000, 1 << 20, 2, (1 << 20) + 4096, 1));
	draws_none(churn_view(20000, 1 << 20, 0, 0, 0));
}

static void what_the_program_maps_itself_draws_none(void **state)
{
	(void)state;
	draws_none(churn_view(0, 0, 20000, 1 << 20, 20000));
	/* nor beside blocks of another size */
	draws_none(churn_view(20000, 1 << 14, 20000, 1 << 20, 20000));
}

static void blocks_that_stay_draw_none(void **state)
{
	(void)state;
	draws_none(churn_view(20000, 1 << 20, 20000, (1 << 20) + 4096, 3000));
}

static void low_rates_draw_none(void **state)
{
	(void)state;
	draws_none(churn_view(4900, 1 << 20, 4900, (1 << 20) + 4096, 4900));
}

static void other_allocators_have_other_knobs(void **state)
{
	struct view *view = churn_view(20000, 1 << 20, 20000, (1 << 20) + 4096, 20000);

	(void)state;
	view->processes->allocator = "jemalloc";
	draws_none(view);
}

static void few_mappings_are_said(void **state)
{
	struct view *view = churn_view(40, 1 << 20, 40, (1 << 20) + 4096, 40);
	const struct advice_note *note;
	struct advice_list *list;

	(void)state;
	/* one look of 50 ms */
	view->processes->observed_s = 0.05;
	fake_view__total(view);
	list = advice__evaluate(view);
	note = note_of(list, "mmap-churn");
	assert_non_null(note);
	assert_true(note->lack == LACK_SAMPLES && note->have == 40 && note->need == 50);
	assert_null(only(list, "mmap-churn"));
	advice_list__free(list);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mapped_and_unmapped_blocks_draw_it_with_both_settings),
		cmocka_unit_test(the_heaviest_mapping_site_is_named_and_the_id_is_the_programs),
		cmocka_unit_test(blocks_a_page_short_of_a_power_of_two_are_explained),
		cmocka_unit_test(a_threshold_that_has_adapted_draws_none),
		cmocka_unit_test(what_the_program_maps_itself_draws_none),
		cmocka_unit_test(blocks_that_stay_draw_none),
		cmocka_unit_test(low_rates_draw_none),
		cmocka_unit_test(other_allocators_have_other_knobs),
		cmocka_unit_test(few_mappings_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
