// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "base/banned.h"

#define REPLACED "\xef\xbf\xbd" /* U+FFFD */

static void sanitised(const char *src, const char *expected)
{
	char dst[256];

	assert_ptr_equal(text__sanitise(dst, sizeof(dst), src), dst);
	assert_string_equal(dst, expected);
}

static void text_grows_and_keeps_what_it_holds(void **state)
{
	struct text text = {0};

	(void)state;
	assert_string_equal(text__str(&text), "");
	for (int i = 0; i < 1009; i++)
		text__add(&text, "%04d;", i);
	assert_false(text__failed(&text));
	assert_int_equal(text.len, 1009 * 5);
	assert_int_equal(strlen(text__str(&text)), text.len);
	assert_memory_equal(text__str(&text) + 997 * 5, "0997;0998;", 10);
	text__release(&text);
	assert_string_equal(text__str(&text), "");
}

static void text_fills_its_capacity_to_the_last_byte(void **state)
{
	struct text text = {0};

	(void)state;
	/* 256 is the first capacity: one below, at and above it. */
	for (size_t len = 254; len <= 258; len++) {
		char bytes[300];

		memset(bytes, 'x', sizeof(bytes));
		text__append(&text, bytes, len);
		assert_int_equal(text.len, len);
		assert_int_equal(strlen(text__str(&text)), len);
		text__release(&text);
	}
}

static void append_takes_no_more_than_it_is_told(void **state)
{
	struct text text = {0};

	(void)state;
	text__append(&text, "abcdef", 3);
	text__append(&text, "", 0);
	assert_string_equal(text__str(&text), "abc");
	text__clear(&text);
	assert_string_equal(text__str(&text), "");
	text__add(&text, "%s", "again");
	assert_string_equal(text__str(&text), "again");
	text__release(&text);
}

static void failed_text_takes_nothing_more(void **state)
{
	struct text text = {0};

	(void)state;
	text__add(&text, "held");
	text.failed = true;
	text__add(&text, "%d", 7);
	text__append(&text, "lost", 4);
	assert_true(text__failed(&text));
	assert_string_equal(text__str(&text), "held");
	text__release(&text);
	assert_false(text__failed(&text));
}

static void good_utf8_stays_as_it_is(void **state)
{
	(void)state;
	sanitised("", "");
	sanitised("redis-server", "redis-server");
	sanitised("gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x92\xa1",
		  "gr\xc3\xbc\xc3\x9f \xe2\x82\xac \xf0\x9f\x92\xa1");
	/* the first and last of two, three and four bytes, and both sides of the surrogates */
	sanitised("\xc2\x80\xdf\xbf", "\xc2\x80\xdf\xbf");
	sanitised("\xe0\xa0\x80\xef\xbf\xbf", "\xe0\xa0\x80\xef\xbf\xbf");
	sanitised("\xed\x9f\xbf\xee\x80\x80", "\xed\x9f\xbf\xee\x80\x80");
	sanitised("\xf0\x90\x80\x80\xf4\x8f\xbf\xbf", "\xf0\x90\x80\x80\xf4\x8f\xbf\xbf");
}

static void control_bytes_are_replaced(void **state)
{
	(void)state;
	sanitised("we\"ird\n", "we\"ird" REPLACED);
	sanitised("\x1b[2J", REPLACED "[2J");
	sanitised("a\tb\rc\x7f", "a" REPLACED "b" REPLACED "c" REPLACED);
	sanitised("\x01\x1f ", REPLACED REPLACED " ");
}

static void each_invalid_byte_is_replaced(void **state)
{
	(void)state;
	sanitised("\xff", REPLACED);
	sanitised("a\x80z", "a" REPLACED "z");
	sanitised("\xc3", REPLACED);		  /* cut */
	sanitised("\xe2\x82", REPLACED REPLACED); /* cut */
	sanitised("\xf0\x9f\x92x", REPLACED REPLACED REPLACED "x");
	sanitised("\xc0\xaf", REPLACED REPLACED); /* '/', overlong */
	sanitised("\xe0\x9f\xbf", REPLACED REPLACED REPLACED);
	sanitised("\xf0\x8f\xbf\xbf", REPLACED REPLACED REPLACED REPLACED);
	sanitised("\xed\xa0\x80", REPLACED REPLACED REPLACED);		    /* surrogate */
	sanitised("\xf4\x90\x80\x80", REPLACED REPLACED REPLACED REPLACED); /* above U+10FFFF */
	sanitised("\xf8\x88\x80\x80\x80", REPLACED REPLACED REPLACED REPLACED REPLACED);
}

static void rune_that_does_not_fit_is_dropped_whole(void **state)
{
	static const char src[] = "ab\xe2\x82\xac!";

	(void)state;
	for (size_t size = 1; size <= sizeof(src); size++) {
		size_t fits = size - 1 < 2 ? size - 1 : size - 1 < 5 ? 2 : size - 1;
		char dst[16];

		memset(dst, 'X', sizeof(dst));
		text__sanitise(dst, size, src);
		assert_int_equal(strlen(dst), fits);
		assert_memory_equal(dst, src, fits);
		assert_int_equal(dst[size], 'X');
	}
}

static void replacement_that_does_not_fit_is_dropped(void **state)
{
	char dst[4];

	(void)state;
	text__sanitise(dst, sizeof(dst), "a\xff");
	assert_string_equal(dst, "a");
	text__sanitise(dst, sizeof(dst), "\xff\xff");
	assert_string_equal(dst, REPLACED);
}

static void error_keeps_code_and_text_and_returns_the_errno(void **state)
{
	struct error error = {0};

	(void)state;
	assert_int_equal(error__set(&error, EXIT_REFUSED, -13, "process %d: %s", 42, "no"), -13);
	assert_int_equal(error.code, EXIT_REFUSED);
	assert_string_equal(error.text, "process 42: no");
	assert_int_equal(error__set(NULL, EXIT_RUNTIME, -2, "nobody listens"), -2);
}

static void error_text_holds_no_control_bytes(void **state)
{
	struct error error;

	(void)state;
	error__set(&error, EXIT_USAGE, -1, "'%s'", "a\nb\x1b[31m\x7f");
	assert_string_equal(error.text, "'a?b?[31m?'");
}

static void long_error_is_cut_within_its_room(void **state)
{
	struct {
		struct error error;
		char behind;
	} guarded = {.behind = 'X'};
	char path[2 * ERROR_TEXT_BYTES];

	(void)state;
	memset(path, 'p', sizeof(path) - 1);
	path[sizeof(path) - 1] = 0;
	error__set(&guarded.error, EXIT_RUNTIME, -36, "%s", path);
	assert_int_equal(strlen(guarded.error.text), ERROR_TEXT_BYTES - 1);
	assert_int_equal(guarded.behind, 'X');
}

static void a_label_keeps_its_newlines_and_nothing_else_of_the_kind(void **state)
{
	char dst[64];

	(void)state;
	assert_string_equal(text__label(dst, sizeof(dst), "a\nb\rc\x1b\xff"),
			    "a\nb\xef\xbf\xbd"
			    "c\xef\xbf\xbd\xef\xbf\xbd");
	assert_string_equal(text__label(dst, 4, "abcdef"), "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_grows_and_keeps_what_it_holds),
		cmocka_unit_test(text_fills_its_capacity_to_the_last_byte),
		cmocka_unit_test(append_takes_no_more_than_it_is_told),
		cmocka_unit_test(failed_text_takes_nothing_more),
		cmocka_unit_test(good_utf8_stays_as_it_is),
		cmocka_unit_test(control_bytes_are_replaced),
		cmocka_unit_test(each_invalid_byte_is_replaced),
		cmocka_unit_test(rune_that_does_not_fit_is_dropped_whole),
		cmocka_unit_test(replacement_that_does_not_fit_is_dropped),
		cmocka_unit_test(a_label_keeps_its_newlines_and_nothing_else_of_the_kind),
		cmocka_unit_test(error_keeps_code_and_text_and_returns_the_errno),
		cmocka_unit_test(error_text_holds_no_control_bytes),
		cmocka_unit_test(long_error_is_cut_within_its_room),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
