// SPDX-License-Identifier: GPL-2.0-or-later
/* Who is observed: the sweep into the roster, selectors, the plan, and what comes of it. */
#include "daemon/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/selector.h"
#include "govern/plan.h"
#include "base/banned.h"

#define YOUNG_S	      1.0
#define RETRY_NS      10000000000ULL /* an attach that failed for a reason that may pass */
#define FAILURES_MAX  3
#define SKIPPED_S     60.0
#define SAMPLES_PER_S 150.0	  /* of all: unwinding and naming them takes about 1 % of a core */
#define LIGHT_MAX     128	  /* that are only read: for each up to 0.7 % of a core */
#define TICK_NS	      10000000ULL /* USER_HZ, in which /proc tells starts */

static void apply_row(void *ctx, const struct hb_task_row *row)
{
	(void)roster__apply(ctx, row);
}

/* Whatever was attached to it has been retired by the observer, on the exit's own event. */
static void forget(void *ctx, struct roster_entry *entry)
{
	(void)ctx;
	(void)entry;
}

int fleet__sweep(struct daemon *daemon, uint64_t now_ns)
{
	struct roster *roster = &daemon->roster;
	long cnt;

	roster__begin_sweep(roster, now_ns);
	cnt = sweep__run(daemon->sweep, apply_row, roster);
	if (cnt < 0)
		return (int)cnt;
	roster__end_sweep(roster, forget, daemon);
	for (size_t i = 0; i < roster->cnt; i++) {
		const struct roster_entry *entry = roster->items[i];

		if (entry->attached)
			observer__note_memory(daemon->observer, entry->pid, entry->rss_bytes,
					      entry->anon_bytes);
	}
	return 0;
}

static bool is_wanted(const struct daemon *daemon, struct roster_entry *entry, double age_s)
{
	const struct daemon_options *options = daemon->options;

	/* Who is gone within a second is not asked who he was, unless he was called by name. */
	if ((age_s >= YOUNG_S || entry->named) && !entry->identified &&
	    roster_entry__identify(entry))
		return false;
	if (selector__needs_identity(options) && !entry->identified)
		return false;
	return selector__matches(options, entry->comm, entry->exe, entry->cgroup);
}

static void follow_member(struct daemon *daemon, struct roster_entry *entry, uint64_t now_ns,
			  struct plan_process *ret)
{
	struct member_status status;

	if (observer__status(daemon->observer, daemon->subscriber, entry->pid, &status) ||
	    status.exec_id != entry->exec_id) {
		if (entry->attached)
			entry->released_ns = now_ns;
		entry->had |= entry->attached;
		entry->attached = false;
		return;
	}
	if (!entry->attached) {
		entry->attached_ns = status.since_ns;
		/* The observer took it by itself: a child of a target, or a target's next image. */
		entry->followed |= !entry->had;
	}
	entry->attached = true;
	entry->image = status.image;
	if (status.cost_rate > 0)
		entry->cost_rate = status.cost_rate;
	entry->runtime = status.runtime;
	entry->allocator = status.allocator;
	if (!status.probed && !status.read)
		entry->state = TARGET_UNPROBED;
	ret->light = !status.probed && status.read;
	ret->looked = status.looked;
	ret->served = status.looks || status.settled || (!status.probed && !status.read) ||
		      status.readings;
}

static double seconds_since(uint64_t from_ns, uint64_t now_ns)
{
	return now_ns > from_ns ? (double)(now_ns - from_ns) / 1e9 : 0;
}

/* A number that the options name is used again one day, by somebody else. */
static bool is_named(const struct daemon *daemon, const struct roster_entry *entry)
{
	if (entry->banished)
		return false;
	return entry->asked || (selector__names(daemon->options, entry->pid) &&
				entry->start_ticks <= daemon->named_ns / TICK_NS);
}

static struct plan_process describe(struct daemon *daemon, struct roster_entry *entry,
				    uint64_t now_ns)
{
	struct plan_process p = {
		.age_s = roster_entry__age_s(entry, now_ns),
		.cpu_ratio = entry->cpu_ratio,
	};

	entry->named = is_named(daemon, entry);
	entry->selected = !entry->zombie && !entry->banished && is_wanted(daemon, entry, p.age_s);
	follow_member(daemon, entry, now_ns, &p);
	p.named = entry->named && !entry->zombie;
	p.wanted = entry->selected ||
		   (entry->followed && !entry->banished && !daemon->options->no_follow);
	p.attached = entry->attached;
	p.barred = entry->zombie || entry->failures >= FAILURES_MAX || entry->retry_ns > now_ns ||
		   entry->state == TARGET_REFUSED ||
		   (entry->state == TARGET_UNPROBED && !entry->attached);
	if (entry->attached)
		p.since_s = seconds_since(entry->attached_ns, now_ns);
	else
		p.waited_s = seconds_since(
			entry->released_ns ? entry->released_ns : entry->image_ns, now_ns);
	return p;
}

static void set_state(struct roster_entry *entry, const struct plan_process *p)
{
	if (entry->state == TARGET_REFUSED || entry->state == TARGET_UNPROBED)
		return;
	if (entry->attached)
		entry->state = TARGET_ATTACHED;
	else if (!p->wanted && !p->named)
		entry->state = p->age_s < YOUNG_S ? TARGET_YOUNG : TARGET_UNWANTED;
	else if (p->age_s < YOUNG_S && !p->named)
		entry->state = TARGET_YOUNG;
	else
		entry->state = p->waited_s > SKIPPED_S ? TARGET_SKIPPED : TARGET_WAITING;
}

static int attach(struct daemon *daemon, struct roster_entry *entry, uint64_t now_ns,
		  struct error *error)
{
	struct plan_process unused;
	int err = observer__add(daemon->observer, daemon->subscriber, entry->pid, false, error);

	if (!err) {
		entry->attached = true;
		entry->attached_ns = now_ns;
		observer__hint(daemon->observer, daemon->subscriber, entry->pid, entry->cost_rate);
		follow_member(daemon, entry, now_ns, &unused);
		return 0;
	}
	if (error->code == EXIT_REFUSED) {
		entry->state = TARGET_REFUSED;
	} else {
		/* A client that has it, or a full house, says nothing about the process. */
		entry->failures += err != -EBUSY && err != -ENOSPC;
		entry->retry_ns = now_ns + RETRY_NS;
	}
	return err;
}

static void release(struct daemon *daemon, struct roster_entry *entry, uint64_t now_ns)
{
	(void)observer__remove(daemon->observer, daemon->subscriber, entry->pid);
	entry->attached = false;
	entry->released_ns = now_ns;
}

static void carry_out(struct daemon *daemon, const struct plan *plan, uint64_t now_ns)
{
	for (size_t i = 0; i < plan->release_cnt; i++)
		release(daemon, daemon->roster.items[plan->release[i]], now_ns);
	for (size_t i = 0; i < plan->attach_cnt; i++) {
		struct roster_entry *entry = daemon->roster.items[plan->attach[i]];
		struct error error = {0};

		if (attach(daemon, entry, now_ns, &error))
			log_info("fleet", "%s, not observed", error.text);
	}
}

/* Each process's budget, such that all together stay within the host's. */
static void set_terms(struct daemon *daemon, const struct plan *plan, size_t attached)
{
	struct observe_terms *terms = subscriber__terms(daemon->subscriber);

	daemon->budget_scale = plan->budget_scale;
	daemon->span_s = plan->span_s;
	daemon->backlog = plan->backlog;
	terms->budget_ratio = daemon->options->budget_ratio * plan->budget_scale;
	terms->floor_ratio = BUDGET_FLOOR_RATIO * plan->budget_scale;
	terms->span_ns = (uint64_t)(plan->span_s * 1e9);
	terms->samples_per_s = SAMPLES_PER_S / (double)(attached ? attached : 1);
}

static size_t count_attached(const struct plan_process *processes, size_t cnt)
{
	size_t attached = 0;

	for (size_t i = 0; i < cnt; i++)
		attached += processes[i].attached;
	return attached;
}

void fleet__plan(struct daemon *daemon, uint64_t now_ns)
{
	struct roster *roster = &daemon->roster;
	struct plan_limits limits = {
		.max_targets = daemon->options->max_targets,
		.max_light = LIGHT_MAX,
		.young_s = YOUNG_S,
		.host_budget = daemon->options->host_budget_ratio,
		.budget_ratio = daemon->options->budget_ratio,
		.floor_ratio = BUDGET_FLOOR_RATIO,
	};
	struct plan_process *processes = calloc(roster->cnt + 1, sizeof(*processes));
	struct plan plan;

	if (!processes)
		return; /* the next tick may have room */
	for (size_t i = 0; i < roster->cnt; i++)
		processes[i] = describe(daemon, roster->items[i], now_ns);
	plan__make(processes, roster->cnt, &limits, &plan);
	set_terms(daemon, &plan, count_attached(processes, roster->cnt));
	carry_out(daemon, &plan, now_ns);
	for (size_t i = 0; i < roster->cnt; i++)
		set_state(roster->items[i], &processes[i]);
	free(processes);
}

int fleet__attach(struct daemon *daemon, pid_t pid, struct error *error)
{
	struct roster_entry *entry = roster__find(&daemon->roster, pid);
	uint64_t now_ns = clock__boottime_ns();

	if (!entry && !fleet__sweep(daemon, now_ns))
		entry = roster__find(&daemon->roster, pid);
	if (!entry)
		return error__set(error, EXIT_RUNTIME, -ESRCH, "no process %d", pid);
	if (!entry->attached) {
		int err = attach(daemon, entry, now_ns, error);

		if (err)
			return err;
	}
	entry->named = true;
	entry->asked |= !selector__names(daemon->options, pid);
	entry->banished = false;
	return 0;
}

int fleet__detach(struct daemon *daemon, pid_t pid, struct error *error)
{
	struct roster_entry *entry = roster__find(&daemon->roster, pid);

	if (!entry || (!entry->attached && !entry->named))
		return error__set(error, EXIT_RUNTIME, -ESRCH, "process %d is not observed", pid);
	entry->named = entry->asked = false;
	entry->banished = true;
	release(daemon, entry, clock__boottime_ns());
	return 0;
}
