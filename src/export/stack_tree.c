// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/stack_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "export/human.h"
#include "symbol/fold.h"

#include "base/banned.h"

struct builder {
	struct stack_tree *tree;
	const struct name_source *source;
	size_t max;
	int err;
};

/* The index of a function, made if new. The file is the one it was first seen with. */
static uint32_t name_of(struct builder *b, const char *function, const char *file)
{
	struct stack_tree *tree = b->tree;
	char clean[NAME_BYTES];
	struct stack_name name;
	uint64_t key, found;

	human__name(clean, sizeof(clean), function);
	name.function = names__intern(&tree->memory, *clean ? clean : "?", sizeof(clean));
	key = hash__bytes(HASH_SEED, &name.function, sizeof(name.function));
	for (; table__get(&tree->name_index, key, &found); key++)
		if (tree->names.items[found].function == name.function)
			return (uint32_t)found;
	human__name(clean, sizeof(clean), file);
	name.file = names__intern(&tree->memory, clean, sizeof(clean));
	if (!name.function || !name.file || vec__add(&tree->names, name) ||
	    table__put(&tree->name_index, key, tree->names.cnt - 1)) {
		b->err = -ENOMEM;
		return 0;
	}
	return (uint32_t)tree->names.cnt - 1;
}

/* The callee of @parent, made if new; @parent itself where there is no room. */
static uint32_t callee_of(struct builder *b, uint32_t parent, const char *function,
			  const char *file)
{
	struct stack_tree *tree = b->tree;
	struct stack_node node = {.parent = parent, .function = name_of(b, function, file)};
	uint64_t key = hash__bytes(HASH_SEED, &node, offsetof(struct stack_node, depth)), found;

	for (; !b->err && table__get(&tree->node_index, key, &found); key++)
		if (tree->items[found].parent == parent &&
		    tree->items[found].function == node.function)
			return (uint32_t)found;
	if (parent != STACK_TREE_NONE)
		node.depth = tree->items[parent].depth + 1;
	/* outermost frames have no caller to count for: there are no more of them than stacks */
	if (parent != STACK_TREE_NONE &&
	    (tree->cnt >= b->max || node.depth >= STACK_TREE_DEPTH_MAX)) {
		tree->cut = true;
		return parent;
	}
	if (!b->err && (vec__add(tree, node) || table__put(&tree->node_index, key, tree->cnt - 1)))
		b->err = -ENOMEM;
	return b->err ? parent : (uint32_t)tree->cnt - 1;
}

/* The innermost node of @stack. */
static uint32_t add_frames(struct builder *b, const struct view_stack *stack)
{
	uint32_t at = STACK_TREE_NONE, frame_cnt;
	const struct frame *frames = view_stack__shown(stack, &frame_cnt);

	for (uint32_t i = frame_cnt; i-- > 0 && !b->err;) {
		const struct symbol_name *names;
		int cnt = names__of_frame(b->source, &frames[i], &names);
		char unknown[24];

		if (cnt < 0)
			b->err = cnt;
		snprintf(unknown, sizeof(unknown), "0x%" PRIx64, frames[i].offset);
		if (!cnt)
			at = callee_of(b, at, unknown, NULL);
		for (int j = cnt; j-- > 0 && !b->err;)
			at = callee_of(b, at, names[j].function, names[j].file);
	}
	/* no frame at all is a place, too */
	return at == STACK_TREE_NONE && !b->err ? callee_of(b, at, "(unknown)", NULL) : at;
}

static void add_site(struct builder *b, const struct view_process *process,
		     const struct view_site *site)
{
	double bytes_scale = report__stack_scale(process, site, BY_BYTES), calls = 0, calls_scale;
	bool live = site->live_bytes.basis != BASIS_UNKNOWN;

	for (size_t i = 0; i < site->stack_cnt; i++)
		calls += fold__stack_calls(&process->stacks[site->stacks[i]]);
	calls_scale = calls > 0 ? site->calls.value / calls : 0;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];
		uint32_t at = add_frames(b, stack);
		double *values;

		if (b->err)
			return;
		values = b->tree->items[at].values;
		values[STACK_ALLOC_BYTES] += bytes_scale * fold__stack_bytes(stack);
		values[STACK_ALLOC_OBJECTS] += calls_scale * fold__stack_calls(stack);
		values[STACK_LIVE_BYTES] += live ? stack->live_bytes : 0;
		values[STACK_LIVE_OBJECTS] += live ? stack->live_objects : 0;
	}
}

int stack_tree__build(struct stack_tree *tree, const struct view_process *process, bool go,
		      const struct name_source *names, size_t max)
{
	struct builder b = {.tree = tree, .source = names, .max = max};

	if (!max || max > STACK_TREE_NODES_MAX)
		b.max = STACK_TREE_NODES_MAX;
	for (size_t i = 0; i < process->site_cnt && !b.err; i++) {
		const struct view_site *site = &process->sites[i];

		if (!site->vm && site->go == go && site->bytes.basis != BASIS_UNKNOWN)
			add_site(&b, process, site);
	}
	table__release(&tree->node_index);
	table__release(&tree->name_index);
	return b.err;
}

void stack_tree__release(struct stack_tree *tree)
{
	free(tree->items);
	free(tree->names.items);
	names__release(&tree->memory);
	table__release(&tree->node_index);
	table__release(&tree->name_index);
	*tree = (struct stack_tree){0};
}
