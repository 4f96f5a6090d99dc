/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was published of one target, or of any fixed set of processes: kept by the caller between two
 * profiles, it makes alloc_* of a stack never fall while the stack is shown, nor the sum of a process
 * at all. A stack that has to make room, or is gone from the view, passes what it had on to "(other)".
 *
 * Bounded: PPROF_STACKS_MAX entries of 32 bytes. One thread at a time.
 */
#ifndef HB_PPROF_FLOOR_H
#define HB_PPROF_FLOOR_H

#include <stddef.h>
#include <stdint.h>

struct pprof_rows;
struct pprof_source;

struct pprof_held {
	uint64_t key, owner;
	uint64_t values[2]; /* alloc_objects, alloc_space */
};

struct pprof_floor {
	struct pprof_held *items;
	size_t cnt;
};

/* Zero-initialise to begin with. */
void pprof_floor__release(struct pprof_floor *floor);
size_t pprof_floor__bytes(const struct pprof_floor *floor);

/* For pprof.c. Hold what @rows say now; hold all that @source says, as the earlier side of a delta.
 * 0, or -ENOMEM with @floor unchanged. */
int pprof_floor__update(struct pprof_floor *floor, const struct pprof_rows *rows);
int pprof_floor__of(struct pprof_floor *floor, const struct pprof_source *source);

#endif
