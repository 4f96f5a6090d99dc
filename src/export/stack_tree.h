/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of one heap of a process merged into one tree of calls, each node with what was
 * allocated and is live at it alone: what stacks_json writes and the page draws. Names are printable
 * (human__name) and kept once. Pure but for the names it asks for.
 *
 * Allocations are those of the observed time, cumulative over the session, so that the difference of
 * two trees of one session over the difference of their observed times is a rate.
 */
#ifndef HB_STACK_TREE_H
#define HB_STACK_TREE_H

#include "export/report.h"
#include "symbol/names.h"

#define STACK_TREE_NODES_MAX (32U << 10)
#define STACK_TREE_DEPTH_MAX 256
#define STACK_TREE_NONE	     UINT32_MAX

enum stack_value {
	STACK_ALLOC_BYTES,
	STACK_ALLOC_OBJECTS,
	STACK_LIVE_BYTES,
	STACK_LIVE_OBJECTS,
	STACK_VALUES,
};

struct stack_node {
	uint32_t parent;   /* STACK_TREE_NONE: outermost */
	uint32_t function; /* index of names */
	uint32_t depth;
	double values[STACK_VALUES]; /* without its callees' */
};

struct stack_name {
	const char *function, *file; /* never NULL; "" unknown */
};

struct stack_tree {
	struct stack_node *items; /* a caller comes before its callees */
	size_t cnt, cap;
	struct {
		struct stack_name *items;
		size_t cnt, cap;
	} names;
	bool cut; /* frames found no room and count for their callers */
	struct names memory;
	struct table node_index, name_index; /* while it grows */
};

/*
 * Build the tree of the heap of Go (@go) or of malloc of @process, at most @max nodes (0: the cap),
 * sites with the heaviest bytes first. 0 or -ENOMEM; release in either case. @tree is
 * zero-initialised.
 */
int stack_tree__build(struct stack_tree *tree, const struct view_process *process, bool go,
		      const struct name_source *names, size_t max);
void stack_tree__release(struct stack_tree *tree);

#endif
