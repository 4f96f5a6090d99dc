/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gauges by function: goroutines by who started them, live bytes by who allocated them. An image has
 * a list of its own (struct by_function), a group the sum of its living members' lists, made anew at
 * each tick (struct function_sums), of which the heaviest are published. Pure but for memory.
 *
 * Bounded by number; names are those of hotspots.
 */
#ifndef HB_BY_FUNCTION_H
#define HB_BY_FUNCTION_H

#include "model/host.h"

#define BY_FUNCTION_MAX	  32
#define FUNCTION_SUMS_MAX 64

struct function_value {
	uint64_t key; /* hash of the name */
	char *name;
	double value;
};

struct by_function {
	struct function_value items[BY_FUNCTION_MAX];
	size_t cnt;
};

/* Add @value to @function's; beyond the bound it is left out, so the heaviest come first. 0 or
 * -ENOMEM. */
int by_function__add(struct by_function *list, const char *function, double value);
void by_function__release(struct by_function *list);
void by_function__free(
	struct by_function *list); /* one that was made by see_live(); NULL is fine */

/* Live bytes by site of @process, whose view is folded, in place of *@list (NULL: none yet). 0 or
 * -ENOMEM with the old ones in force. */
int by_function__see_live(struct by_function **list, const struct view_process *process);

struct function_sums {
	struct function_value items[FUNCTION_SUMS_MAX]; /* names borrowed from lists of this tick */
	size_t cnt;
	uint64_t shown[GROUP_FUNCTIONS_MAX]; /* keys of what was published last */
};

void function_sums__begin(struct function_sums *sums);
void function_sums__add(struct function_sums *sums, const struct by_function *list);
/* The heaviest, the first one first; one that is published stays until another is clearly heavier.
 * Names go into @host's memory. 0 or -ENOMEM. */
int function_sums__publish(struct function_sums *sums, struct host *host,
			   struct group_functions *ret);

#endif
