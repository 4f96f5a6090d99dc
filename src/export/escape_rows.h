/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escape hotspots of a Go process: its sites by line of source, construct and type, since one line that
 * is inlined in ten places is ten sites; and for those of the standard library the lines of the
 * program's own code that called it. Called by escape_text.c and escape_json.c.
 */
#ifndef HB_ESCAPE_ROWS_H
#define HB_ESCAPE_ROWS_H

#include "model/view.h"

#define ESCAPE_CALLERS 3 /* shown of a row */

struct escape_caller {
	const struct view_site *use;
	double bytes; /* of the row's, as its samples estimate them */
};

struct escape_row {
	const struct view_site *site; /* the heaviest of them */
	struct figure bytes, bytes_rate, calls_rate, bytes_share;
	double each_bytes; /* mean size of an object; 0 unknown */
	/* the row's is the library's: heaviest callers first, and all of them */
	struct escape_caller callers[ESCAPE_CALLERS];
	size_t caller_cnt;
	double stack_bytes; /* what callers' bytes are parts of */
};

struct escape_rows {
	struct escape_row *items; /* most bytes first */
	size_t cnt;
};

/* The rows of @process, sites without a sample left out. 0 or -ENOMEM; release it in both cases. */
int escape_rows__init(struct escape_rows *rows, const struct view_process *process);
void escape_rows__release(struct escape_rows *rows);

#endif
