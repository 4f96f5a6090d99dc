// SPDX-License-Identifier: GPL-2.0-or-later
/* Full mode says what it will cost before it does. */
#include "observe/state.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/banned.h"

#define COUNT_NS 100000000ULL /* a tenth of a second of counting */

static void announce(struct observer *observer, struct member *member, FILE *file)
{
	const struct cost_table *costs = &observer->costs;
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
	fprintf(file,
		"heapbeat: full mode, process %d: %.0f calls/s seen; expect %.2f times the CPU per "
		"call-bound work (%.1f us a malloc and free pair)\n",
		watch->target->pid, calls + frees, cpu > 1e6 ? 1 + cost / cpu : 1.0,
		(2 * costs->hit_ns + costs->return_ns) / 1e3);
}

static void try_one(struct observer *observer, struct member *member, FILE *file)
{
	if (member->watch.target->go_fd >= 0)
		fprintf(file,
			"heapbeat: full mode, process %d: %.1f us of CPU for each allocation of "
			"Go's\n",
			member->watch.target->pid, observer->costs.go_look_ns / 1e3);
	if (!member->watch.target->file_cnt)
		return;
	member->watch.full = false;
	member__start_trial(observer, member);
	if (member->watch.mode == PLAN_REST)
		return;
	clock__sleep_ns(COUNT_NS);
	announce(observer, member, file);
	watch__shut_gate(&member->watch);
	member->watch.full = true;
}

void observer__announce_full(struct observer *observer, struct subscriber *subscriber, bool command,
			     FILE *file)
{
	const struct cost_table *costs = &observer->costs;

	if (command) {
		fprintf(file,
			"heapbeat: full mode: %.1f us of CPU for each malloc and free pair of the "
			"command\n",
			(2 * costs->hit_ns + costs->return_ns) / 1e3);
		return;
	}
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (member && member->subscriber == subscriber && !member->watch.gone)
			try_one(observer, member, file);
	}
}
