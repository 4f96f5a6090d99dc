/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Goroutines of a Go program by the place that created them and what they run, over its readings.
 * Called by go.c; read by go_view.c. A program has a fixed number of go statements, so places stay;
 * beyond the cap the one that has been empty for the longest makes room.
 */
#ifndef HB_MODEL_GO_GOROUTINES_H
#define HB_MODEL_GO_GOROUTINES_H

#include "base/table.h"
#include "collect/record.h"
#include "model/thinning.h"

#define GO_GOROUTINE_POINTS 256

struct go_place {
	struct go_goroutine_row row; /* of the last reading; cnt 0: none any more */
	uint64_t seen_ns;	     /* when there was one last */
	float *points;		     /* GO_GOROUTINE_POINTS: how many at each tick */
};

struct go_goroutines {
	struct go_place *items;
	size_t cnt, cap;
	struct table index; /* hash of both frames -> index */
	uint64_t read_ns;
	uint64_t total, dropped; /* of the last reading; dropped: of places that have no room */
	struct thinning thinning;
	double *t_s, *totals; /* GO_GOROUTINE_POINTS each; NULL: no reading yet */
};

/* Zero-initialise to begin with. */
void go_goroutines__release(struct go_goroutines *goroutines);
/* Take one reading, made @at_s; new places are made if it @may_grow. 0 or -ENOMEM. */
int go_goroutines__read(struct go_goroutines *goroutines, const struct record_go_goroutines *record,
			double at_s, bool may_grow);
/* Bytes held beside the struct. */
size_t go_goroutines__bytes(const struct go_goroutines *goroutines);

#endif
