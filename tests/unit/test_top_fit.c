// SPDX-License-Identifier: GPL-2.0-or-later
/* Text into cells of a terminal: widths, cuts, breaks, and what a hostile name can do: nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

#include "top/top_fit.h"
#include "fake_top.h"
#include "base/banned.h"

#define CJK   "\xe6\xbc\xa2" /* two columns */
#define ACUTE "\xcc\x81"     /* none: over what stands before it */

static const char *padded(const char *s, size_t columns, int right)
{
	static struct text text;

	text__clear(&text);
	fit__pad(&text, s, columns, right);
	return text__str(&text);
}

static void columns_are_those_of_the_terminal(void **state)
{
	(void)state;
	assert_int_equal(fit__width(""), 0);
	assert_int_equal(fit__width("redis"), 5);
	assert_int_equal(fit__width("\xc3\xa9t\xc3\xa9"), 3);
	assert_int_equal(fit__width(CJK CJK), 4);
	assert_int_equal(fit__width("e" ACUTE ACUTE ACUTE), 1);
}

static void cells_are_filled_and_cut(void **state)
{
	(void)state;
	assert_string_equal(padded("abc", 5, 0), "abc  ");
	assert_string_equal(padded("abc", 5, 1), "  abc");
	assert_string_equal(padded("abcde", 5, 1), "abcde");
	assert_string_equal(padded("abcdef", 5, 0), "abcd~");
	assert_string_equal(padded("abcdef", 5, 1), "abcd~");
	assert_string_equal(padded("abc", 0, 0), "");
	assert_string_equal(padded("abc", 1, 1), "~");
}

/* Two columns do not fit into one. */
static void wide_characters_are_not_halved(void **state)
{
	(void)state;
	assert_string_equal(padded(CJK CJK CJK, 4, 0), CJK "~ ");
	assert_string_equal(padded(CJK CJK CJK, 5, 0), CJK CJK "~");
	assert_string_equal(padded(CJK, 1, 0), "~");
}

static void hostile_text_is_made_harmless(void **state)
{
	(void)state;
	assert_string_equal(padded("a\x1b[2Jb", 8, 0), "a?[2Jb  ");
	assert_string_equal(padded("\r\n\t\b\x7f", 5, 0), "?????");
	assert_string_equal(padded("\xff\xc3(\x80", 4, 0), "?"
							   "?(?");
	assert_string_equal(padded("\xc2\x9b"
				   "31m",
				   5, 0),
			    "?31m ");
	/* right-to-left override, and isolates */
	assert_string_equal(padded("\xe2\x80\xae"
				   "cod"
				   "\xe2\x81\xa6",
				   6, 0),
			    "?cod? ");
	/* marks without a width could be piled up over other lines */
	assert_string_equal(padded("e" ACUTE ACUTE "x", 3, 0), "ex ");
	/* a sequence that the end cuts */
	assert_string_equal(padded("a\xe6\xbc", 4, 0), "a?? ");
}

static void every_byte_fits_whatever_stands_beside_it(void **state)
{
	char pair[3] = "";

	(void)state;
	for (int first = 1; first < 256; first++)
		for (int second = 1; second < 256; second++) {
			const char *cell;

			pair[0] = (char)first;
			pair[1] = (char)second;
			cell = padded(pair, 3, second & 1);
			if (fit__width(cell) != 3 || strpbrk(cell, "\x1b\r\n\t\b"))
				fail_msg("%02x %02x become '%s'", first, second, cell);
		}
}

static void lines_break_behind_spaces(void **state)
{
	(void)state;
	assert_int_equal(fit__break("one two three", 20), 13);
	assert_int_equal(fit__break("one two three", 7), 4);
	assert_int_equal(fit__break("one two three", 8), 8);
	assert_int_equal(fit__break("abcdefgh", 3), 3);
	assert_int_equal(fit__break(CJK, 1), 3);
	assert_int_equal(fit__break("", 5), 0);
}

static void without_utf8_only_ascii_is_shown(void **state)
{
	(void)state;
	setlocale(LC_CTYPE, "C");
	assert_string_equal(padded("\xc3\xa9t" CJK, 5, 0), "?t?  ");
	use_utf8(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_those_of_the_terminal),
		cmocka_unit_test(cells_are_filled_and_cut),
		cmocka_unit_test(wide_characters_are_not_halved),
		cmocka_unit_test(hostile_text_is_made_harmless),
		cmocka_unit_test(every_byte_fits_whatever_stands_beside_it),
		cmocka_unit_test(lines_break_behind_spaces),
		cmocka_unit_test(without_utf8_only_ascii_is_shown),
	};

	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
