// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/tree_text.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/flame_tree.h"
#include "export/human.h"
#include "export/style.h"

#include "base/banned.h"

#define SHARE_LEAST	0.005
#define CHILDREN_SHOWN	12
#define DEPTH_SHOWN	64
#define NUMBERS_WIDTH	23
#define INDENT_PER_DEEP 2
#define INDENT_MAX	40

struct printer {
	FILE *file;
	const struct flame_tree *tree;
	const struct report_options *options;
	enum advice_unit unit;
	double all; /* of the process under way */
};

static const char *what(enum report_by by)
{
	switch (by) {
	case BY_LIVE:
		return "live";
	case BY_PEAK:
		return "live at the peak";
	case BY_GROWTH:
		return "gained";
	case BY_TEMPORARY:
		return "temporary allocations";
	default:
		return "allocated";
	}
}

static int heavier_first(const void *a, const void *b, void *ctx)
{
	const struct flame_tree *tree = ctx;
	const struct flame_node *x = &tree->items[*(const uint32_t *)a];
	const struct flame_node *y = &tree->items[*(const uint32_t *)b];

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return strcmp(x->name, y->name);
}

/* The children of @node, heaviest first; free *ret_order. Their number or -ENOMEM. */
static int sort_children(const struct flame_tree *tree, const struct flame_node *node,
			 uint32_t **ret_order)
{
	int cnt = 0;

	for (uint32_t i = node->first; i != FLAME_NONE; i = tree->items[i].next)
		cnt++;
	*ret_order = calloc((size_t)cnt + 1, sizeof(**ret_order));
	if (!*ret_order)
		return -ENOMEM;
	cnt = 0;
	for (uint32_t i = node->first; i != FLAME_NONE; i = tree->items[i].next)
		(*ret_order)[cnt++] = i;
	qsort_r(*ret_order, (size_t)cnt, sizeof(**ret_order), heavier_first, (void *)tree);
	return cnt;
}

static void print_line(const struct printer *p, double value, int indent, const char *name)
{
	char share[HUMAN_BYTES], amount[HUMAN_BYTES], cut[NAME_BYTES];

	snprintf(cut, sizeof(cut), "%s", name);
	fprintf(p->file, "  %8s %10s  %*s%s\n", human__value(share, UNIT_RATIO, value / p->all),
		human__value(amount, p->unit, value), indent, "",
		human__cut(cut, p->options->width - (unsigned int)(NUMBERS_WIDTH + indent)));
}

static void print_rest(const struct printer *p, double value, int cnt, int indent)
{
	char name[48];

	if (!cnt || value < SHARE_LEAST * p->all)
		return;
	snprintf(name, sizeof(name), "(%d more)", cnt);
	print_line(p, value, indent, name);
}

/* The branches below @node. A line of callers with one way to go is not indented further. */
static int print_children(const struct printer *p, const struct flame_node *node, int indent,
			  int depth)
{
	uint32_t *order;
	int cnt = sort_children(p->tree, node, &order), shown = 0, err = 0;
	double rest = 0;

	if (cnt < 0)
		return cnt;
	for (int i = 0; i < cnt && !err; i++) {
		const struct flame_node *child = &p->tree->items[order[i]];
		bool alone = child->value > 0.995 * node->value;
		int deeper = alone || indent >= INDENT_MAX ? indent : indent + INDENT_PER_DEEP;

		if (child->value < SHARE_LEAST * p->all || shown == CHILDREN_SHOWN) {
			rest += child->value;
			continue;
		}
		shown++;
		print_line(p, child->value, deeper, child->name);
		if (depth < DEPTH_SHOWN)
			err = print_children(p, child, deeper, depth + 1);
	}
	print_rest(p, rest, cnt - shown, indent + INDENT_PER_DEEP);
	free(order);
	return err;
}

int tree_text__write(FILE *file, const struct flame_source *source,
		     const struct report_options *options)
{
	struct flame_tree tree = {0};
	struct printer p = {.file = file,
			    .tree = &tree,
			    .options = options,
			    .unit = source->by == BY_TEMPORARY ? UNIT_COUNT : UNIT_BYTES};
	int err = flame_tree__build(&tree, source);

	for (uint32_t i = err ? FLAME_NONE : tree.items[0].first; i != FLAME_NONE && !err;
	     i = tree.items[i].next) {
		const struct flame_node *process = &tree.items[i];
		char amount[HUMAN_BYTES];

		fprintf(file, "%s%s%s%s  %s %s\n", i == tree.items[0].first ? "" : "\n",
			style__bold(options), process->name, style__off(options),
			human__value(amount, p.unit, process->value), what(source->by));
		p.all = process->value;
		if (p.all > 0)
			err = print_children(&p, process, 0, 1);
	}
	if (!err && tree.items && tree.items[0].first == FLAME_NONE)
		fprintf(file, "no process was observed\n");
	flame_tree__release(&tree);
	if (!err && ferror(file))
		err = -EIO;
	return err;
}
