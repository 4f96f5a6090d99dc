// SPDX-License-Identifier: GPL-2.0-or-later
/* Process events in a session: who appears, changes its image, maps more code, or ends. */
#include "observe/session_state.h"

#include <errno.h>
#include <signal.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/vec.h"
#include "base/banned.h"

#define SETTLE_NS    20000000ULL /* until a new image has mapped its libraries */
#define SETTLE_TRIES 10
#define CHILDREN_MAX 4096

struct member *session__member_of(struct session *session, pid_t pid)
{
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		struct member *member = session->members[slot];

		if (member && !member->watch.gone && member->watch.target->pid == pid)
			return member;
	}
	return NULL;
}

static void expect(struct session *session, pid_t pid)
{
	if (session->options->no_follow || session->children.cnt >= CHILDREN_MAX)
		return;
	for (size_t i = 0; i < session->children.cnt; i++)
		if (session->children.items[i].pid == pid)
			return;
	(void)vec__add(&session->children,
		       (struct pending_child){pid, clock__boottime_ns() + SETTLE_NS, 0});
}

/* An open window goes on counting, but not on perf links: the kernel finds the process of such a
 * link by its first thread. */
static void leave_leader(struct session *session, struct member *member)
{
	member->leaderless = true;
	if (object__link(session->object) == LINK_PERF)
		session__shut(session, member);
}

static void handle(void *ctx, const struct sideband_event *event)
{
	struct session *session = ctx;
	struct member *member;

	switch (event->type) {
	case SIDEBAND_FORK:
		if (session__member_of(session, event->parent))
			expect(session, event->pid);
		break;
	case SIDEBAND_EXEC:
		member = session__member_of(session, event->pid);
		/* A command's own start is no exec of it. */
		if (!member || event->time_ns < member->seen_ns)
			break;
		session__retire(session, member, EXIT_REASON_EXEC);
		expect(session, event->pid);
		break;
	case SIDEBAND_EXIT:
		/* Of the first thread: it may have left by pthread_exit, or another one execs. */
		member = session__member_of(session, event->pid);
		if (member && event->time_ns >= member->seen_ns)
			leave_leader(session, member);
		break;
	case SIDEBAND_MMAP:
		member = session__member_of(session, event->pid);
		if (member)
			unwind_worker__refresh(session->unwinder, member->watch.image);
		break;
	case SIDEBAND_LOST:
		log_warn("sideband", "%llu process events lost, children may be missing",
			 (unsigned long long)event->count);
		break;
	}
}

void session__drain_events(struct session *session)
{
	sideband__drain(session->sideband, handle, session);
}

void session__follow_leaderless(struct session *session)
{
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		struct member *member = session->members[slot];

		if (member && member->leaderless && !member->watch.gone &&
		    target__has_ended(member->watch.target))
			session__retire(session, member, EXIT_REASON_EXIT);
	}
}

/* True when there is nothing more to wait for. */
static bool adopt(struct session *session, struct pending_child *child)
{
	struct error error = {0};
	struct target *target;

	if (session__member_of(session, child->pid) || kill(child->pid, 0))
		return true;
	if (target__open(child->pid, NULL, &target, &error))
		return true;
	if (!target->file_cnt && !target->refusal && ++child->tries < SETTLE_TRIES) {
		target__free(target);
		child->due_ns += SETTLE_NS;
		return false;
	}
	target__free(target);
	if (session__add(session, child->pid, &error))
		log_info("session", "%s, not observed", error.text);
	return true;
}

void session__adopt_children(struct session *session)
{
	uint64_t now = clock__boottime_ns();

	for (size_t i = 0; i < session->children.cnt;) {
		struct pending_child *child = &session->children.items[i];

		if (child->due_ns <= now && adopt(session, child))
			*child = session->children.items[--session->children.cnt];
		else
			i++;
	}
}

size_t session__alive(const struct session *session)
{
	size_t cnt = session->children.cnt;

	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++)
		cnt += session->members[slot] && !session->members[slot]->watch.gone;
	return cnt;
}
