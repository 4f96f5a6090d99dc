/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts of a Go program by the runtime's own size classes, over its readings. Called by go.c; read
 * by go_view.c. Classes are rounded-up sizes: a request of 33 bytes stands in the class of 48. Large
 * objects have no class; those of one reading stand at their mean size.
 */
#ifndef HB_MODEL_GO_CLASSES_H
#define HB_MODEL_GO_CLASSES_H

#include "model/go_counter.h"
#include "model/go_heap.h"
#include "model/view.h"

struct go_class {
	uint64_t size_bytes; /* 0: large objects */
	struct go_counter counts[GO_TOTALS];
};

struct go_classes {
	struct go_class *items;
	size_t cnt, cap;
	uint64_t first_ns, last_ns;
	struct view_class large[SIZE_CLASSES]; /* since the first reading, by mean size */
};

/* Zero-initialise to begin with. */
void go_classes__release(struct go_classes *classes);
/* Take one reading; rows that contradict themselves are left out. 0 or -ENOMEM (in part). */
int go_classes__read(struct go_classes *classes, const struct record_go_classes *record);
/* The sums over all rows of @record. */
void go_classes__sum(const struct record_go_classes *record, uint64_t ret_totals[GO_TOTALS]);
/* Add what has come since the first reading to @ret, SIZE_CLASSES by power of two. */
void go_classes__by_power(const struct go_classes *classes, struct view_class *ret);
size_t go_classes__bytes(const struct go_classes *classes);

#endif
