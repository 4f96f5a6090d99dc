// SPDX-License-Identifier: GPL-2.0-or-later
#include "govern/governor.h"

#include "base/banned.h"

#define LEARN_NS       200000000ULL /* CPU clocks tick in ms: less says little */
#define TRIAL_NS       100000000ULL
#define TRIAL_MIN_NS   2e6  /* a trial may always cost this much */
#define TRIAL_SHARE    0.1  /* of the span's budget */
#define TRIAL_WORTH_NS 15e6 /* a busy process is tried only if the span's budget dwarfs the trial */
#define TRIAL_CPU      0.2  /* cores: a process below this cannot make a trial expensive */
#define FIT_SHARE      0.7  /* stay attached below this share of the budget: rates vary */
#define CLOSE_SHARE    0.8  /* 5-20 % more hits fall into the close of a look */
#define SAFETY	       0.95 /* of the budget: a window ends a millisecond or two late */
#define KNOWN_SHARE \
	2.0 /* of the budget: what cost more than this when it was last seen does not fit now */
#define AHEAD_SHARE    0.8 /* of the CPU that the rest of the span is expected to bring: load falls */
#define LOOK_MAX_SHARE 0.5 /* of a span: how early a look must start at the latest */

static double seconds(uint64_t ns)
{
	return (double)ns / 1e9;
}

/* CPU used per second so far. */
static double cpu_rate(const struct governor *g, const struct govern_view *view)
{
	double elapsed = seconds(view->now_ns - g->begun_ns);

	return elapsed > 0 ? seconds(view->cpu_ns - g->begun_cpu_ns) / elapsed : 0;
}

double governor__budget_rate(const struct governor *g, const struct govern_limits *limits,
			     const struct govern_view *view)
{
	double rate = limits->budget_ratio * cpu_rate(g, view);

	return SAFETY * (rate > limits->floor_ratio ? rate : limits->floor_ratio) * 1e9;
}

double governor__budget_left(const struct governor *g, const struct govern_limits *limits,
			     const struct govern_view *view)
{
	double rate = governor__budget_rate(g, limits, view);
	double ahead = g->span_end_ns > view->now_ns ? seconds(g->span_end_ns - view->now_ns) : 0;
	double accrued = rate * (seconds(view->now_ns - g->begun_ns) + AHEAD_SHARE * ahead);

	accrued -= (double)(view->charged_ns - g->begun_charged_ns);
	/* One look takes what ten seconds earn at most, however long ago the last one was: the budget is
	 * kept in every ten seconds, not on average. */
	if (g->state == GOVERN_LOOKING && !limits->one_look) {
		double most = rate * seconds(GOVERN_SPAN_NS) -
			      (double)(view->charged_ns - g->opened_charged_ns);

		return accrued < most ? accrued : most;
	}
	return accrued;
}

/* The look must end within the span: leave room for as long as it is expected to take. */
static void draw_look(struct governor *g, const struct govern_limits *limits,
		      const struct govern_view *view, double random)
{
	double left = governor__budget_left(g, limits, view) * CLOSE_SHARE / 1e9;
	double room = seconds(g->span_end_ns - view->now_ns);
	double take = g->cost_rate > 0 ? left / g->cost_rate : 4 * left;

	if (take < 0.1)
		take = 0.1;
	if (take > room * LOOK_MAX_SHARE)
		take = room * LOOK_MAX_SHARE;
	g->look_at_ns = view->now_ns + (uint64_t)((room - take) * random * 1e9);
	g->state = GOVERN_WAITING;
}

static enum govern_step opened(struct governor *g, const struct govern_view *view,
			       enum govern_state state, enum govern_step step)
{
	g->state = state;
	g->opened_ns = view->now_ns;
	g->opened_charged_ns = view->charged_ns;
	return step;
}

static uint64_t end_of_span(const struct govern_limits *limits, uint64_t from_ns)
{
	uint64_t end = from_ns + limits->span_ns;

	return limits->end_ns && end > limits->end_ns ? limits->end_ns : end;
}

static enum govern_step begin(struct governor *g, const struct govern_limits *limits,
			      const struct govern_view *view, double random)
{
	uint64_t learn = limits->span_ns / 20 < LEARN_NS ? limits->span_ns / 20 : LEARN_NS;
	double cpu;

	if (!g->begun_ns) {
		g->begun_ns = view->now_ns;
		g->begun_cpu_ns = view->cpu_ns;
		g->begun_charged_ns = view->charged_ns;
		g->span_end_ns = end_of_span(limits, view->now_ns);
	}
	if (limits->unlimited)
		return opened(g, view, GOVERN_EXACT, GOVERN_STAY);
	if (view->now_ns - g->begun_ns < learn)
		return GOVERN_NOTHING;
	cpu = cpu_rate(g, view);
	/* Known from an earlier stay: a trial would only be another attach. */
	if (g->cost_rate * 1e9 > KNOWN_SHARE * governor__budget_rate(g, limits, view)) {
		draw_look(g, limits, view, random);
		return GOVERN_NOTHING;
	}
	if (cpu < TRIAL_CPU || governor__budget_left(g, limits, view) >= TRIAL_WORTH_NS)
		return opened(g, view, GOVERN_TRIAL, GOVERN_START_TRIAL);
	draw_look(g, limits, view, random);
	return GOVERN_NOTHING;
}

static void learn_cost(struct governor *g, const struct govern_view *view)
{
	double span = seconds(view->now_ns - g->opened_ns);

	if (span > 0)
		g->cost_rate = seconds(view->charged_ns - g->opened_charged_ns) / span;
}

static enum govern_step judge_trial(struct governor *g, const struct govern_limits *limits,
				    const struct govern_view *view, double random)
{
	double spent = (double)(view->charged_ns - g->opened_charged_ns);
	double allowed = governor__budget_left(g, limits, view) * TRIAL_SHARE;
	bool over = view->now_ns - g->opened_ns >= TRIAL_NS;

	if (allowed < TRIAL_MIN_NS)
		allowed = TRIAL_MIN_NS;
	if (spent < allowed && !over)
		return GOVERN_NOTHING;
	learn_cost(g, view);
	g->cost_rate /= limits->trial_share;
	/* Probes cannot take more than the CPU that the process uses. */
	if (g->cost_rate > cpu_rate(g, view))
		g->cost_rate = cpu_rate(g, view);
	if (over && g->cost_rate * 1e9 <= FIT_SHARE * governor__budget_rate(g, limits, view))
		return opened(g, view, GOVERN_EXACT, GOVERN_STAY);
	draw_look(g, limits, view, random);
	return GOVERN_STOP;
}

/* The budget of the span is used, or all but what the close will cost. */
static enum govern_step judge_window(struct governor *g, const struct govern_limits *limits,
				     const struct govern_view *view)
{
	double left = governor__budget_left(g, limits, view);
	double spent = (double)(view->charged_ns - g->opened_charged_ns);
	double open_s = seconds(view->now_ns - g->opened_ns);
	double reserve = (1 - CLOSE_SHARE) * spent;
	double close = open_s > 0 ? spent / open_s * limits->close_s : 0;

	if (left > (close > reserve ? close : reserve))
		return GOVERN_NOTHING;
	learn_cost(g, view);
	g->state = limits->one_look ? GOVERN_DONE : GOVERN_WAITING;
	g->look_at_ns = UINT64_MAX; /* not before the next span */
	return GOVERN_STOP;
}

static void roll_span(struct governor *g, const struct govern_limits *limits,
		      const struct govern_view *view, double random)
{
	if (view->now_ns < g->span_end_ns || g->span_end_ns == limits->end_ns)
		return;
	g->span_end_ns = end_of_span(limits, g->span_end_ns);
	if (g->state == GOVERN_WAITING)
		draw_look(g, limits, view, random);
}

enum govern_step governor__step(struct governor *g, const struct govern_limits *limits,
				const struct govern_view *view, double random)
{
	if (g->state != GOVERN_NEW && !limits->unlimited)
		roll_span(g, limits, view, random);
	switch (g->state) {
	case GOVERN_NEW:
		return begin(g, limits, view, random);
	case GOVERN_TRIAL:
		return judge_trial(g, limits, view, random);
	case GOVERN_WAITING:
		/* In debt (a burst ran away during a close), or the close alone would cost more than
		 * there is: this span is skipped. */
		if (view->now_ns < g->look_at_ns ||
		    governor__budget_left(g, limits, view) <= g->cost_rate * limits->close_s * 1e9)
			return GOVERN_NOTHING;
		return opened(g, view, GOVERN_LOOKING, GOVERN_START_LOOK);
	case GOVERN_LOOKING:
	case GOVERN_EXACT:
		return limits->unlimited ? GOVERN_NOTHING : judge_window(g, limits, view);
	case GOVERN_DONE:
		break;
	}
	return GOVERN_NOTHING;
}

void governor__leave(struct governor *g, const struct govern_view *view)
{
	if (g->state == GOVERN_LOOKING || g->state == GOVERN_EXACT)
		learn_cost(g, view);
	if (g->state == GOVERN_LOOKING) {
		g->state = GOVERN_WAITING;
		g->look_at_ns = UINT64_MAX;
	} else if (g->state == GOVERN_TRIAL || g->state == GOVERN_EXACT) {
		g->state = GOVERN_NEW;
	}
}
