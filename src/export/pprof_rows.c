// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_rows.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "bpf/abi.h"
#include "export/report.h"
#include "symbol/fold.h"

#include "base/banned.h"

#define VALUE_MAX 0x1p61 /* of a total: a broken capture can hold anything, and pprof has int64 */

static double bounded(double value)
{
	return value > 0 ? fmin(value, VALUE_MAX) : 0;
}

static double cumulative(const struct view_process *process, const struct figure *seen,
			 const struct figure *rate)
{
	if (seen->basis == BASIS_UNKNOWN)
		return 0;
	if (process->frees_seen || rate->basis == BASIS_UNKNOWN)
		return bounded(seen->value);
	return bounded(fmax(seen->value, rate->value * process->span_s));
}

double pprof__alloc_space(const struct view_process *process)
{
	return round(cumulative(process, &process->bytes, &process->bytes_rate));
}

double pprof__alloc_objects(const struct view_process *process)
{
	return round(cumulative(process, &process->calls, &process->calls_rate));
}

static uint64_t owner_key(const struct view_process *process)
{
	uint64_t hash = hash__bytes(HASH_SEED, &process->tgid, sizeof(process->tgid));

	return hash__bytes(hash, process->comm, strlen(process->comm));
}

static uint64_t row_key(uint64_t owner, const struct view_stack *stack)
{
	uint64_t hash = hash__bytes(HASH_SEED, &owner, sizeof(owner));
	uint32_t cnt;
	const struct frame *frames = view_stack__shown(stack, &cnt);

	for (uint32_t i = 0; i < cnt; i++) {
		uint64_t address = names__address(&frames[i]);
		bool innermost = names__innermost(&frames[i]);

		hash = hash__bytes(hash, &frames[i].module, sizeof(uint32_t));
		hash = hash__bytes(hash, &address, sizeof(address));
		hash = hash__bytes(hash, &innermost, sizeof(innermost));
	}
	return hash;
}

static bool same_frames(const struct view_stack *a, const struct view_stack *b)
{
	uint32_t a_cnt, b_cnt;
	const struct frame *x = view_stack__shown(a, &a_cnt), *y = view_stack__shown(b, &b_cnt);

	if (a_cnt != b_cnt || (a->func == HB_GO_ALLOC) != (b->func == HB_GO_ALLOC))
		return false;
	for (uint32_t i = 0; i < a_cnt; i++)
		if (x[i].module != y[i].module || names__address(&x[i]) != names__address(&y[i]) ||
		    names__innermost(&x[i]) != names__innermost(&y[i]))
			return false;
	return true;
}

/* Index of the owner of @process's stacks, made if new; -ENOMEM. */
static int64_t intern_owner(struct pprof_rows *rows, const struct view_process *process)
{
	uint64_t key = owner_key(process), found;
	struct pprof_owner owner = {.process = process};
	uint32_t at = (uint32_t)rows->owners.cnt;

	for (; table__get(&rows->owner_index, key, &found); key++) {
		const struct view_process *known = rows->owners.items[found].process;

		if (known && known->tgid == process->tgid && !strcmp(known->comm, process->comm))
			return (int64_t)found;
	}
	if (at >= PPROF_OWNERS_MAX)
		return PPROF_OWNERS_MAX - 1;
	if (at == PPROF_OWNERS_MAX - 1)
		owner.process = NULL;
	owner.other = (struct pprof_row){.key = key, .owner = at};
	if (vec__add(&rows->owners, owner) || table__put(&rows->owner_index, key, at))
		return -ENOMEM;
	return at;
}

/* The row of @stack, made if new; NULL if out of memory. Valid until the next call. */
static struct pprof_row *intern_row(struct pprof_rows *rows, uint32_t owner,
				    const struct view_stack *stack)
{
	uint64_t key = row_key(rows->owners.items[owner].other.key, stack), found;

	for (; table__get(&rows->row_index, key, &found); key++) {
		struct pprof_row *known = &rows->items[found];

		if (known->owner == owner && same_frames(known->stack, stack))
			return known;
	}
	if (vec__add(rows, (struct pprof_row){.key = key, .stack = stack, .owner = owner}) ||
	    table__put(&rows->row_index, key, rows->cnt - 1))
		return NULL;
	return &rows->items[rows->cnt - 1];
}

/* What one estimated call and byte of the stacks of a site stand for in the process's totals. */
struct scale {
	double calls, bytes;
	bool live;
};

static struct scale scale_of(const struct view_process *process, const struct view_site *site)
{
	struct scale scale = {.live = process->live_bytes.basis != BASIS_UNKNOWN};
	double calls = 0;

	for (size_t i = 0; i < site->stack_cnt; i++)
		calls += fold__stack_calls(&process->stacks[site->stacks[i]]);
	if (calls > 0 && process->calls.value > 0)
		scale.calls = site->calls.value / calls * pprof__alloc_objects(process) /
			      process->calls.value;
	if (process->bytes.value > 0)
		scale.bytes = report__stack_scale(process, site, BY_BYTES) *
			      pprof__alloc_space(process) / process->bytes.value;
	return scale;
}

static int collect_site(struct pprof_rows *rows, uint32_t owner, const struct view_process *process,
			const struct view_site *site)
{
	struct scale scale = scale_of(process, site);

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];
		struct pprof_row *row = intern_row(rows, owner, stack);

		if (!row)
			return -ENOMEM;
		row->want[PPROF_ALLOC_OBJECTS] += bounded(scale.calls * fold__stack_calls(stack));
		row->want[PPROF_ALLOC_SPACE] += bounded(scale.bytes * fold__stack_bytes(stack));
		if (!scale.live)
			continue;
		row->want[PPROF_INUSE_OBJECTS] += bounded(stack->live_objects);
		row->want[PPROF_INUSE_SPACE] += bounded(stack->live_bytes);
	}
	return 0;
}

/* What the program's own profile shows, or what samples of probes stand for. */
static int collect_go_site(struct pprof_rows *rows, uint32_t owner,
			   const struct view_process *process, const struct view_site *site)
{
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];
		struct pprof_row *row = intern_row(rows, owner, stack);

		if (!row)
			return -ENOMEM;
		if (process->go->site_basis == BASIS_BUCKET) {
			row->want[PPROF_ALLOC_OBJECTS] += (double)stack->profile.alloc_objects;
			row->want[PPROF_ALLOC_SPACE] += (double)stack->profile.alloc_bytes;
			row->want[PPROF_INUSE_OBJECTS] += (double)stack->profile.inuse_objects;
			row->want[PPROF_INUSE_SPACE] += (double)stack->profile.inuse_bytes;
		} else {
			row->want[PPROF_ALLOC_OBJECTS] += bounded(fold__stack_calls(stack));
			row->want[PPROF_ALLOC_SPACE] += bounded(fold__stack_bytes(stack));
		}
		for (size_t v = 0; v < PPROF_VALUES; v++)
			row->want[v] = bounded(row->want[v]);
	}
	return 0;
}

static void add_total(struct pprof_owner *owner, size_t value, double amount)
{
	owner->totals[value] = bounded(owner->totals[value] + bounded(amount));
}

static void add_figure(struct pprof_owner *owner, size_t value, const struct figure *figure)
{
	if (figure->basis != BASIS_UNKNOWN)
		add_total(owner, value, round(figure->value));
}

static void add_native_totals(struct pprof_owner *owner, const struct view_process *process)
{
	add_total(owner, PPROF_ALLOC_OBJECTS, pprof__alloc_objects(process));
	add_total(owner, PPROF_ALLOC_SPACE, pprof__alloc_space(process));
	add_figure(owner, PPROF_INUSE_OBJECTS, &process->live_objects);
	add_figure(owner, PPROF_INUSE_SPACE, &process->live_bytes);
}

/* What comes of other sources until then would stay in "(other)" for good. */
static bool is_profile_due(const struct view_go *go)
{
	return go->site_basis != BASIS_BUCKET && (go->parts & GO_PART_BUCKETS);
}

/* Totals of Go's own profile are the sums of its stacks: it knows of nothing else. */
static void add_go_totals(struct pprof_owner *owner, const struct view_process *process)
{
	const struct view_go *go = process->go;

	if (go->site_basis != BASIS_BUCKET) {
		add_figure(owner, PPROF_ALLOC_OBJECTS, &go->calls);
		add_figure(owner, PPROF_ALLOC_SPACE, &go->bytes);
		add_figure(owner, PPROF_INUSE_OBJECTS, &go->live_objects);
		add_figure(owner, PPROF_INUSE_SPACE, &go->live_bytes);
		return;
	}
	for (size_t i = 0; i < process->stack_cnt; i++) {
		const struct go_profile_sums *profile = &process->stacks[i].profile;

		if (process->stacks[i].func != HB_GO_ALLOC || !process->stacks[i].frame_cnt)
			continue;
		add_total(owner, PPROF_ALLOC_OBJECTS, (double)profile->alloc_objects);
		add_total(owner, PPROF_ALLOC_SPACE, (double)profile->alloc_bytes);
		add_total(owner, PPROF_INUSE_OBJECTS, (double)profile->inuse_objects);
		add_total(owner, PPROF_INUSE_SPACE, (double)profile->inuse_bytes);
	}
}

static void note_interval(struct pprof_rows *rows, uint64_t interval_bytes)
{
	if (interval_bytes > rows->interval_bytes)
		rows->interval_bytes = interval_bytes;
}

static int collect_process(struct pprof_rows *rows, const struct view_process *process)
{
	int64_t at = intern_owner(rows, process);
	const struct view_go *go = process->go;
	struct pprof_owner *owner;
	int err = 0;

	if (go && is_profile_due(go))
		go = NULL;
	if (at < 0)
		return (int)at;
	owner = &rows->owners.items[at];
	if (!process->go || !process->go->primary)
		add_native_totals(owner, process);
	if (go)
		add_go_totals(owner, process);
	note_interval(rows, process->interval_bytes);
	note_interval(rows, process->go ? process->go->profile_rate_bytes : 0);
	if (!owner->process)
		return 0;
	for (size_t i = 0; i < process->site_cnt && !err; i++) {
		const struct view_site *site = &process->sites[i];

		if (site->go && !go)
			continue;
		if (site->go)
			err = collect_go_site(rows, (uint32_t)at, process, site);
		else if (!site->vm)
			err = collect_site(rows, (uint32_t)at, process, site);
	}
	return err;
}

/* What was published of a row that is no more goes to its process's "(other)". */
static void hold(struct pprof_rows *rows, const struct pprof_floor *floor)
{
	for (size_t i = 0; i < floor->cnt; i++) {
		const struct pprof_held *held = &floor->items[i];
		struct pprof_row *row;
		uint64_t found;

		if (held->key != held->owner && table__get(&rows->row_index, held->key, &found))
			row = &rows->items[found];
		else if (table__get(&rows->owner_index, held->owner, &found))
			row = &rows->owners.items[found].other;
		else
			continue;
		for (size_t v = 0; v < PPROF_CUMULATIVE; v++)
			row->held[v] += held->values[v];
	}
}

static int heavier_first(const void *a, const void *b)
{
	const struct pprof_row *x = a, *y = b;

	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

/* Weight: the sum of a row's shares of the four totals. */
static void sort(struct pprof_rows *rows)
{
	double totals[PPROF_VALUES] = {0};

	for (size_t i = 0; i < rows->owners.cnt; i++)
		for (size_t v = 0; v < PPROF_VALUES; v++)
			totals[v] += rows->owners.items[i].totals[v];
	for (size_t i = 0; i < rows->cnt; i++) {
		struct pprof_row *row = &rows->items[i];

		for (size_t v = 0; v < PPROF_VALUES; v++)
			row->weight += totals[v] > 0 ? row->want[v] / totals[v] : 0;
		if (row->held[PPROF_ALLOC_OBJECTS] || row->held[PPROF_ALLOC_SPACE])
			row->weight *= 2;
	}
	if (rows->cnt)
		qsort(rows->items, rows->cnt, sizeof(*rows->items), heavier_first);
}

int pprof_rows__collect(struct pprof_rows *rows, const struct pprof_source *source,
			const struct pprof_floor *floor)
{
	size_t cnt = source->processes ? source->process_cnt : source->view->process_cnt;
	int err = 0;

	for (size_t i = 0; i < cnt && !err; i++)
		err = collect_process(rows, source->processes ? source->processes[i]
							      : &source->view->processes[i]);
	if (err)
		return err;
	if (floor)
		hold(rows, floor);
	sort(rows);
	return 0;
}

void pprof_rows__release(struct pprof_rows *rows)
{
	free(rows->items);
	free(rows->owners.items);
	table__release(&rows->row_index);
	table__release(&rows->owner_index);
	*rows = (struct pprof_rows){0};
}

void pprof_rows__fold(struct pprof_rows *rows, size_t max)
{
	for (; rows->cnt > max; rows->cnt--) {
		const struct pprof_row *row = &rows->items[rows->cnt - 1];
		struct pprof_row *other = &rows->owners.items[row->owner].other;

		for (size_t v = 0; v < PPROF_VALUES; v++)
			other->want[v] += row->want[v];
		for (size_t v = 0; v < PPROF_CUMULATIVE; v++)
			other->held[v] += row->held[v];
	}
}

bool pprof_row__is_empty(const struct pprof_row *row, bool delta)
{
	for (size_t v = 0; v < PPROF_VALUES; v++)
		if (pprof_row__value(row, v, delta))
			return false;
	return true;
}

uint64_t pprof_row__value(const struct pprof_row *row, size_t at, bool delta)
{
	if (delta && at < PPROF_CUMULATIVE)
		return row->values[at] - row->held[at];
	return row->values[at];
}
