// SPDX-License-Identifier: GPL-2.0-or-later
/* The YAML tree: places, bounds, and what is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "base/nearest.h"
#include "base/random.h"
#include "base/text.h"
#include "base/yaml_tree.h"
#include "config_file.h"
#include "base/banned.h"

static struct yaml_tree *good(const char *text)
{
	struct error error = {0};
	struct yaml_tree *tree = yaml_tree__parse("t.yml", text, strlen(text), &error);

	if (!tree)
		fail_msg("refused: %s", error.text);
	return tree;
}

static void bad_bytes(const char *bytes, size_t len, const char *why)
{
	struct error error = {0};
	struct yaml_tree *tree;

	errno = 0;
	tree = yaml_tree__parse("t.yml", bytes, len, &error);
	if (tree)
		fail_msg("accepted, not refused for '%s'", why);
	assert_int_equal(error.code, EXIT_USAGE);
	assert_int_equal(errno, EINVAL);
	if (!strstr(error.text, why))
		fail_msg("'%s' does not say '%s'", error.text, why);
}

static void bad(const char *text, const char *why)
{
	bad_bytes(text, strlen(text), why);
}

static void mappings_lists_and_scalars_have_their_places(void **state)
{
	struct yaml_tree *tree = good("a: 1\nlist:\n  - x\n  - \"y z\"\nmap: {k: true, n: }\n");
	const struct yaml_node *root = yaml_tree__root(tree), *node;

	(void)state;
	assert_int_equal(root->kind, YAML_KIND_MAPPING);
	node = yaml_node__find(root, "a");
	assert_string_equal(node->text, "1");
	assert_int_equal(node->line, 1);
	assert_int_equal(node->column, 4);
	assert_int_equal(node->key_column, 1);
	node = yaml_node__find(root, "list");
	assert_int_equal(node->kind, YAML_KIND_SEQUENCE);
	assert_string_equal(node->first->text, "x");
	assert_true(node->first->plain);
	assert_null(node->first->key);
	assert_string_equal(node->first->next->text, "y z");
	assert_false(node->first->next->plain);
	assert_int_equal(node->first->next->line, 4);
	assert_int_equal(node->first->next->column, 5);
	assert_null(node->first->next->next);
	node = yaml_node__find(root, "map");
	assert_string_equal(yaml_node__find(node, "k")->text, "true");
	assert_true(yaml_node__is_null(yaml_node__find(node, "n")));
	assert_null(yaml_node__find(root, "k"));
	yaml_tree__free(tree);
	yaml_tree__free(NULL);
}

static void nothing_is_a_document_without_a_root(void **state)
{
	static const char *const texts[] = {"", "\n\n", "# words\n"};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct yaml_tree *tree = good(texts[i]);

		assert_null(yaml_tree__root(tree));
		yaml_tree__free(tree);
	}
}

static void words_for_truth_need_no_quotes_and_no_others_do(void **state)
{
	struct yaml_tree *tree = good("[true, Off, no, YES, 'true', 1, '', ~]");
	const struct yaml_node *node = yaml_tree__root(tree)->first;
	static const int expected[] = {1, 0, 0, 1, -1, -1, -1, -1};

	(void)state;
	for (size_t i = 0; i < 8; i++, node = node->next) {
		bool value = false;
		int err = yaml_node__bool(node, &value);

		assert_int_equal(err, expected[i] < 0 ? -EINVAL : 0);
		if (!err)
			assert_int_equal(value, expected[i]);
		assert_int_equal(yaml_node__is_null(node), i == 7);
	}
	yaml_tree__free(tree);
}

static void syntax_errors_have_a_place(void **state)
{
	(void)state;
	bad("a: [1, 2\nb: 3\n", "t.yml:2:");
	bad("a: 1\n\tb: 2\n", "t.yml:2:1: ");
	bad("a: \"x\n", "t.yml:");
	bad("a: 1\n b: 2\n", "t.yml:2:3: mapping values");
}

static void keys_are_there_once_and_are_words(void **state)
{
	(void)state;
	bad("a: 1\nb: 2\na: 3\n", "t.yml:3:1: key 'a' is there twice, first in line 1");
	bad("x: {a: 1, a: 2}\n", "t.yml:1:11: key 'a'");
	bad("? [a, b]\n: 1\n", "t.yml:1:3: a key must be");
	bad("? {a: b}\n: 1\n", "a key must be");
}

static void what_could_grow_or_hide_is_refused(void **state)
{
	(void)state;
	bad("a: &x [1, 2]\nb: *x\n", "t.yml:2:4: aliases");
	bad("a: !!binary aGk=\n", "t.yml:1:4: tags");
	bad("a: !thing {b: 1}\n", "tags");
	bad("a: !thing [b]\n", "tags");
	bad("a: 1\n---\nb: 2\n", "t.yml:2:1: a second document");
	bad("a: \"x\\0y\"\n", "t.yml:1:4: a NUL byte");
	bad("\"a\\0b\": 1\n", "a NUL byte");
	bad_bytes("a: \xff\xfe\n", 6, "t.yml:1:");
	bad_bytes("a: \0\n", 5, "t.yml:1:");
	bad_bytes("\xff\xfe\x61\x00", 4, "t.yml:1:");
}

static void depth_and_size_have_bounds(void **state)
{
	struct text text = {0};

	(void)state;
	for (int i = 0; i < YAML_DEPTH_MAX; i++)
		text__add(&text, "[");
	for (int i = 0; i < YAML_DEPTH_MAX; i++)
		text__add(&text, "]");
	yaml_tree__free(good(text__str(&text)));
	text__clear(&text);
	for (int i = 0; i < 100000; i++)
		text__add(&text, "[");
	bad(text__str(&text), "nested deeper than 16");
	text__clear(&text);
	for (int i = 0; i < YAML_NODES_MAX - 1; i++)
		text__add(&text, "- x\n");
	yaml_tree__free(good(text__str(&text)));
	text__add(&text, "- x\n");
	bad(text__str(&text), "more than 4096 values");
	text__release(&text);
}

/* Each prefix of a good document is parsed or refused, and nothing leaks. */
static void a_truncated_document_does_no_harm(void **state)
{
	static const char text[] = "a: {b: [1, 'x', \"y\"], c: |\n  block\n}\nd:\n- e\n- f: g\n";
	size_t refused = 0;

	(void)state;
	for (size_t len = 0; len < sizeof(text); len++) {
		struct error error = {0};
		struct yaml_tree *tree = yaml_tree__parse("t.yml", text, len, &error);

		refused += !tree;
		if (!tree)
			assert_true(!strncmp(error.text, "t.yml:", 6));
		yaml_tree__free(tree);
	}
	assert_true(refused > 10);
}

/* Replace, insert, remove or repeat some bytes. */
static size_t edit(struct random *random, char *bytes, size_t len, size_t cap)
{
	static const char odd[] = "[]{}:-&*!'\"\\|>?#%@`~\n\t ,\xff\xc2\x00<";
	size_t at = random__below(random, len + 1), n = 1 + random__below(random, 24);

	switch (random__below(random, 4)) {
	case 0:
		if (at < len)
			bytes[at] = odd[random__below(random, sizeof(odd))];
		return len;
	case 1:
		n = at + n > len ? len - at : n;
		memmove(bytes + at, bytes + at + n, len - at - n);
		return len - n;
	default:
		if (len + n > cap)
			return len;
		memmove(bytes + at + n, bytes + at, len - at);
		memset(bytes + at, odd[random__below(random, sizeof(odd))], n);
		return len + n;
	}
}

static void random_edits_do_no_harm(void **state)
{
	static const char text[] = "a: {b: [1, 'x', \"y\"], e: g}\nd:\n- e\n- f: |\n   g\n- ~\n";
	struct random random = {.state = 20261124};
	size_t parsed = 0, refused = 0;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		struct error error = {0};
		struct yaml_tree *tree;
		char bytes[512];
		size_t len = sizeof(text) - 1;

		memcpy(bytes, text, len);
		for (uint64_t i = random__below(&random, 6); i < 6; i++)
			len = edit(&random, bytes, len, sizeof(bytes));
		tree = yaml_tree__parse("t.yml", bytes, len, &error);
		parsed += !!tree;
		refused += !tree;
		if (!tree)
			assert_true(!strncmp(error.text, "t.yml:", 6));
		yaml_tree__free(tree);
	}
	assert_true(parsed > 500 && refused > 5000);
}

static void files_are_regular_and_of_bounded_size(void **state)
{
	struct error error = {0};
	char *large = malloc(YAML_BYTES_MAX + 1);
	struct yaml_tree *tree;

	(void)state;
	assert_null(yaml_tree__read(path, &error));
	assert_int_equal(errno, ENOENT);
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_null(yaml_tree__read(dir, &error));
	assert_non_null(strstr(error.text, "regular file"));
	assert_int_equal(mkfifo(path, 0600), 0);
	assert_null(yaml_tree__read(path, &error));
	assert_non_null(strstr(error.text, "regular file"));
	unlink(path);
	memset(large, '#', YAML_BYTES_MAX + 1);
	write_bytes(large, YAML_BYTES_MAX + 1);
	assert_null(yaml_tree__read(path, &error));
	assert_int_equal(errno, EFBIG);
	write_bytes(large, YAML_BYTES_MAX);
	tree = yaml_tree__read(path, &error);
	assert_non_null(tree);
	yaml_tree__free(tree);
	free(large);
}

static void distance_counts_letters(void **state)
{
	char longest[NEAREST_LEN_MAX + 2];

	(void)state;
	assert_int_equal(nearest__distance("", ""), 0);
	assert_int_equal(nearest__distance("budget", "budget"), 0);
	assert_int_equal(nearest__distance("bugdet", "budget"), 2);
	assert_int_equal(nearest__distance("", "abc"), 3);
	assert_int_equal(nearest__distance("abc", ""), 3);
	assert_int_equal(nearest__distance("kitten", "sitting"), 3);
	memset(longest, 'x', sizeof(longest) - 1);
	longest[sizeof(longest) - 1] = 0;
	assert_true(nearest__distance(longest, "x") == SIZE_MAX);
	assert_true(nearest__distance("x", longest) == SIZE_MAX);
	assert_int_equal(nearest__distance(longest + 1, "x"), NEAREST_LEN_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mappings_lists_and_scalars_have_their_places),
		cmocka_unit_test(nothing_is_a_document_without_a_root),
		cmocka_unit_test(words_for_truth_need_no_quotes_and_no_others_do),
		cmocka_unit_test(syntax_errors_have_a_place),
		cmocka_unit_test(keys_are_there_once_and_are_words),
		cmocka_unit_test(what_could_grow_or_hide_is_refused),
		cmocka_unit_test(depth_and_size_have_bounds),
		cmocka_unit_test(a_truncated_document_does_no_harm),
		cmocka_unit_test(random_edits_do_no_harm),
		cmocka_unit_test_setup_teardown(files_are_regular_and_of_bounded_size, set_up,
						tear_down),
		cmocka_unit_test(distance_counts_letters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
