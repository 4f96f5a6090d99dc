/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The groups there are, under a cap on their series. Called by groups.c.
 *
 * A new group is admitted while the series of the others leave room for its first ones; beyond that
 * it is counted in the group "_other". Where admitted groups have come to have more than the cap
 * allows, the newest are published without their details, or not at all. Both are counted.
 */
#ifndef HB_GROUP_LIST_H
#define HB_GROUP_LIST_H

#include "base/table.h"
#include "model/group_state.h"

#define GROUP_OTHER	    "_other"
#define GROUP_FIRST_SERIES  8			  /* of a group that has not been looked at */
#define GROUP_IDLE_NS	    (600 * 1000000000ULL) /* twice Prometheus's look-back */
#define GROUP_REFUSALS_KEPT 16384

struct group_list {
	size_t max_series;			     /* 0: no cap */
	size_t (*series)(const struct group *group); /* NULL: GROUP_FIRST_SERIES for each */
	struct group_state **items;		     /* in the order of admission */
	size_t cnt, cap;
	struct table by_key;  /* identity's hash -> struct group_state * */
	struct table refused; /* hashes of identities folded into _other, to count each once */
	size_t used;	      /* series at the last publication, and those admitted since */
	uint64_t dropped;
	uint64_t admitted;
};

void group_list__release(struct group_list *list);

/* The group of @identity: there, admitted, or the one of all others. NULL if out of memory. */
struct group_state *group_list__admit(struct group_list *list,
				      const struct group_identity *identity);

void group_list__begin(struct group_list *list);
/* Ends the tick of each group and removes those idle for too long; with @choose, publishes other
 * hotspots where they have become heavier. */
void group_list__end(struct group_list *list, uint64_t now_ns, bool choose);

/* Fill host->groups (by id) and self.series_dropped; group_state.index is the place. 0 or -ENOMEM
 * with no groups. */
int group_list__publish(struct group_list *list, struct host *host);

size_t group_list__bytes(const struct group_list *list);

#endif
