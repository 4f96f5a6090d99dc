// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/plan.h"

#include "base/banned.h"

#define SPAN_S	     10.0
#define SPAN_LEAST_S 2.0
#define STAY_BUSY_S  10.0
#define STAY_QUIET_S 60.0 /* a quiet process costs nothing while it is attached; a swap does */
#define QUIET_AGING  0.02 /* cores that a minute of waiting is worth to a quiet process */
#define BUSY_AGING   1.0  /* to a busy one: more than any other uses on one core */
#define SWAP_MARGIN  0.005
#define NO_PROCESS   ((size_t)-1)

static bool is_eligible(const struct plan_process *p, const struct plan_limits *limits)
{
	if (p->barred || p->attached)
		return false;
	return p->named || (p->wanted && p->age_s >= limits->young_s);
}

static double worth(const struct plan_process *p)
{
	bool busy = p->cpu_ratio >= PLAN_BUSY_RATIO;

	return p->cpu_ratio + p->waited_s / PLAN_REVISIT_S * (busy ? BUSY_AGING : QUIET_AGING);
}

static bool is_planned(const size_t *indices, size_t cnt, size_t index)
{
	for (size_t i = 0; i < cnt; i++)
		if (indices[i] == index)
			return true;
	return false;
}

/* The eligible one of the greatest worth that is not planned yet; named ones come before all. */
static size_t next_to_attach(const struct plan_process *processes, size_t cnt,
			     const struct plan_limits *limits, const struct plan *plan)
{
	size_t best = NO_PROCESS;

	for (size_t i = 0; i < cnt; i++) {
		const struct plan_process *p = &processes[i];

		if (!is_eligible(p, limits) || is_planned(plan->attach, plan->attach_cnt, i))
			continue;
		if (best == NO_PROCESS || p->named > processes[best].named ||
		    (p->named == processes[best].named && worth(p) > worth(&processes[best])))
			best = i;
	}
	return best;
}

static bool may_go(const struct plan_process *p, double span_s)
{
	double stay = p->cpu_ratio >= PLAN_BUSY_RATIO ? STAY_BUSY_S : STAY_QUIET_S;

	if (stay > span_s && p->cpu_ratio >= PLAN_BUSY_RATIO)
		stay = span_s;
	return p->attached && !p->named && (p->served || p->since_s >= 2 * stay) &&
	       p->since_s >= stay;
}

/* The attached one that is missed least. One that no selector wants any more goes at once. */
static size_t next_to_release(const struct plan_process *processes, size_t cnt,
			      const struct plan *plan)
{
	size_t best = NO_PROCESS;

	for (size_t i = 0; i < cnt; i++) {
		const struct plan_process *p = &processes[i];

		if (!may_go(p, plan->span_s) || is_planned(plan->release, plan->release_cnt, i))
			continue;
		if (best == NO_PROCESS || p->cpu_ratio < processes[best].cpu_ratio)
			best = i;
	}
	return best;
}

static void release_unwanted(const struct plan_process *processes, size_t cnt, struct plan *plan)
{
	for (size_t i = 0; i < cnt && plan->release_cnt < PLAN_CHANGES_MAX; i++)
		if (processes[i].attached && !processes[i].named && !processes[i].wanted)
			plan->release[plan->release_cnt++] = i;
}

/* Fewer may be attached since a reload, or children have come by themselves. */
static void release_surplus(const struct plan_process *processes, size_t cnt, size_t attached,
			    size_t max_targets, struct plan *plan)
{
	while (attached - plan->release_cnt > max_targets && plan->release_cnt < PLAN_CHANGES_MAX) {
		size_t best = NO_PROCESS;

		for (size_t i = 0; i < cnt; i++) {
			const struct plan_process *p = &processes[i];

			if (p->attached && !p->named &&
			    !is_planned(plan->release, plan->release_cnt, i) &&
			    (best == NO_PROCESS || p->cpu_ratio < processes[best].cpu_ratio))
				best = i;
		}
		if (best == NO_PROCESS)
			return;
		plan->release[plan->release_cnt++] = best;
	}
}

static double own_budget(const struct plan_process *p, const struct plan_limits *limits)
{
	double budget = limits->budget_ratio * p->cpu_ratio;

	return budget > limits->floor_ratio ? budget : limits->floor_ratio;
}

static void survey(const struct plan_process *processes, size_t cnt,
		   const struct plan_limits *limits, struct plan *plan, size_t *ret_attached)
{
	double budgets = 0;
	size_t busy = 0;

	*ret_attached = 0;
	for (size_t i = 0; i < cnt; i++) {
		const struct plan_process *p = &processes[i];
		bool eligible = is_eligible(p, limits);

		plan->backlog += eligible;
		*ret_attached += p->attached;
		busy += (eligible || p->attached) && p->cpu_ratio >= PLAN_BUSY_RATIO;
		if (p->attached)
			budgets += own_budget(p, limits);
	}
	plan->budget_scale = budgets > limits->host_budget ? limits->host_budget / budgets : 1;
	/* With more busy processes than places each stays for its share of a minute. */
	plan->span_s = SPAN_S;
	if (busy > limits->max_targets)
		plan->span_s = PLAN_REVISIT_S * (double)limits->max_targets / (double)busy;
	if (plan->span_s > SPAN_S)
		plan->span_s = SPAN_S;
	if (plan->span_s < SPAN_LEAST_S)
		plan->span_s = SPAN_LEAST_S;
}

void plan__make(const struct plan_process *processes, size_t cnt, const struct plan_limits *limits,
		struct plan *ret_plan)
{
	size_t attached;

	*ret_plan = (struct plan){0};
	survey(processes, cnt, limits, ret_plan, &attached);
	release_unwanted(processes, cnt, ret_plan);
	release_surplus(processes, cnt, attached, limits->max_targets, ret_plan);
	attached -= ret_plan->release_cnt;
	while (ret_plan->attach_cnt < PLAN_CHANGES_MAX) {
		size_t in = next_to_attach(processes, cnt, limits, ret_plan), out;

		if (in == NO_PROCESS)
			return;
		if (attached < limits->max_targets || processes[in].named) {
			ret_plan->attach[ret_plan->attach_cnt++] = in;
			attached++;
			continue;
		}
		out = next_to_release(processes, cnt, ret_plan);
		if (out == NO_PROCESS || ret_plan->release_cnt == PLAN_CHANGES_MAX ||
		    worth(&processes[in]) <= processes[out].cpu_ratio + SWAP_MARGIN)
			return;
		ret_plan->release[ret_plan->release_cnt++] = out;
		ret_plan->attach[ret_plan->attach_cnt++] = in;
	}
}
