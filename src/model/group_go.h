/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the Go programs of a group come to: counters that outlive members, and sums over the living
 * ones at each tick. Called by group_state.c: begin, then take for each image that has been read and
 * add for those alive, then publish. Sums are of every member or unknown.
 *
 * Bounded: size classes by IMAGE_GO_CLASSES, functions by FUNCTION_SUMS_MAX.
 */
#ifndef HB_GROUP_GO_H
#define HB_GROUP_GO_H

#include "model/image_go.h"

struct group_go_state {
	double counters[GROUP_GO_COUNTERS];
	bool counter_known[GROUP_GO_COUNTERS];
	struct group_histogram pauses;
	struct group_go_class classes[IMAGE_GO_CLASSES];
	bool class_shown[IMAGE_GO_CLASSES];
	size_t class_cnt;
	struct function_sums started;
	/* of this tick */
	uint32_t read; /* living members whose state is known */
	struct group_go now;
	char version[GO_VERSION_BYTES];
	double gc_cpu_s, cpu_s; /* of members whose collector's CPU is known */
};

void group_go__begin(struct group_go_state *group);
/* What @go has counted since it was last taken; also of one that has just ended. */
void group_go__take(struct group_go_state *group, struct image_go *go);
/* The state of a living member that has used @cpu_s since its start. */
void group_go__add(struct group_go_state *group, const struct image_go *go, double cpu_s);
/* Choose what is published, sums only if @all members have been added; strings go into @host's
 * memory. 0 or -ENOMEM. */
int group_go__publish(struct group_go_state *group, bool all, struct host *host,
		      struct group_go *ret);

#endif
