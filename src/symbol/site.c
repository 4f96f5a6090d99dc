// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/site.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "bpf/abi.h"
#include "model/estimate.h"

#include "base/banned.h"

#define Z95 1.959964

static void add_sums(struct sample_sums sums[SIZE_CLASSES], const struct view_stack *stack)
{
	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		const struct sample_sums *from = &stack->by_class[k];

		sums[k].n += from->n;
		sums[k].calls += from->calls;
		sums[k].bytes += from->bytes;
		sums[k].calls_var += from->calls_var;
		sums[k].bytes_var += from->bytes_var;
	}
}

static double family_bytes(const struct view_class *exact, const struct sample_sums *sampled)
{
	double bytes = 0, estimate = 0;

	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		bytes += (double)exact[k].bytes;
		estimate += sampled[k].bytes;
	}
	return bytes > 0 ? bytes : estimate;
}

void site__families(const struct view_process *process, struct site_families *ret)
{
	*ret = (struct site_families){0};
	for (size_t i = 0; i < process->stack_cnt; i++) {
		bool vm = process->stacks[i].func >= HB_FIRST_VM;

		add_sums(vm ? ret->vm : ret->heap, &process->stacks[i]);
	}
	ret->heap_bytes = family_bytes(process->heap_class, ret->heap);
	ret->vm_bytes = family_bytes(process->vm_class, ret->vm);
}

/* @figure times a constant. */
static struct figure scaled(struct figure figure, double by)
{
	figure.value *= by;
	figure.stderr_abs *= by;
	figure.low *= by;
	figure.high *= by;
	return figure;
}

/*
 * Per second: the process's own rate, which looks correct for the time that they cost, times the
 * site's part of the process's total. Relative errors of the two add in squares.
 */
static struct figure rate_of(const struct figure *site, const struct figure *total,
			     const struct figure *total_rate, double observed_s)
{
	struct figure rate;
	double extra;

	if (total->basis == BASIS_UNKNOWN || total_rate->basis == BASIS_UNKNOWN ||
	    !(total->value > 0))
		return observed_s > 0 ? scaled(*site, 1 / observed_s) : (struct figure){0};
	rate = scaled(*site, total_rate->value / total->value);
	rate.lower_bound |= total_rate->lower_bound;
	if (total_rate->basis != BASIS_WINDOW || !(total_rate->value > 0))
		return rate;
	extra = total_rate->stderr_abs / total_rate->value * rate.value;
	rate.basis = BASIS_WINDOW;
	rate.low = fmax(0, rate.value - hypot(rate.value - rate.low, Z95 * extra));
	rate.high = rate.value + hypot(rate.high - rate.value, Z95 * extra);
	rate.stderr_abs = hypot(rate.stderr_abs, extra);
	return rate;
}

/*
 * A figure of live blocks: @value with variance @var over @n samples. The interval is the score
 * interval of a Poisson count of as many effective samples, which is right for few of them, too;
 * @unit is what one sample stands for where there is none.
 */
static struct figure live_figure(double value, double var, uint64_t n, double unit)
{
	double effective = var > 0 ? value * value / var : 0, half, middle;
	struct figure figure = {.value = value, .low = value, .high = value, .n = n};

	figure.basis = var > 0 || !n ? BASIS_SAMPLED : BASIS_EXACT;
	if (var > 0) {
		middle = effective + Z95 * Z95 / 2;
		half = Z95 * sqrt(effective + Z95 * Z95 / 4);
		figure.stderr_abs = sqrt(var);
		figure.low = value * (middle - half) / effective;
		figure.high = value * (middle + half) / effective;
	} else if (!n) {
		figure.high = Z95 * Z95 * unit;
	}
	return figure;
}

static void sum_live(const struct view_process *process, struct view_site *site)
{
	double bytes = 0, objects = 0, bytes_var = 0, objects_var = 0, freed = 0, lifetime_s = 0;
	uint64_t live_n = 0, freed_n = 0;

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		bytes += stack->live_bytes;
		bytes_var += stack->live_bytes_var;
		objects += stack->live_objects;
		objects_var += stack->live_objects_var;
		live_n += stack->live_n;
		freed += stack->freed_objects;
		freed_n += stack->freed_n;
		lifetime_s += stack->lifetime_sum_s;
	}
	if (freed > 0)
		/* the sums hold no second moment: no standard error */
		site->mean_lifetime_s = (struct figure){.value = lifetime_s / freed,
							.stderr_abs = NAN,
							.low = NAN,
							.high = NAN,
							.n = freed_n,
							.basis = BASIS_SAMPLED};
	site->share_freed = -1;
	if (!process->frees_seen || site->vm)
		return;
	if (freed + objects > 0)
		site->share_freed = freed / (freed + objects);
	site->live_bytes = live_figure(bytes, bytes_var, live_n, (double)process->interval_bytes);
	site->live_objects = live_figure(objects, objects_var, live_n, NAN);
	site->live_bytes.lower_bound = site->live_objects.lower_bound = process->table_full > 0;
}

static int merge_series(struct view *view, const struct view_process *process,
			struct view_site *site)
{
	if (!process->frees_seen || site->vm || !process->point_cnt)
		return 0;
	site->live.points = view__alloc(view, process->point_cnt * sizeof(double));
	if (!site->live.points)
		return -ENOMEM;
	site->live.cnt = process->point_cnt;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct series *from = &process->stacks[site->stacks[i]].live;

		for (size_t j = 0; j < from->cnt && j < site->live.cnt; j++)
			site->live.points[j] += from->points[j];
	}
	return 0;
}

static int merge_chains(struct view *view, const struct view_process *process,
			struct view_site *site)
{
	size_t cnt = 0;

	for (size_t i = 0; i < site->stack_cnt; i++)
		cnt += process->stacks[site->stacks[i]].chain_cnt;
	if (!cnt)
		return 0;
	site->chains = view__alloc(view, cnt * sizeof(*site->chains));
	if (!site->chains)
		return -ENOMEM;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		if (!stack->chain_cnt)
			continue;
		memcpy(site->chains + site->chain_cnt, stack->chains,
		       stack->chain_cnt * sizeof(*stack->chains));
		site->chain_cnt += stack->chain_cnt;
	}
	return 0;
}

static void sum_calls(const struct view_process *process, const struct site_families *families,
		      struct view_site *site)
{
	struct sample_sums sums[SIZE_CLASSES] = {0};
	enum basis basis = process->mode == PLAN_LOOK ? BASIS_WINDOW : BASIS_SAMPLED;
	double all = site->vm ? families->vm_bytes : families->heap_bytes;

	for (size_t i = 0; i < site->stack_cnt; i++)
		add_sums(sums, &process->stacks[site->stacks[i]]);
	estimate__figures(sums, site->vm ? families->vm : families->heap,
			  site->vm ? process->vm_class : process->heap_class, basis, &site->calls,
			  &site->bytes);
	site->calls_rate = rate_of(&site->calls, site->vm ? &process->vm_calls : &process->calls,
				   site->vm ? &process->vm_calls_rate : &process->calls_rate,
				   process->observed_s);
	site->bytes_rate = rate_of(&site->bytes, site->vm ? &process->vm_bytes : &process->bytes,
				   site->vm ? &process->vm_bytes_rate : &process->bytes_rate,
				   process->observed_s);
	if (all > 0) {
		site->bytes_share = scaled(site->bytes, 1 / all);
		site->bytes_share.high = fmin(1, site->bytes_share.high);
		site->bytes_share.lower_bound = false;
	}
}

int site__sum(struct view *view, const struct view_process *process,
	      const struct site_families *families, struct view_site *site)
{
	int err;

	sum_calls(process, families, site);
	sum_live(process, site);
	err = merge_series(view, process, site);
	if (!err)
		err = merge_chains(view, process, site);
	return err;
}
