/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One picture of the state: lines of text no wider than the terminal, and how each is shown. Made
 * without a terminal, so that tests read it; put on one by top_screen.c.
 */
#ifndef HB_TOP_FRAME_H
#define HB_TOP_FRAME_H

#include "top/top_state.h"

#define FRAME_ROWS_MAX	  500
#define FRAME_COLUMNS_MAX 1000

enum line_style {
	LINE_PLAIN,
	LINE_TITLE,
	LINE_HEADER, /* above a table */
	LINE_SELECTED,
	LINE_DIM,
	LINE_HEADING,
	LINE_WARN,
	LINE_KEYS, /* at the foot */
};

struct frame_line {
	struct text text;
	enum line_style style;
	struct grid_span spans[GRID_COLUMNS_MAX];
	size_t span_cnt;
};

struct top_frame {
	size_t rows, columns;
	struct frame_line *lines; /* rows of them */
	int cursor;		  /* column in the last line where something is typed; -1 none */
};

/* Draw @state; also moves what it shows so that what is selected can be seen. @host, @at: of the
 * title. 0 or -ENOMEM. */
int top_frame__draw(struct top_frame *frame, struct top_state *state, size_t rows, size_t columns);
void top_frame__release(struct top_frame *frame);

#endif
