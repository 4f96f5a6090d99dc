// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/site_life.h"

#include <math.h>

#include "model/estimate.h"
#include "model/figure.h"
#include "model/growth.h"

#include "base/banned.h"

/* Followed births that were freed in time, as a share of all, carried over to the site's calls. */
static void set_temporary(const struct view_process *process, struct view_site *site)
{
	double ended = 0, squares = 0, tracked = 0;
	uint64_t ended_n = 0;
	struct figure brief, all;

	site->temporary_share = -1;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		tracked += stack->tracked_objects;
		for (uint32_t k = 0; k < stack->life_cnt; k++) {
			if (stack->lives[k].life_class > TEMPORARY_CLASS)
				continue;
			ended += stack->lives[k].ended;
			squares += stack->lives[k].ended_sq;
			ended_n += stack->lives[k].ended_n;
		}
	}
	if (!(tracked > 0) || site->vm || site->go)
		return;
	site->temporary_share = fmin(1, ended / tracked);
	/* sum (1-p)/p^2 over those that ended */
	brief = figure__estimate(ended, 0, fmax(0, squares - ended), ended_n);
	all = figure__exact(tracked, 0);
	site->temporary = figure__carry(&brief, &all, &site->calls);
}

static void set_growth(const struct view_process *process, struct view_site *site)
{
	const double *at_s = site->go && process->go ? process->go->at_s : process->at_s;
	size_t cnt = site->live.cnt;
	struct figure gained;

	if (!cnt || site->live_bytes.basis == BASIS_UNKNOWN)
		return;
	if (process->follow & FOLLOW_GROWTH)
		site->live_growth = growth__figure(at_s, site->live.points, cnt, &site->growing);
	gained = site->live_bytes;
	gained.value -= site->live.points[0];
	gained.low -= site->live.points[0];
	gained.high -= site->live.points[0];
	site->gained_bytes = gained;
}

/* Of a Go program what the GC nearest to the peak has left over; of others, event by event. */
static void set_go_peak(const struct view_go *go, struct view_site *site)
{
	size_t at = 0;

	if (!site->live.cnt || !go->point_cnt)
		return;
	for (size_t i = 1; i < go->point_cnt && i < site->live.cnt; i++)
		if (go->live_points[i] > go->live_points[at])
			at = i;
	site->peak_bytes = site->live_bytes;
	site->peak_bytes.value = site->live.points[at];
	site->peak_bytes.low = site->peak_bytes.high = site->peak_bytes.stderr_abs = NAN;
	site->peak_bytes.n = 0;
}

static void set_peak(const struct view_process *process, struct view_site *site)
{
	double bytes = 0, objects = 0, bytes_var = 0, objects_var = 0;
	uint64_t n = 0;

	if (!process->peak_known || site->vm)
		return;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		bytes += stack->peak_bytes;
		objects += stack->peak_objects;
		bytes_var += stack->peak_bytes_var;
		objects_var += stack->peak_objects_var;
		n += stack->peak_n;
	}
	site->peak_bytes = figure__estimate(bytes, 0, bytes_var, n);
	site->peak_objects = figure__estimate(objects, 0, objects_var, n);
	if (process->interval_bytes > 1)
		site->peak_bytes.basis = site->peak_objects.basis = BASIS_SAMPLED;
	site->peak_bytes.lower_bound = site->live_bytes.lower_bound;
	site->peak_objects.lower_bound = site->live_bytes.lower_bound;
}

static void set_failures(const struct view_process *process, struct view_site *site)
{
	struct sample_sums sums = {0};

	for (size_t i = 0; i < site->stack_cnt; i++)
		sample_sums__merge(&sums, &process->stacks[site->stacks[i]].failed);
	if (!sums.n)
		return;
	site->failures = figure__estimate(sums.calls, 0, sums.calls_var, sums.n);
	site->failed_bytes = figure__estimate(sums.bytes, 0, sums.bytes_var, sums.n);
}

void site_life__fill(const struct view_process *process, struct view_site *site)
{
	set_temporary(process, site);
	set_growth(process, site);
	set_failures(process, site);
	if (site->go && process->go)
		set_go_peak(process->go, site);
	else
		set_peak(process, site);
}
