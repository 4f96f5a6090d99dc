// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_grid.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/vec.h"
#include "top/top_fit.h"
#include "base/banned.h"

#define RANK_MORE    2	  /* of a column that is less than the whole of a flexible one */
#define FLEXIBLE_ALL 4096 /* where nobody says how wide a line may be */

void grid__init(struct grid *grid, const struct grid_column *columns, size_t column_cnt)
{
	*grid = (struct grid){.columns = columns, .column_cnt = column_cnt};
}

void grid__release(struct grid *grid)
{
	free(grid->rows);
	grid->rows = NULL;
	grid->cnt = grid->cap = 0;
}

void grid__clear(struct grid *grid)
{
	grid->cnt = 0;
}

struct grid_row *grid__add(struct grid *grid)
{
	struct {
		struct grid_row *items;
		size_t cnt, cap;
	} list = {grid->rows, grid->cnt, grid->cap};

	if (vec__add(&list, (struct grid_row){.source = grid->cnt}))
		return NULL;
	grid->rows = list.items;
	grid->cnt = list.cnt;
	grid->cap = list.cap;
	return &grid->rows[grid->cnt - 1];
}

size_t grid_columns__find(const struct grid_column *columns, size_t cnt, const char *name)
{
	for (size_t i = 0; i < cnt; i++)
		if (!strcasecmp(columns[i].name, name))
			return i;
	return GRID_NO_COLUMN;
}

size_t grid_columns__by_letter(const struct grid_column *columns, size_t cnt, char letter)
{
	for (size_t i = 0; i < cnt; i++)
		if (columns[i].letter == letter)
			return i;
	return GRID_NO_COLUMN;
}

struct order {
	size_t column;
	bool is_text, descending;
};

static int compare_cells(const struct grid_cell *a, const struct grid_cell *b,
			 const struct order *order)
{
	int result;

	if (order->is_text)
		result = strcasecmp(a->string, b->string);
	else
		result = (a->value > b->value) - (a->value < b->value);
	return order->descending ? -result : result;
}

static int compare(const void *a, const void *b, void *ctx)
{
	const struct grid_row *x = a, *y = b;
	const struct order *order = ctx;
	const struct grid_cell *left = &x->cells[order->column], *right = &y->cells[order->column];
	int result = 0;

	if (left->known != right->known)
		return left->known ? -1 : 1;
	if (left->known)
		result = compare_cells(left, right, order);
	if (!result)
		result = (x->tie < y->tie) - (x->tie > y->tie);
	return result ? result : strcmp(x->key, y->key);
}

void grid__sort(struct grid *grid, size_t column, bool reverse)
{
	const struct grid_column *by = &grid->columns[column];
	struct order order = {.column = column, .is_text = by->is_text};

	order.descending = (!by->is_text && !by->ascending) != reverse;
	if (grid->cnt)
		qsort_r(grid->rows, grid->cnt, sizeof(*grid->rows), compare, &order);
}

size_t grid__find(const struct grid *grid, const char *key)
{
	for (size_t i = 0; i < grid->cnt; i++)
		if (!strcmp(grid->rows[i].key, key))
			return i;
	return SIZE_MAX;
}

static unsigned int rank_of(const struct grid *grid, size_t column, size_t wanted)
{
	return column == wanted ? 0 : grid->columns[column].rank;
}

/* Columns that those of a rank up to @rank take, spaces between them included. */
static size_t width_up_to(const struct grid *grid, uint32_t hidden, size_t wanted,
			  unsigned int rank)
{
	size_t width = 0;

	for (size_t i = 0; i < grid->column_cnt; i++) {
		const struct grid_column *column = &grid->columns[i];

		if (hidden & 1u << i || rank_of(grid, i, wanted) > rank)
			continue;
		width += (rank >= RANK_MORE && column->wish ? column->wish : column->width) + 1u;
	}
	return width ? width - 1 : 0;
}

static unsigned int highest_rank(const struct grid *grid, uint32_t hidden, size_t wanted,
				 size_t width)
{
	unsigned int best = 0;

	for (unsigned int rank = 0; rank <= UINT8_MAX; rank++)
		if (!width || width_up_to(grid, hidden, wanted, rank) <= width)
			best = rank;
	return best;
}

void grid__layout(const struct grid *grid, uint32_t hidden, size_t wanted, size_t width,
		  struct grid_layout *ret_layout)
{
	unsigned int rank = highest_rank(grid, hidden, wanted, width);
	size_t used = width_up_to(grid, hidden, wanted, rank), at = 0;
	size_t spare = !width ? FLEXIBLE_ALL : width > used ? width - used : 0;

	ret_layout->cnt = 0;
	for (size_t i = 0; i < grid->column_cnt; i++) {
		const struct grid_column *column = &grid->columns[i];
		size_t wide = rank >= RANK_MORE && column->wish ? column->wish : column->width;

		if (hidden & 1u << i || rank_of(grid, i, wanted) > rank)
			continue;
		if (width && at >= width)
			break;
		if (column->flexible)
			wide += spare;
		if (width && at + wide > width)
			wide = width - at; /* too narrow even for those always shown */
		ret_layout->items[ret_layout->cnt].column = (uint16_t)i;
		ret_layout->items[ret_layout->cnt].at = (uint16_t)at;
		ret_layout->items[ret_layout->cnt++].width = (uint16_t)wide;
		at += wide + 1;
	}
}

/* In @width columns; the last one of a line without bounds is not filled up. */
static void add_cell(const struct grid_layout *layout, size_t at, const char *s, bool left,
		     struct text *text)
{
	size_t width = layout->items[at].width;

	if (at)
		text__append(text, " ", 1);
	if (left && at + 1 == layout->cnt)
		fit__cut(text, s, width);
	else
		fit__pad(text, s, width, !left);
}

void grid__header(const struct grid *grid, const struct grid_layout *layout, struct text *text)
{
	for (size_t i = 0; i < layout->cnt; i++) {
		size_t at = layout->items[i].column;
		const struct grid_column *column = &grid->columns[at];
		bool renamed = grid->renamed_title && grid->renamed == at;

		add_cell(layout, i, renamed ? grid->renamed_title : column->title, column->is_text,
			 text);
	}
}

size_t grid__row(const struct grid *grid, const struct grid_layout *layout,
		 const struct grid_row *row, struct text *text, struct grid_span *spans)
{
	size_t cnt = 0;

	for (size_t i = 0; i < layout->cnt; i++) {
		size_t column = layout->items[i].column;
		const struct grid_cell *cell = &row->cells[column];
		bool is_text = grid->columns[column].is_text;

		add_cell(layout, i,
			 !cell->known ? "-"
			 : is_text    ? cell->string
				      : cell->text,
			 is_text, text);
		if (spans && cell->known && cell->mark)
			spans[cnt++] = (struct grid_span){layout->items[i].at,
							  layout->items[i].width, cell->mark};
	}
	return cnt;
}
