// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/fold.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "bpf/abi.h"
#include "symbol/go_look_site.h"
#include "symbol/fold_place.h"
#include "symbol/go_site.h"
#include "symbol/go_trait.h"
#include "symbol/go_use.h"
#include "symbol/site.h"
#include "symbol/wrapper.h"

#include "base/banned.h"

struct fold {
	struct view *view;
	const struct name_source *names;
	struct table
		first_names; /* frame -> index of its first name that is no wrapper, or WRAPPER */
	struct go_stacks go; /* of the process that is folded */
};

#define WRAPPER UINT64_MAX

const struct view_module *fold__module(const struct view *view, uint32_t module)
{
	/* numbers are given out in the order of the array, nearly always from 1 without a gap */
	if (module && module <= view->module_cnt && view->modules[module - 1].module == module)
		return &view->modules[module - 1];
	for (size_t i = 0; i < view->module_cnt; i++)
		if (view->modules[i].module == module)
			return &view->modules[i];
	return NULL;
}

double fold__stack_bytes(const struct view_stack *stack)
{
	double bytes = 0;

	for (uint32_t i = 0; i < stack->class_cnt; i++)
		bytes += stack->classes[i].sums.bytes;
	return bytes;
}

double fold__stack_calls(const struct view_stack *stack)
{
	double calls = 0;

	for (uint32_t i = 0; i < stack->class_cnt; i++)
		calls += stack->classes[i].sums.calls;
	return calls;
}

static uint64_t frame_key(const struct frame *frame)
{
	uint64_t address = names__address(frame), kind = names__innermost(frame);
	uint64_t hash = hash__bytes(HASH_SEED, &frame->module, sizeof(frame->module));

	hash = hash__bytes(hash, &address, sizeof(address));
	return hash__bytes(hash, &kind, sizeof(kind));
}

/* First name of @frame that is no wrapper in *ret_name (WRAPPER: none). 0 or -errno. */
static int first_name(struct fold *fold, const struct frame *frame, uint64_t *ret_name)
{
	const struct view_module *module = fold__module(fold->view, frame->module);
	const struct symbol_name *names;
	uint64_t key = frame_key(frame), found = WRAPPER;
	int cnt;

	if (table__get(&fold->first_names, key, ret_name))
		return 0;
	cnt = names__of_frame(fold->names, frame, &names);
	if (cnt < 0)
		return cnt;
	for (int i = 0; i < cnt && found == WRAPPER; i++)
		if (!wrapper__matches(names[i].no_name ? NULL : names[i].function,
				      module ? module->path : NULL))
			found = (uint64_t)i;
	if (!cnt)
		found = 0;
	*ret_name = found;
	return table__put(&fold->first_names, key, found);
}

/* Where the site of @stack lies. A stack of nothing but wrappers keeps its frame 0. */
static int find_place(struct fold *fold, const struct view_stack *stack, struct place_in_stack *ret)
{
	uint64_t name = WRAPPER;

	for (uint32_t i = 0; i < stack->frame_cnt; i++) {
		int err = first_name(fold, &stack->frames[i], &name);

		if (err)
			return err;
		if (name != WRAPPER) {
			*ret = (struct place_in_stack){i, (uint32_t)name};
			return 0;
		}
	}
	*ret = (struct place_in_stack){0, 0};
	return 0;
}

/* Copy the names of @site, whose heaviest stack is @stack, into the view. */
static int name_site(struct fold *fold, struct view_site *site, const struct view_stack *stack)
{
	struct place_in_stack place;
	int err = find_place(fold, stack, &place);

	site->func = stack->func;
	return err ? err : fold_place__name(fold->view, fold->names, stack, place, site);
}

/* Sites of different families are different sites. */
enum family { FAMILY_HEAP, FAMILY_GO, FAMILY_VM };

struct keyed_stack {
	uint64_t site; /* id */
	double bytes;
	uint32_t idx;
	enum family family;
};

static enum family family_of(const struct view_stack *stack)
{
	if (stack->func == HB_GO_ALLOC)
		return FAMILY_GO;
	return stack->func >= HB_FIRST_VM ? FAMILY_VM : FAMILY_HEAP;
}

static int by_site(const void *a, const void *b)
{
	const struct keyed_stack *x = a, *y = b;

	if (x->family != y->family)
		return x->family < y->family ? -1 : 1;
	if (x->site != y->site)
		return x->site < y->site ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

static int by_bytes(const void *a, const void *b)
{
	const struct view_site *x = a, *y = b;

	if (x->vm != y->vm)
		return x->vm - y->vm;
	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Every stack of @process with the id of its site, sorted so that a site's stacks are neighbours. */
static int key_stacks(struct fold *fold, struct view_process *process, struct keyed_stack *keyed,
		      size_t *ret_cnt)
{
	size_t cnt = 0;

	for (size_t i = 0; i < process->stack_cnt; i++) {
		struct view_stack *stack = &process->stacks[i];
		struct place_in_stack place;
		int err;

		if (!stack->frame_cnt)
			continue;
		err = find_place(fold, stack, &place);
		if (!err && stack->func == HB_GO_ALLOC)
			err = go_site__trim(stack, place.frame, fold->names);
		if (err)
			return err;
		keyed[cnt++] = (struct keyed_stack){
			.site = fold_place__id(fold->view, &stack->frames[place.frame]),
			.bytes = fold__stack_bytes(stack),
			.idx = (uint32_t)i,
			.family = family_of(stack),
		};
	}
	qsort(keyed, cnt, sizeof(*keyed), by_site);
	*ret_cnt = cnt;
	return 0;
}

static bool same_site(const struct keyed_stack *a, const struct keyed_stack *b)
{
	return a->site == b->site && a->family == b->family;
}

static int build_site(struct fold *fold, const struct view_process *process,
		      const struct keyed_stack *keyed, size_t cnt, struct view_site *site)
{
	int err;

	site->id = keyed->site;
	site->vm = keyed->family == FAMILY_VM;
	site->go = keyed->family == FAMILY_GO;
	site->stack_cnt = cnt;
	site->stacks = view__alloc(fold->view, cnt * sizeof(*site->stacks));
	if (!site->stacks)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		site->stacks[i] = keyed[i].idx;
	err = name_site(fold, site, &process->stacks[keyed->idx]);
	if (err)
		return err;
	if (!site->go)
		return site__sum(fold->view, process, site);
	err = go_site__sum(fold->view, process, site);
	return err || !process->go ? err : go_trait__set(fold->view, &fold->go, site, NULL);
}

static int fold_keyed(struct fold *fold, struct view_process *process,
		      const struct keyed_stack *keyed, size_t cnt)
{
	size_t site_cnt = 0, at = 0;
	int err = 0;

	for (size_t i = 0; i < cnt; i++)
		site_cnt += !i || !same_site(&keyed[i - 1], &keyed[i]);
	process->sites = view__alloc(fold->view, site_cnt * sizeof(*process->sites));
	if (!process->sites)
		return -ENOMEM;
	for (size_t i = 0, n; i < cnt && !err; i += n) {
		for (n = 1; i + n < cnt && same_site(&keyed[i], &keyed[i + n]);)
			n++;
		err = build_site(fold, process, &keyed[i], n, &process->sites[at++]);
	}
	if (err)
		return err;
	process->site_cnt = at;
	qsort(process->sites, at, sizeof(*process->sites), by_bytes);
	return 0;
}

/* Sites and, of a Go program, its uses, both of the stacks in @keyed. */
static int fold_stacks(struct fold *fold, struct view_process *process, struct keyed_stack *keyed)
{
	size_t cnt;
	int err = key_stacks(fold, process, keyed, &cnt);

	if (!err && process->go)
		err = go_stacks__init(&fold->go, process, fold->names);
	if (!err && cnt)
		err = fold_keyed(fold, process, keyed, cnt);
	if (!err && process->go)
		err = go_use__fold(fold->view, &fold->go, process->go);
	go_stacks__release(&fold->go);
	return err;
}

static int fold_process(struct fold *fold, struct view_process *process)
{
	struct keyed_stack *keyed;
	int err;

	process->sites = NULL;
	process->site_cnt = 0;
	err = process->go ? go_site__name_goroutines(fold->view, process->go, fold->names) : 0;
	if (!err && process->go)
		err = go_look_site__name(fold->view, process->go, fold->names);
	if (err || !process->stack_cnt)
		return err;
	keyed = calloc(process->stack_cnt, sizeof(*keyed));
	if (!keyed)
		return -ENOMEM;
	err = fold_stacks(fold, process, keyed);
	free(keyed);
	return err;
}

int fold__sites(struct view *view, const struct name_source *names)
{
	struct fold fold = {.view = view, .names = names};
	int err = 0;

	for (size_t i = 0; i < view->process_cnt && !err; i++)
		err = fold_process(&fold, &view->processes[i]);
	table__release(&fold.first_names);
	return err;
}
