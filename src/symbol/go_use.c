// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_use.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "bpf/abi.h"
#include "symbol/fold.h"
#include "symbol/go_site.h"

#include "base/banned.h"

struct keyed {
	uint64_t use; /* id */
	double bytes;
	uint32_t idx;
};

static uint64_t use_id(const struct view *view, const struct view_stack *stack,
		       const struct go_origin *origin)
{
	uint64_t hash = fold_place__id(view, &stack->frames[origin->owner.frame]);
	uint32_t kind = origin->construct;

	hash = hash__bytes(hash, &origin->owner.name, sizeof(origin->owner.name));
	hash = hash__bytes(hash, &kind, sizeof(kind));
	if (origin->through)
		hash = hash__bytes(hash, origin->through, strlen(origin->through));
	return origin->via ? hash__bytes(hash, origin->via, strlen(origin->via)) : hash;
}

static int by_use(const void *a, const void *b)
{
	const struct keyed *x = a, *y = b;

	if (x->use != y->use)
		return x->use < y->use ? -1 : 1;
	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

static int by_bytes(const void *a, const void *b)
{
	const struct view_site *x = a, *y = b;

	if (x->bytes.value != y->bytes.value)
		return x->bytes.value < y->bytes.value ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

/* Neighbours of one use, the heaviest stack first. */
static int build(struct view *view, const struct go_stacks *stacks, const struct keyed *keyed,
		 size_t cnt, struct view_site *use)
{
	const struct view_process *process = stacks->process;
	const struct go_origin *origin = &stacks->origins[keyed->idx];
	const struct view_stack *heaviest = &process->stacks[keyed->idx];
	int err;

	use->id = keyed->use;
	use->go = true;
	use->func = heaviest->func;
	use->stack_cnt = cnt;
	use->stacks = view__alloc(view, cnt * sizeof(*use->stacks));
	if (!use->stacks)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		use->stacks[i] = keyed[i].idx;
	err = fold_place__name(view, stacks->names, heaviest, origin->owner, use);
	if (!err)
		err = go_site__sum(view, process, use);
	return err ? err : go_trait__set(view, stacks, use, origin->via);
}

static int fold_keyed(struct view *view, const struct go_stacks *stacks, struct view_go *go,
		      const struct keyed *keyed, size_t cnt)
{
	size_t use_cnt = 0, at = 0;
	int err = 0;

	for (size_t i = 0; i < cnt; i++)
		use_cnt += !i || keyed[i - 1].use != keyed[i].use;
	go->uses = view__alloc(view, use_cnt * sizeof(*go->uses));
	if (!go->uses)
		return -ENOMEM;
	for (size_t i = 0, n; i < cnt && !err; i += n) {
		for (n = 1; i + n < cnt && keyed[i].use == keyed[i + n].use;)
			n++;
		err = build(view, stacks, &keyed[i], n, &go->uses[at++]);
	}
	if (err)
		return err;
	go->use_cnt = at;
	qsort(go->uses, at, sizeof(*go->uses), by_bytes);
	return 0;
}

int go_use__fold(struct view *view, const struct go_stacks *stacks, struct view_go *go)
{
	const struct view_process *process = stacks->process;
	struct keyed *keyed = calloc(process->stack_cnt + 1, sizeof(*keyed));
	size_t cnt = 0;
	int err = 0;

	go->uses = NULL;
	go->use_cnt = 0;
	if (!keyed)
		return -ENOMEM;
	for (size_t i = 0; i < process->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[i];

		if (stack->func != HB_GO_ALLOC || !stack->frame_cnt)
			continue;
		keyed[cnt++] = (struct keyed){
			.use = use_id(view, stack, &stacks->origins[i]),
			.bytes = fold__stack_bytes(stack),
			.idx = (uint32_t)i,
		};
	}
	qsort(keyed, cnt, sizeof(*keyed), by_use);
	if (cnt)
		err = fold_keyed(view, stacks, go, keyed, cnt);
	free(keyed);
	return err;
}
