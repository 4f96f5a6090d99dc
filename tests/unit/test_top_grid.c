// SPDX-License-Identifier: GPL-2.0-or-later
/* Tables: order, columns for a width, rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "top/top_fit.h"
#include "top/top_grid.h"
#include "top/top_processes.h"
#include "top/top_sites.h"
#include "base/banned.h"

enum { NUMBER, NAME, EXTRA, COLUMNS };

static const struct grid_column columns[COLUMNS] = {
	[NUMBER] = {"number", "NUM", 'N', 5, 0},
	[NAME] = {"name", "NAME", 'M', 6, 0, .is_text = true, .flexible = true},
	[EXTRA] = {"extra", "EXTRA", 'E', 7, 3},
};

static struct grid grid;

static void add(const char *key, double number, const char *name)
{
	struct grid_row *row = grid__add(&grid);

	assert_non_null(row);
	snprintf(row->key, sizeof(row->key), "%s", key);
	row->cells[NUMBER].known = number >= 0;
	row->cells[NUMBER].value = number;
	snprintf(row->cells[NUMBER].text, CELL_BYTES, "%.0f", number);
	row->cells[NAME].known = *name;
	row->cells[NAME].string = name;
}

static int fill(void **state)
{
	(void)state;
	grid__init(&grid, columns, COLUMNS);
	add("a", 7, "pear");
	add("b", -1, "Apple");
	add("c", 23, "");
	add("d", 7, "quince");
	return 0;
}

static int empty(void **state)
{
	(void)state;
	grid__release(&grid);
	return 0;
}

static void expect_order(const char *keys)
{
	char found[8] = "";

	for (size_t i = 0; i < grid.cnt; i++)
		found[i] = grid.rows[i].key[0];
	assert_string_equal(found, keys);
}

static void unknown_rows_are_last_in_either_direction(void **state)
{
	(void)state;
	grid__sort(&grid, NUMBER, false);
	expect_order("cadb");
	grid__sort(&grid, NUMBER, true);
	expect_order("adcb");
	grid__sort(&grid, NAME, false);
	expect_order("badc");
	grid__sort(&grid, NAME, true);
	expect_order("dabc");
}

static void equal_rows_are_told_apart_by_their_tie(void **state)
{
	(void)state;
	grid.rows[grid__find(&grid, "d")].tie = 1;
	grid__sort(&grid, NUMBER, false);
	expect_order("cdab");
	assert_int_equal(grid__find(&grid, "x"), SIZE_MAX);
}

static const char *header(uint32_t hidden, size_t wanted, size_t width)
{
	static struct text text;
	struct grid_layout layout;

	text__clear(&text);
	grid__layout(&grid, hidden, wanted, width, &layout);
	grid__header(&grid, &layout, &text);
	return text__str(&text);
}

static void columns_drop_out_by_rank(void **state)
{
	(void)state;
	assert_string_equal(header(0, NUMBER, 20), "  NUM NAME     EXTRA");
	assert_string_equal(header(0, NUMBER, 19), "  NUM NAME");
	assert_string_equal(header(0, NUMBER, 8), "  NUM N~");
	assert_string_equal(header(0, NUMBER, 3), "NUM");
	assert_string_equal(header(1u << NUMBER, NAME, 14), "NAME     EXTRA");
}

static void column_that_is_sorted_by_stays(void **state)
{
	(void)state;
	assert_string_equal(header(0, EXTRA, 20), "  NUM NAME     EXTRA");
	assert_string_equal(header(0, EXTRA, 15), "  NUM NAME   E~");
}

static void row_is_as_wide_as_its_header(void **state)
{
	struct grid_span spans[GRID_COLUMNS_MAX];
	struct grid_layout layout;
	struct text text = {0};

	(void)state;
	grid.rows[0].cells[NUMBER].mark = MARK_WARN;
	grid__layout(&grid, 0, NUMBER, 20, &layout);
	assert_int_equal(grid__row(&grid, &layout, &grid.rows[0], &text, spans), 1);
	assert_string_equal(text__str(&text), "    7 pear         -");
	assert_int_equal(spans[0].at, 0);
	assert_int_equal(spans[0].width, 5);
	text__release(&text);
}

/* Without a width nothing is cut and nothing filled up. */
static void line_without_bounds_has_everything(void **state)
{
	struct grid_layout layout;
	struct text text = {0};

	(void)state;
	grid__layout(&grid, 1u << EXTRA, NUMBER, 0, &layout);
	add("e", 1, "a name that is longer than any column was meant to be");
	grid__row(&grid, &layout, &grid.rows[grid.cnt - 1], &text, NULL);
	assert_string_equal(text__str(&text),
			    "    1 a name that is longer than any column was meant to be");
	text__release(&text);
}

static void check_table(const struct grid_column *table, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		assert_true(table[i].letter >= 'A' && table[i].letter <= 'Z');
		assert_true(strlen(table[i].title) <= table[i].width || table[i].is_text);
		assert_int_equal(grid_columns__find(table, cnt, table[i].name), i);
		assert_int_equal(grid_columns__by_letter(table, cnt, table[i].letter), i);
		assert_true(table[i].help && *table[i].help);
	}
	assert_int_equal(grid_columns__find(table, cnt, "beauty"), GRID_NO_COLUMN);
}

static void letters_and_names_of_columns_are_unique(void **state)
{
	(void)state;
	check_table(process_columns, PROCESS_COLUMNS);
	check_table(site_columns, SITE_COLUMNS);
}

/* What 40 and 80 columns must have room for. */
static void narrow_terminals_keep_what_matters(void **state)
{
	(void)state;
	grid__init(&grid, process_columns, PROCESS_COLUMNS);
	assert_string_equal(header(1u << PROCESS_CHANGE, PROCESS_BYTES, 40),
			    "    PID  BYTES/S      RSS COMMAND");
	assert_string_equal(header(1u << PROCESS_CHANGE, PROCESS_BYTES, 80),
			    "    PID RUNTIME ALLOC/S  BYTES/S     LIVE  GROWTH/H      RSS COMMAND");
	grid__init(&grid, site_columns, SITE_COLUMNS);
	assert_string_equal(header(0, SITE_BYTES, 40), " BYTES/S  SHARE SITE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(unknown_rows_are_last_in_either_direction, fill,
						empty),
		cmocka_unit_test_setup_teardown(equal_rows_are_told_apart_by_their_tie, fill,
						empty),
		cmocka_unit_test_setup_teardown(columns_drop_out_by_rank, fill, empty),
		cmocka_unit_test_setup_teardown(column_that_is_sorted_by_stays, fill, empty),
		cmocka_unit_test_setup_teardown(row_is_as_wide_as_its_header, fill, empty),
		cmocka_unit_test_setup_teardown(line_without_bounds_has_everything, fill, empty),
		cmocka_unit_test(letters_and_names_of_columns_are_unique),
		cmocka_unit_test(narrow_terminals_keep_what_matters),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
