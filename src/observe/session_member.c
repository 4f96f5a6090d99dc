// SPDX-License-Identifier: GPL-2.0-or-later
/* One process image in a session: from its target to its last reading. */
#include "observe/session_state.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
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

/* A close unlinks free and malloc first: twice 110 ms on perf links, at once on others. */
#define PERF_CLOSE_S 0.22
#define CLOSE_S	     0.004
#define PERF_TRIAL_SHARE \
	0.4 /* a trial on perf links sees malloc alone: frees and the rest are more */

static int free_slot(const struct session *session)
{
	for (int slot = 0; slot < SESSION_SLOTS - 1; slot++)
		if (!session->members[slot])
			return slot;
	return -ENOSPC;
}

static struct govern_limits limits_of(const struct session *session)
{
	const struct session_options *options = session->options;
	uint64_t run_ns = (uint64_t)(options->duration_s * 1e9);

	bool perf = object__link(session->object) == LINK_PERF;

	return (struct govern_limits){
		.unlimited = options->full || options->unlimited,
		.one_look = perf,
		.close_s = perf ? PERF_CLOSE_S : CLOSE_S,
		.trial_share = perf ? PERF_TRIAL_SHARE : 1,
		.budget_ratio = options->budget_ratio,
		.floor_ratio = BUDGET_FLOOR_RATIO,
		/* The one look of a perf link may use what the whole run earns. */
		.span_ns = run_ns && (perf || run_ns < GOVERN_SPAN_NS) ? run_ns : GOVERN_SPAN_NS,
		.end_ns = session->end_ns,
	};
}

static int new_member(struct session *session, struct target *target, struct member **ret,
		      struct error *error)
{
	struct member *member = calloc(1, sizeof(*member));
	int slot = free_slot(session), err;

	if (!member || slot < 0) {
		free(member);
		target__free(target);
		return error__set(error, EXIT_RUNTIME, slot < 0 ? slot : -ENOMEM,
				  "no room for another process: %d are observed",
				  SESSION_SLOTS - 1);
	}
	err = watch__init(&member->watch, session->object, (size_t)slot,
			  (uint32_t)++session->member_cnt, target, &session->costs, error);
	if (err) {
		watch__release(&member->watch);
		free(member);
		return err;
	}
	member->watch.full = session->options->full;
	member->watch.stacks = !session->options->no_stacks;
	member->limits = limits_of(session);
	watch__cpu_ns(&member->watch);
	session->members[slot] = member;
	*ret = member;
	return 0;
}

int session__add(struct session *session, pid_t pid, struct error *error)
{
	struct target_options options = {
		.allow_stepped = session->options->allow_stepped,
		.at_exec = session->command_pid == pid && !session->released,
	};
	struct member *member = NULL;
	uint64_t seen_ns = clock__boottime_ns();
	struct target *target;
	int err;

	if (session__member_of(session, pid))
		return 0; /* named twice */
	err = target__open(pid, &options, &target, error);
	if (err)
		return err;
	if (target->refusal) {
		err = error__set(error, target->refusal_code, -EPERM, "process %d (%s): %s", pid,
				 target->comm, target->refusal);
		target__free(target);
		return err;
	}
	err = new_member(session, target, &member, error);
	if (err)
		return err;
	member->seen_ns = seen_ns;
	/* Without an allocator to probe there is growth from RSS alone. */
	if (!target->file_cnt)
		member->governor.state = GOVERN_DONE;
	if (session->begun_ns)
		session__introduce(session, member);
	unwind_worker__prepare(session->unwinder, pid, member->watch.image);
	return 0;
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
static double affordable(struct member *member, double window_s)
{
	const struct cost_table *costs = member->watch.costs;
	double each = costs->sample_ns + costs->return_ns, most = SAMPLES_PER_S_MAX * window_s;
	double hits, left;
	struct govern_view view;

	hits = (double)(member->watch.last.hits - member->watch.base.hits) * costs->hit_ns;
	if (member->governor.state == GOVERN_LOOKING) {
		/* A drain that comes late must still find every record in the ring. */
		most = window_s / LATE_DRAIN_S * (double)object__ring_bytes(member->watch.object) /
		       (double)(sizeof(struct hb_sample) + sizeof(struct hb_stack));
		return fmin(most, SAMPLE_SHARE * hits / each);
	}
	if (member->limits.unlimited)
		return most;
	view = view_of(member);
	left = governor__budget_rate(&member->governor, &member->limits, &view) * window_s - hits;
	left = left > 0 ? SAMPLE_SHARE * left / each : 0;
	return left < most ? left : most;
}

/* The interval at which the calls of the last window would have cost what is affordable. */
static uint64_t fit_interval(struct session *session, struct member *member, uint64_t window_ns)
{
	struct interval_class classes[HB_CLASS_MAX];

	if (session->options->interval_bytes)
		return session->options->interval_bytes;
	if (session->options->full || window_classes(member, classes) < 1)
		return INTERVAL_DEFAULT_BYTES;
	return interval__choose(classes, HB_CLASS_MAX, affordable(member, (double)window_ns / 1e9));
}

static void adapt(struct session *session, struct member *member)
{
	uint64_t every = member->governor.state == GOVERN_LOOKING ? ADAPT_LOOK_NS : ADAPT_EXACT_NS;
	struct watch *watch = &member->watch;
	uint64_t now = clock__boottime_ns(), interval;

	if (watch->mode == PLAN_REST || !member->streamed || session->options->interval_bytes ||
	    session->options->full || now - member->adapted_ns < every)
		return;
	member->adapted_ns = now;
	watch__read(watch, &watch->last);
	interval = fit_interval(session, member, now - watch->opened_ns);
	if (interval != watch->interval_bytes)
		watch__set_interval(watch, interval);
}

static void open_window(struct session *session, struct member *member, enum plan_mode mode)
{
	struct watch *watch = &member->watch;
	struct error error = {0};
	uint64_t interval;

	watch__shut_gate(watch); /* of a trial: its counters choose the interval */
	if (watch->partial)
		watch__detach(watch); /* malloc's one link */
	watch->partial = false;
	watch->lean = mode == PLAN_LOOK && object__link(session->object) == LINK_PERF;
	if (watch__attach(watch, &error)) {
		log_warn("session", "%s, no longer observed", error.text);
		member->governor.state = GOVERN_DONE;
		return;
	}
	interval = fit_interval(session, member, watch->closed_ns - watch->opened_ns);
	member->last_mode = mode;
	member->streamed = true;
	member->adapted_ns = clock__boottime_ns();
	watch__open_gate(watch, mode, interval);
	session__put_plan(session, member);
}

static void start_trial(struct session *session, struct member *member)
{
	struct error error = {0};

	member->streamed = false;
	member->watch.partial = object__link(session->object) == LINK_PERF;
	if (watch__attach(&member->watch, &error)) {
		log_warn("session", "%s, no longer observed", error.text);
		member->governor.state = GOVERN_DONE;
		return;
	}
	watch__open_gate(&member->watch, PLAN_EXACT, 0);
}

static void purge(struct session *session, struct member *member, enum hb_purged reason)
{
	volatile struct hb_counters *cnt = object__counters(session->object, member->watch.slot);
	struct hb_counters now;
	int64_t purged;

	watch__read(&member->watch, &now);
	if (!now.live_objects)
		return;
	purged = object__purge_live(session->object, member->watch.image, 0);
	if (purged <= 0)
		return;
	/* Nothing is linked any more: plain stores are enough. */
	cnt->purged[reason] += (uint64_t)purged;
	cnt->live_objects = 0;
	cnt->live_bytes = 0;
}

/* Shut the window and say what it saw: figures end here. */
void session__shut(struct session *session, struct member *member)
{
	struct watch *watch = &member->watch;
	bool counted = watch->mode != PLAN_REST && member->streamed;

	watch__shut_gate(watch);
	if (!counted)
		return;
	session__put_counters(session, member);
	member->plan_due = true;
}

/* The links are gone: what the window has cost is known now. */
static void tell_cost(struct session *session, struct member *member)
{
	const struct watch *watch = &member->watch;

	log_info("session",
		 "process %d: window of %.1f ms closed in %.1f ms, %.1f ms charged so far",
		 watch->target->pid, (double)(watch->closed_ns - watch->opened_ns) / 1e6,
		 (double)(clock__boottime_ns() - watch->closed_ns) / 1e6,
		 (double)watch__charged_ns(watch) / 1e6);
	if (!member->plan_due)
		return;
	member->plan_due = false;
	session__put_plan(session, member);
	member->charged_before_ns = watch__charged_ns(watch);
}

void session__leave(struct session *session, struct member *member)
{
	member->leaving = false;
	if (!watch__is_attached(&member->watch))
		return;
	watch__detach(&member->watch);
	tell_cost(session, member);
}

/* By one link a turn, since perf links take 110 ms each and rings fill up meanwhile. */
static void leave_step(struct session *session, struct member *member)
{
	if (object__link(session->object) != LINK_PERF)
		watch__detach(&member->watch);
	else if (!watch__detach_step(&member->watch))
		return;
	member->leaving = false;
	tell_cost(session, member);
	drain__consume(session->drain);
	purge(session, member, HB_PURGED_WINDOW);
}

static double next_random(struct session *session)
{
	/* xorshift64: the moments of looks must not follow the program's own clock, no more. */
	session->random ^= session->random << 13;
	session->random ^= session->random >> 7;
	session->random ^= session->random << 17;
	return (double)(session->random >> 11) / 9007199254740992.0;
}

void session__govern(struct session *session, struct member *member)
{
	struct govern_view view;

	if (member->watch.gone)
		return;
	if (member->leaving) {
		leave_step(session, member);
		return;
	}
	/* A window that opened now would see nothing, and say that nothing is allocated. */
	if (member->leaderless && member->watch.mode == PLAN_REST)
		return;
	view = view_of(member);
	switch (governor__step(&member->governor, &member->limits, &view, next_random(session))) {
	case GOVERN_NOTHING:
		break;
	case GOVERN_START_TRIAL:
		start_trial(session, member);
		return;
	case GOVERN_STAY:
		open_window(session, member, session->options->full ? PLAN_FULL : PLAN_EXACT);
		return;
	case GOVERN_START_LOOK:
		open_window(session, member, PLAN_LOOK);
		return;
	case GOVERN_STOP:
		session__shut(session, member);
		member->leaving = true;
		leave_step(session, member);
		return;
	}
	adapt(session, member);
}

/* Whether some window is so short that the loop must come by every millisecond. */
bool session__is_hasty(const struct session *session)
{
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		const struct member *member = session->members[slot];

		if (member && !member->watch.gone &&
		    (member->governor.state == GOVERN_TRIAL ||
		     member->governor.state == GOVERN_LOOKING))
			return true;
	}
	return false;
}

void session__retire(struct session *session, struct member *member, enum exit_reason reason)
{
	struct record_exit record = {.image = member->watch.image, .reason = reason};

	if (member->watch.gone)
		return;
	session__put_vitals(session, member);
	session__shut(session, member);
	session__leave(session, member);
	drain__consume(session->drain);
	member->watch.gone = true;
	session__put_loss(session, member);
	purge(session, member, reason == EXIT_REASON_EXEC ? HB_PURGED_EXEC : HB_PURGED_EXIT);
	session__put_loss(session, member);
	record__init(&record.head, RECORD_EXIT, sizeof(record), clock__boottime_ns());
	session__put(session, &record.head);
}

/* A tenth of a second of counting, so that --full can say what it will cost before it does. */
#define ANNOUNCE_NS 100000000ULL

static void announce(struct session *session, struct member *member)
{
	const struct cost_table *costs = &session->costs;
	struct watch *watch = &member->watch;
	struct hb_counters now;
	double span, calls, frees, cpu, cost;

	watch__read(watch, &now);
	span = (double)(clock__boottime_ns() - watch->opened_ns) / 1e9;
	calls = (double)(now.outcome[HB_CALLED] - watch->base.outcome[HB_CALLED]) / span;
	frees = (double)(now.outcome[HB_FREED] - watch->base.outcome[HB_FREED]) / span;
	cpu = (double)(watch__cpu_ns(watch) - watch->cpu_opened_ns) / span;
	/* The rate was seen through counting probes: take their cost off the CPU. */
	cpu -= (calls + frees) * costs->hit_ns;
	cost = (calls + frees) * costs->hit_ns + calls * costs->return_ns;
	fprintf(stderr,
		"heapbeat: full mode, process %d: %.0f calls/s seen; expect %.2f times the CPU per "
		"call-bound work (%.1f us a malloc and free pair)\n",
		watch->target->pid, calls + frees, cpu > 1e6 ? 1 + cost / cpu : 1.0,
		(2 * costs->hit_ns + costs->return_ns) / 1e3);
}

void session__announce_full(struct session *session)
{
	if (session->command_pid > 0) {
		fprintf(stderr,
			"heapbeat: full mode: %.1f us of CPU for each malloc and free pair of the "
			"command\n",
			(2 * session->costs.hit_ns + session->costs.return_ns) / 1e3);
		return;
	}
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		struct member *member = session->members[slot];
		bool probed = member && member->watch.target->file_cnt;

		if (!probed)
			continue;
		member->watch.full = false;
		start_trial(session, member);
		if (member->watch.mode == PLAN_REST)
			continue;
		clock__sleep_ns(ANNOUNCE_NS);
		announce(session, member);
		watch__shut_gate(&member->watch);
		member->watch.full = true;
	}
}
