// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/plan.h"

#include "base/banned.h"

#define SPAN_S	     10.0
#define SPAN_LEAST_S 2.0
#define SPAN_MOST_S  20.0
#define GAP_S	     54.0 /* between two looks at a busy one, while spans allow it */
/* Of waiting: from then on a busy one yields only to who has waited longer. */
#define URGENT_S     10.0
#define HALF_TICK_S  0.5  /* who was attached a little after a tick has stayed its span at a tick */
#define STAY_QUIET_S 60.0 /* a quiet process costs nothing while it is attached; a swap does */
#define QUIET_AGING  0.02 /* cores that a minute of waiting is worth to a quiet process */
#define BUSY_AGING   1.0  /* to a busy one, until it is urgent */
#define SWAP_MARGIN  0.005
#define NO_PROCESS   ((size_t)-1)

static bool is_busy(const struct plan_process *p)
{
	return p->cpu_ratio >= PLAN_BUSY_RATIO;
}

static bool is_urgent(const struct plan_process *p)
{
	return is_busy(p) && p->waited_s >= URGENT_S;
}

static bool is_eligible(const struct plan_process *p, const struct plan_limits *limits)
{
	if (p->barred || p->attached)
		return false;
	return p->named || (p->wanted && p->age_s >= limits->young_s);
}

static double worth(const struct plan_process *p)
{
	return p->cpu_ratio +
	       p->waited_s / PLAN_REVISIT_S * (is_busy(p) ? BUSY_AGING : QUIET_AGING);
}

/* Whether it needs one of the places for those that are probed. */
static bool takes_place(const struct plan_process *p, const struct plan *plan)
{
	return p->attached && !(p->light && plan->light_stay);
}

static bool is_planned(const size_t *indices, size_t cnt, size_t index)
{
	for (size_t i = 0; i < cnt; i++)
		if (indices[i] == index)
			return true;
	return false;
}

/* Urgent ones take turns, whatever they use: on a big host many use more than any aging is worth. */
static bool goes_before(const struct plan_process *a, const struct plan_process *b)
{
	if (a->named != b->named)
		return a->named;
	if (is_urgent(a) != is_urgent(b))
		return is_urgent(a);
	return is_urgent(a) ? a->waited_s > b->waited_s : worth(a) > worth(b);
}

/* The eligible one that goes before all others and is not planned yet. */
static size_t next_to_attach(const struct plan_process *processes, size_t cnt,
			     const struct plan_limits *limits, const struct plan *plan)
{
	size_t best = NO_PROCESS;

	for (size_t i = 0; i < cnt; i++) {
		if (!is_eligible(&processes[i], limits) ||
		    is_planned(plan->attach, plan->attach_cnt, i))
			continue;
		if (best == NO_PROCESS || goes_before(&processes[i], &processes[best]))
			best = i;
	}
	return best;
}

/* Whether @p has been looked at long enough to make room for @in. */
static bool may_go(const struct plan_process *p, const struct plan_process *in, double span_s)
{
	double stay = is_busy(p) ? span_s : STAY_QUIET_S;

	/* A quiet one is counted throughout: it loses nothing by the hour of its end. */
	if (!is_busy(p) && is_busy(in))
		return p->since_s + HALF_TICK_S >= SPAN_LEAST_S;
	return p->since_s + HALF_TICK_S >= (p->served ? stay : 2 * stay);
}

/* The attached one that is missed least, of those that may make room for @in; NULL: of all. */
static size_t next_to_release(const struct plan_process *processes, size_t cnt,
			      const struct plan_process *in, const struct plan *plan)
{
	size_t best = NO_PROCESS;

	for (size_t i = 0; i < cnt; i++) {
		const struct plan_process *p = &processes[i];

		if (!takes_place(p, plan) || p->named || (in && !may_go(p, in, plan->span_s)) ||
		    is_planned(plan->release, plan->release_cnt, i))
			continue;
		if (best == NO_PROCESS || p->cpu_ratio < processes[best].cpu_ratio)
			best = i;
	}
	return best;
}

/* Whom no selector wants any more goes at once. The places that this frees. */
static size_t release_unwanted(const struct plan_process *processes, size_t cnt, struct plan *plan)
{
	size_t places = 0;

	for (size_t i = 0; i < cnt && plan->release_cnt < PLAN_CHANGES_MAX; i++) {
		if (!processes[i].attached || processes[i].named || processes[i].wanted)
			continue;
		plan->release[plan->release_cnt++] = i;
		places += takes_place(&processes[i], plan);
	}
	return places;
}

static double own_budget(const struct plan_process *p, const struct plan_limits *limits)
{
	double budget = limits->budget_ratio * p->cpu_ratio;

	return budget > limits->floor_ratio ? budget : limits->floor_ratio;
}

/* With more busy processes than places each stays for its share of a round. */
static double span_for(size_t busy, size_t max_targets)
{
	double turns = (double)busy / (double)max_targets, span;

	if (busy <= max_targets)
		return SPAN_S;
	/* A look may come first in one stay and last in the next: a round and a stay apart. Long stays
	 * spare attaches, which walk every process that maps the file. In whole ticks: a share of one
	 * would be rounded up. */
	span = (double)(uint64_t)(GAP_S / (turns + 1));
	/* Nor shorter than so many changes a tick can turn the places over. */
	if (span < (double)max_targets / PLAN_CHANGES_MAX)
		span = (double)((max_targets + PLAN_CHANGES_MAX - 1) / PLAN_CHANGES_MAX);
	if (span > SPAN_MOST_S)
		return SPAN_MOST_S;
	return span > SPAN_LEAST_S ? span : SPAN_LEAST_S;
}

/* Fills backlog and span; the number of places that are taken. */
static size_t survey(const struct plan_process *processes, size_t cnt,
		     const struct plan_limits *limits, struct plan *plan)
{
	size_t busy = 0, attached = 0, light = 0;

	for (size_t i = 0; i < cnt; i++)
		light += processes[i].attached && processes[i].light;
	plan->light_stay = light <= limits->max_light;
	for (size_t i = 0; i < cnt; i++) {
		bool eligible = is_eligible(&processes[i], limits);

		plan->backlog += eligible;
		attached += processes[i].attached && !processes[i].light;
		busy += (eligible || takes_place(&processes[i], plan)) && is_busy(&processes[i]);
	}
	plan->span_s = span_for(busy, limits->max_targets);
	return attached + (plan->light_stay ? 0 : light - limits->max_light);
}

/* Whom @in displaces while no place is free, or nobody. */
static size_t displaced_by(const struct plan_process *processes, size_t cnt,
			   const struct plan_process *in, const struct plan *plan)
{
	size_t out = NO_PROCESS;

	if (plan->release_cnt < PLAN_CHANGES_MAX)
		out = next_to_release(processes, cnt, in, plan);
	if (out == NO_PROCESS || is_urgent(in) ||
	    worth(in) > processes[out].cpu_ratio + SWAP_MARGIN)
		return out;
	return NO_PROCESS;
}

static size_t fill_places(const struct plan_process *processes, size_t cnt,
			  const struct plan_limits *limits, size_t attached, struct plan *plan)
{
	while (plan->attach_cnt < PLAN_CHANGES_MAX) {
		size_t in = next_to_attach(processes, cnt, limits, plan), out;

		if (in == NO_PROCESS)
			break;
		if (attached < limits->max_targets || processes[in].named) {
			plan->attach[plan->attach_cnt++] = in;
			attached++;
			continue;
		}
		out = attached > limits->max_targets
			      ? NO_PROCESS
			      : displaced_by(processes, cnt, &processes[in], plan);
		if (out == NO_PROCESS)
			break;
		plan->release[plan->release_cnt++] = out;
		plan->attach[plan->attach_cnt++] = in;
	}
	return attached;
}

/* Named ones have come on top, or a reload has lowered the limit. */
static void release_surplus(const struct plan_process *processes, size_t cnt,
			    const struct plan_limits *limits, size_t attached, struct plan *plan)
{
	while (attached > limits->max_targets && plan->release_cnt < PLAN_CHANGES_MAX) {
		size_t out = next_to_release(processes, cnt, NULL, plan);

		if (out == NO_PROCESS)
			return;
		plan->release[plan->release_cnt++] = out;
		attached--;
	}
}

/* Of those that will be attached once the plan is carried out. */
static double scale_budgets(const struct plan_process *processes, size_t cnt,
			    const struct plan_limits *limits, const struct plan *plan)
{
	double budgets = 0;

	for (size_t i = 0; i < cnt; i++)
		if (processes[i].attached && (!processes[i].light || processes[i].looked) &&
		    !is_planned(plan->release, plan->release_cnt, i))
			budgets += own_budget(&processes[i], limits);
	for (size_t i = 0; i < plan->attach_cnt; i++)
		budgets += own_budget(&processes[plan->attach[i]], limits);
	return budgets > limits->host_budget ? limits->host_budget / budgets : 1;
}

void plan__make(const struct plan_process *processes, size_t cnt, const struct plan_limits *limits,
		struct plan *ret_plan)
{
	size_t attached;

	*ret_plan = (struct plan){0};
	attached = survey(processes, cnt, limits, ret_plan);
	attached -= release_unwanted(processes, cnt, ret_plan);
	attached = fill_places(processes, cnt, limits, attached, ret_plan);
	release_surplus(processes, cnt, limits, attached, ret_plan);
	ret_plan->budget_scale = scale_budgets(processes, cnt, limits, ret_plan);
}
