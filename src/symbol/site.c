// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/site.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "model/estimate.h"
#include "model/figure.h"
#include "model/lives.h"
#include "symbol/site_life.h"

#include "base/banned.h"

/* -ln 0.05: a Poisson mean above this gives at least one sample in 95 % of the cases. */
#define NONE_SEEN 2.995732

static void add_sums(struct sample_sums sums[SIZE_CLASSES], const struct view_stack *stack)
{
	for (uint32_t i = 0; i < stack->class_cnt; i++)
		sample_sums__merge(&sums[stack->classes[i].size_class], &stack->classes[i].sums);
}

/* Bytes of a family: exact, or estimated where no exact total is known. */
static double family_bytes(const struct view_class *exact, const struct sample_sums *sampled)
{
	double bytes = 0, estimate = 0;

	for (size_t k = 0; k < SIZE_CLASSES; k++) {
		bytes += (double)exact[k].bytes;
		estimate += sampled[k].bytes;
	}
	return bytes > 0 ? bytes : estimate;
}

/*
 * Live blocks: @value of variance @var over @n samples. Where there is no live sample a few small
 * blocks may have been missed: at most as many as would give one sample with 95 %, of @unit each.
 */
static struct figure live_figure(double value, double var, uint64_t n, double unit)
{
	struct figure figure = figure__estimate(value, 0, var, n);

	if (!n) {
		figure.basis = BASIS_SAMPLED;
		figure.high = NONE_SEEN * unit;
	}
	return figure;
}

/* Sums over the followed births of a site. */
struct followed {
	double bytes, objects, bytes_var, objects_var;
	double tracked, freed, lifetime_s, lifetime_sq_s2;
	uint64_t live_n, freed_n;
};

static struct followed sum_followed(const struct view_process *process,
				    const struct view_site *site)
{
	struct followed sum = {0};

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		sum.bytes += stack->live_bytes;
		sum.bytes_var += stack->live_bytes_var;
		sum.objects += stack->live_objects;
		sum.objects_var += stack->live_objects_var;
		sum.live_n += stack->live_n;
		sum.tracked += stack->tracked_objects;
		sum.freed += stack->freed_objects;
		sum.freed_n += stack->freed_n;
		sum.lifetime_s += stack->lifetime_sum_s;
		sum.lifetime_sq_s2 += stack->lifetime_sq_s2;
	}
	return sum;
}

static void set_live(const struct view_process *process, struct view_site *site)
{
	struct followed sum = sum_followed(process, site);

	site->mean_lifetime_s =
		estimate__mean_lifetime(sum.freed, sum.lifetime_s, sum.lifetime_sq_s2, sum.freed_n);
	site->share_freed = -1;
	if (!process->frees_seen || site->vm)
		return;
	if (sum.tracked > 0)
		site->share_freed = fmin(1, sum.freed / sum.tracked);
	site->live_bytes =
		live_figure(sum.bytes, sum.bytes_var, sum.live_n, (double)process->interval_bytes);
	site->live_objects = live_figure(sum.objects, sum.objects_var, sum.live_n, NAN);
	/* blocks that could not be followed are live, too, for all that is known */
	site->live_bytes.lower_bound = process->table_full || process->dropped_blocks;
	site->live_objects.lower_bound = site->live_bytes.lower_bound;
}

static void set_distributions(const struct view_process *process, struct view_site *site)
{
	struct life_class rows[LIFE_CLASSES] = {0};

	site->sizes.basis = BASIS_SAMPLED;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		for (uint32_t k = 0; k < stack->class_cnt; k++) {
			const struct class_sums *class = &stack->classes[k];

			site->sizes.counts[size_bucket__of(class->size_class)] += class->sums.calls;
			site->sizes.sum += class->sums.bytes;
		}
		for (uint32_t k = 0; k < stack->life_cnt; k++)
			life_class__merge(&rows[stack->lives[k].life_class], &stack->lives[k]);
	}
	lifetimes__fit(rows, &site->lifetimes);
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
	site->chains = view__alloc_chains(view, cnt);
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

/* Per second: the process's own rate, which is corrected for what looks cost, times the site's part
 * of the process's total. */
static struct figure rate_of(const struct figure *site, const struct figure *total,
			     const struct figure *total_rate, double observed_s)
{
	if (total->basis != BASIS_UNKNOWN && total_rate->basis != BASIS_UNKNOWN && total->value > 0)
		return figure__carry(site, total, total_rate);
	if (observed_s > 0)
		return figure__scale(*site, 1 / observed_s);
	return (struct figure){0};
}

static void sum_calls(const struct view_process *process, struct view_site *site)
{
	struct sample_sums sums[SIZE_CLASSES] = {0};
	/* none where all that was sampled of the family has failed */
	static const struct sample_sums nothing[SIZE_CLASSES];
	const struct sample_sums *sampled = site->vm ? process->vm_sums : process->heap_sums;
	const struct sample_sums *family = sampled ? sampled : nothing;
	const struct view_class *exact = site->vm ? process->vm_class : process->heap_class;
	double all = family_bytes(exact, family);

	for (size_t i = 0; i < site->stack_cnt; i++)
		add_sums(sums, &process->stacks[site->stacks[i]]);
	site->calls = estimate__site(QUANTITY_CALLS, sums, family, exact);
	site->bytes = estimate__site(QUANTITY_BYTES, sums, family, exact);
	site->calls_rate = rate_of(&site->calls, site->vm ? &process->vm_calls : &process->calls,
				   site->vm ? &process->vm_calls_rate : &process->calls_rate,
				   process->observed_s);
	site->bytes_rate = rate_of(&site->bytes, site->vm ? &process->vm_bytes : &process->bytes,
				   site->vm ? &process->vm_bytes_rate : &process->bytes_rate,
				   process->observed_s);
	if (all > 0 && site->bytes.basis != BASIS_UNKNOWN) {
		site->bytes_share = figure__scale(site->bytes, 1 / all);
		site->bytes_share.high = fmin(1, site->bytes_share.high);
		site->bytes_share.lower_bound = false;
	}
}

int site__sum(struct view *view, const struct view_process *process, struct view_site *site)
{
	int err;

	sum_calls(process, site);
	set_live(process, site);
	set_distributions(process, site);
	err = merge_series(view, process, site);
	if (!err)
		err = merge_chains(view, process, site);
	if (!err)
		site_life__fill(process, site);
	return err;
}
