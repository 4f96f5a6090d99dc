/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A table on a terminal: rows of cells below columns that have a width and a rank. Sorts, chooses
 * which columns a width has room for, and makes the text of a row. Pure. Filled by top_processes.c
 * and top_sites.c, shown by top_frame.c and by top_batch.c.
 */
#ifndef HB_TOP_GRID_H
#define HB_TOP_GRID_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/text.h"

#define GRID_COLUMNS_MAX 20
#define GRID_NO_COLUMN	 SIZE_MAX
#define CELL_BYTES	 20
#define GRID_KEY_BYTES	 80

struct grid_column {
	const char *name;  /* for --sort and the help */
	const char *title; /* above it */
	char letter;	   /* key that sorts by it */
	uint8_t width;	   /* of a flexible column: the least; it takes what is left */
	uint8_t rank;	   /* 0: always shown; the highest is left out first */
	bool is_text;	   /* left-aligned, ascending at first */
	bool ascending;	   /* at first; of numbers */
	bool flexible;	   /* at most one */
	uint8_t wish;	   /* of a flexible one: columns it gets before any of rank 2 is shown */
	const char *help;
};

enum cell_mark { MARK_NONE, MARK_STRONG, MARK_WARN };

struct grid_cell {
	bool known; /* else "-", and last in any order */
	enum cell_mark mark;
	double value;	       /* of numbers: what is sorted by */
	char text[CELL_BYTES]; /* of numbers */
	const char *string;    /* of texts; whoever filled the row owns it */
};

struct grid_row {
	char key[GRID_KEY_BYTES]; /* whose row it is, over refreshes */
	size_t source;		  /* the filler's own number of it */
	double tie;		  /* of equal rows and unknown ones the highest comes first */
	bool dim;
	struct grid_cell cells[GRID_COLUMNS_MAX];
};

struct grid {
	const struct grid_column *columns;
	size_t column_cnt;
	struct grid_row *rows;
	size_t cnt, cap;
	size_t renamed; /* a column with this title instead of its own; NULL: none */
	const char *renamed_title;
};

struct grid_layout {
	size_t cnt;
	struct {
		uint16_t column, at, width;
	} items[GRID_COLUMNS_MAX];
};

/* A piece of a line that is shown otherwise. */
struct grid_span {
	uint16_t at, width;
	enum cell_mark mark;
};

void grid__init(struct grid *grid, const struct grid_column *columns, size_t column_cnt);
void grid__release(struct grid *grid);
/* Drop the rows, keep the memory. */
void grid__clear(struct grid *grid);
/* A new row of unknown cells, valid until the next one; NULL if out of memory. */
struct grid_row *grid__add(struct grid *grid);

/* The column called @name or sorted by @letter, or GRID_NO_COLUMN. */
size_t grid_columns__find(const struct grid_column *columns, size_t cnt, const char *name);
size_t grid_columns__by_letter(const struct grid_column *columns, size_t cnt, char letter);

/* By @column, in its own direction or @reverse; unknown ones last; equal ones by tie and key. */
void grid__sort(struct grid *grid, size_t column, bool reverse);
/* Number of the row of @key, or SIZE_MAX. */
size_t grid__find(const struct grid *grid, const char *key);

/* The columns of mask @hidden apart, as many as fit into @width (0: all), by rank. The column
 * @wanted is treated as rank 0: what is sorted by is seen. */
void grid__layout(const struct grid *grid, uint32_t hidden, size_t wanted, size_t width,
		  struct grid_layout *ret_layout);
/* Append the line of titles; and that of a row, whose marks go to @spans (NULL, or of
 * GRID_COLUMNS_MAX). Return the number of spans. */
void grid__header(const struct grid *grid, const struct grid_layout *layout, struct text *text);
size_t grid__row(const struct grid *grid, const struct grid_layout *layout,
		 const struct grid_row *row, struct text *text, struct grid_span *spans);

#endif
