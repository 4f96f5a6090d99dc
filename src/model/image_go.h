/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the runtime of one Go process has said last, and how much of it its group has got already.
 * Called by groups.c for each image whose view tells of a Go runtime; pure but for memory.
 *
 * The runtime counts from the program's start. A program that ran before it was watched counts from
 * the first reading on, so that a group's counters do not jump when it is found.
 */
#ifndef HB_IMAGE_GO_H
#define HB_IMAGE_GO_H

#include "model/by_function.h"

#define IMAGE_GO_CLASSES 80 /* the runtime has 68 */
#define GO_VERSION_BYTES 32
/* State that has not been read anew for so long says nothing of now. */
#define GO_READING_STALE_NS (180 * 1000000000ULL)

/* A cumulative number, and the part of it that the group has. */
struct go_count {
	double seen, given;
	bool known;
};

struct image_go_class {
	uint64_t size_bytes;
	struct go_count allocations, allocated_bytes;
};

struct image_go {
	bool read; /* there is a state */
	uint64_t read_ns;
	struct record_go_state state;
	double gc_cpu_s; /* of its collector since its start; negative: unknown */
	char version[GO_VERSION_BYTES];
	bool profiled;
	enum group_trend growth; /* of goroutines */
	struct go_count counters[GROUP_GO_COUNTERS];
	uint64_t cycle;		      /* the last one whose pause is in pauses or was */
	double pauses[GROUP_BUCKETS]; /* that the group has not got yet */
	double pause_sum_s;
	bool pauses_known;
	struct image_go_class classes[IMAGE_GO_CLASSES];
	size_t class_cnt;
	struct by_function started; /* goroutines */
};

/* What a view tells; @process->go is not NULL. NULL *@go: made, and unless @from_start what has been
 * counted so far is no news. 0 or -ENOMEM with *@go NULL. */
int image_go__see(struct image_go **go, const struct view_process *process, bool from_start);
/* Goroutines by site and their growth, from a view whose sites have names. 0 or -ENOMEM: the old
 * ones stay. */
int image_go__see_sites(struct image_go *go, const struct view_go *view);
void image_go__free(struct image_go *go);

/* What has been counted and not been taken yet. */
double go_count__take(struct go_count *count);

/* The state is there and of @now_ns, or nearly. */
bool image_go__is_fresh(const struct image_go *go, uint64_t now_ns);

#endif
