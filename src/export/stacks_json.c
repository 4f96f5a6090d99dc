// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/stacks_json.h"

#include <errno.h>
#include <math.h>

#include "export/json.h"
#include "export/stack_tree.h"

#include "base/banned.h"

static const char *const value_keys[STACK_VALUES] = {
	[STACK_ALLOC_BYTES] = "alloc_bytes",
	[STACK_ALLOC_OBJECTS] = "alloc_objects",
	[STACK_LIVE_BYTES] = "live_bytes",
	[STACK_LIVE_OBJECTS] = "live_objects",
};

struct writer {
	struct json_doc doc;
	const struct flame_source *source;
	size_t nodes_left;
};

/* json_doc's adders name their keys; a column has none. */
static void push(struct writer *w, json_t *column, json_int_t value)
{
	if (column && json_array_append_new(column, json_integer(value)))
		w->doc.failed = true;
}

static void add_names(struct writer *w, json_t *item, const struct stack_tree *tree)
{
	json_t *functions = json_doc__array(&w->doc, item, "functions");
	json_t *files = json_doc__array(&w->doc, item, "files");

	for (size_t i = 0; i < tree->names.cnt; i++) {
		json_doc__text(&w->doc, functions, NULL, tree->names.items[i].function);
		json_doc__text(&w->doc, files, NULL, tree->names.items[i].file);
	}
}

static void add_nodes(struct writer *w, json_t *item, const struct stack_tree *tree, bool live)
{
	json_t *nodes = json_doc__object(&w->doc, item, "nodes");
	json_t *parents = json_doc__array(&w->doc, nodes, "parent");
	json_t *functions = json_doc__array(&w->doc, nodes, "function");

	for (size_t i = 0; i < tree->cnt; i++) {
		const struct stack_node *node = &tree->items[i];

		push(w, parents, node->parent == STACK_TREE_NONE ? -1 : (json_int_t)node->parent);
		push(w, functions, node->function);
	}
	for (size_t v = 0; v < (live ? STACK_VALUES : STACK_LIVE_BYTES); v++) {
		json_t *column = json_doc__array(&w->doc, nodes, value_keys[v]);

		for (size_t i = 0; i < tree->cnt; i++)
			push(w, column,
			     (json_int_t)fmin(round(fmax(0, tree->items[i].values[v])), 0x1p53));
	}
}

/* At this moment: a span of moments shows them as lines. */
static void add_pacing(struct writer *w, json_t *item, const struct record_go_state *state)
{
	json_doc__count(&w->doc, item, "heap_live_bytes", state->heap_live_bytes);
	if (state->heap_goal_bytes)
		json_doc__count(&w->doc, item, "heap_goal_bytes", state->heap_goal_bytes);
}

/* The figures of one heap of a process. */
struct heap {
	const char *name;
	bool go;
	enum basis basis; /* of its stacks */
	double observed_s;
	const struct figure *bytes, *calls, *bytes_rate, *calls_rate, *live_bytes, *live_objects;
};

static int add_heap(struct writer *w, const struct view_process *process, const struct heap *heap)
{
	struct stack_tree tree = {0};
	json_t *item;
	bool live = heap->live_bytes->basis != BASIS_UNKNOWN &&
		    (!heap->go || heap->basis == BASIS_BUCKET);
	int err = stack_tree__build(&tree, process, heap->go, w->source->names,
				    w->nodes_left ? w->nodes_left : 1);

	if (err) {
		stack_tree__release(&tree);
		return err;
	}
	w->nodes_left -= tree.cnt < w->nodes_left ? tree.cnt : w->nodes_left;
	item = json_doc__object(&w->doc, w->doc.items, NULL);
	json_doc__process(&w->doc, item, process);
	json_doc__string(&w->doc, item, "heap", heap->name);
	json_doc__string(&w->doc, item, "basis", basis__name(heap->basis));
	json_doc__string(&w->doc, item, "mode", report__mode_name(process->mode));
	json_doc__number(&w->doc, item, "span_s", process->span_s);
	json_doc__number(&w->doc, item, "observed_s", heap->observed_s);
	json_doc__figure(&w->doc, item, "bytes", heap->bytes);
	json_doc__figure(&w->doc, item, "calls", heap->calls);
	json_doc__figure(&w->doc, item, "bytes_rate", heap->bytes_rate);
	json_doc__figure(&w->doc, item, "calls_rate", heap->calls_rate);
	json_doc__figure(&w->doc, item, "live_bytes", heap->live_bytes);
	json_doc__figure(&w->doc, item, "live_objects", heap->live_objects);
	if (heap->go && process->go->state_known)
		add_pacing(w, item, &process->go->state);
	if (tree.cut)
		json_doc__bool(&w->doc, item, "cut", true);
	add_names(w, item, &tree);
	add_nodes(w, item, &tree, live);
	stack_tree__release(&tree);
	return 0;
}

static int add_process(struct writer *w, const struct view_process *process)
{
	const struct view_go *go = process->go;
	int err = 0;

	/* what stands in the process is then Go's, once more */
	if (!go || !go->primary) {
		struct heap heap = {
			.name = "malloc",
			.basis = process->bytes.basis,
			.observed_s = process->observed_s,
			.bytes = &process->bytes,
			.calls = &process->calls,
			.bytes_rate = &process->bytes_rate,
			.calls_rate = &process->calls_rate,
			.live_bytes = &process->live_bytes,
			.live_objects = &process->live_objects,
		};

		err = add_heap(w, process, &heap);
	}
	if (go && !err) {
		struct heap heap = {
			.name = "go",
			.go = true,
			.basis = go->site_basis,
			.observed_s = go->site_span_s,
			.bytes = &go->bytes,
			.calls = &go->calls,
			.bytes_rate = &go->bytes_rate,
			.calls_rate = &go->calls_rate,
			.live_bytes = &go->live_bytes,
			.live_objects = &go->live_objects,
		};

		err = add_heap(w, process, &heap);
	}
	return err;
}

/* Without json_doc__write's indentation, which would be most of it. */
static int write_compact(struct json_doc *doc, FILE *file)
{
	int err = doc->failed ? -ENOMEM : 0;

	if (!err && (json_dumpf(doc->root, file, JSON_COMPACT | JSON_REAL_PRECISION(12)) ||
		     fputc('\n', file) == EOF))
		err = -EIO;
	json_decref(doc->root);
	*doc = (struct json_doc){0};
	return err;
}

int stacks_json__write(FILE *file, const struct flame_source *source)
{
	struct writer w = {.source = source, .nodes_left = STACK_TREE_NODES_MAX};
	size_t cnt = flame__process_cnt(source);
	int err = 0;

	json_doc__init(&w.doc, "stacks", source->view);
	for (size_t i = 0; i < cnt && i < STACKS_PROCESSES_MAX && w.nodes_left && !err; i++)
		if (!flame__process(source, i)->refusal)
			err = add_process(&w, flame__process(source, i));
	if (!err)
		return write_compact(&w.doc, file);
	json_decref(w.doc.root);
	return err;
}
