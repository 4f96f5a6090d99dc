// SPDX-License-Identifier: GPL-2.0-or-later
/* Markdown of advice and of comparisons, and what hostile names come to in all writers of both. */
#include "export/markdown.h"

#include "fake_report.h"

#include <jansson.h>

#include "advice/mute.h"
#include "advice/rule.h"
#include "export/advice_md.h"
#include "export/diff_text.h"

#include "base/banned.h"

#define assert_in(text, part)                                    \
	do {                                                     \
		if (!strstr(text, part))                         \
			fail_msg("no '%s' in:\n%s", part, text); \
	} while (0)

static const char markup[] =
	"a|b `c` *d* _e_ <img src=x onerror=alert(1)> [f](http://g) ~~h~~ $i$ @root #77 &amp; "
	"www.evil.com https://evil.com \\";

static char *shown(const char *s, void (*add)(struct text *text, const char *s))
{
	struct text text = {0};

	add(&text, s);
	assert_false(text__failed(&text));
	return text.data ? text.data : strdup("");
}

static void markup_shows_as_it_is(void **state)
{
	char *out = shown(markup, markdown__text);

	(void)state;
	assert_null(strpbrk(out, "|`*_[]~$\\\""));
	assert_null(strstr(out, "<img"));
	assert_null(strstr(out, "www."));
	assert_null(strstr(out, "https:/"));
	assert_null(strstr(out, "@root"));
	assert_null(strstr(out, "#77"));
	assert_in(out, "&#38;amp;");
	assert_in(out, "a&#124;b ");
	free(out);
	out = shown("x\ny\r\tz", markdown__text);
	assert_string_equal(out, "x y  z");
	free(out);
	out = shown("main.(*T).f", markdown__name);
	assert_string_equal(out, "<code>main.(&#42;T).f</code>");
	free(out);
	out = shown("", markdown__text);
	assert_string_equal(out, "");
	free(out);
}

static void a_fence_is_longer_than_any_within(void **state)
{
	struct text text = {0};

	(void)state;
	markdown__block(&text, "go", "x\n");
	assert_string_equal(text__str(&text), "```go\nx\n```\n");
	text__clear(&text);
	markdown__block(&text, "", "````\nx");
	assert_string_equal(text__str(&text), "`````\n````\nx\n`````\n");
	text__release(&text);
}

/* grow_list draws prealloc and _sdsnewlen a leak. */
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

static char *advice_md(const struct advice_list *list)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_int_equal(advice_md__write(file, list), 0);
	fclose(file);
	return out;
}

static void advice_is_a_table_and_sections(void **state)
{
	static const char *const mute[] = {"leak"};
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list = advice_of(view);
	char *out = advice_md(list);

	(void)state;
	assert_in(out, "## Advice on <code>prog</code> (pid 4242), 100 s\n");
	assert_in(out, "\n| id | rule | severity | place | saves |\n|---|---|---|---|---|\n| HB-");
	assert_in(out,
		  " | prealloc | high | <code>grow&#95;list (file.c:50) &#60;- main</code> | ");
	assert_in(out, "</summary>\n\n**what**: ");
	assert_in(out, "\n```c\ncap = 1024;\n");
	assert_in(out, "**verify**: heapbeat record");
	assert_in(out, "\n</details>\n");
	free(out);
	mute__apply(list, mute, 1);
	out = advice_md(list);
	assert_in(out, "\nMuted: HB-");
	assert_in(out, " (leak)\n");
	assert_null(strstr(out, "| leak |"));
	free(out);
	advice_list__free(list);
	view__free(view);
}

static void without_advice_it_says_so_and_what_lacks(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct advice_list *list;
	char *out;

	(void)state;
	view->processes->frees_seen = false;
	for (size_t i = 0; i < view->processes->site_cnt; i++)
		view->processes->sites[i].chain_cnt = 0;
	list = advice__evaluate(view);
	out = advice_md(list);
	assert_in(out, "No advice: nothing passed the floors of the ");
	assert_in(out, "- not enough data: leak: needs full or exact coverage");
	free(out);
	advice_list__free(list);
	view__free(view);
}

/* Every line of a table has as many cells as its head, and no tag but ours is in it. */
static void assert_tables_whole(const char *out)
{
	size_t cells = 0;

	for (const char *line = out; *line; line = strchr(line, '\n') + 1) {
		size_t len = strcspn(line, "\n"), bars = 0;

		for (size_t i = 0; i < len; i++)
			bars += line[i] == '|';
		if (*line != '|')
			cells = 0;
		else if (!cells)
			cells = bars;
		else
			assert_int_equal(bars, cells);
	}
	for (const char *at = strchr(out, '<'); at; at = strchr(at + 1, '<'))
		assert_true(!strncmp(at, "<code>", 6) || !strncmp(at, "</code>", 7) ||
			    !strncmp(at, "<span>", 6) || !strncmp(at, "</span>", 7) ||
			    !strncmp(at, "<details>", 9) || !strncmp(at, "</details>", 10) ||
			    !strncmp(at, "<summary>", 9) || !strncmp(at, "</summary>", 10) ||
			    !strncmp(at, "<br>", 4) || at[1] == ' ' || at[1] == '-');
}

static void hostile_names_are_no_markup(void **state)
{
	static const char *const names[] = {markup, HOSTILE, "</code></summary>\n\n# x\n\n|||"};
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);

	(void)state;
	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		struct advice_list *list;
		char *out;

		view->processes->comm = view->processes->exe = names[i];
		for (size_t j = 0; j < view->processes->site_cnt; j++) {
			view->processes->sites[j].function = names[i];
			view->processes->sites[j].caller = names[i];
			view->processes->sites[j].file = names[i];
		}
		list = advice_of(view);
		out = advice_md(list);
		assert_harmless(out);
		assert_tables_whole(out);
		free(out);
		advice_list__free(list);
	}
	view__free(view);
}

typedef int write_fn(FILE *file, const struct comparison *comparison,
		     const struct diff_options *options);

static char *diff_of(write_fn *write, const struct comparison *comparison,
		     const struct diff_options *options)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_int_equal(write(file, comparison, options), 0);
	fclose(file);
	return out;
}

/* The second view has lost the site that grows, and with it prealloc. */
static void with_comparison(const char *name, void (*check)(const struct comparison *comparison))
{
	struct compare_options how = {{0}};
	struct advice_list *lists[2];
	struct fake_names fakes[2] = {0};
	struct view *views[2];
	struct comparison *comparison;

	for (int i = 0; i < 2; i++) {
		struct view_process *process;

		views[i] = fake_report__view(&fakes[i]);
		process = views[i]->processes;
		if (name)
			process->comm = process->exe = name;
		for (size_t j = 0; j < process->site_cnt; j++) {
			struct view_site *site = &process->sites[j];

			if (i && !strcmp(site->function, "grow_list"))
				site->chain_cnt = 0;
			if (name)
				site->function = site->caller = site->file = name;
		}
		process->bytes = fake_figure(2e9, 0, BASIS_EXACT);
		process->bytes_rate = fake_figure(20e6, 0, BASIS_EXACT);
		lists[i] = advice__evaluate(views[i]);
	}
	comparison = comparison__new(lists[0], lists[1], &how);
	assert_non_null(comparison);
	check(comparison);
	comparison__free(comparison);
	for (int i = 0; i < 2; i++) {
		advice_list__free(lists[i]);
		view__free(views[i]);
	}
}

static void check_plain(const struct comparison *comparison)
{
	struct diff_options options = {.names = {"a.hb", "b.hb"}, .report = {.width = 100}};
	char *out = diff_of(diff_text__write, comparison, &options);
	json_t *json;

	assert_in(out, "before  a.hb  2023-11-14T22:13:20Z  100 s\n");
	assert_in(out, "\nprog   1 process before, 1 after; per CPU second (0.497 -> 0.497 cores)");
	assert_in(out, "  resolved  HB-");
	assert_in(out, "  open      HB-");
	assert_in(out, "reallocs_avoided ");
	free(out);
	out = diff_of(diff_json__write, comparison, &options);
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "schema")), "heapbeat/diff/v1");
	json_decref(json);
	free(out);
	options.advice_id = "HB-000000";
	out = diff_of(diff_text__write, comparison, &options);
	assert_null(strstr(out, "HB-"));
	free(out);
}

static void check_hostile(const struct comparison *comparison)
{
	struct diff_options options = {.names = {HOSTILE, markup}, .report = {.width = 100}};
	char *out = diff_of(diff_text__write, comparison, &options);

	assert_harmless(out);
	free(out);
	out = diff_of(diff_json__write, comparison, &options);
	assert_harmless(out);
	free(out);
	out = diff_of(diff_md__write, comparison, &options);
	assert_harmless(out);
	assert_tables_whole(out);
	free(out);
}

static void a_comparison_is_told_in_text_and_json(void **state)
{
	(void)state;
	with_comparison(NULL, check_plain);
}

static void hostile_names_are_harmless_in_a_comparison(void **state)
{
	(void)state;
	with_comparison(HOSTILE, check_hostile);
	with_comparison(markup, check_hostile);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(markup_shows_as_it_is),
		cmocka_unit_test(a_fence_is_longer_than_any_within),
		cmocka_unit_test(advice_is_a_table_and_sections),
		cmocka_unit_test(without_advice_it_says_so_and_what_lacks),
		cmocka_unit_test(hostile_names_are_no_markup),
		cmocka_unit_test(a_comparison_is_told_in_text_and_json),
		cmocka_unit_test(hostile_names_are_harmless_in_a_comparison),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
