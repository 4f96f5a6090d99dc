// SPDX-License-Identifier: GPL-2.0-or-later
/* One process image in an observer: from its target to its last reading. */
#include "observe/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/banned.h"

struct member *observer__member_of(struct observer *observer, const struct subscriber *subscriber,
				   pid_t pid)
{
	if (!observer->pids[pid % OBSERVER_PIDS])
		return NULL;
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (member && member->subscriber == subscriber && !member->watch.gone &&
		    member->watch.target->pid == pid)
			return member;
	}
	return NULL;
}

struct member *observer__active_member(struct observer *observer, pid_t pid)
{
	if (!observer->pids[pid % OBSERVER_PIDS])
		return NULL;
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (member && !member->watch.gone && !member->paused &&
		    member->watch.target->pid == pid)
			return member;
	}
	return NULL;
}

void observer__for_each(struct observer *observer, const struct subscriber *subscriber,
			void (*act)(struct observer *observer, struct member *member))
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (member && !member->watch.gone &&
		    (!subscriber || member->subscriber == subscriber))
			act(observer, member);
	}
}

size_t observer__slots_used(const struct observer *observer)
{
	size_t cnt = 0;

	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		cnt += observer->members[slot] != NULL;
	return cnt;
}

static int free_slot(const struct observer *observer)
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		if (!observer->members[slot])
			return (int)slot;
	return -ENOSPC;
}

static int new_member(struct observer *observer, struct subscriber *subscriber,
		      struct target *target, struct member **ret, struct error *error)
{
	struct member *member = calloc(1, sizeof(*member));
	int slot = free_slot(observer), err;

	if (!member || slot < 0) {
		free(member);
		target__free(target);
		observer->past.attach_failures[ATTACH_NO_ROOM]++;
		return error__set(error, EXIT_RUNTIME, slot < 0 ? slot : -ENOMEM,
				  "no room for another process: %zu are observed",
				  observer->slot_cnt);
	}
	err = watch__init(&member->watch, observer->object, (size_t)slot, ++observer->image_cnt,
			  target, &observer->costs, error);
	if (err) {
		watch__release(&member->watch);
		free(member);
		observer->past.attach_failures[ATTACH_GONE]++;
		return err;
	}
	member->subscriber = subscriber;
	member->watch.full = subscriber->terms.full;
	member->watch.stacks = !subscriber->terms.no_stacks;
	watch__cpu_ns(&member->watch);
	observer->members[slot] = member;
	observer->pids[target->pid % OBSERVER_PIDS]++;
	observer->past.attached_total++;
	*ret = member;
	return 0;
}

static int open_target(struct observer *observer, const struct subscriber *subscriber, pid_t pid,
		       bool at_exec, struct target **ret_target, struct error *error)
{
	struct target_options options = {
		.allow_stepped = subscriber->terms.allow_stepped,
		.at_exec = at_exec,
	};
	int err = target__open(pid, &options, ret_target, error);

	if (err) {
		observer->past.attach_failures[err == -EACCES || err == -EPERM ? ATTACH_PERMISSION
									       : ATTACH_GONE]++;
		return err;
	}
	if (!(*ret_target)->refusal)
		return 0;
	err = error__set(error, (*ret_target)->refusal_code, -EPERM, "process %d (%s): %s", pid,
			 (*ret_target)->comm, (*ret_target)->refusal);
	target__free(*ret_target);
	observer->past.attach_failures[ATTACH_REFUSED]++;
	return err;
}

/* Its windows rest for as long as @by has the process: two programs on one call would each take the
 * other's nesting for their own. */
static void pause_for(struct observer *observer, struct member *member)
{
	member__shut(observer, member);
	member__leave(observer, member);
	drain__consume(observer->drain);
	member__purge(observer, member, HB_PURGED_WINDOW);
	member__shut_look(observer, member);
	member__leave_look(observer, member);
	member__unprobe_go(member);
	member->paused = true;
}

static void resume(struct observer *observer, pid_t pid)
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (!member || member->watch.gone || !member->paused ||
		    member->watch.target->pid != pid)
			continue;
		member->paused = false;
		member->due_ns = 0;
		if (member->watch.target->file_cnt)
			member->governor = (struct governor){0};
		return;
	}
}

int observer__add(struct observer *observer, struct subscriber *subscriber, pid_t pid, bool at_exec,
		  struct error *error)
{
	struct member *member = NULL, *active = observer__active_member(observer, pid);
	uint64_t seen_ns = clock__boottime_ns();
	struct target *target;
	int err;

	if (observer__member_of(observer, subscriber, pid))
		return 0; /* named twice */
	/* The first subscriber yields; clients do not take processes from each other. */
	if (active && active->subscriber->next)
		return error__set(error, EXIT_RUNTIME, -EBUSY,
				  "process %d is being observed by another client", pid);
	err = open_target(observer, subscriber, pid, at_exec, &target, error);
	if (err)
		return err;
	if (active)
		pause_for(observer, active);
	err = new_member(observer, subscriber, target, &member, error);
	if (err) {
		resume(observer, pid);
		return err;
	}
	member->seen_ns = seen_ns;
	member->hasty = at_exec;
	/* Without an allocator to probe there is growth from RSS alone. */
	if (!target->file_cnt)
		member->governor.state = GOVERN_DONE;
	if (subscriber->begun)
		stream__introduce(observer, member);
	if (target->file_cnt)
		unwind_worker__prepare(observer->unwinder, pid, member->watch.image);
	member__start_go(observer, member);
	return 0;
}

void member__purge(struct observer *observer, struct member *member, enum hb_purged reason)
{
	volatile struct hb_counters *cnt = object__counters(observer->object, member->watch.slot);
	struct hb_counters now;
	int64_t purged;

	watch__read(&member->watch, &now);
	if (!now.live_objects)
		return;
	purged = object__purge_live(observer->object, member->watch.image, 0);
	if (purged <= 0)
		return;
	/* Nothing is linked any more: plain stores are enough. */
	cnt->purged[reason] += (uint64_t)purged;
	cnt->live_objects = 0;
	cnt->live_bytes = 0;
}

static enum hb_purged purged_by(enum exit_reason reason)
{
	if (reason == EXIT_REASON_EXEC)
		return HB_PURGED_EXEC;
	return reason == EXIT_REASON_RELEASED ? HB_PURGED_WINDOW : HB_PURGED_EXIT;
}

void member__retire(struct observer *observer, struct member *member, enum exit_reason reason)
{
	pid_t pid = member->watch.target->pid;
	bool had = !member->paused;

	if (member->watch.gone)
		return;
	if (member->starved && (reason == EXIT_REASON_EXIT || reason == EXIT_REASON_LOST))
		reason = EXIT_REASON_OOM;
	stream__vitals(observer, member);
	member__shut(observer, member);
	member__leave(observer, member);
	drain__consume(observer->drain);
	member__forget_go(observer, member);
	member->watch.gone = true;
	observer->pids[pid % OBSERVER_PIDS]--;
	stream__loss(observer, member);
	member__purge(observer, member, purged_by(reason));
	stream__loss(observer, member);
	stream__exit(observer, member, reason);
	observer->past.released_total++;
	if (had && reason == EXIT_REASON_RELEASED)
		resume(observer, pid);
}

void observer__hint(struct observer *observer, struct subscriber *subscriber, pid_t pid,
		    double cost_rate)
{
	struct member *member = observer__member_of(observer, subscriber, pid);

	if (member && member->governor.state == GOVERN_NEW)
		member->governor.cost_rate = cost_rate;
}

int observer__remove(struct observer *observer, struct subscriber *subscriber, pid_t pid)
{
	struct member *member = observer__member_of(observer, subscriber, pid);

	if (!member)
		return -ESRCH;
	member__retire(observer, member, EXIT_REASON_RELEASED);
	return 0;
}

static void add_sums(struct observer_sums *sums, struct observer *observer,
		     const struct member *member)
{
	const struct hb_counters *cnt =
		(const struct hb_counters *)object__counters(observer->object, member->watch.slot);

	sums->stages[STAGE_HIT] += cnt->hits;
	sums->stages[STAGE_SAMPLED] += cnt->sampled;
	sums->stages[STAGE_DELIVERED] += member->watch.delivered;
	sums->stages[STAGE_TRACKED] += cnt->tracked;
	sums->stages[STAGE_INSERTED] += cnt->inserted;
	sums->stages[STAGE_FREED] += cnt->freed;
	for (int i = 0; i < HB_OUTCOME_MAX; i++)
		sums->stages[STAGE_COUNTED] += cnt->outcome[i];
	for (int i = 0; i < HB_PURGED_MAX; i++)
		sums->stages[STAGE_PURGED] += cnt->purged[i];
	sums->losses[LOSS_RINGBUF_FULL] += cnt->lost[HB_LOST_RING_FULL];
	sums->losses[LOSS_FREE_RECORD] += cnt->lost[HB_LOST_FREE_RECORD];
	sums->losses[LOSS_TASK_STORAGE] += cnt->lost[HB_LOST_TASK_STORAGE];
	sums->losses[LOSS_UNPAIRED] += cnt->lost[HB_LOST_UNPAIRED];
	sums->losses[LOSS_MAP_FULL] += cnt->table_full;
	sums->losses[LOSS_STACK_FAULT] += cnt->lost[HB_LOST_STACK];
	sums->losses[LOSS_STALE_PID] += cnt->outcome[HB_FOREIGN];
	sums->losses[LOSS_QUEUE_FULL] += member->watch.lost_queue;
	member__add_go_sums(sums, member);
}

static void count_probes(struct observer_sums *sums, const struct member *member)
{
	const struct target *target = member->watch.target;
	bool attached = watch__is_attached(&member->watch);

	for (size_t f = 0; f < target->file_cnt && !member->watch.gone; f++) {
		for (size_t i = 0; i < target->files[f].place_cnt; i++) {
			bool usable = target->files[f].places[i].usable;

			sums->probes[PROBE_LINKED] += usable && attached;
			sums->probes[PROBE_UNUSABLE] += !usable;
		}
	}
}

void observer__sum(struct observer *observer, struct observer_sums *ret_sums)
{
	*ret_sums = observer->past;
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		if (!observer->members[slot])
			continue;
		add_sums(ret_sums, observer, observer->members[slot]);
		count_probes(ret_sums, observer->members[slot]);
	}
}

static void free_member(struct observer *observer, size_t slot)
{
	struct member *member = observer->members[slot];
	const struct hb_counters *cnt =
		(const struct hb_counters *)object__counters(observer->object, slot);

	member->subscriber->sampled += cnt->sampled;
	member->subscriber->lost += cnt->lost[HB_LOST_RING_FULL] + member->watch.lost_queue;
	add_sums(&observer->past, observer, member);
	unwind_worker__forget(observer->unwinder, member->watch.image);
	member__release_go(member);
	table__release(&member->threads);
	watch__release(&member->watch);
	free(member);
	observer->members[slot] = NULL;
}

void observer__reap(struct observer *observer)
{
	for (size_t slot = 0; slot < observer->slot_cnt; slot++) {
		struct member *member = observer->members[slot];

		if (member && member->watch.gone && !member->unwinding &&
		    !member__awaits_calls(member))
			free_member(observer, slot);
	}
}

int observer__status(struct observer *observer, struct subscriber *subscriber, pid_t pid,
		     struct member_status *ret_status)
{
	struct member *member = observer__member_of(observer, subscriber, pid);

	if (!member)
		return -ESRCH;
	*ret_status = (struct member_status){
		.image = member->watch.image,
		.exec_id = member->watch.exec_id,
		.attached = watch__is_attached(&member->watch),
		.settled = member->governor.state == GOVERN_EXACT,
		.probed = member->watch.target->file_cnt > 0,
		.read = member->go.state != GO_MEMBER_NONE,
		.looked = go_look__usable(&member->go.looks.look),
		.readings = member->go.readings,
		.looks = member->looks,
		.since_ns = member->seen_ns,
		.charged_ns = watch__charged_ns(&member->watch),
		.cost_rate = member->governor.cost_rate,
		.runtime = member->watch.target->runtime,
		.allocator = member->watch.target->allocator,
	};
	return 0;
}
