// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/compared_sites.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>

#include "advice/go_weight.h"
#include "base/table.h"
#include "base/vec.h"

#include "base/banned.h"

/* Sizes at one site vary: the variance of bytes relative to that of calls. */
#define BYTES_SPREAD 2

/* Additive over processes: what a capture saw, carried over the whole span. */
struct sum {
	double bytes, calls;
	double bytes_var, calls_var;
	uint64_t n;
	enum basis basis;
	bool lower_bound;
};

struct row {
	struct compare_site site;
	struct sum sums[COMPARE_SIDES];
	double heaviest[COMPARE_SIDES];
};

struct rows {
	struct row *items;
	size_t cnt, cap;
	struct table by_key; /* key -> index */
};

static bool has_uses(const struct view_process *process)
{
	return process->go && process->go->use_cnt;
}

const struct view_site *compared_sites__at(const struct view_process *process, size_t index,
					   bool *ret_use)
{
	size_t uses = has_uses(process) ? process->go->use_cnt : 0;

	*ret_use = index < uses;
	if (index < uses)
		return &process->go->uses[index];
	index -= uses;
	return index < process->site_cnt ? &process->sites[index] : NULL;
}

static enum basis weaker(enum basis a, enum basis b)
{
	return a > b ? a : b;
}

static void add(struct sum *sum, const struct figure *bytes, const struct figure *calls, double by)
{
	if (bytes->basis == BASIS_UNKNOWN || calls->basis == BASIS_UNKNOWN)
		return;
	sum->bytes += by * bytes->value;
	sum->calls += by * calls->value;
	sum->bytes_var +=
		bytes->stderr_abs > 0 ? by * by * bytes->stderr_abs * bytes->stderr_abs : 0;
	sum->calls_var +=
		calls->stderr_abs > 0 ? by * by * calls->stderr_abs * calls->stderr_abs : 0;
	sum->n += bytes->n;
	sum->basis = weaker(sum->basis, weaker(bytes->basis, calls->basis));
	sum->lower_bound |= bytes->lower_bound || calls->lower_bound;
}

static struct row *row_of(struct rows *rows, const struct view_site *site, bool use)
{
	uint64_t key = site_key__of(site, use), at;
	struct row fresh = {
		.site = {.key = key,
			 .place = site_key__place(site, use),
			 .family = site_key__family(site)},
	};

	if (table__get(&rows->by_key, key, &at))
		return &rows->items[at];
	if (vec__add(rows, fresh) || table__put(&rows->by_key, key, rows->cnt - 1))
		return NULL;
	return &rows->items[rows->cnt - 1];
}

static void add_site(struct sum *sum, const struct view_process *process,
		     const struct view_site *site, bool use)
{
	struct go_weight weight;

	if (!use) {
		add(sum, &site->bytes_rate, &site->calls_rate, compare__seconds(process));
		return;
	}
	go_weight__of(process, site, &weight);
	add(sum, &weight.bytes, &weight.calls, compare__seconds(process));
}

static int add_process(struct rows *rows, const struct view_process *process, int side)
{
	const struct view_site *site;
	bool use, uses = has_uses(process);

	for (size_t i = 0; (site = compared_sites__at(process, i, &use)); i++) {
		struct row *row;

		if (!use && uses && site->go)
			continue;
		row = row_of(rows, site, use);
		if (!row)
			return -ENOMEM;
		add_site(&row->sums[side], process, site, use);
		if (site->bytes_rate.value * compare__seconds(process) < row->heaviest[side])
			continue;
		row->heaviest[side] = site->bytes_rate.value * compare__seconds(process);
		row->site.sites[side] = site;
	}
	return 0;
}

/* Of a site that this part has not seen: what one more sample would have stood for. */
static double unseen_bytes(const struct compare_part *part, enum compare_family family)
{
	const struct view_process *process = part->process_cnt ? part->processes[0] : NULL;
	const struct view_go *go = process ? process->go : NULL;

	if (family == COMPARE_GO && go && go->site_basis == BASIS_BUCKET && go->site_span_s > 0)
		return (double)go->profile_rate_bytes * compare__seconds(process) / go->site_span_s;
	if (!process || process->interval_bytes <= 1 || !(process->observed_s > 0))
		return 0;
	return (double)process->interval_bytes * compare__seconds(process) / process->observed_s;
}

static struct figure figure_of(double value, double var, const struct sum *sum, double units)
{
	double error = sqrt(var);

	return (struct figure){
		.value = value / units,
		.stderr_abs = error / units,
		.low = fmax(0, value - 1.96 * error) / units,
		.high = (value + 1.96 * error) / units,
		.n = sum->n,
		.basis = sum->basis,
		.lower_bound = sum->lower_bound,
	};
}

/* What has not been seen is 0, give or take a sample. @other: the same site where it was seen. */
static void fill_unseen(struct sum *sum, const struct sum *other, double unit_bytes)
{
	double size = other->calls > 0 ? other->bytes / other->calls : 0;

	*sum = (struct sum){.basis = unit_bytes > 0 ? BASIS_SAMPLED : BASIS_EXACT};
	sum->bytes_var = unit_bytes * fmax(unit_bytes, size);
	sum->calls_var = size > 0 ? sum->bytes_var / size / size : 0;
}

static void move(const struct compare_program *program, const struct sum sums[COMPARE_SIDES],
		 struct movement *bytes, struct movement *calls)
{
	double before = program->parts[BEFORE].units, after = program->parts[AFTER].units;
	const struct sum *b = &sums[BEFORE], *a = &sums[AFTER];

	if (before > 0 && b->basis != BASIS_UNKNOWN) {
		bytes->before = figure_of(b->bytes, b->bytes_var, b, before);
		calls->before = figure_of(b->calls, b->calls_var, b, before);
	}
	if (after > 0 && a->basis != BASIS_UNKNOWN) {
		bytes->after = figure_of(a->bytes, a->bytes_var, a, after);
		calls->after = figure_of(a->calls, a->calls_var, a, after);
	}
	movement__test(bytes, b->calls, a->calls, BYTES_SPREAD);
	movement__test(calls, b->calls, a->calls, 1);
}

/* The process's own figures of a family; false: it has none. */
static bool figures_of(const struct view_process *process, enum compare_family family,
		       const struct figure **ret_bytes, const struct figure **ret_calls)
{
	const struct view_go *go = process->go;

	if (family == COMPARE_GO && !go)
		return false;
	if (family == COMPARE_MALLOC && go && go->primary)
		return false;
	*ret_bytes = family == COMPARE_GO      ? &go->bytes_rate
		     : family == COMPARE_PAGES ? &process->vm_bytes_rate
					       : &process->bytes_rate;
	*ret_calls = family == COMPARE_GO      ? &go->calls_rate
		     : family == COMPARE_PAGES ? &process->vm_calls_rate
					       : &process->calls_rate;
	return (*ret_bytes)->basis != BASIS_UNKNOWN && (*ret_calls)->basis != BASIS_UNKNOWN;
}

static void fill_totals(struct compare_program *program, enum compare_family family)
{
	struct compare_family_totals *totals = &program->totals[family];
	struct sum sums[COMPARE_SIDES] = {0};
	const struct figure *bytes, *calls;

	for (int side = 0; side < COMPARE_SIDES; side++)
		for (size_t i = 0; i < program->parts[side].process_cnt; i++) {
			const struct view_process *process = program->parts[side].processes[i];

			if (figures_of(process, family, &bytes, &calls))
				add(&sums[side], bytes, calls, compare__seconds(process));
		}
	move(program, sums, &totals->bytes, &totals->calls);
	totals->known = sums[BEFORE].calls > 0 || sums[AFTER].calls > 0;
}

static double larger_total(const struct movement *movement)
{
	return fmax(movement->before.basis ? movement->before.value : 0,
		    movement->after.basis ? movement->after.value : 0);
}

/* Correct all tests of the program together; then what is too small to matter has not moved. */
static int judge(struct compare_program *program)
{
	struct movement **all = calloc(2 * program->site_cnt + 1, sizeof(*all));

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < program->site_cnt; i++) {
		all[2 * i] = &program->sites[i].bytes;
		all[2 * i + 1] = &program->sites[i].calls;
	}
	program->test_cnt = movement__correct(all, 2 * program->site_cnt);
	free(all);
	for (size_t i = 0; i < program->site_cnt; i++) {
		struct compare_site *site = &program->sites[i];
		const struct compare_family_totals *totals = &program->totals[site->family];

		site->bytes.moved &= movement__matters(&site->bytes, larger_total(&totals->bytes));
		site->calls.moved &= movement__matters(&site->calls, larger_total(&totals->calls));
		program->moved_cnt += site->bytes.moved || site->calls.moved;
	}
	return 0;
}

static double change_of(const struct movement *movement)
{
	return isnan(movement->change) ? 0 : fabs(movement->change);
}

static int larger_change_first(const void *a, const void *b)
{
	const struct compare_site *x = a, *y = b;
	bool x_moved = x->bytes.moved || x->calls.moved, y_moved = y->bytes.moved || y->calls.moved;
	double x_change = change_of(&x->bytes), y_change = change_of(&y->bytes);

	if (x_moved != y_moved)
		return y_moved - x_moved;
	if (x_change != y_change)
		return x_change < y_change ? 1 : -1;
	return (x->key > y->key) - (x->key < y->key);
}

static int take_rows(struct compare_program *program, struct rows *rows)
{
	program->sites = calloc(rows->cnt + 1, sizeof(*program->sites));
	if (!program->sites)
		return -ENOMEM;
	for (size_t i = 0; i < rows->cnt; i++) {
		struct row *row = &rows->items[i];

		for (int side = 0; side < COMPARE_SIDES; side++)
			if (!row->site.sites[side])
				fill_unseen(&row->sums[side], &row->sums[!side],
					    unseen_bytes(&program->parts[side], row->site.family));
		move(program, row->sums, &row->site.bytes, &row->site.calls);
		program->sites[program->site_cnt++] = row->site;
	}
	return 0;
}

int compared_sites__fill(struct compare_program *program)
{
	struct rows rows = {0};
	int err = 0;

	for (int family = 0; family < COMPARE_FAMILIES; family++)
		fill_totals(program, (enum compare_family)family);
	for (int side = 0; side < COMPARE_SIDES && !err; side++)
		for (size_t i = 0; i < program->parts[side].process_cnt && !err; i++)
			err = add_process(&rows, program->parts[side].processes[i], side);
	if (!err)
		err = take_rows(program, &rows);
	free(rows.items);
	table__release(&rows.by_key);
	if (!err)
		err = judge(program);
	if (!err)
		qsort(program->sites, program->site_cnt, sizeof(*program->sites),
		      larger_change_first);
	return err;
}
