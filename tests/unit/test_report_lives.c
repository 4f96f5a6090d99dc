// SPDX-License-Identifier: GPL-2.0-or-later
/* Reports of what a daemon adds: how an image ended, sizes and lifetimes, peak and trend. */
#include "fake_report.h"

#include <jansson.h>

#include "export/report_json.h"
#include "export/report_text.h"
#include "model/lives.h"

#include "base/banned.h"

static const struct report_options plain = {.by = BY_RATE, .limit = REPORT_LIMIT, .width = 100};

static char *text_of(struct view *view, struct fake_names *fake, bool verbose)
{
	struct name_source source = fake_names__source(fake);
	struct report_options options = plain;
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	options.verbose = verbose;
	assert_non_null(file);
	assert_int_equal(report_text__write(file, view, &source, &options), 0);
	fclose(file);
	return out;
}

static json_t *item_of(struct view *view, struct fake_names *fake)
{
	struct name_source source = fake_names__source(fake);
	char *out = NULL;
	json_t *json, *item;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_json__write(file, view, &source, &plain), 0);
	fclose(file);
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	free(out);
	assert_non_null(json);
	item = json_incref(json_array_get(json_object_get(json, "items"), 0));
	json_decref(json);
	return item;
}

static bool says(struct view *view, struct fake_names *fake, bool verbose, const char *part)
{
	char *out = text_of(view, fake, verbose);
	bool found = strstr(out, part);

	free(out);
	return found;
}

static void each_end_is_told_apart(void **state)
{
	static const struct {
		enum exit_reason reason;
		const char *text, *key;
	} rows[] = {
		{EXIT_REASON_EXIT, "(has exited)", "exit"},
		{EXIT_REASON_EXEC, "(went on as another program)", "exec"},
		{EXIT_REASON_LOST, "(has exited)", "lost"},
		{EXIT_REASON_OOM, "(was killed for memory)", "oom"},
		{EXIT_REASON_RELEASED, "(lives on, no longer observed)", "released"},
	};
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		json_t *item, *process;

		view->processes->exited = true;
		view->processes->exit_reason = rows[i].reason;
		assert_true(says(view, &fake, false, rows[i].text));
		item = item_of(view, &fake);
		process = json_object_get(item, "process");
		assert_string_equal(json_string_value(json_object_get(process, "exit_reason")),
				    rows[i].key);
		json_decref(item);
		view->processes->exited = false;
		item = item_of(view, &fake);
		assert_null(json_object_get(json_object_get(item, "process"), "exit_reason"));
		json_decref(item);
	}
	view__free(view);
}

static double number(const json_t *object, const char *key)
{
	assert_true(json_is_number(json_object_get(object, key)));
	return json_number_value(json_object_get(object, key));
}

static void site_sizes_and_lifetimes_are_in_the_document(void **state)
{
	struct fake_names fake = {0};
	struct name_source source = fake_names__source(&fake);
	struct view *view = fake_report__view(&fake);
	struct view_stack *stack = view->processes->stacks;
	json_t *item, *site, *sizes, *lives, *buckets;

	(void)state;
	stack->lives = view__alloc(view, sizeof(*stack->lives));
	stack->life_cnt = 1;
	stack->lives[0].life_class = 14;
	for (int i = 0; i < 382; i++)
		life_class__end(stack->lives, 1);
	assert_int_equal(fold__sites(view, &source), 0);
	item = item_of(view, &fake);
	site = json_array_get(json_object_get(item, "sites"), 0);
	sizes = json_object_get(site, "sizes");
	buckets = json_object_get(sizes, "buckets");
	assert_int_equal(json_array_size(buckets), VIEW_BUCKETS);
	/* 500 calls of 2^20: above 1048575 */
	assert_true(number(json_array_get(buckets, 9), "upto") == (1 << 22) - 1);
	assert_true(number(json_array_get(buckets, 9), "calls") == 500);
	assert_true(number(sizes, "bytes") == 500.0 * (1 << 20));
	assert_null(json_object_get(json_array_get(buckets, VIEW_BUCKETS - 1), "upto"));
	lives = json_object_get(site, "lifetimes");
	assert_true(number(lives, "ended") == 382 && number(lives, "cut_off") == 0);
	buckets = json_object_get(lives, "buckets");
	/* between 8.2 and 16.4 us */
	assert_true(number(json_array_get(buckets, 0), "outlived_by") == 1);
	assert_true(number(json_array_get(buckets, 1), "outlived_by") == 0);
	assert_true(number(json_object_get(lives, "median_s"), "value") > 8.1e-6);
	assert_true(number(json_object_get(lives, "median_s"), "value") < 16.4e-6);
	json_decref(item);
	assert_true(says(view, &fake, true, "lives 11.6 us (median), 99 % at most 16.3 us\n"));
	assert_false(says(view, &fake, false, "lives 11.6 us"));
	view__free(view);
}

static void unknown_distributions_are_absent(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	json_t *item = item_of(view, &fake), *figures = json_object_get(item, "figures");

	(void)state;
	assert_null(json_object_get(item, "sizes"));
	assert_null(json_object_get(item, "lifetimes"));
	assert_null(json_object_get(figures, "peak_bytes"));
	assert_null(json_object_get(figures, "growing"));
	assert_false(says(view, &fake, false, "  peak"));
	json_decref(item);
	view__free(view);
}

static void peak_and_trend_are_said(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	json_t *item, *figures;

	(void)state;
	view->processes->peak_bytes = fake_figure(25e6, 1e6, BASIS_SAMPLED);
	view->processes->live_growth = fake_figure(1000, 600, BASIS_SAMPLED);
	assert_true(says(view, &fake, false, "peak      25.0 MB +- 1.00 MB\n"));
	assert_true(says(view, &fake, false, "no steady growth: 1.00 kB/s"));
	view->processes->growing = true;
	assert_true(says(view, &fake, false, ", growth 1.00 kB/s"));
	item = item_of(view, &fake);
	figures = json_object_get(item, "figures");
	assert_true(number(json_object_get(figures, "peak_bytes"), "value") == 25e6);
	assert_true(json_is_true(json_object_get(figures, "growing")));
	assert_true(json_is_false(json_object_get(figures, "rss_growing")));
	json_decref(item);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_end_is_told_apart),
		cmocka_unit_test(site_sizes_and_lifetimes_are_in_the_document),
		cmocka_unit_test(unknown_distributions_are_absent),
		cmocka_unit_test(peak_and_trend_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
