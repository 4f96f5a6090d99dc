// SPDX-License-Identifier: GPL-2.0-or-later
#include "observe/session_state.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "kernel/child.h"
#include "kernel/lock.h"
#include "base/banned.h"

#define TICK_NS		 1000000000ULL
#define NAMES_NS	 10000000000ULL /* names are written while their process still lives */
#define QUICK_MS	 1		/* in a look: its budget is a few ms */
#define CALM_MS		 20
#define UNWIND_QUEUE	 8192 /* 8.5 KB each: one look's samples */
#define FLUSH_MS	 10000
#define SELF_TEST_NS	 2000000000ULL
#define SELF_TEST_CPU_NS 500000000ULL
#define LOOP_NICE	 -20
#define CALIBRATE_SLOT	 (SESSION_SLOTS - 1)

void session_options__init(struct session_options *options)
{
	*options = (struct session_options){
		.budget_ratio = BUDGET_RATIO,
		.link = LINK_BEST,
		.ring_bytes = OBJECT_RING_BYTES,
		.live_entries = OBJECT_LIVE_ENTRIES,
	};
}

static int open_signals(struct session *session)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGINT);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	session->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return session->signal_fd < 0 ? -errno : 0;
}

static int open_workers(struct session *session, struct error *error)
{
	int err = session__open_drain(session);

	if (!err && !(session->unwinder = unwind_worker__new(UNWIND_QUEUE)))
		err = -errno;
	if (!err && !(session->symbolizer = symbolizer__new()))
		err = -errno;
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot start the workers: %s",
				  strerror(-err));
	session->sideband = sideband__new();
	if (!session->sideband)
		return error__set(error, EXIT_REFUSED, -errno,
				  "cannot open process events: %s; needs root or CAP_PERFMON",
				  strerror(errno));
	return 0;
}

static int open_all(struct session *session, struct error *error)
{
	const struct session_options *options = session->options;
	struct object_options object = {
		.link = options->link,
		.slot_cnt = SESSION_SLOTS,
		.ring_bytes = options->ring_bytes,
		.live_entries = options->live_entries,
		.stacks = !options->no_stacks,
	};
	int err;

	err = open_signals(session);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot watch signals: %s",
				  strerror(-err));
	session->lock_fd = lock__take(error);
	if (session->lock_fd < 0)
		return session->lock_fd;
	session->object = object__new(&object, error);
	if (!session->object)
		return -EPERM;
	err = cost__calibrate(session->object, CALIBRATE_SLOT, &session->costs, error);
	if (err)
		return err;
	log_info("session", "%s links: %.0f ns a hit, %.0f a return, %.0f a sample",
		 link_kind__name(object__link(session->object)), session->costs.hit_ns,
		 session->costs.return_ns, session->costs.sample_ns);
	err = open_workers(session, error);
	/* What the calibrating child left in the ring is nobody's. */
	if (!err)
		drain__consume(session->drain);
	return err;
}

static void close_all(struct session *session)
{
	for (size_t slot = 0; slot < SESSION_SLOTS; slot++) {
		if (!session->members[slot])
			continue;
		watch__release(&session->members[slot]->watch);
		free(session->members[slot]);
	}
	unwind_worker__free(session->unwinder);
	symbolizer__free(session->symbolizer);
	sideband__free(session->sideband);
	drain__free(session->drain);
	object__free(session->object);
	record_buffer__release(&session->buffer);
	table__release(&session->named);
	free(session->unnamed.items);
	free(session->children.items);
	if (session->signal_fd >= 0)
		close(session->signal_fd);
	if (session->lock_fd >= 0)
		close(session->lock_fd);
}

static int start_targets(struct session *session, struct error *error)
{
	const struct session_options *options = session->options;
	int err = 0;

	for (size_t i = 0; i < options->pid_cnt && !err; i++)
		err = session__add(session, options->pids[i], error);
	if (err || !options->command)
		return err;
	session->command_pid = child__start(options->command, error);
	if (session->command_pid < 0)
		return session->command_pid;
	return session__add(session, session->command_pid, error);
}

static void for_each_member(struct session *session,
			    void (*act)(struct session *session, struct member *member))
{
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++)
		if (session->members[slot] && !session->members[slot]->watch.gone)
			act(session, session->members[slot]);
}

/* Busy and attached, but never hit: a lost exit or exec, or probes that do not fire. Said once. */
static void self_test(struct session *session, struct member *member)
{
	const struct watch *watch = &member->watch;
	uint64_t open_ns = clock__boottime_ns() - watch->opened_ns;

	if (member->tested || watch->mode == PLAN_REST || open_ns < SELF_TEST_NS ||
	    watch->cpu_ns - watch->cpu_opened_ns < SELF_TEST_CPU_NS)
		return;
	member->tested = true;
	if (!object__counters(session->object, watch->slot)->hits)
		log_warn("session",
			 "process %d: busy for %.0f s without a single allocator call; "
			 "see heapbeat doctor --probes -p %d",
			 watch->target->pid, (double)open_ns / 1e9, watch->target->pid);
}

static void tick_member(struct session *session, struct member *member)
{
	struct watch *watch = &member->watch;

	/* The sideband may lose an exit under a storm of forks. */
	if (kill(watch->target->pid, 0) && errno == ESRCH) {
		session__retire(session, member, EXIT_REASON_LOST);
		return;
	}
	watch__cpu_ns(watch);
	self_test(session, member);
	if (watch->mode != PLAN_REST && member->streamed) {
		watch__read(watch, &watch->last);
		session__put_counters(session, member);
		session__put_plan(session, member);
	}
	session__put_vitals(session, member);
	session__put_loss(session, member);
}

static void show_progress(const struct session *session)
{
	double seconds = (double)(clock__boottime_ns() - session->begun_ns) / 1e9;
	uint64_t hits = 0, samples = 0;

	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		if (!session->members[slot])
			continue;
		hits += object__counters(session->object, slot)->hits;
		samples += session->members[slot]->watch.delivered;
	}
	fprintf(stderr, "\r  %.0f s, %llu calls seen, %llu samples \033[K", seconds,
		(unsigned long long)hits, (unsigned long long)samples);
}

static void tick(struct session *session, uint64_t now)
{
	if (now < session->tick_ns + TICK_NS)
		return;
	session->tick_ns = now;
	for_each_member(session, tick_member);
	if (session->options->progress)
		show_progress(session);
	if (now >= session->named_ns + NAMES_NS) {
		session->named_ns = now;
		session__put_symbols(session);
	}
}

static void wait_a_moment(struct session *session)
{
	struct pollfd fds[] = {
		{.fd = session->signal_fd, .events = POLLIN},
		{.fd = drain__fd(session->drain), .events = POLLIN},
	};

	poll(fds, 2, session__is_hasty(session) ? QUICK_MS : CALM_MS);
}

static bool interrupted(struct session *session)
{
	struct signalfd_siginfo info;

	return read(session->signal_fd, &info, sizeof(info)) == sizeof(info);
}

static void reap_command(struct session *session)
{
	int code;

	if (session->command_pid <= 0 || session->command_exit >= 0)
		return;
	code = child__exit_code(session->command_pid);
	if (code >= 0)
		session->command_exit = code;
}

static void loop(struct session *session, struct session_result *result)
{
	for (;;) {
		uint64_t now;

		wait_a_moment(session);
		/* Gates before everything else: figures must end when the budget does. */
		for_each_member(session, session__govern);
		/* Mappings before the samples that lie in them. */
		session__drain_events(session);
		drain__consume(session->drain);
		session__follow_leaderless(session);
		session__adopt_children(session);
		session__take_answers(session);
		reap_command(session);
		now = clock__boottime_ns();
		tick(session, now);
		if (session->sink_err)
			return;
		if (interrupted(session)) {
			result->end_reason = 1;
			return;
		}
		if (session->end_ns && now >= session->end_ns)
			return;
		if (!session__alive(session)) {
			result->end_reason = 2;
			return;
		}
	}
}

static void finish_member(struct session *session, struct member *member)
{
	watch__cpu_ns(&member->watch);
	session__put_vitals(session, member);
	session__shut(session, member);
}

static void put_final_loss(struct session *session, struct member *member)
{
	session__put_loss(session, member);
}

static bool saw_window(const struct session *session)
{
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++)
		if (session->members[slot] && session->members[slot]->streamed)
			return true;
	return false;
}

/* Shut everything, then read once more: hits that were under way have ended by now. */
static void finish(struct session *session, struct session_result *result)
{
	for_each_member(session, finish_member);
	for_each_member(session, session__leave);
	drain__consume(session->drain);
	if (!unwind_worker__drain(session->unwinder, FLUSH_MS))
		log_warn("session", "stacks are still being unwound after %d s, dropped",
			 FLUSH_MS / 1000);
	session__take_answers(session);
	session->closing = true;
	for_each_member(session, put_final_loss);
	session__put_symbols(session);
	if (session->command_pid > 0 && !saw_window(session))
		log_error("session",
			  "'%s' ended before its first window: --budget off or --full count from "
			  "its first instruction on",
			  session->options->command[0]);
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++) {
		const struct hb_counters *cnt;

		if (!session->members[slot])
			continue;
		cnt = (const struct hb_counters *)object__counters(session->object, slot);
		result->sampled += cnt->sampled;
		result->lost +=
			cnt->lost[HB_LOST_RING_FULL] + session->members[slot]->watch.lost_queue;
	}
	if (session->options->progress)
		fprintf(stderr, "\r\033[K");
}

/* A command that still runs when the time is up goes on without us. */
static int begin(struct session *session, struct error *error)
{
	const struct session_options *options = session->options;
	int err;

	err = start_targets(session, error);
	if (err)
		return err;
	session->begun_ns = clock__boottime_ns();
	session->tick_ns = session->named_ns = session->begun_ns;
	session__put_host(session);
	for_each_member(session, session__introduce);
	if (options->duration_s > 0)
		session->end_ns = session->begun_ns + (uint64_t)(options->duration_s * 1e9);
	for (size_t slot = 0; slot < SESSION_SLOTS - 1; slot++)
		if (session->members[slot])
			session->members[slot]->limits.end_ns = session->end_ns;
	if (options->full)
		session__announce_full(session);
	/* Attach before the program's first instruction. */
	if (session->command_pid > 0) {
		for_each_member(session, session__govern);
		session->released = true;
		err = child__release(session->command_pid);
		if (err)
			return error__set(error, EXIT_RUNTIME, err, "cannot release '%s': %s",
					  options->command[0], strerror(-err));
	}
	return 0;
}

int session__run(const struct session_options *options, const struct session_sink *sink,
		 struct session_result *ret_result, struct error *error)
{
	struct session *session = calloc(1, sizeof(*session));
	int nice_before, err;

	if (!session)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	*ret_result = (struct session_result){.command_exit = -1};
	session->options = options;
	session->sink = sink;
	session->command_exit = -1;
	session->lock_fd = session->signal_fd = -1;
	session->random = clock__boottime_ns() | 1;
	prctl(PR_SET_TIMERSLACK, 1000);
	err = open_all(session, error);
	if (!err)
		err = begin(session, error);
	if (!err) {
		nice_before = getpriority(PRIO_PROCESS, 0);
		/* Of this thread alone: on a busy machine gates would shut late, beyond the budget,
		 * and the ring overflow. Without the privilege it goes on as it is. */
		(void)setpriority(PRIO_PROCESS, 0, LOOP_NICE);
		loop(session, ret_result);
		(void)setpriority(PRIO_PROCESS, 0, nice_before);
		finish(session, ret_result);
		reap_command(session);
		ret_result->command_exit = session->command_exit;
		err = session->sink_err;
	} else if (session->command_pid > 0) {
		/* Started by us and not let go: it has not run a single instruction. */
		kill(session->command_pid, SIGKILL);
	}
	close_all(session);
	free(session);
	return err;
}
