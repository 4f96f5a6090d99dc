// SPDX-License-Identifier: GPL-2.0-or-later
/* The table of rules as its readers see it; run from the repository's root. */
#include "export/rule_words.h"
#include "export/rules_text.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include <unistd.h>

#include <jansson.h>

#include "export/prose.h"

#include "base/banned.h"

#define README "README.md"

static const struct report_options plain = {.width = 90};

static char *text_of(const struct rule *only)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(rules_text__write(file, only, &plain), 0);
	fclose(file);
	return out;
}

static char *catalogue(void)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(rules__write_catalogue(file), 0);
	fclose(file);
	return out;
}

static void every_rule_is_told_in_full(void **state)
{
	static const char *const labels[] = {"looks at", "floors", "severity", "change",
					     "wrong if"};

	(void)state;
	for (size_t i = 0; i < rule_cnt; i++) {
		char *out = text_of(rules[i]);

		assert_int_equal(strncmp(out, rules[i]->id, strlen(rules[i]->id)), 0);
		for (size_t j = 0; j < sizeof(labels) / sizeof(*labels); j++)
			if (!strstr(out, labels[j]))
				fail_msg("%s: no '%s' in:\n%s", rules[i]->id, labels[j], out);
		free(out);
	}
}

static void all_of_them_come_in_the_order_of_the_table(void **state)
{
	char *out = text_of(NULL), *at = out, head[64];

	(void)state;
	for (size_t i = 0; i < rule_cnt; i++) {
		snprintf(head, sizeof(head), "%s   %.20s", rules[i]->id, rules[i]->title);
		at = strstr(at, head);
		if (!at)
			fail_msg("no '%s' in its place", head);
		at++;
	}
	free(out);
}

/* A sentence without an advice has words for its numbers, and no condition. */
static void templates_read_as_sentences(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"keep {held#} of {p95=}{?p99}, and {p99~}{/} in {function}",
		 "keep N of N in the function"},
		{"a map[string]interface{} of {entry}",
		 "a map[string]interface{} of their function"},
		{"if (x) {\n", "if (x) {\n"},
		{"{?open", "{?open"},
		{"{?open} never closed", " never closed"},
		{"{?a}first {a}{/}{?b}second{/}", "first N"},
		{"", ""},
	};
	struct text text = {0};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		text__clear(&text);
		prose__plain(&text, rows[i].from);
		assert_string_equal(text__str(&text), rows[i].to);
	}
	text__release(&text);
}

static void floors_are_words(void **state)
{
	static const struct rule rule = {
		.id = "x",
		.needs_frees = true,
		.floor = {.hold_s = 30,
			  .share = 0.01,
			  .bytes_per_s = 1e6,
			  .calls_per_s = 10000,
			  .bytes = 2e6,
			  .samples = 50,
			  .points = 6,
			  .spread = 8,
			  .life_s = 1,
			  .left = 0.1,
			  .growing = 0.25,
			  .medium = 0.05,
			  .high = 0.2},
		.sample_word = "blocks",
	};
	static const struct rule bare = {.floor = {.samples = 20}};
	struct text text = {0};

	(void)state;
	rule_words__floors(&text, &rule);
	assert_string_equal(
		text__str(&text),
		"1 % of the process's allocated bytes; 1.00 MB/s or 10000 calls a second; "
		"2.00 MB; 25 % of the blocks grow; at most 10 % outlive 1 s; p95 at "
		"most 8 times the median");
	text__clear(&text);
	rule_words__needs(&text, &rule);
	assert_string_equal(text__str(&text), "every free seen (exact or full windows throughout); "
					      "30 s observed; 6 points in time; 50 blocks");
	text__clear(&text);
	rule_words__severity(&text, &rule);
	assert_string_equal(text__str(&text),
			    "medium from 0.05, high from 0.2 by the rule's own measure");
	text__clear(&text);
	rule_words__floors(&text, &bare);
	assert_string_equal(text__str(&text), "20 samples");
	text__clear(&text);
	rule_words__severity(&text, &bare);
	assert_string_equal(text__str(&text), "");
	text__release(&text);
}

static void json_has_every_rule(void **state)
{
	const struct view frame = {.host = "host", .wall_ns = 1700000000ULL * 1000000000};
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);
	json_t *json, *items;

	(void)state;
	assert_int_equal(rules_json__write(file, NULL, &frame), 0);
	fclose(file);
	json = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "schema")),
			    "heapbeat/rules/v1");
	items = json_object_get(json, "items");
	assert_int_equal(json_array_size(items), rule_cnt);
	for (size_t i = 0; i < rule_cnt; i++) {
		const json_t *item = json_array_get(items, i);

		assert_string_equal(json_string_value(json_object_get(item, "id")), rules[i]->id);
		assert_non_null(json_object_get(json_object_get(item, "text"), "wrong_if"));
		assert_true(json_object_size(json_object_get(item, "floors")) > 0);
	}
	json_decref(json);
	free(out);
}

/* The part of @readme between the marks, in *ret_end its end. */
static char *between_marks(char *readme, char **ret_end)
{
	char *begin = strstr(readme, RULES_MARK_BEGIN);

	if (!begin)
		fail_msg(README " has no mark '%s'", RULES_MARK_BEGIN);
	begin += strlen(RULES_MARK_BEGIN);
	*ret_end = strstr(begin, RULES_MARK_END);
	if (!*ret_end)
		fail_msg(README " has no mark '%s'", RULES_MARK_END);
	return begin;
}

static char *read_all(FILE *file)
{
	char *text = calloc(1, 1 << 20);

	assert_non_null(text);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	return text;
}

static void readme_has_the_catalogue_of_the_table(void **state)
{
	bool write = getenv("HB_RULES_DOC") != NULL;
	FILE *file = fopen(README, write ? "r+" : "r");
	char *expected = catalogue(), *readme, *begin, *end;

	(void)state;
	assert_non_null(file);
	readme = read_all(file);
	begin = between_marks(readme, &end);
	if (write) {
		rewind(file);
		fwrite(readme, 1, (size_t)(begin - readme), file);
		fputs(expected, file);
		fputs(end, file);
		assert_int_equal(fflush(file), 0);
		assert_int_equal(ftruncate(fileno(file), ftell(file)), 0);
	} else if (strlen(expected) != (size_t)(end - begin) ||
		   strncmp(begin, expected, strlen(expected)) != 0) {
		fail_msg(README " is not what the table says: run `make rules-doc`");
	}
	fclose(file);
	free(readme);
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_rule_is_told_in_full),
		cmocka_unit_test(all_of_them_come_in_the_order_of_the_table),
		cmocka_unit_test(templates_read_as_sentences),
		cmocka_unit_test(floors_are_words),
		cmocka_unit_test(json_has_every_rule),
		cmocka_unit_test(readme_has_the_catalogue_of_the_table),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
