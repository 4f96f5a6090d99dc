// SPDX-License-Identifier: GPL-2.0-or-later
/* The windows of a member: what the governor decides, done. */
#include "observe/state.h"

#include <math.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "govern/interval.h"
#include "base/banned.h"

#define SAMPLES_PER_S_MAX 1000.0 /* what the unwinder may cost: about 2 % of one core */
#define SAMPLE_SHARE	  0.5	 /* of the budget that hits leave, for samples */
#define LATE_DRAIN_S	  0.05	 /* on a busy machine */
#define ADAPT_EXACT_NS	  1000000000ULL
#define ADAPT_LOOK_NS	  2000000ULL
/* Exact windows overspend slowly: asking each turn would read every counter 20 times a second. */
#define ASK_EXACT_NS 100000000ULL
#define TRIAL_NS     2e6 /* a trial may always cost this much */
#define TRIAL_ASK_NS 20e6
#define SETTLE_NS    5000000ULL /* of a look: its rate is not known yet */
#define BURST_NS     10e6	/* that a look may overspend by, at worst */

/* A close unlinks free and malloc first: twice 110 ms on perf links, at once on others. */
#define PERF_CLOSE_S 0.22
#define CLOSE_S	     0.004
#define PERF_TRIAL_SHARE \
	0.4 /* a trial on perf links sees malloc alone: frees and the rest are more */

struct govern_limits member__limits(const struct observer *observer, const struct member *member)
{
	const struct observe_terms *terms = &member->subscriber->terms;
	uint64_t run_ns = terms->run_ns, span_ns = terms->span_ns ? terms->span_ns : GOVERN_SPAN_NS;
	bool perf = object__link(observer->object) == LINK_PERF;

	return (struct govern_limits){
		.unlimited = terms->full || terms->unlimited,
		.one_look = perf,
		.close_s = perf ? PERF_CLOSE_S : CLOSE_S,
		.trial_share = perf ? PERF_TRIAL_SHARE : 1,
		.budget_ratio = terms->budget_ratio,
		.floor_ratio = terms->floor_ratio,
		/* The one look of a perf link may use what the whole run earns. */
		.span_ns = run_ns && (perf || run_ns < span_ns) ? run_ns : span_ns,
		.end_ns = terms->end_ns,
	};
}

/* Calls of the heap by size class since the window opened. */
static double window_classes(const struct member *member, struct interval_class *classes)
{
	const struct watch *watch = &member->watch;
	double calls = 0;

	memset(classes, 0, HB_CLASS_MAX * sizeof(*classes));
	for (int func = 0; func < HB_FREE; func++) {
		for (int class = 0; class < HB_CLASS_MAX; class ++) {
			const struct hb_class *from = &watch->base.by_class[func][class];
			const struct hb_class *to = &watch->last.by_class[func][class];

			classes[class].calls += to->calls - from->calls;
			classes[class].bytes += to->bytes - from->bytes;
			calls += (double)(to->calls - from->calls);
		}
	}
	return calls;
}

static struct govern_view view_of(struct member *member)
{
	return (struct govern_view){
		.now_ns = clock__boottime_ns(),
		.cpu_ns = watch__cpu_ns(&member->watch),
		.charged_ns = watch__charged_ns(&member->watch),
	};
}

/* Samples that the window so far may hold: those of a look may cost half of what its hits cost;
 * those of an exact window may use half of what hits leave of the budget. */
static double affordable(struct observer *observer, struct member *member, double window_s)
{
	const struct cost_table *costs = member->watch.costs;
	struct govern_limits limits = member__limits(observer, member);
	double own = member->subscriber->terms.samples_per_s ?: SAMPLES_PER_S_MAX;
	double each = costs->sample_ns + costs->return_ns, most = own * window_s;
	struct govern_view view = view_of(member);
	double hits, left;

	hits = (double)(member->watch.last.hits - member->watch.base.hits) * costs->hit_ns;
	if (member->governor.state == GOVERN_LOOKING) {
		/* A drain that comes late must still find every record in the ring. */
		most = window_s / LATE_DRAIN_S * (double)object__ring_bytes(member->watch.object) /
		       (double)(sizeof(struct hb_sample) + sizeof(struct hb_stack));
		/* All looks of a span together may take what the unwinder may. */
		left = fmax(0, governor__budget_left(&member->governor, &limits, &view));
		most = fmin(most, own * (double)limits.span_ns / 1e9 * hits / (hits + left + 1));
		return fmin(most, SAMPLE_SHARE * hits / each);
	}
	if (limits.unlimited)
		return most;
	left = governor__budget_rate(&member->governor, &limits, &view) * window_s - hits;
	left = left > 0 ? SAMPLE_SHARE * left / each : 0;
	return left < most ? left : most;
}

/* The interval at which the calls of the last window would have cost what is affordable. */
static uint64_t fit_interval(struct observer *observer, struct member *member, uint64_t window_ns)
{
	const struct observe_terms *terms = &member->subscriber->terms;
	struct interval_class classes[HB_CLASS_MAX];

	if (terms->interval_bytes)
		return terms->interval_bytes;
	if (terms->full || window_classes(member, classes) < 1)
		return INTERVAL_DEFAULT_BYTES;
	return interval__choose(classes, HB_CLASS_MAX,
				affordable(observer, member, (double)window_ns / 1e9));
}

static void adapt(struct observer *observer, struct member *member)
{
	uint64_t every = member->governor.state == GOVERN_LOOKING ? ADAPT_LOOK_NS : ADAPT_EXACT_NS;
	const struct observe_terms *terms = &member->subscriber->terms;
	struct watch *watch = &member->watch;
	uint64_t now = clock__boottime_ns(), interval;

	if (watch->mode == PLAN_REST || !member->streamed || terms->interval_bytes || terms->full ||
	    now - member->adapted_ns < every)
		return;
	member->adapted_ns = now;
	watch__read(watch, &watch->last);
	interval = fit_interval(observer, member, now - watch->opened_ns);
	if (interval != watch->interval_bytes)
		watch__set_interval(watch, interval);
}

static bool attach(struct observer *observer, struct member *member)
{
	struct error error = {0};

	if (!watch__attach(&member->watch, &error))
		return true;
	log_warn("observer", "%s, no longer observed", error.text);
	observer->past.attach_failures[error.code == EXIT_REFUSED ? ATTACH_REFUSED : ATTACH_GONE]++;
	member->governor.state = GOVERN_DONE;
	return false;
}

static void open_window(struct observer *observer, struct member *member, enum plan_mode mode)
{
	struct watch *watch = &member->watch;
	uint64_t interval;

	watch__shut_gate(watch); /* of a trial: its counters choose the interval */
	if (watch->partial)
		watch__detach(watch); /* malloc's one link */
	watch->partial = false;
	watch->lean = mode == PLAN_LOOK && object__link(observer->object) == LINK_PERF;
	if (!attach(observer, member))
		return;
	interval = fit_interval(observer, member, watch->closed_ns - watch->opened_ns);
	member->last_mode = mode;
	member->streamed = true;
	member->adapted_ns = clock__boottime_ns();
	watch__open_gate(watch, mode, interval);
	stream__plan(observer, member);
}

void member__start_trial(struct observer *observer, struct member *member)
{
	member->streamed = false;
	member->watch.partial = object__link(observer->object) == LINK_PERF;
	if (attach(observer, member))
		watch__open_gate(&member->watch, PLAN_EXACT, 0);
}

/* Shut the window and say what it saw: figures end here. */
void member__shut(struct observer *observer, struct member *member)
{
	struct watch *watch = &member->watch;
	bool counted = watch->mode != PLAN_REST && member->streamed;

	watch__shut_gate(watch);
	if (!counted)
		return;
	stream__counters(observer, member);
	member->plan_due = true;
	member->looks++;
}

/* The links are gone: what the window has cost is known now. */
static void tell_cost(struct observer *observer, struct member *member)
{
	const struct watch *watch = &member->watch;

	log_debug("observer",
		  "process %d: window of %.1f ms closed in %.1f ms, %.1f ms charged so far",
		  watch->target->pid, (double)(watch->closed_ns - watch->opened_ns) / 1e6,
		  (double)(clock__boottime_ns() - watch->closed_ns) / 1e6,
		  (double)watch__charged_ns(watch) / 1e6);
	if (!member->plan_due)
		return;
	member->plan_due = false;
	stream__plan(observer, member);
	member->charged_before_ns = watch__charged_ns(watch);
}

void member__leave(struct observer *observer, struct member *member)
{
	member->leaving = false;
	if (!watch__is_attached(&member->watch))
		return;
	watch__detach(&member->watch);
	tell_cost(observer, member);
}

/* By one link a turn, since perf links take 110 ms each and rings fill up meanwhile. */
static void leave_step(struct observer *observer, struct member *member)
{
	if (object__link(observer->object) != LINK_PERF)
		watch__detach(&member->watch);
	else if (!watch__detach_step(&member->watch))
		return;
	member->leaving = false;
	tell_cost(observer, member);
	drain__consume(observer->drain);
	member__purge(observer, member, HB_PURGED_WINDOW);
}

double observer__random(struct observer *observer)
{
	/* xorshift64: the moments of looks must not follow the program's own clock, no more. */
	observer->random ^= observer->random << 13;
	observer->random ^= observer->random >> 7;
	observer->random ^= observer->random << 17;
	return (double)(observer->random >> 11) / 9007199254740992.0;
}

static bool is_looking(const struct member *member)
{
	return member->governor.state == GOVERN_LOOKING || member__is_looking(member);
}

bool observer__is_looking(const struct observer *observer, const struct member *except)
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		if (observer->members[slot] && observer->members[slot] != except &&
		    !observer->members[slot]->watch.gone && is_looking(observer->members[slot]))
			return true;
	return false;
}

static bool must_wait(const struct observer *observer, const struct member *member)
{
	return member->governor.state == GOVERN_WAITING && observer__is_looking(observer, member);
}

/* When to ask the governor again. A look is asked after a quarter of the time that its budget will
 * last at the rate so far, down to each millisecond; the rest need not be asked each turn. */
static uint64_t next_due(struct observer *observer, struct member *member, uint64_t now)
{
	struct governor *governor = &member->governor;
	struct govern_limits limits = member__limits(observer, member);
	struct govern_view view;
	double left, rate;

	switch (governor->state) {
	case GOVERN_WAITING:
		return governor->look_at_ns < governor->span_end_ns ? governor->look_at_ns
								    : governor->span_end_ns;
	case GOVERN_EXACT:
		return now + ASK_EXACT_NS;
	case GOVERN_LOOKING:
		view = view_of(member);
		left = governor__budget_left(governor, &limits, &view) -
		       governor->cost_rate * limits.close_s * 1e9;
		if (left <= 0 || now < governor->opened_ns + SETTLE_NS)
			return now;
		rate = (double)(view.charged_ns - governor->opened_charged_ns + 1) /
		       (double)(now - governor->opened_ns);
		rate = fmax(rate, governor->cost_rate);
		/* A burst in between may spend as much as time passes. */
		return now + (uint64_t)fmin(left / rate / 4, fmax(left, BURST_NS));
	case GOVERN_TRIAL:
		view = view_of(member);
		rate = (double)(view.charged_ns - governor->opened_charged_ns + 1) /
		       (double)(now - governor->opened_ns + 1);
		left = TRIAL_NS - (double)(view.charged_ns - governor->opened_charged_ns);
		return now + (uint64_t)fmin(fmax(0, left) / rate / 4, TRIAL_ASK_NS);
	default:
		return now;
	}
}

static void step(struct observer *observer, struct member *member)
{
	struct govern_limits limits = member__limits(observer, member);
	struct govern_view view = view_of(member);

	switch (governor__step(&member->governor, &limits, &view, observer__random(observer))) {
	case GOVERN_NOTHING:
		break;
	case GOVERN_START_TRIAL:
		member__start_trial(observer, member);
		return;
	case GOVERN_STAY:
		open_window(observer, member,
			    member->subscriber->terms.full ? PLAN_FULL : PLAN_EXACT);
		return;
	case GOVERN_START_LOOK:
		open_window(observer, member, PLAN_LOOK);
		return;
	case GOVERN_STOP:
		member__shut(observer, member);
		member->leaving = true;
		leave_step(observer, member);
		return;
	}
	adapt(observer, member);
}

void member__govern(struct observer *observer, struct member *member)
{
	uint64_t now = clock__boottime_ns();

	if (member->leaving) {
		leave_step(observer, member);
		return;
	}
	/* A window that opened now would see nothing, and say that nothing is allocated. */
	if (member->paused || member->subscriber->closing ||
	    (member->leaderless && member->watch.mode == PLAN_REST))
		return;
	if (now < member->due_ns || member->governor.state == GOVERN_DONE ||
	    must_wait(observer, member))
		return;
	step(observer, member);
	member->due_ns = next_due(observer, member, clock__boottime_ns());
}
