// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_go_use.h"

#include "base/banned.h"

static void large_objects_that_die_young_draw_a_pool(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAKE_SLICE, NULL);
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	trait->type = "uint8";
	trait->type_bytes = 1;
	fake_go__size(view, trait, 32768, 1500);
	fake_go__total(view, 0.001);
	list = advice__evaluate(view);
	advice = only(list, "go-pool");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_true(fabs(value(advice, "bytes_rate") - 1500 * 32768) < 1e4);
	assert_inside(1500, figure_named(advice, "calls_avoided"));
	assert_inside(1500 * 32768, figure_named(advice, "bytes_avoided"));
	assert_inside(5, figure_named(advice, "cycles_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "p := make([]byte, 32768)"));
	assert_non_null(strstr(text, "pool.Get().(*[]byte)"));
	assert_null(strstr(text, "bytes.Buffer"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void objects_that_live_on_draw_no_pool(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_NEW, NULL);

	(void)state;
	fake_go__size(view, trait, 1024, 10000);
	fake_go__total(view, 3);
	assert_false(fires(view, "go-pool"));
	fake_go__total(view, 0.1);
	assert_true(fires(view, "go-pool"));
	view__free(view);
}

static void small_objects_draw_no_pool(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_NEW, NULL);

	(void)state;
	fake_go__size(view, trait, 64, 300000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-pool"));
	view__free(view);
}

static void sizes_all_over_draw_no_pool(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAKE_SLICE, NULL);

	(void)state;
	fake_go__size(view, trait, 512, 10000);
	fake_go__size(view, trait, 16384, 1000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-pool"));
	view__free(view);
}

static void appends_are_left_to_prealloc(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, NULL);

	(void)state;
	for (uint64_t bytes = 64; bytes <= 8192; bytes *= 2)
		fake_go__size(view, trait, bytes, 1000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-pool"));
	assert_true(fires(view, "go-prealloc"));
	/* the library's own appends are not */
	trait->via = "bytes.(*Buffer).Write";
	assert_true(fires(view, "go-pool"));
	assert_false(fires(view, "go-prealloc"));
	/* unless nothing can be kept of them */
	trait->via = "strings.(*Builder).WriteString";
	assert_false(fires(view, "go-pool"));
	view__free(view);
}

static void what_one_call_allocates_in_several_ways_is_one_advice(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *made, *grown, *elsewhere;
	const char *via = "compress/gzip.(*Writer).Write";
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	made = fake_go__use(view, GO_BY_NEW, via);
	grown = fake_go__use(view, GO_BY_MAKE_SLICE, via);
	elsewhere = fake_go__use(view, GO_BY_NEW, via);
	view->processes->go->uses[2].line = 99;
	fake_go__size(view, made, 655360, 40);
	fake_go__size(view, grown, 65536, 80);
	fake_go__size(view, elsewhere, 512, 10);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-pool");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_inside(40 * 655360 + 80 * 65536, figure_named(advice, "bytes_avoided"));
	assert_true(fabs(value(advice, "calls_rate") - 120) < 11);
	assert_int_equal(advice->more_sites, 0);
	text = all_text(advice);
	assert_non_null(strstr(text, "made by gzip.(*Writer).Write"));
	assert_non_null(strstr(text, "w.Reset(dst)"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void reading_all_draws_a_buffer_to_read_into(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, "io.ReadAll");
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	for (uint64_t bytes = 512; bytes <= 8192; bytes *= 2)
		fake_go__size(view, trait, bytes, 1000);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-pool");
	assert_non_null(advice);
	assert_filled_in(advice);
	text = all_text(advice);
	assert_non_null(strstr(text, "b.ReadFrom(r)          // instead of io.ReadAll"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void a_program_without_a_profile_is_told_so(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_NEW, NULL);
	struct advice_list *list;

	(void)state;
	fake_go__size(view, trait, 1024, 10000);
	fake_go__total(view, 0);
	view->processes->go->site_basis = BASIS_UNKNOWN;
	list = advice__evaluate(view);
	assert_null(only(list, "go-pool"));
	assert_int_equal(note_of(list, "go-pool")->lack, LACK_PROFILE);
	advice_list__free(list);
	view__free(view);
}

static void hostile_figures_do_no_harm(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAKE_SLICE, NULL);
	struct view_go *go = view->processes->go;

	(void)state;
	fake_go__size(view, trait, 32768, 1500);
	fake_go__total(view, 0);
	trait->sizes[0].sums.calls = INFINITY;
	trait->sizes[0].sums.bytes = INFINITY;
	advice_list__free(advice__evaluate(view));
	trait->sizes[0].sums = (struct sample_sums){0};
	go->heap_class[16].calls = UINT64_MAX;
	go->classes[66].mallocs_rate = -1;
	advice_list__free(advice__evaluate(view));
	go->site_span_s = go->span_s = 0;
	advice_list__free(advice__evaluate(view));
	trait->size_cnt = 0;
	go->class_cnt = 0;
	go->site_span_s = go->span_s = 30;
	trait->construct = GO_BY_APPEND;
	assert_false(fires(view, "go-prealloc"));
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(large_objects_that_die_young_draw_a_pool),
		cmocka_unit_test(objects_that_live_on_draw_no_pool),
		cmocka_unit_test(small_objects_draw_no_pool),
		cmocka_unit_test(sizes_all_over_draw_no_pool),
		cmocka_unit_test(appends_are_left_to_prealloc),
		cmocka_unit_test(what_one_call_allocates_in_several_ways_is_one_advice),
		cmocka_unit_test(reading_all_draws_a_buffer_to_read_into),
		cmocka_unit_test(a_program_without_a_profile_is_told_so),
		cmocka_unit_test(hostile_figures_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
