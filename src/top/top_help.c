// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_help.h"

#include <stdio.h>

#include "top/top_processes.h"
#include "top/top_sites.h"
#include "base/banned.h"

#define KEY_TERM    14
#define COLUMN_TERM 12

static const struct {
	const char *key, *does;
} keys[] = {
	{"Enter", "the sites of the process; then a site: stacks, sizes, lifetimes, advice"},
	{"Esc, Backspace", "back"},
	{"e", "the advice for the process"},
	{"< >", "sort by the column to the left, to the right"},
	{"A, B, ...", "sort by the column with this letter, see below"},
	{"r", "reverse the order"},
	{"/", "filter by command, file or unit (sites: function, file): a regular expression"},
	{"o", "only processes that are observed, or all"},
	{"c", "what has changed since the start, of the column sorted by"},
	{"p, Space", "pause, go on"},
	{"d", "seconds between refreshes"},
	{"arrows, j k", "move; PgUp, PgDn, Home, End"},
	{"h, ?", "this page"},
	{"q", "quit"},
};

static void add_columns(struct page *page, const struct grid_column *columns, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		char term[16];

		snprintf(term, sizeof(term), "%c  %s", columns[i].letter, columns[i].title);
		page__add_item(page, 2, COLUMN_TERM, term, "%s", columns[i].help);
	}
}

void top_help__fill(struct page *page)
{
	page__add(page, PAGE_HEADING, 0, "Keys");
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		page__add_item(page, 2, KEY_TERM, keys[i].key, "%s", keys[i].does);
	page__add(page, PAGE_PLAIN, 0, "%s", "");
	page__add(page, PAGE_HEADING, 0, "Columns of processes");
	add_columns(page, process_columns, PROCESS_COLUMNS);
	page__add(page, PAGE_PLAIN, 0, "%s", "");
	page__add(page, PAGE_HEADING, 0, "Columns of sites");
	add_columns(page, site_columns, SITE_COLUMNS);
	page__add(page, PAGE_PLAIN, 0, "%s", "");
	page__add(
		page, PAGE_DIM, 0,
		"-  not known: a process that is seen in looks has no live bytes, one that is not "
		"observed has nothing but vitals. >  the truth is at least this.");
}
