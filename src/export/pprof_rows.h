/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a profile says, before it is a message: one row per stack with its four values in whole
 * numbers. Called by pprof.c and pprof_text.c alone; pure.
 *
 * The heap family only. alloc_* are cumulative since the image was first seen:
 *	attached without a gap	what was counted, exactly
 *	looked at in windows	the rate of the windows times the span, at least what was counted
 * and each stack has the part of it that its site and samples say (as report.h does). inuse_* are
 * known only where every free is seen, else 0. What no stack speaks for, and the stacks beyond the
 * cap, are the row "(other)" of their process, so that the rows of a process add up to its totals to
 * the last byte.
 *
 * Of a Go program that keeps a profile all four are what that profile shows, to the last object and
 * byte, since its start; "(other)" is empty then. With cgo, what malloc does is in rows of its own.
 *
 * alloc_* never fall: what was published before (struct pprof_floor) is held, and only what has come
 * since is shared out, in proportion to how far each row is below its new estimate. A total that is
 * revised downwards stands still until the estimate is above it again.
 */
#ifndef HB_PPROF_ROWS_H
#define HB_PPROF_ROWS_H

#include "base/table.h"
#include "export/pprof.h"

enum pprof_value {
	PPROF_ALLOC_OBJECTS,
	PPROF_ALLOC_SPACE,
	PPROF_CUMULATIVE, /* values before this one only grow */
	PPROF_INUSE_OBJECTS = PPROF_CUMULATIVE,
	PPROF_INUSE_SPACE,
	PPROF_VALUES,
};

struct pprof_row {
	uint64_t key;			/* of process and frames; of the process for "(other)" */
	const struct view_stack *stack; /* NULL: "(other)" */
	uint32_t owner;
	double want[PPROF_VALUES];	 /* estimates */
	uint64_t held[PPROF_CUMULATIVE]; /* published before */
	uint64_t values[PPROF_VALUES];
	double weight;
};

/* One pair of labels: a process; its images of one name are one. */
struct pprof_owner {
	const struct view_process *process; /* the first image; NULL: processes beyond the cap */
	double totals[PPROF_VALUES];
	struct pprof_row other;
};

struct pprof_rows {
	struct pprof_row *items; /* heaviest first */
	size_t cnt, cap;
	struct {
		struct pprof_owner *items;
		size_t cnt, cap;
	} owners;
	struct table row_index, owner_index; /* keys -> indices, while rows are collected */
	uint64_t interval_bytes;	     /* the largest of the processes; 0 unknown */
};

#define PPROF_OWNERS_MAX 2048 /* label pairs; processes beyond share one "(other)" */

/* Collect the rows of @source; what @floor (or NULL) says was published before is held. 0 or
 * -ENOMEM; release in either case. Zero-initialised. */
int pprof_rows__collect(struct pprof_rows *rows, const struct pprof_source *source,
			const struct pprof_floor *floor);
void pprof_rows__release(struct pprof_rows *rows);

/* Fold all but the heaviest @max stacks into "(other)". Rows held count twice, so that a stack that
 * is about as heavy as another one does not come and go. */
void pprof_rows__fold(struct pprof_rows *rows, size_t max);
/* Whether @row says anything: rows of nothing but 0 are left out. With @delta only what has come
 * since counts. */
bool pprof_row__is_empty(const struct pprof_row *row, bool delta);
/* Value number @at of @row; with @delta alloc_* without what was held. */
uint64_t pprof_row__value(const struct pprof_row *row, size_t at, bool delta);

#endif
