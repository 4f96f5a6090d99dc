/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One group as it is kept between ticks, and how it becomes a struct group. Called by groups.c:
 * begin, then join for each living member and observe for each one with a view, then end and
 * publish.
 */
#ifndef HB_GROUP_STATE_H
#define HB_GROUP_STATE_H

#include "model/charge.h"
#include "model/group_go.h"
#include "model/hotspots.h"
#include "model/host.h"
#include "model/image_totals.h"

#define GROUP_NAME_BYTES 256
#define COVERAGE_POINTS	 7 /* every 10 s: the last minute */

/* Who a group is: valid as labels, so that two groups never look the same once published. */
struct group_identity {
	char comm[64], exe[GROUP_NAME_BYTES], unit[GROUP_NAME_BYTES];
	uint32_t pid;
};

void group_identity__set(struct group_identity *identity, const struct host_process *process,
			 bool with_pid);
uint64_t group_identity__hash(const struct group_identity *identity);

/* Observed seconds and the seconds of all members, cumulative. */
struct coverage {
	struct {
		double observed_s, member_s;
	} points[COVERAGE_POINTS];
	size_t cnt, next;
	uint64_t at_ns;
	double member_s;
};

struct group_state {
	struct group_identity identity;
	uint64_t key;	 /* hash of the identity */
	uint64_t number; /* in the order of admission */
	uint32_t id;	 /* 32 bits of the hash; unique among groups */
	uint32_t index;	 /* in host->groups at this tick */
	struct group now;
	char runtime[32], allocator[32];
	struct group_totals totals;
	struct hotspots hotspots;
	struct charges charges;
	struct coverage coverage;
	struct group_go_state *go; /* NULL until a Go runtime has been read */
	uint32_t go_waiting;	   /* of this tick: living Go programs that have had their turn */
	uint64_t alive_ns;	   /* a member was alive */
	uint64_t seen_ns;	   /* calls were seen; 0: never */
	struct figure peak_bytes;
	/* of this tick */
	uint32_t live_missing; /* members whose live bytes are unknown */
	double sampled_n, sampled_of;
	struct figure live_bytes, live_objects;
	struct function_sums *live; /* by function; NULL until a site is known */
};

void group_state__begin(struct group_state *group);
/* A living member; @cpu_s, @alive_s: its CPU and time since the last tick. */
void group_state__join(struct group_state *group, const struct host_process *process, double cpu_s,
		       double alive_s);
/* Go's heap of a living member in which malloc is observed, too (go_view__heap()): after observe. */
void group_state__observe_beside(struct group_state *group, const struct view_process *process,
				 const struct view_process *heap);
/* What the view says of a living member. */
void group_state__observe(struct group_state *group, const struct view_process *process,
			  uint64_t now_ns, bool counted);
/* Live bytes by function of a living member. 0 or -ENOMEM: left out. */
int group_state__add_live(struct group_state *group, const struct by_function *live);
/* The allocations of a member have been read for @alive_s, at @read_ns for the last time. */
void group_state__read(struct group_state *group, double alive_s, uint64_t read_ns);
/* What @go has counted, and its state if it is @fresh; @cpu_s: of the process since its start. 0 or
 * -ENOMEM: nothing is taken. */
int group_state__add_go(struct group_state *group, struct image_go *go, bool fresh, double cpu_s);
void group_state__end(struct group_state *group, uint64_t now_ns);

/* A copy for readers; strings go into @host's memory. 0 or -ENOMEM. */
int group_state__publish(const struct group_state *group, struct host *host, struct group *ret);

#endif
