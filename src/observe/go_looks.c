// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Looks at members that are Go programs: what the governor decides, done. A program whose calls fit its
 * budget is seen throughout, another one at a random moment of each span until the budget that has
 * accrued is used. Everything that probes in it cost counts against the one budget.
 */
#include "observe/state.h"

#include <math.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/go_records.h"
#include "kernel/go_calls_map.h"
#include "base/banned.h"

#define THRIFTY_SPAN_NS 60000000000ULL /* between two looks of a daemon */
#define LONGEST_PART	4	       /* of a span: a look that finds little ends, others wait */
#define PERF_CLOSE_S	0.11	       /* each */
#define ASK_NS		100000000ULL
#define TRIAL_ASK_NS	2000000ULL
#define SETTLE_NS	5000000ULL    /* of a look: its rate is not known yet */
#define BURST_NS	10e6	      /* that a look may overspend by, at worst */
#define TELL_NS		1000000000ULL /* of a look that stays open */
#define THRIFTY_TELL_NS 10000000000ULL
#define REST		4 /* times what opening one took, until the next one is opened */
#define AT_ONCE		8 /* looks that are open: each takes a second or two to close */
#define LOST_NS		30000000000ULL /* sums that have not come by then never will */

static struct govern_limits limits_of(const struct observer *observer, const struct member *member)
{
	struct govern_limits limits = member__limits(observer, member);

	limits.trial_share = 1;
	if (limits.one_look)
		limits.close_s = PERF_CLOSE_S * (double)member->go.looks.look.point_cnt;
	if (observer->options.thrifty && limits.span_ns < THRIFTY_SPAN_NS && !limits.end_ns)
		limits.span_ns = THRIFTY_SPAN_NS;
	return limits;
}

static struct govern_view view_of(struct member *member)
{
	return (struct govern_view){
		.now_ns = clock__boottime_ns(),
		.cpu_ns = watch__cpu_ns(&member->watch),
		.charged_ns = watch__charged_ns(&member->watch) + member__go_charged_ns(member),
	};
}

bool member__is_looking(const struct member *member)
{
	return member->go.looks.governor.state == GOVERN_LOOKING;
}

bool member__awaits_calls(const struct member *member)
{
	const struct go_looks *looks = &member->go.looks;

	return looks->pending && clock__boottime_ns() < looks->asked_ns + LOST_NS;
}

/* The sums of all looks so far; of the open one up to now. */
static void fill_sums(struct member *member, struct record_go_look *ret)
{
	struct go_looks *looks = &member->go.looks;
	struct hb_go_look_counters now;

	go_look__read(&looks->look, &now);
	*ret = (struct record_go_look){
		.head.time_ns = clock__boottime_ns(),
		.image = member->watch.image,
		.looks = looks->cnt,
		.observed_ns = looks->observed_ns,
		.cpu_ns = looks->cpu_ns,
		.charged_ns = go_look__charged_ns(&looks->look),
	};
	if (looks->opened_ns) {
		ret->observed_ns += ret->head.time_ns - looks->opened_ns;
		ret->cpu_ns += watch__cpu_ns(&member->watch) - looks->opened_cpu_ns;
	}
	for (int i = 0; i < GO_CALL_KINDS; i++) {
		ret->calls[i] = now.counted[i];
		ret->dropped += now.dropped[i];
	}
}

/* Have what the look has seen named, in the thread of readers. */
static void ask_sums(struct observer *observer, struct member *member, bool over)
{
	struct go_looks *looks = &member->go.looks;
	struct record_go_look sums;
	struct go_calls_row *rows;
	size_t cnt;
	int err;

	fill_sums(member, &sums);
	looks->told_ns = sums.head.time_ns;
	err = go_calls_map__read(observer->object, member->watch.image, over, &rows, &cnt);
	err = err ?: go_worker__sum(observer->go_worker, &sums, rows, cnt, over);
	if (err) {
		log_warn("observer", "process %d: what a look has seen is lost: %d",
			 member->watch.target->pid, err);
		return;
	}
	looks->pending++;
	looks->asked_ns = sums.head.time_ns;
}

void member__take_calls(struct observer *observer, struct member *member, struct go_news *news)
{
	struct go_stream stream = {observer, member->subscriber};
	struct go_looks *looks = &member->go.looks;

	if (looks->pending)
		looks->pending--;
	if (!member->go.told || !news->calls.rows)
		return;
	(void)go_records__put_calls(&observer->buffer, member->go.module, &news->sums, &news->calls,
				    go_stream__put, &stream);
}

static bool open_look(struct observer *observer, struct member *member)
{
	struct go_looks *looks = &member->go.looks;
	uint64_t begun_ns = clock__boottime_ns();
	struct error error = {0};
	int err = 0;

	if (!looks->look.object)
		err = go_look__init(&looks->look, observer->object, member->watch.slot,
				    member->watch.image, &observer->costs, &error);
	err = err ?: go_look__open(&looks->look, &error);
	if (err) {
		looks->failed = true;
		looks->governor.state = GOVERN_DONE;
		log_info("observer", "%s; it is not looked at", error.text);
		return false;
	}
	looks->opened_cpu_ns = watch__cpu_ns(&member->watch);
	looks->opened_ns = looks->told_ns = clock__boottime_ns();
	looks->cnt++;
	observer->look_rest_ns = looks->opened_ns + REST * (looks->opened_ns - begun_ns);
	return true;
}

void member__shut_look(struct observer *observer, struct member *member)
{
	struct go_looks *looks = &member->go.looks;
	struct govern_view view;

	(void)observer;
	if (!looks->opened_ns)
		return;
	go_look__shut(&looks->look);
	view = view_of(member);
	looks->observed_ns += view.now_ns - looks->opened_ns;
	looks->cpu_ns += view.cpu_ns - looks->opened_cpu_ns;
	looks->opened_ns = 0;
	looks->shut_ns = view.now_ns;
	looks->leaving = true;
	governor__leave(&looks->governor, &view);
}

/* The links are gone: nothing is added to its rows any more. */
static void end_look(struct observer *observer, struct member *member)
{
	struct go_looks *looks = &member->go.looks;

	looks->leaving = false;
	ask_sums(observer, member, true);
	log_debug("observer",
		  "process %d: %u looks of %.1f ms in all, closed in %.1f ms, %.1f ms charged",
		  member->watch.target->pid, looks->cnt, (double)looks->observed_ns / 1e6,
		  (double)(clock__boottime_ns() - looks->shut_ns) / 1e6,
		  (double)go_look__charged_ns(&looks->look) / 1e6);
}

void member__leave_look(struct observer *observer, struct member *member)
{
	if (!member->go.looks.leaving)
		return;
	go_look__unlink(&member->go.looks.look);
	end_look(observer, member);
}

/* By one link a turn, since perf links take 110 ms each. */
static void leave_step(struct observer *observer, struct member *member)
{
	if (go_look__unlink_step(&member->go.looks.look))
		end_look(observer, member);
}

/* When to ask the governor again: a look after a quarter of the time that its budget will last at the
 * rate so far, down to each millisecond. */
static uint64_t next_due(const struct observer *observer, struct member *member)
{
	struct go_looks *looks = &member->go.looks;
	const struct governor *governor = &looks->governor;
	struct govern_limits limits = limits_of(observer, member);
	struct govern_view view = view_of(member);
	double left, rate;

	switch (governor->state) {
	case GOVERN_WAITING:
		return governor->look_at_ns < governor->span_end_ns ? governor->look_at_ns
								    : governor->span_end_ns;
	case GOVERN_TRIAL:
		return view.now_ns + TRIAL_ASK_NS;
	case GOVERN_LOOKING:
		left = governor__budget_left(governor, &limits, &view) -
		       governor->cost_rate * limits.close_s * 1e9;
		if (left <= 0 || view.now_ns < governor->opened_ns + SETTLE_NS)
			return view.now_ns;
		rate = (double)(view.charged_ns - governor->opened_charged_ns + 1) /
		       (double)(view.now_ns - governor->opened_ns);
		rate = fmax(rate, governor->cost_rate);
		return view.now_ns + (uint64_t)fmin(left / rate / 4, fmax(left, BURST_NS));
	default:
		return view.now_ns + ASK_NS;
	}
}

/* It has taken long and found little: others wait for their look. */
static bool is_overlong(const struct observer *observer, const struct member *member, uint64_t now)
{
	const struct go_looks *looks = &member->go.looks;
	struct govern_limits limits = limits_of(observer, member);

	return looks->governor.state == GOVERN_LOOKING &&
	       now - looks->opened_ns > limits.span_ns / LONGEST_PART;
}

static void step(struct observer *observer, struct member *member)
{
	struct govern_limits limits = limits_of(observer, member);
	struct go_looks *looks = &member->go.looks;
	struct govern_view view = view_of(member);
	uint64_t tell_ns = observer->options.thrifty ? THRIFTY_TELL_NS : TELL_NS;

	switch (governor__step(&looks->governor, &limits, &view, observer__random(observer))) {
	case GOVERN_START_TRIAL:
	case GOVERN_START_LOOK:
		open_look(observer, member);
		return;
	case GOVERN_STAY:
		if (!looks->opened_ns)
			open_look(observer, member);
		return;
	case GOVERN_STOP:
		member__shut_look(observer, member);
		leave_step(observer, member);
		return;
	case GOVERN_NOTHING:
		break;
	}
	if (looks->opened_ns && is_overlong(observer, member, view.now_ns)) {
		member__shut_look(observer, member);
		leave_step(observer, member);
	} else if (looks->governor.state == GOVERN_EXACT &&
		   view.now_ns >= looks->told_ns + tell_ns && !looks->pending) {
		ask_sums(observer, member, false);
	}
}

/* Opening one holds up all else, and so does closing: the looks that are open would outlast their
 * budget, and a recording its end. */
static bool may_open(const struct observer *observer, uint64_t now)
{
	size_t open = 0;

	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		open += observer->members[slot] && (observer->members[slot]->go.looks.opened_ns ||
						    observer->members[slot]->go.looks.leaving);
	return now >= observer->look_rest_ns && open < AT_ONCE;
}

void member__govern_look(struct observer *observer, struct member *member)
{
	struct go_looks *looks = &member->go.looks;
	uint64_t now = clock__boottime_ns();

	if (looks->leaving) {
		leave_step(observer, member);
		return;
	}
	if (!go_look__usable(&looks->look) || looks->failed || !member->go.told || member->paused ||
	    member->subscriber->closing || member->leaderless)
		return;
	if (!looks->opened_ns && !may_open(observer, now))
		return;
	if (now < looks->due_ns || looks->governor.state == GOVERN_DONE ||
	    (looks->governor.state == GOVERN_WAITING && observer__is_looking(observer, member)))
		return;
	step(observer, member);
	looks->due_ns = next_due(observer, member);
}
