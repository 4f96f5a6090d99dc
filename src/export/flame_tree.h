/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks merged into one tree of calls, outermost functions at the top: what flame_svg draws. Names
 * are printable (human__name) and kept once.
 */
#ifndef HB_FLAME_TREE_H
#define HB_FLAME_TREE_H

#include "export/flame.h"
#include "symbol/names.h"

#define FLAME_NODES_MAX (128U << 10)
#define FLAME_DEPTH_MAX 256 /* frames inlined ones included; deeper ones stay with their caller */
#define FLAME_NONE	UINT32_MAX

struct flame_node {
	const char *name;
	double value; /* with its children's */
	uint32_t parent;
	uint32_t first, next; /* first child, next sibling: by name, then as made */
	uint32_t depth;	      /* 0: the root */
};

struct flame_tree {
	struct flame_node *items; /* number 0 is the root, a parent comes before its children */
	size_t cnt, cap;
	struct names memory;
	struct table index; /* while it grows: parent and name -> node */
};

/* Build the tree of @source: a root, a level of processes, then frames. Bounded: a stack that finds
 * no room for its inner frames counts for the outer ones. 0 or -errno; release in either case.
 * @tree is zero-initialised. */
int flame_tree__build(struct flame_tree *tree, const struct flame_source *source);
void flame_tree__release(struct flame_tree *tree);

#endif
