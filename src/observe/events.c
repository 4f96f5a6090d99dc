// SPDX-License-Identifier: GPL-2.0-or-later
/* Process events in an observer: who appears, changes its image, maps more code, or ends. */
#include "observe/state.h"

#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/banned.h"

#define SETTLE_NS    20000000ULL /* until a new image has mapped its libraries */
#define SETTLE_TRIES 10
#define CHILDREN_MAX 4096

static void expect(struct observer *observer, const struct subscriber *subscriber, pid_t pid)
{
	if (subscriber->terms.no_follow || observer->children.cnt >= CHILDREN_MAX)
		return;
	for (size_t i = 0; i < observer->children.cnt; i++)
		if (observer->children.items[i].pid == pid &&
		    observer->children.items[i].subscriber == subscriber->id)
			return;
	(void)vec__add(
		&observer->children,
		(struct pending_child){pid, subscriber->id, clock__boottime_ns() + SETTLE_NS, 0});
}

/* An open window goes on counting, but not on perf links: the kernel finds the process of such a
 * link by its first thread. */
static void leave_leader(struct observer *observer, struct member *member)
{
	member->leaderless = true;
	if (object__link(observer->object) == LINK_PERF)
		member__shut(observer, member);
}

static void handle_member(struct observer *observer, struct member *member,
			  const struct sideband_event *event)
{
	/* A command's own start is no exec of it. */
	if (event->time_ns < member->seen_ns)
		return;
	switch (event->type) {
	case SIDEBAND_EXEC:
		member__retire(observer, member, EXIT_REASON_EXEC);
		expect(observer, member->subscriber, event->pid);
		break;
	case SIDEBAND_EXIT:
		/* Of the first thread: it may have left by pthread_exit, or another one execs. */
		leave_leader(observer, member);
		break;
	case SIDEBAND_MMAP:
		unwind_worker__refresh(observer->unwinder, member->watch.image);
		break;
	default:
		break;
	}
}

static void handle(void *ctx, const struct sideband_event *event)
{
	struct observer *observer = ctx;

	if (event->type == SIDEBAND_LOST)
		log_warn("sideband", "%llu process events lost, children may be missing",
			 (unsigned long long)event->count);
	for (struct subscriber *s = observer->subscribers; s; s = s->next) {
		struct member *member;

		if (event->type == SIDEBAND_FORK && observer__member_of(observer, s, event->parent))
			expect(observer, s, event->pid);
		member = event->type == SIDEBAND_FORK || event->type == SIDEBAND_LOST
				 ? NULL
				 : observer__member_of(observer, s, event->pid);
		if (member)
			handle_member(observer, member, event);
	}
	if (observer->options.event)
		observer->options.event(observer->options.ctx, event);
}

void observer__drain_events(struct observer *observer)
{
	sideband__drain(observer->sideband, handle, observer);
}

static void follow_leaderless(struct observer *observer, struct member *member)
{
	if (member->leaderless && target__has_ended(member->watch.target))
		member__retire(observer, member, EXIT_REASON_EXIT);
}

void observer__follow_leaderless(struct observer *observer)
{
	observer__for_each(observer, NULL, follow_leaderless);
}

static struct subscriber *subscriber_of(const struct observer *observer,
					const struct pending_child *child)
{
	struct subscriber *subscriber = observer->subscribers;

	while (subscriber && subscriber->id != child->subscriber)
		subscriber = subscriber->next;
	return subscriber;
}

/* True when there is nothing more to wait for. */
static bool adopt(struct observer *observer, struct pending_child *child)
{
	struct subscriber *subscriber = subscriber_of(observer, child);
	struct error error = {0};
	struct target *target;

	if (!subscriber || subscriber->closing ||
	    observer__member_of(observer, subscriber, child->pid) || kill(child->pid, 0))
		return true;
	if (target__open(child->pid, NULL, &target, &error))
		return true;
	if (!target->file_cnt && !target->refusal && ++child->tries < SETTLE_TRIES) {
		target__free(target);
		child->due_ns += SETTLE_NS;
		return false;
	}
	target__free(target);
	if (observer__add(observer, subscriber, child->pid, false, &error))
		log_info("observer", "%s, not observed", error.text);
	return true;
}

void observer__adopt_children(struct observer *observer)
{
	uint64_t now = clock__boottime_ns();

	for (size_t i = 0; i < observer->children.cnt;) {
		struct pending_child child = observer->children.items[i];

		if (child.due_ns <= now && adopt(observer, &child)) {
			observer->children.items[i] =
				observer->children.items[--observer->children.cnt];
		} else {
			observer->children.items[i] = child;
			i++;
		}
	}
}

size_t observer__alive(const struct observer *observer, const struct subscriber *subscriber)
{
	size_t cnt = 0;

	for (size_t i = 0; i < observer->children.cnt; i++)
		cnt += observer->children.items[i].subscriber == subscriber->id;
	for (size_t slot = 0; slot < observer->slot_cnt; slot++)
		cnt += observer->members[slot] &&
		       observer->members[slot]->subscriber == subscriber &&
		       !observer->members[slot]->watch.gone;
	return cnt;
}
