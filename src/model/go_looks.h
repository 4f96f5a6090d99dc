/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looks at the entries of a Go program's runtime have seen: one row per kind, place, type and
 * size, cumulative over all looks. Called by go.c; read by go_view.c.
 */
#ifndef HB_MODEL_GO_LOOKS_H
#define HB_MODEL_GO_LOOKS_H

#include "base/table.h"
#include "collect/record.h"
#include "model/view.h"

#define GO_LOOK_ROWS_MAX   8192 /* of one program */
#define GO_LOOK_TYPES_MAX  4096
#define GO_LOOK_TYPE_BYTES 512 /* of a name; longer ones are cut */

struct go_looks_sums {
	bool known;
	struct record_go_look sums; /* the last one */
	struct {
		struct go_call_row *items; /* type: 1 + index of its name, 0 none */
		size_t cnt, cap;
	} rows;
	struct table index; /* hash of the key -> index */
	struct {
		char **items;
		size_t cnt, cap;
	} types;
	struct table by_name; /* hash of the name -> index */
	uint64_t dropped;     /* calls of rows that have no room here */
	size_t name_bytes;
};

/* Zero-initialise to begin with. */
void go_looks__release(struct go_looks_sums *looks);
/* Give the rows back; their calls are dropped ones then. */
void go_looks__shed(struct go_looks_sums *looks);
void go_looks__sum(struct go_looks_sums *looks, const struct record_go_look *record);
/* New rows are made if it @may_grow. 0 or -ENOMEM. */
int go_looks__count(struct go_looks_sums *looks, const struct record_go_calls *record,
		    bool may_grow);
/* The sums, and with @rows all rows, most bytes first. 0 or -ENOMEM. */
int go_looks__fill(struct view *view, struct view_go *to, const struct go_looks_sums *looks,
		   bool rows);
/* Bytes held beside the struct. */
size_t go_looks__bytes(const struct go_looks_sums *looks);

#endif
