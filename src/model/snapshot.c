// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/model.h"

#include <errno.h>
#include <string.h>

#include "model/go_view.h"
#include "model/live_view.h"
#include "model/lives.h"
#include "model/process_figures.h"
#include "model/state.h"
#include "model/tracking.h"

#include "base/banned.h"

static double seconds_between(uint64_t from_ns, uint64_t to_ns)
{
	return to_ns > from_ns ? (double)(to_ns - from_ns) / 1e9 : 0;
}

/* A copy of @s in the view; absent stays NULL. */
static const char *copy(struct view *view, const char *s, bool *failed)
{
	const char *copied = s ? view__strdup(view, s) : NULL;

	*failed |= s && !copied;
	return copied;
}

static int snapshot_identity(struct view *view, struct view_process *to,
			     const struct process *process)
{
	bool failed = false;

	to->image = process->image;
	to->tgid = process->tgid;
	to->start_ticks = process->start_ticks;
	to->exec_id = process->exec_id;
	to->comm = copy(view, process->comm, &failed);
	to->exe = copy(view, process->exe, &failed);
	to->runtime = copy(view, process->runtime, &failed);
	to->allocator = copy(view, process->allocator, &failed);
	to->hides = copy(view, process->hides, &failed);
	to->refusal = copy(view, process->refusal, &failed);
	to->unit = copy(view, process->unit, &failed);
	to->exited = process->exited;
	to->exit_reason = process->exit_reason;
	to->shed = process->shed;
	to->complete_n = process->complete_n;
	to->sample_n = process->sample_n;
	to->dropped_samples = process->dropped_samples;
	to->dropped_blocks = process->untracked;
	to->loss = process->loss;
	to->loss_known = process->loss_known;
	return failed ? -ENOMEM : 0;
}

static int snapshot_sums(struct view *view, struct view_process *to, const struct process *process)
{
	struct sample_sums **sums[2] = {&to->heap_sums, &to->vm_sums};
	size_t bytes = SIZE_CLASSES * sizeof(**sums[0]);

	for (int family = 0; family < 2; family++) {
		if (!process->sums[family])
			continue;
		*sums[family] = view__alloc(view, bytes);
		if (!*sums[family])
			return -ENOMEM;
		memcpy(*sums[family], process->sums[family], bytes);
	}
	return 0;
}

static int snapshot_points(struct view *view, struct view_process *to,
			   const struct process *process)
{
	size_t cnt = process->ticks.thinning.cnt;

	if (!to->frees_seen || !cnt) /* Go's, where it has one, are set already */
		return 0;
	to->at_s = view__alloc(view, cnt * sizeof(*to->at_s));
	to->live_points = view__alloc(view, cnt * sizeof(*to->live_points));
	if (!to->at_s || !to->live_points)
		return -ENOMEM;
	memcpy(to->at_s, process->ticks.t_s, cnt * sizeof(*to->at_s));
	memcpy(to->live_points, process->ticks.live_bytes, cnt * sizeof(*to->live_points));
	to->point_cnt = cnt;
	return 0;
}

static int snapshot_series(struct view *view, struct view_stack *to, const struct stack *stack,
			   size_t cnt)
{
	if (!stack->points || !cnt)
		return 0;
	to->live.points = view__alloc(view, cnt * sizeof(*to->live.points));
	if (!to->live.points)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		to->live.points[i] = (double)stack->points[i];
	to->live.cnt = cnt;
	return 0;
}

static int snapshot_stack(struct view *view, struct view_stack *to, const struct stack *stack,
			  const struct view_process *process)
{
	to->id = stack->id;
	to->func = stack->func;
	to->complete = stack->complete;
	to->frame_cnt = stack->frame_cnt;
	to->frames = view__alloc(view, stack->frame_cnt * sizeof(*to->frames));
	if (!to->frames)
		return -ENOMEM;
	memcpy(to->frames, stack->frames, stack->frame_cnt * sizeof(*to->frames));
	to->class_cnt = stack->class_cnt;
	to->classes = view__alloc(view, stack->class_cnt * sizeof(*to->classes));
	if (!to->classes)
		return -ENOMEM;
	if (stack->class_cnt)
		memcpy(to->classes, stack->classes, stack->class_cnt * sizeof(*to->classes));
	to->failed = stack->failed;
	to->tracked_objects = stack->tracked_objects;
	to->tracked_n = stack->tracked_n;
	to->freed_objects = stack->freed_objects;
	to->freed_n = stack->freed_n;
	to->lifetime_sum_s = stack->lifetime_sum_s;
	to->lifetime_sq_s2 = stack->lifetime_sq_s2;
	if (!process->frees_seen)
		return 0;
	to->live_bytes = stack->live.bytes;
	to->live_objects = stack->live.objects;
	to->live_bytes_var = stack->live.bytes_var;
	to->live_objects_var = stack->live.objects_var;
	to->live_n = stack->live.n;
	return snapshot_series(view, to, stack, process->point_cnt);
}

/* Classes that stack @i knows, and those that its live blocks would be cut off in. */
static void mark_lives(const struct process *process, const struct store *store, uint64_t until_ns,
		       uint64_t *masks)
{
	for (size_t i = 0; i < process->stacks.cnt; i++)
		for (uint32_t k = 0; k < process->stacks.items[i].life_cnt; k++)
			masks[i] |= 1ULL << process->stacks.items[i].lives[k].life_class;
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next) {
		const struct block *block = &store->blocks.items[i];

		if (block->stack != STACK_NONE)
			masks[block->stack] |= 1ULL << block__age_class(block, until_ns);
	}
}

/* The row of class @class in a stack whose classes are @mask, in the order of the classes. */
static struct life_class *life_row(const struct view_stack *stack, uint64_t mask, uint32_t class)
{
	return &stack->lives[__builtin_popcountll(mask & ((1ULL << class) - 1))];
}

static int snapshot_lives(struct view *view, struct view_process *to, const struct process *process,
			  const struct store *store, uint64_t until_ns)
{
	uint64_t *masks = view__alloc(view, process->stacks.cnt * sizeof(*masks));

	if (!masks)
		return -ENOMEM;
	mark_lives(process, store, until_ns, masks);
	for (size_t i = 0; i < to->stack_cnt; i++) {
		const struct stack *stack = &process->stacks.items[i];

		to->stacks[i].life_cnt = (uint32_t)__builtin_popcountll(masks[i]);
		to->stacks[i].lives =
			view__alloc(view, to->stacks[i].life_cnt * sizeof(*to->stacks[i].lives));
		if (!to->stacks[i].lives)
			return -ENOMEM;
		for (uint32_t k = 0; k < stack->life_cnt; k++)
			*life_row(&to->stacks[i], masks[i], stack->lives[k].life_class) =
				stack->lives[k];
	}
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next) {
		const struct block *block = &store->blocks.items[i];
		uint32_t class = block__age_class(block, until_ns);
		struct life_class *row;

		if (block->stack == STACK_NONE)
			continue;
		row = life_row(&to->stacks[block->stack], masks[block->stack], class);
		row->life_class = class;
		life_class__censor(row, 1 / block->probability);
	}
	return 0;
}

/* Hand the chains out to their stacks: count, allocate, fill. */
static int snapshot_chains(struct view *view, struct view_process *to,
			   const struct process *process)
{
	const struct chains *chains = &process->chains;
	double weight = chains__weight(chains);

	for (size_t i = 0; i < chains->cnt; i++)
		if (chains->items[i].stack != STACK_NONE)
			to->stacks[chains->items[i].stack].chain_cnt++;
	for (size_t i = 0; i < to->stack_cnt; i++) {
		struct view_stack *stack = &to->stacks[i];

		stack->chains = view__alloc_chains(view, stack->chain_cnt);
		if (!stack->chains)
			return -ENOMEM;
		stack->chain_cnt = 0;
	}
	for (size_t i = 0; i < chains->cnt; i++) {
		const struct chain_row *row = &chains->items[i];
		struct view_stack *stack;

		if (row->stack == STACK_NONE)
			continue;
		stack = &to->stacks[row->stack];
		stack->chains[stack->chain_cnt] = row->chain;
		stack->chains[stack->chain_cnt++].weight *= weight;
	}
	return 0;
}

/* Fill @to, zeroed, from @process as of @last_ns. 0 or -ENOMEM. */
static int snapshot_light(struct view *view, struct view_process *to, const struct process *process,
			  uint64_t last_ns)
{
	uint64_t now_ns = process->exited ? process->exit_ns : last_ns;
	int err = snapshot_identity(view, to, process);

	if (err)
		return err;
	to->span_s = seconds_between(process->first_ns, now_ns);
	to->frees_seen = process__sees_frees(process, now_ns);
	process_figures__fill(to, process, now_ns);
	return process->go ? go_view__light(view, to, process) : 0;
}

/* The rest of it. 0 or -ENOMEM. */
static int snapshot_stacks(struct view *view, struct view_process *to,
			   const struct process *process, const struct store *store,
			   uint64_t last_ns)
{
	uint64_t now_ns = process->exited ? process->exit_ns : last_ns;
	size_t go_cnt = process->go ? process->go->stacks.cnt : 0;
	int err;

	process_figures__analyse(to, process, store, now_ns);
	err = go_view__full(view, to, process);
	if (!err)
		err = snapshot_sums(view, to, process);
	if (!err)
		err = snapshot_points(view, to, process);
	if (err)
		return err;
	to->stacks = view__alloc(view, (process->stacks.cnt + go_cnt) * sizeof(*to->stacks));
	if (!to->stacks)
		return -ENOMEM;
	to->stack_cnt = process->stacks.cnt;
	for (size_t i = 0; i < to->stack_cnt && !err; i++)
		err = snapshot_stack(view, &to->stacks[i], &process->stacks.items[i], to);
	if (!err)
		err = snapshot_lives(view, to, process, store,
				     to->last_seen_ns ? to->last_seen_ns : now_ns);
	if (!err)
		err = snapshot_chains(view, to, process);
	if (!err && process->threads)
		err = threads__fill(view, to, process->threads);
	to->follow = store->follow;
	to->peak_at_s = -1;
	live_view__peak(to, process);
	if (to->peak_ns >= process->first_ns)
		to->peak_at_s = seconds_between(process->first_ns, to->peak_ns);
	live_view__older(to, process, store, to->last_seen_ns ? to->last_seen_ns : now_ns);
	return err ? err : go_view__stacks(view, to, process);
}

static int snapshot_modules(struct view *view, const struct model *model)
{
	size_t cnt = model->modules.cnt;

	view->modules = view__alloc(view, cnt * sizeof(*view->modules));
	if (!view->modules)
		return -ENOMEM;
	view->module_cnt = cnt;
	for (size_t i = 0; i < cnt; i++) {
		view->modules[i] = model->modules.items[i];
		view->modules[i].path = view__strdup(view, model->modules.items[i].path);
		if (!view->modules[i].path)
			return -ENOMEM;
	}
	return 0;
}

static int snapshot_all(struct view *view, const struct model *model, bool light)
{
	bool failed = false;
	int err;

	view->host = copy(view, model->host ? model->host : "", &failed);
	view->kernel = copy(view, model->kernel ? model->kernel : "", &failed);
	view->version = copy(view, model->version ? model->version : "", &failed);
	view->span_s = seconds_between(model->first_ns, model->last_ns);
	view->wall_ns = model->wall_ns ? model->wall_ns + (model->last_ns - model->boottime_ns) : 0;
	view->truncated = !model->ended;
	view->dropped_processes = model->dropped_processes;
	view->dropped_modules = model->dropped_modules;
	err = failed ? -ENOMEM : light ? 0 : snapshot_modules(view, model);
	if (err)
		return err;
	view->processes = view__alloc(view, model->processes.cnt * sizeof(*view->processes));
	if (!view->processes)
		return -ENOMEM;
	view->process_cnt = model->processes.cnt;
	for (size_t i = 0; i < view->process_cnt && !err; i++) {
		const struct process *process = model->processes.items[i];
		struct view_process *to = &view->processes[i];

		err = snapshot_light(view, to, process, model->last_ns);
		if (!err && !light)
			err = snapshot_stacks(view, to, process, &model->store, model->last_ns);
	}
	return err;
}

static struct view *build(const struct model *model, bool light)
{
	struct view *view = view__new();
	int err = view ? snapshot_all(view, model, light) : -ENOMEM;

	if (!err)
		return view;
	view__free(view);
	errno = -err;
	return NULL;
}

struct view *model__build(const struct model *model)
{
	return build(model, false);
}

struct view *model__build_light(const struct model *model)
{
	return build(model, true);
}
