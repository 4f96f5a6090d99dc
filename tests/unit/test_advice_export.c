// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_report.h"

#include <jansson.h>

#include "advice/rule.h"
#include "export/advice_json.h"
#include "export/advice_text.h"
#include "export/human.h"
#include "export/prose.h"

#include "base/banned.h"

static const struct report_options plain = {.width = 80};

/* grow_list draws prealloc (12 of the process's 20 MB/s) and _sdsnewlen a leak. */
static struct advice_list *advice_of(struct view *view)
{
	struct view_process *process = view->processes;
	struct advice_list *list;

	process->bytes = fake_figure(2e9, 0, BASIS_EXACT);
	process->bytes_rate = fake_figure(20e6, 0, BASIS_EXACT);
	list = advice__evaluate(view);
	assert_non_null(list);
	assert_int_equal(list->cnt, 2);
	return list;
}

static const struct advice *of_rule(const struct advice_list *list, const char *rule)
{
	for (size_t i = 0; i < list->cnt; i++)
		if (!strcmp(list->items[i].rule->id, rule))
			return &list->items[i];
	fail_msg("no %s", rule);
	return NULL;
}

static char *text_of(const struct advice_list *list, const struct report_options *options)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(advice_text__write(file, list, options), 0);
	fclose(file);
	return out;
}

static json_t *json_of(const struct advice_list *list, char **ret_text)
{
	json_error_t error;
	char *out = NULL;
	json_t *json;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(advice_json__write(file, list), 0);
	fclose(file);
	json = json_loads(out, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s", error.text);
	*ret_text = out;
	return json;
}

#define assert_in(text, part)                                    \
	do {                                                     \
		if (!strstr(text, part))                         \
			fail_msg("no '%s' in:\n%s", part, text); \
	} while (0)

static void every_template_of_drawn_rules_is_filled_in(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list = advice_of(view);
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i < list->cnt; i++) {
		const struct advice *advice = &list->items[i];

		for (size_t j = 0; j < prose_section_cnt; j++)
			assert_int_equal(prose__expand(&text, advice,
						       prose__section(&prose_sections[j], advice)),
					 0);
		assert_int_equal(prose__expand(&text, advice, advice->rule->sketch), 0);
	}
	assert_null(strstr(text__str(&text), "{?"));
	assert_null(strstr(text__str(&text), "{/}"));
	text__release(&text);
	advice_list__free(list);
	view__free(view);
}

static void templates_know_their_marks(void **state)
{
	static const struct {
		const char *from, *to;
		size_t unknown;
	} rows[] = {
		{"{capacity#} {capacity=}", "1024 1.02 kB", 0},
		{"if (a) {\n\tb;\n}", "if (a) {\n\tb;\n}", 0},
		{"{function} of {comm} ({pid})", "grow_list of prog (4242)", 0},
		{"a{?no_such} b {no_such}{/} c", "a c", 0},
		{"a{?capacity} b{/} c", "a b c", 0},
		{"{no_such}", "-", 1},
		{"{?no_such} never closed", " never closed", 0},
		{"{", "{", 0},
		{"{}", "{}", 0},
		{"{capacity", "{capacity", 0},
		{"{capacity~", "{capacity~", 0},
		{"", "", 0},
	};
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list = advice_of(view);
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text__clear(&text);
		assert_int_equal(prose__expand(&text, of_rule(list, "prealloc"), rows[i].from),
				 rows[i].unknown);
		assert_string_equal(text__str(&text), rows[i].to);
	}
	text__release(&text);
	advice_list__free(list);
	view__free(view);
}

static void text_follows_the_layout_and_fits_the_width(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list = advice_of(view);
	char *out = text_of(list, &plain), head[128];
	const char *at = out;

	(void)state;
	snprintf(head, sizeof(head), "%s  prealloc  high   grow_list (file.c:50) <- main\n",
		 of_rule(list, "prealloc")->id);
	assert_in(out, head);
	for (size_t i = 0; i < prose_section_cnt; i++) {
		snprintf(head, sizeof(head), "\n  %-9s", prose_sections[i].label);
		at = strstr(at, head);
		if (!at)
			fail_msg("no %s in order in:\n%s", prose_sections[i].label, out);
	}
	assert_in(out, "  in       prog (pid 4242)\n");
	assert_in(out, "\n               cap = 1024;\n");
	assert_in(out, "33 % of the");
	for (char *line = out, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (human__width(line) > 80)
			fail_msg("%zu columns: %s", human__width(line), line);
	}
	free(out);
	advice_list__free(list);
	view__free(view);
}

static void no_advice_and_not_enough_data_are_said(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list;
	char *out, line[80];

	(void)state;
	for (size_t i = 0; i < view->processes->site_cnt; i++)
		for (size_t j = 0; j < view->processes->sites[i].chain_cnt; j++)
			view->processes->sites[i].chains[j].weight = 1;
	view->processes->frees_seen = false;
	list = advice__evaluate(view);
	out = text_of(list, &plain);
	snprintf(line, sizeof(line), "no advice: no site passed the floors of the %zu rules\n",
		 rule_cnt);
	assert_in(out, line);
	assert_in(out, "not enough data: leak in prog (pid 4242): needs full or exact coverage");
	free(out);
	advice_list__free(list);

	view->processes->frees_seen = true;
	view->processes->observed_s = 12;
	list = advice__evaluate(view);
	out = text_of(list, &plain);
	assert_in(out, "leak in prog (pid 4242): 12.0 s observed, needs 30 s");
	free(out);
	advice_list__free(list);
	view__free(view);
}

static void json_carries_numbers_and_sentences(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list = advice_of(view);
	json_t *json, *item = NULL, *numbers, *row, *found = NULL;
	char *out;
	size_t i;

	(void)state;
	json = json_of(list, &out);
	assert_string_equal(json_string_value(json_object_get(json, "schema")),
			    "heapbeat/recommendations/v1");
	json_array_foreach(json_object_get(json, "items"), i,
			   row) if (!strcmp(json_string_value(json_object_get(row, "rule")),
					    "prealloc")) item = row;
	assert_non_null(item);
	numbers = json_object_get(item, "prediction");
	json_array_foreach(numbers, i,
			   row) if (!strcmp(json_string_value(json_object_get(row, "name")),
					    "reallocs_avoided")) found =
		json_object_get(row, "figure");
	assert_non_null(found);
	assert_true(json_number_value(json_object_get(found, "low")) <
		    json_number_value(json_object_get(found, "value")));
	assert_in(json_string_value(json_object_get(json_object_get(item, "text"), "sketch")),
		  "cap = 1024;\n");
	assert_non_null(json_object_get(json_object_get(item, "text"), "wrong_if"));
	assert_true(json_is_array(json_object_get(json, "notes")));
	json_decref(json);
	free(out);
	advice_list__free(list);
	view__free(view);
}

static void hostile_names_are_harmless_in_advice(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list;
	char *out;

	(void)state;
	fake_report__make_hostile(view, &fake);
	list = advice_of(view);
	out = text_of(list, &plain);
	assert_harmless(out);
	free(out);
	json_decref(json_of(list, &out));
	assert_harmless(out);
	free(out);
	advice_list__free(list);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_template_of_drawn_rules_is_filled_in),
		cmocka_unit_test(templates_know_their_marks),
		cmocka_unit_test(text_follows_the_layout_and_fits_the_width),
		cmocka_unit_test(no_advice_and_not_enough_data_are_said),
		cmocka_unit_test(json_carries_numbers_and_sentences),
		cmocka_unit_test(hostile_names_are_harmless_in_advice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
