// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_go_use.h"

#include "base/banned.h"

/* What append makes of a slice of @elements of 8 bytes, as Go does since 1.18. */
static const uint64_t thousand_ints[] = {64, 128, 256, 512, 1024, 2048, 4096, 6784, 10240};

static struct view_go_trait *growing_slices(struct view *view, double per_s)
{
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, NULL);

	trait->type = "int";
	trait->type_bytes = 8;
	for (size_t i = 0; i < sizeof(thousand_ints) / sizeof(*thousand_ints); i++)
		fake_go__size(view, trait, thousand_ints[i], per_s);
	return trait;
}

static void growing_slices_draw_prealloc_with_capacity_and_type_filled_in(void **state)
{
	struct view *view = fake_go__new();
	struct advice_list *list;
	const struct advice *advice;
	char *text;

	(void)state;
	growing_slices(view, 200);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-prealloc");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_true(value(advice, "p50") == 10240 && value(advice, "p95") == 10240);
	assert_true(value(advice, "elements") == 1280);
	/* of 25,152 bytes a slice 14,912 are outgrown; 1000 elements take 8192 */
	assert_inside(200 * (25152 - 8192), figure_named(advice, "bytes_avoided"));
	assert_inside(200 * (25152 - 10240), figure_named(advice, "bytes_avoided"));
	assert_inside(200 * 8, figure_named(advice, "calls_avoided"));
	assert_inside(5.0 * 16960 / 25152, figure_named(advice, "cycles_avoided"));
	assert_int_equal(advice->severity, SEVERITY_HIGH);
	text = all_text(advice);
	assert_non_null(strstr(text, "list := make([]int, 0, len(from))   // or 1280"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void slices_that_grow_once_draw_no_prealloc(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, NULL);

	(void)state;
	fake_go__size(view, trait, 4096, 5000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-prealloc"));
	view__free(view);
}

static void copies_of_many_sizes_need_a_look(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, NULL);
	struct advice_list *list;

	(void)state;
	/* append([]byte(nil), text...): every class, nothing is outgrown */
	for (size_t i = 20; i < 60; i++)
		fake_go__size(view, trait, fake_go_classes[i], 100);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	assert_null(only(list, "go-prealloc"));
	assert_int_equal(note_of(list, "go-prealloc")->lack, LACK_LOOKS);
	advice_list__free(list);

	/* a look shows it: they had no old capacity */
	view->processes->go->looked_s = 1;
	for (size_t i = 20; i < 60; i++)
		fake_go__call(view, trait,
			      (struct view_go_call){.kind = GO_CALL_GROW,
						    .size = fake_go_classes[i] - 5,
						    .type_bytes = 1,
						    .n = 100});
	list = advice__evaluate(view);
	assert_null(only(list, "go-prealloc"));
	assert_null(note_of(list, "go-prealloc"));
	advice_list__free(list);
	view__free(view);
}

static void a_look_tells_final_sizes_where_beginnings_differ(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_APPEND, NULL);
	const struct advice *advice;
	struct advice_list *list;
	double made = 0, outgrown = 0;

	(void)state;
	view->processes->go->looked_s = 2;
	/* of eight beginnings, each doubles three times */
	for (uint64_t first = 1024; first < 2048; first += 128)
		for (uint64_t old = 0, cap = first; cap <= 8 * first; old = cap, cap *= 2) {
			struct view_go_call call = {.kind = GO_CALL_GROW,
						    .size = old ? old + 64 : cap,
						    .old = old,
						    .type_bytes = 64,
						    .n = 200};

			fake_go__call(view, trait, call);
			made += 100.0 * (double)cap;
			outgrown += 100.0 * (double)old;
		}
	for (size_t i = 31; i < 66; i++)
		fake_go__size(view, trait, fake_go_classes[i],
			      made / 35 / (double)fake_go_classes[i]);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-prealloc");
	assert_non_null(advice);
	assert_inside(outgrown, figure_named(advice, "bytes_avoided"));
	assert_true(fabs(value(advice, "outgrown") - outgrown / made) < 0.05);
	assert_true(value(advice, "p95") >= 8 * 1024 && value(advice, "p95") <= 16384);
	advice_list__free(list);
	view__free(view);
}

static void prealloc_is_silent_below_its_floors(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *other;

	(void)state;
	growing_slices(view, 35); /* 0.9 MB/s */
	fake_go__total(view, 0);
	assert_false(fires(view, "go-prealloc"));
	view__free(view);

	view = fake_go__new();
	growing_slices(view, 60); /* 1.5 MB/s, but less than 1 % */
	other = fake_go__use(view, GO_BY_NEW, NULL);
	fake_go__size(view, other, 1024, 200000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-prealloc"));
	view__free(view);
}

static void few_samples_are_said_to_be_too_few(void **state)
{
	struct view *view = fake_go__new();
	struct view_go *go = view->processes->go;
	struct advice_list *list;
	const struct advice_note *note;

	(void)state;
	growing_slices(view, 60);
	fake_go__total(view, 0);
	go->uses[0].bytes.n = 30;
	list = advice__evaluate(view);
	assert_null(only(list, "go-prealloc"));
	note = note_of(list, "go-prealloc");
	assert_true(note && note->lack == LACK_SAMPLES && note->have == 30 && note->need == 50);
	advice_list__free(list);
	view__free(view);
}

static struct view_go_trait *growing_maps(struct view *view, double per_s)
{
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAP_INSERT, NULL);

	trait->type = "map[int]int";
	/* 1000 entries: tables of 16 to 1024 slots of 17 bytes, the last one split; 9 headers */
	fake_go__size(view, trait, 32, 10 * per_s);
	for (size_t slots = 16; slots <= 512; slots *= 2)
		fake_go__size(view, trait, slots == 16 ? 288 : slots * 18, per_s);
	fake_go__size(view, trait, 18432, 3 * per_s);
	return trait;
}

static void growing_maps_draw_a_hint_that_counts_both_tables(void **state)
{
	struct view *view = fake_go__new();
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	growing_maps(view, 50);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-map-hint");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_true(fabs(value(advice, "p50") / (2 * 18432) - 1) < 0.02);
	/* seven of eight slots in two tables of 1024 */
	assert_true(value(advice, "entries") == 1792);
	assert_inside(50 * (288 + 576 + 1152 + 2304 + 4608 + 9216 + 18432),
		      figure_named(advice, "bytes_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "m := make(map[int]int, len(from))   // or 1"));
	free(text);
	advice_list__free(list);
	view__free(view);
}

static void a_look_tells_entries_where_the_type_does_not(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = growing_maps(view, 50);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	trait->type = "map[main.Key]main.Value";
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-map-hint");
	assert_non_null(advice);
	assert_null(advice__number(advice, "entries"));
	assert_filled_in(advice);
	advice_list__free(list);

	view->processes->go->looked_s = 1;
	for (uint64_t slots = 16; slots <= 2048; slots *= 2)
		fake_go__call(view, trait,
			      (struct view_go_call){.kind = GO_CALL_MAP_GROW,
						    .size = slots,
						    .old = slots / 2,
						    .n = 50});
	list = advice__evaluate(view);
	advice = only(list, "go-map-hint");
	assert_non_null(advice);
	assert_true(value(advice, "entries") == 1792);
	advice_list__free(list);
	view__free(view);
}

static void buckets_for_overflow_are_no_tables(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAP_INSERT, NULL);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	view->processes->go->version = "go1.23.1";
	trait->type = "map[int]int";
	fake_go__size(view, trait, 144, 53 * 50);
	for (uint64_t bytes = 288; bytes <= 1152; bytes *= 2)
		fake_go__size(view, trait, bytes, 50);
	/* from 16 buckets on a sixteenth is beside them */
	fake_go__size(view, trait, 2688, 50);
	fake_go__size(view, trait, 5376, 50);
	fake_go__size(view, trait, 10240, 50);
	fake_go__size(view, trait, 20480, 50);
	fake_go__size(view, trait, 40960, 50);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-map-hint");
	assert_non_null(advice);
	assert_true(value(advice, "p50") == 40960 && value(advice, "entries") == 1664);
	assert_inside(50 * 40700, figure_named(advice, "bytes_avoided"));
	advice_list__free(list);
	view__free(view);
}

static void small_maps_draw_no_hint(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_MAP_INSERT, NULL);

	(void)state;
	/* one group each: it is made at the first insert, whatever the hint */
	fake_go__size(view, trait, 288, 20000);
	fake_go__total(view, 0);
	assert_false(fires(view, "go-map-hint"));
	view__free(view);
}

static void strings_that_grow_step_by_step_draw_a_builder(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_CONCAT, NULL);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	/* 500 strings a second that reach 1024 bytes in steps of 32 */
	for (size_t i = 0, from = 32; fake_go_classes[i] <= 1024; i++) {
		double steps = 0;

		for (size_t bytes = from + 32; bytes <= fake_go_classes[i]; bytes += 32)
			steps++;
		from += (size_t)steps * 32;
		if (steps > 0)
			fake_go__size(view, trait, fake_go_classes[i], 500 * steps);
	}
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-string-builder");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_true(value(advice, "sizes") >= 12 && value(advice, "longest") == 1024);
	assert_inside(500 * 30, figure_named(advice, "calls_avoided"));
	advice_list__free(list);
	view__free(view);
}

static void strings_joined_once_draw_a_kept_buffer_with_low_severity(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_CONCAT, NULL);
	const struct advice *advice;
	struct advice_list *list;

	(void)state;
	fake_go__size(view, trait, 32, 40000);
	fake_go__size(view, trait, 48, 40000);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-string-builder");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->severity, SEVERITY_LOW);
	advice_list__free(list);
	/* those that are kept are strings for good */
	fake_go__total(view, 20);
	assert_false(fires(view, "go-string-builder"));
	view__free(view);
}

static void conversions_draw_one_form_in_either_direction(void **state)
{
	struct view *view = fake_go__new();
	struct view_go_trait *trait = fake_go__use(view, GO_BY_TO_STRING, NULL);
	const struct advice *advice;
	struct advice_list *list;
	char *text;

	(void)state;
	fake_go__size(view, trait, 48, 100000);
	fake_go__total(view, 0);
	list = advice__evaluate(view);
	advice = only(list, "go-bytes-string");
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_inside(100000, figure_named(advice, "calls_avoided"));
	text = all_text(advice);
	assert_non_null(strstr(text, "from []byte to string"));
	assert_null(strstr(text, "from string to []byte"));
	assert_null(strstr(text, "intern"));
	free(text);
	advice_list__free(list);

	trait->construct = GO_BY_TO_BYTES;
	fake_go__total(view, 5);
	list = advice__evaluate(view);
	advice = only(list, "go-bytes-string");
	assert_non_null(advice);
	text = all_text(advice);
	assert_non_null(strstr(text, "from string to []byte"));
	assert_non_null(strstr(text, "intern"));
	free(text);
	advice_list__free(list);
	/* what the library converts for itself is not the program's to change */
	trait->via = "net/http.(*Request).write";
	assert_false(fires(view, "go-bytes-string"));
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(growing_slices_draw_prealloc_with_capacity_and_type_filled_in),
		cmocka_unit_test(slices_that_grow_once_draw_no_prealloc),
		cmocka_unit_test(copies_of_many_sizes_need_a_look),
		cmocka_unit_test(a_look_tells_final_sizes_where_beginnings_differ),
		cmocka_unit_test(prealloc_is_silent_below_its_floors),
		cmocka_unit_test(few_samples_are_said_to_be_too_few),
		cmocka_unit_test(growing_maps_draw_a_hint_that_counts_both_tables),
		cmocka_unit_test(a_look_tells_entries_where_the_type_does_not),
		cmocka_unit_test(buckets_for_overflow_are_no_tables),
		cmocka_unit_test(small_maps_draw_no_hint),
		cmocka_unit_test(strings_that_grow_step_by_step_draw_a_builder),
		cmocka_unit_test(strings_joined_once_draw_a_kept_buffer_with_low_severity),
		cmocka_unit_test(conversions_draw_one_form_in_either_direction),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
