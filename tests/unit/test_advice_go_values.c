// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_go_use.h"

#include "base/banned.h"

#define UNMARSHAL "encoding/json.Unmarshal"

static struct view_site *last_site(struct view *view)
{
	struct view_go *go = view->processes->go;

	return &go->uses[go->use_cnt - 1];
}

/* Somebody else's bytes, a million of them a second. */
static void add_others(struct view *view, double mb_per_s)
{
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAKE_MAP, NULL);

	last_site(view)->function = "main.others";
	fake_go__size(view, trait, 2048, mb_per_s * 1e6 / 2048);
}

static void what_is_boxed_for_one_callee_is_one_finding(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_INTERFACE, NULL);
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	trait->type = "int";
	trait->callee = "fmt.Fprintf";
	fake_go__size(view, trait, 16, 100000);
	trait = fake_go__use(view, GO_BY_INTERFACE, NULL);
	trait->type = "string";
	trait->callee = "fmt.Fprintf";
	last_site(view)->line = 11;
	fake_go__size(view, trait, 16, 50000);
	add_others(view, 10);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-boxing");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->more_sites, 1);
	assert_inside(150000 * 16, figure_named(advice, "bytes_avoided"));
	assert_inside(150000, figure_named(advice, "calls_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "boxed for fmt.Fprintf"));
	assert_non_null(strstr(text, "strconv.AppendInt"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void small_boxes_share_their_blocks(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_INTERFACE, NULL);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	fake_go__size(view, trait, 16, 100000);
	fake_go__total(view, 0);
	/* Two int64 lie in each block. */
	view->processes->go->calls_rate = fake_figure(200000, 0, BASIS_EXACT);
	list = advice__evaluate(view);
	advice = only(list, "go-boxing");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_inside(200000, figure_named(advice, "calls_avoided"));
	assert_inside(100000 * 16, figure_named(advice, "bytes_avoided"));
	advice_list__free(list);
	view__free(view);
}

static void callees_are_told_apart_and_keep_their_ids(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *print = fake_go__use(view, GO_BY_INTERFACE, NULL);
	struct view_go_trait *log = fake_go__use(view, GO_BY_INTERFACE, NULL);
	struct advice_list *list;
	char ids[2][ADVICE_ID_BYTES];

	(void)state;
	print->callee = "fmt.Fprintf";
	log->callee = "log.(*Logger).Printf";
	fake_go__size(view, print, 16, 100000);
	fake_go__size(view, log, 16, 90000);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	assert_int_equal(list->cnt, 2);
	assert_string_not_equal(list->items[0].id, list->items[1].id);
	assert_non_null(strstr(prose__sketch(&list->items[1]), "LogAttrs"));
	for (int i = 0; i < 2; i++)
		memcpy(ids[i], list->items[i].id, ADVICE_ID_BYTES);
	advice_list__free(list);
	print->type = "int"; /* which of the boxed types leads is a matter of luck */
	list = advice__evaluate(view);
	assert_string_equal(list->items[0].id, ids[0]);
	assert_string_equal(list->items[1].id, ids[1]);
	advice_list__free(list);
	view__free(view);
}

static void text_that_is_formatted_counts_and_writing_it_does_not(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_TO_STRING, "fmt.Sprintf");
	struct advice_list *list;
	const struct advice *advice;

	(void)state;
	fake_go__size(view, trait, 64, 50000);
	trait = fake_go__use(view, GO_BY_MAKE_SLICE, "fmt.Fprintf");
	fake_go__size(view, trait, 64, 50000);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-boxing");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_string_equal(advice->site->trait->via, "fmt.Sprintf");
	assert_true(value(advice, "boxed_share") == 0);
	/* Some of it may be what is wanted. */
	assert_true(figure_named(advice, "bytes_avoided")->low == 0);
	advice_list__free(list);
	view__free(view);
}

static void few_boxes_are_not_spoken_of(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_INTERFACE, NULL);

	(void)state;
	fake_go__size(view, trait, 16, 9000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-boxing"));
	view__free(view);
}

/* Maps, boxes and strings of one call of the decoder. */
static void add_decoder(struct view *view, const char *through, double per_s)
{
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAP_INSERT, UNMARSHAL);

	trait->through = through;
	fake_go__size(view, trait, 320, per_s);
	trait = fake_go__use(view, GO_BY_INTERFACE, UNMARSHAL);
	trait->through = through;
	fake_go__size(view, trait, 16, 4 * per_s);
	trait = fake_go__use(view, GO_BY_TO_STRING, UNMARSHAL);
	trait->through = through;
	fake_go__size(view, trait, 16, 6 * per_s);
}

static void decoding_into_interfaces_is_one_finding_of_all_constructs(void **state)
{
	struct view *view = fake_go__new();
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	add_decoder(view, "encoding/json", 10000);
	add_others(view, 10);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-typed-decode");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->severity, SEVERITY_HIGH);
	assert_true(fabs(value(advice, "bytes_rate") - 480 * 10000) < 5e4);
	assert_true(fabs(value(advice, "boxes_share") - 0.8) < 0.01);
	/* A struct with every string as a member, and one with hardly any. */
	assert_inside(0.5 * 480 * 10000, figure_named(advice, "bytes_avoided"));
	assert_inside(0.95 * 480 * 10000, figure_named(advice, "bytes_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "what json.Unmarshal makes"));
	free(text);
	/* and of what is decoded nobody else speaks */
	assert_int_equal(list->cnt, 1);
	advice_list__free(list);
	view__free(view);
}

static void decoding_into_a_struct_draws_nothing(void **state)
{
	struct view *view = fake_go__new();

	(void)state;
	add_decoder(view, NULL, 10000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-typed-decode"));
	assert_false(fires(view, "go-boxing"));
	view__free(view);
}

/* 30,000 objects a second, and a slice that grows to hold pointers of @type. */
static struct view_go_trait *add_list(struct view *view, const char *type, const char *function)
{
	struct view_go_trait *object = fake_go__use(view, GO_BY_NEW, NULL), *slice;

	object->type = "main.Point";
	object->type_bytes = 32;
	fake_go__size(view, object, 32, 60000);
	slice = fake_go__use(view, GO_BY_APPEND, NULL);
	slice->type = type;
	slice->type_bytes = 8;
	last_site(view)->function = function;
	fake_go__size(view, slice, 2048, 300);
	fake_go__total(view, 0.001);
	return object;
}

static void pointers_that_go_into_a_slice_draw_values(void **state)
{
	struct view *view = fake_go__new();
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	add_list(view, "*main.Point", "main.work");
	list = advice__evaluate(view);
	advice = only(list, "go-value-slice");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_inside(60000, figure_named(advice, "calls_avoided"));
	/* What a slice of values takes of bytes depends on how it grows. */
	assert_null(advice__number(advice, "bytes_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "make([]main.Point, 0, n)"));
	free(text);
	assert_null(only(list, "go-escape")); /* one remedy for one place */
	advice_list__free(list);
	view__free(view);
}

static void the_slice_may_be_the_callers(void **state)
{
	struct view *view = fake_go__new();

	(void)state;
	add_list(view, "[]*main.Point", "main.main");
	assert_true(fires(view, "go-value-slice"));
	view__free(view);
}

static void other_slices_are_not_meant(void **state)
{
	struct view *types = fake_go__new(), *places = fake_go__new(), *values = fake_go__new();

	(void)state;
	add_list(types, "*main.Other", "main.work");
	assert_false(fires(types, "go-value-slice"));
	assert_true(fires(types, "go-escape"));
	add_list(places, "*main.Point", "main.elsewhere");
	assert_false(fires(places, "go-value-slice"));
	add_list(values, "main.Point", "main.work");
	assert_false(fires(values, "go-value-slice"));
	view__free(types);
	view__free(places);
	view__free(values);
}

static void a_slice_too_small_for_its_objects_is_anothers(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *object = add_list(view, "*main.Point", "main.work");

	(void)state;
	fake_go__size(view, object, 48, 1000000);
	fake_go__total(view, 0.001);
	assert_false(fires(view, "go-value-slice"));
	view__free(view);
}

static void small_objects_that_nobody_keeps_draw_escape(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_NEW, NULL);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	fake_go__size(view, trait, 32, 300000); /* its type is unknown: never mind */
	fake_go__total(view, 0.1);
	list = advice__evaluate(view);
	advice = only(list, "go-escape");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->severity, SEVERITY_MEDIUM);
	assert_inside(300000, figure_named(advice, "calls_avoided"));
	assert_inside(300000 * 32, figure_named(advice, "bytes_avoided"));
	advice_list__free(list);
	/* A collection every 0.2 s: these are kept. */
	fake_go__total(view, 3);
	assert_false(fires(view, "go-escape"));
	view__free(view);
}

static void large_objects_and_other_constructs_draw_no_escape(void **state)
{
	struct view *large = fake_go__new(), *map = fake_go__new();

	(void)state;
	fake_go__size(large, fake_go__use(large, GO_BY_NEW, NULL), 1024, 10000);
	fake_go__total(large, 0);
	assert_false(fires(large, "go-escape"));
	fake_go__size(map, fake_go__use(map, GO_BY_MAKE_MAP, NULL), 48, 300000);
	fake_go__total(map, 0);
	assert_false(fires(map, "go-escape"));
	view__free(large);
	view__free(map);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_boxed_for_one_callee_is_one_finding),
		cmocka_unit_test(small_boxes_share_their_blocks),
		cmocka_unit_test(callees_are_told_apart_and_keep_their_ids),
		cmocka_unit_test(text_that_is_formatted_counts_and_writing_it_does_not),
		cmocka_unit_test(few_boxes_are_not_spoken_of),
		cmocka_unit_test(decoding_into_interfaces_is_one_finding_of_all_constructs),
		cmocka_unit_test(decoding_into_a_struct_draws_nothing),
		cmocka_unit_test(pointers_that_go_into_a_slice_draw_values),
		cmocka_unit_test(the_slice_may_be_the_callers),
		cmocka_unit_test(other_slices_are_not_meant),
		cmocka_unit_test(a_slice_too_small_for_its_objects_is_anothers),
		cmocka_unit_test(small_objects_that_nobody_keeps_draw_escape),
		cmocka_unit_test(large_objects_and_other_constructs_draw_no_escape),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
