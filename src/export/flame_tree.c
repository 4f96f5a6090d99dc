// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/flame_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "export/human.h"

#include "base/banned.h"

struct builder {
	struct flame_tree *tree;
	const struct name_source *names;
	bool inverted;
	uint32_t process; /* node of the process under way */
	int err;
};

/* The child of @parent with @name, made if new; @parent itself where there is no room. */
static uint32_t child_of(struct builder *b, uint32_t parent, const char *name)
{
	struct flame_tree *tree = b->tree;
	char clean[NAME_BYTES];
	struct flame_node node = {.parent = parent, .first = FLAME_NONE, .next = FLAME_NONE};
	uint64_t key, found;

	human__name(clean, sizeof(clean), name);
	node.name = names__intern(&tree->memory, *clean ? clean : "?", sizeof(clean));
	key = hash__bytes(HASH_SEED, &node.name, sizeof(node.name));
	key = hash__bytes(key, &parent, sizeof(parent));
	for (; table__get(&tree->index, key, &found); key++)
		if (tree->items[found].parent == parent && tree->items[found].name == node.name)
			return (uint32_t)found;
	if (tree->cnt >= FLAME_NODES_MAX || tree->items[parent].depth >= FLAME_DEPTH_MAX)
		return parent;
	node.depth = tree->items[parent].depth + 1;
	if (!node.name || vec__add(tree, node) || table__put(&tree->index, key, tree->cnt - 1)) {
		b->err = -ENOMEM;
		return parent;
	}
	return (uint32_t)tree->cnt - 1;
}

/* One frame's names below @at, the caller's first, or the other way round. */
static int add_frame(struct builder *b, const struct frame *frame, uint32_t *at)
{
	const struct symbol_name *names;
	int cnt = names__of_frame(b->names, frame, &names);
	char unknown[24];

	if (cnt < 0)
		return cnt;
	snprintf(unknown, sizeof(unknown), "0x%" PRIx64, frame->offset);
	if (!cnt)
		*at = child_of(b, *at, unknown);
	for (int i = 0; i < cnt && !b->err; i++)
		*at = child_of(b, *at, names[b->inverted ? i : cnt - 1 - i].function);
	return b->err;
}

static int add_stack(void *ctx, const struct view_process *process, const struct view_stack *stack,
		     double value)
{
	struct builder *b = ctx;
	uint32_t at = b->process, frame_cnt;
	const struct frame *frames = view_stack__shown(stack, &frame_cnt);
	int err = 0;

	(void)process;
	for (uint32_t i = 0; i < frame_cnt && !err; i++)
		err = add_frame(b, &frames[b->inverted ? i : frame_cnt - 1 - i], &at);
	b->tree->items[at].value += value;
	return err;
}

static int add_process(struct builder *b, const struct flame_source *source,
		       const struct view_process *process)
{
	char comm[NAME_BYTES], name[NAME_BYTES + 16];

	human__name(comm, sizeof(comm), process->comm);
	snprintf(name, sizeof(name), "%s (%" PRIu32 ")", comm, process->tgid);
	b->process = child_of(b, 0, name);
	return b->err ? b->err : flame__each_stack(source, process, add_stack, b);
}

static int by_name(const void *a, const void *b, void *ctx)
{
	const struct flame_tree *tree = ctx;
	uint32_t i = *(const uint32_t *)a, j = *(const uint32_t *)b;
	int names = strcmp(tree->items[i].name, tree->items[j].name);

	return names ? names : i < j ? -1 : i > j;
}

/* Children in the order of their names, values summed upwards. */
static int link_children(struct flame_tree *tree)
{
	uint32_t *order = calloc(tree->cnt, sizeof(*order));

	if (!order)
		return -ENOMEM;
	for (uint32_t i = 0; i < tree->cnt; i++)
		order[i] = i;
	qsort_r(order, tree->cnt, sizeof(*order), by_name, tree);
	/* the last name first, each in front of its siblings */
	for (size_t i = tree->cnt; i-- > 0;) {
		struct flame_node *node = &tree->items[order[i]];

		if (!order[i])
			continue;
		node->next = tree->items[node->parent].first;
		tree->items[node->parent].first = order[i];
	}
	free(order);
	for (size_t i = tree->cnt; i-- > 1;)
		tree->items[tree->items[i].parent].value += tree->items[i].value;
	return 0;
}

int flame_tree__build(struct flame_tree *tree, const struct flame_source *source)
{
	struct builder b = {.tree = tree, .names = source->names, .inverted = source->inverted};
	struct flame_node root = {.name = "all", .first = FLAME_NONE, .next = FLAME_NONE};
	int err = vec__add(tree, root);

	for (size_t i = 0; i < flame__process_cnt(source) && !err; i++)
		err = add_process(&b, source, flame__process(source, i));
	table__release(&tree->index);
	return err ? err : link_children(tree);
}

void flame_tree__release(struct flame_tree *tree)
{
	free(tree->items);
	names__release(&tree->memory);
	table__release(&tree->index);
	*tree = (struct flame_tree){0};
}
