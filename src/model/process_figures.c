// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/process_figures.h"

#include <math.h>
#include <string.h>

#include "base/stats.h"
#include "model/figure.h"
#include "model/growth.h"
#include "model/lives.h"
#include "model/tracking.h"

#include "base/banned.h"

/* CPU seconds of the process between its first and last VITALS; negative if unknown. */
static double vitals_cpu(const struct vitals *vitals, double *ret_span_s)
{
	if (vitals->cnt < 2 || vitals->last.head.time_ns <= vitals->first_ns ||
	    vitals->last.cpu_ns < vitals->first_cpu_ns)
		return -1;
	*ret_span_s = (double)(vitals->last.head.time_ns - vitals->first_ns) / 1e9;
	return (double)(vitals->last.cpu_ns - vitals->first_cpu_ns) / 1e9;
}

static void fill_coverage(struct view_process *to, const struct process *process,
			  const struct window_totals *totals, double cpu_s)
{
	const struct window *last = windows__last(&process->windows);

	if (last) {
		to->mode = last->mode;
		to->link = last->link;
		to->interval_bytes = last->interval_bytes;
	}
	to->window_cnt = (uint32_t)totals->windows;
	to->observed_s = totals->observed_s;
	to->window_cpu_s = totals->cpu_s;
	to->charged_s = totals->charged_s + go__charged_s(process->go);
	to->cpu_s = fmax(0, cpu_s);
	to->charged_ratio = cpu_s > 0 ? to->charged_s / cpu_s : 0;
	to->rss_bytes = process->vitals.last.rss_bytes;
	to->memory_limit_bytes = process->memory.limit_bytes;
	to->memory_used_bytes = process->memory.used_bytes;
	to->host_bytes = process->memory.host_bytes;
	to->host_available_bytes = process->memory.host_available_bytes;
	to->anon_bytes = process->vitals.last.anon_bytes;
}

static struct figure counted(double value)
{
	return figure__exact(value, figure__count(value));
}

static void fill_totals(struct view_process *to, const struct window_totals *totals)
{
	const struct rate_sums *rates = &totals->rates;

	for (size_t i = 0; i < FUNCS; i++) {
		to->by_func[i].calls = totals->by_func[i].calls;
		to->by_func[i].bytes = totals->by_func[i].bytes;
	}
	memcpy(to->heap_class, totals->heap_class, sizeof(to->heap_class));
	memcpy(to->vm_class, totals->vm_class, sizeof(to->vm_class));
	to->failures = totals->failures;
	to->frees = totals->frees;
	to->free_nulls = totals->free_nulls;
	to->nested = totals->nested;
	to->unmatched = totals->unmatched;
	to->table_full = totals->table_full;
	to->exact_freed_bytes = totals->freed_bytes;
	/* A family that is not probed has not been seen to do nothing. */
	if (*to->allocator) {
		to->calls = counted(rates->of[RATE_CALLS].y);
		to->bytes = figure__exact(rates->of[RATE_BYTES].y, to->calls.n);
		to->frees_fig = counted(rates->of[RATE_FREES].y);
	}
	if (totals->vm_seen) {
		to->vm_calls = counted(rates->of[RATE_VM_CALLS].y);
		to->vm_bytes = figure__exact(rates->of[RATE_VM_BYTES].y, to->vm_calls.n);
	}
}

static void fill_rates(const struct view_process *to, const struct rate_sums *rates,
		       double cpu_ratio, struct figure *const figures[RATE_MAX])
{
	bool known[2] = {to->calls.basis != BASIS_UNKNOWN, to->vm_calls.basis != BASIS_UNKNOWN};

	for (int q = 0; q < RATE_MAX; q++) {
		if (!known[q >= RATE_VM_CALLS])
			continue;
		if (to->frees_seen)
			*figures[q] = rate__throughout(rates, q);
		else
			*figures[q] = rate__windowed(rates, q, cpu_ratio);
	}
	/* What slows the calls slows everything else that the process does in the window. */
	if (rates->looks && figures[RATE_CALLS]->value > RATE_LOWER_BOUND)
		for (int q = 0; q < RATE_MAX; q++)
			figures[q]->lower_bound = figures[q]->basis != BASIS_UNKNOWN;
}

static void fill_all_rates(struct view_process *to, const struct process *process,
			   const struct window_totals *totals, uint64_t now_ns, double cpu_ratio)
{
	struct figure *const figures[RATE_MAX] = {
		[RATE_CALLS] = &to->calls_rate,	      [RATE_BYTES] = &to->bytes_rate,
		[RATE_FREES] = &to->frees_rate,	      [RATE_VM_CALLS] = &to->vm_calls_rate,
		[RATE_VM_BYTES] = &to->vm_bytes_rate,
	};
	struct figure *const recent_figures[RATE_MAX] = {
		[RATE_CALLS] = &to->recent_calls_rate,
		[RATE_BYTES] = &to->recent_bytes_rate,
		[RATE_FREES] = &to->recent_frees_rate,
		[RATE_VM_CALLS] = &to->recent_vm_calls_rate,
		[RATE_VM_BYTES] = &to->recent_vm_bytes_rate,
	};
	struct window_totals recent;

	fill_rates(to, &totals->rates, cpu_ratio, figures);
	windows__sum_recent(&process->windows, now_ns, fmax(0, cpu_ratio), &recent);
	if (recent.counted)
		fill_rates(to, &recent.rates, cpu_ratio, recent_figures);
}

static void fill_sums(struct view_process *to, const struct process *process)
{
	to->sums = process->sums_so_far;
	to->sums.charged_s += go__charged_s(process->go);
	if (to->mode == PLAN_FULL && to->frees_seen) {
		to->sums.freed_basis = BASIS_EXACT;
	} else if (to->frees_seen && *to->allocator) {
		to->sums.freed_bytes = process->freed_bytes;
		to->sums.freed_basis = BASIS_SAMPLED;
	}
	if (process->lives)
		lifetimes__count(process->lives, process->ended_sum_s, &to->ended);
}

/* Sizes by bucket, from the exact classes: the bound of a bucket is that of a class. */
static void fill_sizes(struct view_process *to)
{
	if (to->calls.basis == BASIS_UNKNOWN)
		return;
	to->sizes = (struct histogram){.basis = BASIS_EXACT, .sum = to->bytes.value};
	for (size_t k = 0; k < SIZE_CLASSES; k++)
		to->sizes.counts[size_bucket__of(k)] += (double)to->heap_class[k].calls;
}

/*
 * A sum over live samples. Blocks too small to be sampled may be live beside them, so it is exact
 * only where every call is sampled. @unit: what a sample stands for on average, for the upper bound
 * where none is live. Samples whose FREE was lost seem to live for ever: they may all be dead.
 */
static struct figure live_figure(const struct process *process, double value, double variance,
				 double unit, bool every)
{
	uint64_t lost = process->loss.lost_free_records, n = process->live.n;
	struct figure figure = figure__estimate(value, 0, variance, n);

	if (!every) {
		figure.basis = BASIS_SAMPLED;
		if (!n)
			stats__score_interval(0, &figure.low, &figure.high);
		if (!n)
			figure.high *= unit;
	}
	if (lost && n) {
		figure.low = fmax(0, figure.low - value / (double)n * (double)lost);
		figure.basis = BASIS_SAMPLED;
	}
	figure.lower_bound = process->untracked > 0;
	return figure;
}

static void fill_sampled_live(struct view_process *to, const struct process *process)
{
	double objects = 0, bytes = 0;
	uint64_t n = 0;

	for (size_t c = 0; c < SIZE_CLASSES && process->sums[0]; c++) {
		n += process->sums[0][c].n;
		objects += process->sums[0][c].calls;
		bytes += process->sums[0][c].bytes;
	}
	/* Without any sample nothing is known of the objects; of bytes, that they are few. */
	bytes = n ? bytes / (double)n : (double)to->interval_bytes;
	to->live_bytes = live_figure(process, process->live.bytes, process->live.bytes_var, bytes,
				     to->interval_bytes <= 1);
	if (n)
		to->live_objects =
			live_figure(process, process->live.objects, process->live.objects_var,
				    objects / (double)n, to->interval_bytes <= 1);
}

static void fill_live(struct view_process *to, const struct process *process)
{
	const struct window *last = windows__last(&process->windows);

	if (!to->frees_seen || to->calls.basis == BASIS_UNKNOWN)
		return;
	if (to->mode != PLAN_FULL) {
		fill_sampled_live(to, process);
	} else {
		to->exact_live_bytes = last->counters.live_bytes;
		to->exact_live_objects = last->counters.live_objects;
		to->live_bytes = counted((double)to->exact_live_bytes);
		to->live_bytes.n = to->exact_live_objects;
		to->live_objects = counted((double)to->exact_live_objects);
		to->live_bytes.lower_bound = to->live_objects.lower_bound = to->table_full > 0;
	}
	if (!process->peak_ns)
		return;
	to->peak_ns = process->peak_ns;
	to->peak_bytes =
		figure__estimate(process->peak.bytes, 0, process->peak.bytes_var, process->peak.n);
	if (to->mode != PLAN_FULL && to->interval_bytes > 1)
		to->peak_bytes.basis = BASIS_SAMPLED;
	to->peak_bytes.lower_bound = to->live_bytes.lower_bound;
}

static uint64_t last_seen(const struct process *process, uint64_t now_ns)
{
	const struct window *last = windows__last(&process->windows);

	if (!last)
		return 0;
	return last->closed_ns ? last->closed_ns : now_ns;
}

void process_figures__fill(struct view_process *to, const struct process *process, uint64_t now_ns)
{
	struct window_totals totals;
	double span_s = 0, cpu_s = vitals_cpu(&process->vitals, &span_s), cpu_ratio = -1;

	windows__sum(&process->windows, now_ns, cpu_s < 0 ? 0 : cpu_s / span_s, &totals);
	if (cpu_s >= 0)
		cpu_ratio = fmax(0, cpu_s - totals.charged_s) / span_s;
	fill_coverage(to, process, &totals, cpu_s);
	to->last_seen_ns = last_seen(process, now_ns);
	fill_sums(to, process);
	if (!totals.counted)
		return;
	fill_totals(to, &totals);
	fill_sizes(to);
	fill_all_rates(to, process, &totals, now_ns, cpu_ratio);
	fill_live(to, process);
}

/* Blocks that are live are cut off at @until_ns. */
static void fit_lifetimes(struct view_process *to, const struct process *process,
			  const struct store *store, uint64_t until_ns)
{
	struct life_class rows[LIFE_CLASSES] = {0};

	if (process->lives)
		memcpy(rows, process->lives, sizeof(rows));
	for (uint32_t i = process->first_block; i != BLOCK_NONE; i = store->blocks.items[i].next) {
		const struct block *block = &store->blocks.items[i];

		if (block->heap)
			life_class__censor(&rows[block__age_class(block, until_ns)],
					   1 / block->probability);
	}
	lifetimes__fit(rows, &to->lifetimes);
}

void process_figures__analyse(struct view_process *to, const struct process *process,
			      const struct store *store, uint64_t now_ns)
{
	to->rss_growth = growth__figure(process->vitals.t_s, process->vitals.rss_bytes,
					process->vitals.thinning.cnt, &to->rss_growing);
	if (to->live_bytes.basis != BASIS_UNKNOWN)
		to->live_growth = growth__figure(process->ticks.t_s, process->ticks.live_bytes,
						 process->ticks.thinning.cnt, &to->growing);
	fit_lifetimes(to, process, store, to->last_seen_ns ? to->last_seen_ns : now_ns);
}
