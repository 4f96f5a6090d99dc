// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_trait.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/abi.h"
#include "model/estimate.h"

#include "base/banned.h"

static uint64_t place_key(const struct frame *frame)
{
	uint64_t address = names__address(frame);
	uint64_t hash = hash__bytes(HASH_SEED, &frame->module, sizeof(frame->module));

	return hash__bytes(hash, &address, sizeof(address));
}

/* Rows of looks by their place: from the last one, so that the heaviest leads its list. */
static int index_calls(struct go_stacks *stacks, const struct view_go *go)
{
	int err = 0;

	if (!go->look_call_cnt)
		return 0;
	stacks->next_calls = calloc(go->look_call_cnt, sizeof(*stacks->next_calls));
	if (!stacks->next_calls)
		return -ENOMEM;
	for (size_t i = go->look_call_cnt; i-- && !err;) {
		uint64_t key = place_key(&go->look_calls[i].site), next = 0;

		table__get(&stacks->calls, key, &next);
		stacks->next_calls[i] = (uint32_t)next;
		err = table__put(&stacks->calls, key, i + 1);
	}
	return err;
}

int go_stacks__init(struct go_stacks *stacks, const struct view_process *process,
		    const struct name_source *names)
{
	int err = 0;

	*stacks = (struct go_stacks){.process = process, .names = names};
	stacks->origins = calloc(process->stack_cnt + 1, sizeof(*stacks->origins));
	if (!stacks->origins)
		return -ENOMEM;
	for (size_t i = 0; i < process->stack_cnt && !err; i++)
		if (process->stacks[i].func == HB_GO_ALLOC && process->stacks[i].frame_cnt)
			err = go_origin__find(&stacks->origins[i], &process->stacks[i], names);
	return err ? err : index_calls(stacks, process->go);
}

void go_stacks__release(struct go_stacks *stacks)
{
	free(stacks->origins);
	free(stacks->next_calls);
	table__release(&stacks->calls);
	*stacks = (struct go_stacks){0};
}

static int by_size(const void *a, const void *b)
{
	const struct view_go_size *x = a, *y = b;

	return (x->size_bytes > y->size_bytes) - (x->size_bytes < y->size_bytes);
}

/* Sizes that have occurred since the first reading, or are live, of all stacks of @site. */
static int set_sizes(struct view *view, const struct go_stacks *stacks,
		     const struct view_site *site, struct view_go_trait *trait)
{
	struct view_go_size *sizes;
	size_t cnt = 0, all = 0;

	for (size_t i = 0; i < site->stack_cnt; i++)
		all += stacks->process->stacks[site->stacks[i]].size_cnt;
	sizes = view__alloc(view, all * sizeof(*sizes));
	if (!sizes)
		return -ENOMEM;
	for (size_t i = 0, at = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &stacks->process->stacks[site->stacks[i]];

		if (stack->size_cnt)
			memcpy(&sizes[at], stack->sizes, stack->size_cnt * sizeof(*sizes));
		at += stack->size_cnt;
	}
	qsort(sizes, all, sizeof(*sizes), by_size);
	for (size_t i = 0; i < all; i++) {
		if (!sizes[i].sums.n && !(sizes[i].live_objects > 0))
			continue;
		if (!cnt || sizes[cnt - 1].size_bytes != sizes[i].size_bytes) {
			sizes[cnt++] = sizes[i];
			continue;
		}
		sample_sums__merge(&sizes[cnt - 1].sums, &sizes[i].sums);
		sizes[cnt - 1].live_objects += sizes[i].live_objects;
	}
	trait->sizes = sizes;
	trait->size_cnt = cnt;
	return 0;
}

static const struct frame *entry_of(const struct go_stacks *stacks, uint32_t stack)
{
	return &stacks->process->stacks[stack].frames[stacks->origins[stack].entry.frame];
}

static bool same(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

/* What the calls of all stacks of @site show alike: what one of them does not show is unknown. */
static int set_call_site(struct view *view, const struct go_stacks *stacks,
			 const struct view_site *site, struct view_go_trait *trait)
{
	struct symbol_site found = {.type = NULL};

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct symbol_site *shown;
		int err = names__site_of_frame(stacks->names, entry_of(stacks, site->stacks[i]),
					       &shown);

		if (err)
			return err;
		if (!shown)
			return 0;
		if (!i)
			found = *shown;
		if (!same(found.type, shown->type) || found.type_bytes != shown->type_bytes)
			found.type = NULL;
		if (!same(found.callee, shown->callee))
			found.callee = NULL;
	}
	if (found.type) {
		trait->type_bytes = found.type_bytes;
		trait->type = view__strdup(view, found.type);
	}
	if (found.callee)
		trait->callee = view__strdup(view, found.callee);
	return (found.type && !trait->type) || (found.callee && !trait->callee) ? -ENOMEM : 0;
}

/* The rows of looks at the places where the stacks of @site enter the runtime. */
static size_t find_calls(const struct go_stacks *stacks, const struct view_site *site,
			 struct table *seen, const struct view_go_call **ret)
{
	const struct view_go_call *rows = stacks->process->go->look_calls;
	size_t cnt = 0;

	for (size_t i = 0; i < site->stack_cnt; i++) {
		uint64_t key = place_key(entry_of(stacks, site->stacks[i])), at = 0;

		if (table__get(seen, key, NULL) || !table__get(&stacks->calls, key, &at) ||
		    table__put(seen, key, 1))
			continue;
		for (; at; at = stacks->next_calls[at - 1]) {
			if (ret)
				ret[cnt] = &rows[at - 1];
			cnt++;
		}
	}
	return cnt;
}

static int set_calls(struct view *view, const struct go_stacks *stacks,
		     const struct view_site *site, struct view_go_trait *trait)
{
	struct table seen = {0};
	size_t cnt;

	if (!stacks->next_calls)
		return 0;
	cnt = find_calls(stacks, site, &seen, NULL);
	table__release(&seen);
	if (!cnt)
		return 0;
	trait->calls = view__alloc(view, cnt * sizeof(*trait->calls));
	if (!trait->calls)
		return -ENOMEM;
	trait->call_cnt = find_calls(stacks, site, &seen, trait->calls);
	table__release(&seen);
	return 0;
}

int go_trait__set(struct view *view, const struct go_stacks *stacks, struct view_site *site,
		  const char *via)
{
	const struct go_origin *origin = &stacks->origins[site->stacks[0]];
	struct view_go_trait *trait = view__alloc(view, sizeof(*trait));
	int err;

	if (!trait)
		return -ENOMEM;
	trait->construct = origin->construct;
	trait->through = via ? origin->through : NULL; /* of uses, as via */
	trait->via = via ? view__strdup(view, via) : NULL;
	if (via && !trait->via)
		return -ENOMEM;
	err = set_sizes(view, stacks, site, trait);
	if (!err)
		err = set_call_site(view, stacks, site, trait);
	if (!err)
		err = set_calls(view, stacks, site, trait);
	site->trait = trait;
	return err;
}
