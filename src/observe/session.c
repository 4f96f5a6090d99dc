// SPDX-License-Identifier: GPL-2.0-or-later
#include "observe/session.h"

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

#define TICK_NS	  1000000000ULL
#define FLUSH_NS  10000000000ULL
#define SETTLE_MS 5
#define LOOP_NICE -20

struct session {
	const struct session_options *options;
	struct observer *observer;
	struct subscriber *subscriber;
	pid_t command_pid;
	int command_exit;
	int lock_fd, signal_fd;
	uint64_t begun_ns, end_ns, tick_ns;
};

void session_options__init(struct session_options *options)
{
	*options = (struct session_options){
		.budget_ratio = BUDGET_RATIO,
		.link = LINK_BEST,
		.ring_bytes = OBJECT_RING_BYTES,
		.live_entries = OBJECT_LIVE_ENTRIES,
	};
}

struct observe_terms session_options__terms(const struct session_options *options, uint64_t now_ns)
{
	uint64_t run_ns = options->duration_s > 0 ? (uint64_t)(options->duration_s * 1e9) : 0;

	return (struct observe_terms){
		.full = options->full,
		.unlimited = options->unlimited,
		.budget_ratio = options->budget_ratio,
		.floor_ratio = BUDGET_FLOOR_RATIO,
		.interval_bytes = options->interval_bytes,
		.allow_stepped = options->allow_stepped,
		.no_stacks = options->no_stacks,
		.no_follow = options->no_follow,
		.run_ns = run_ns,
		.end_ns = run_ns ? now_ns + run_ns : 0,
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

static int open_all(struct session *session, struct error *error)
{
	const struct session_options *options = session->options;
	struct observer_options observer = {
		.link = options->link,
		.ring_bytes = options->ring_bytes,
		.live_entries = options->live_entries,
		.stacks = !options->no_stacks,
	};
	int err = open_signals(session);

	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot watch signals: %s",
				  strerror(-err));
	session->lock_fd = lock__take(error);
	if (session->lock_fd < 0)
		return session->lock_fd;
	session->observer = observer__new(&observer, error);
	return session->observer ? 0 : -EPERM;
}

static void close_all(struct session *session)
{
	observer__free(session->observer);
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
		err = observer__add(session->observer, session->subscriber, options->pids[i], false,
				    error);
	if (err || !options->command)
		return err;
	session->command_pid = child__start(options->command, error);
	if (session->command_pid < 0)
		return session->command_pid;
	return observer__add(session->observer, session->subscriber, session->command_pid, true,
			     error);
}

static void show_progress(struct session *session)
{
	double seconds = (double)(clock__boottime_ns() - session->begun_ns) / 1e9;
	struct observer_sums sums;

	observer__sum(session->observer, &sums);
	fprintf(stderr, "\r  %.0f s, %llu calls seen, %llu samples \033[K", seconds,
		(unsigned long long)sums.stages[STAGE_HIT],
		(unsigned long long)sums.stages[STAGE_DELIVERED]);
}

static void tick(struct session *session, uint64_t now)
{
	if (now < session->tick_ns + TICK_NS)
		return;
	session->tick_ns = now;
	observer__tick(session->observer);
	if (session->options->progress)
		show_progress(session);
}

static void wait_a_moment(struct session *session)
{
	struct pollfd fds[] = {
		{.fd = session->signal_fd, .events = POLLIN},
		{.fd = observer__fd(session->observer), .events = POLLIN},
	};

	poll(fds, 2, observer__patience_ms(session->observer));
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
		observer__turn(session->observer);
		reap_command(session);
		now = clock__boottime_ns();
		tick(session, now);
		if (subscriber__error(session->subscriber))
			return;
		if (interrupted(session)) {
			result->end_reason = 1;
			return;
		}
		if (session->end_ns && now >= session->end_ns)
			return;
		if (!observer__alive(session->observer, session->subscriber)) {
			result->end_reason = 2;
			return;
		}
	}
}

/* Shut everything, then read once more: hits that were under way have ended by now. */
static void finish(struct session *session, struct session_result *result)
{
	uint64_t deadline = clock__boottime_ns() + FLUSH_NS;

	observer__stop(session->observer, session->subscriber);
	while (!observer__is_drained(session->observer, session->subscriber)) {
		if (clock__boottime_ns() > deadline) {
			log_warn("session", "stacks are still being unwound after %llu s, dropped",
				 FLUSH_NS / 1000000000ULL);
			break;
		}
		poll(NULL, 0, SETTLE_MS);
	}
	observer__close(session->observer, session->subscriber, &result->sampled, &result->lost);
	if (session->command_pid > 0 &&
	    !observer__saw_window(session->observer, session->subscriber))
		log_error("session",
			  "'%s' ended before its first window: --budget off or --full count from "
			  "its first instruction on",
			  session->options->command[0]);
	if (session->options->progress)
		fprintf(stderr, "\r\033[K");
}

/* A command that still runs when the time is up goes on without us. */
static int begin(struct session *session, const struct record_sink *sink, struct error *error)
{
	const struct session_options *options = session->options;
	struct observe_terms terms;
	int err;

	terms = session_options__terms(options, clock__boottime_ns());
	session->subscriber = observer__subscribe(session->observer, sink, &terms);
	if (!session->subscriber)
		return error__set(error, EXIT_RUNTIME, -errno, "out of memory");
	err = start_targets(session, error);
	if (err)
		return err;
	session->begun_ns = session->tick_ns = clock__boottime_ns();
	observer__begin(session->observer, session->subscriber);
	session->end_ns = terms.run_ns ? session->begun_ns + terms.run_ns : 0;
	subscriber__terms(session->subscriber)->end_ns = session->end_ns;
	if (options->full)
		observer__announce_full(session->observer, session->subscriber,
					session->command_pid > 0, stderr);
	if (session->command_pid <= 0)
		return 0;
	/* Attach before the program's first instruction. */
	observer__govern_now(session->observer, session->subscriber);
	err = child__release(session->command_pid);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot release '%s': %s",
				  options->command[0], strerror(-err));
	return 0;
}

static void run(struct session *session, struct session_result *result)
{
	int nice_before = getpriority(PRIO_PROCESS, 0);

	/* Of this thread alone: on a busy machine gates would shut late, beyond the budget, and the
	 * ring overflow. Without the privilege it goes on as it is. */
	(void)setpriority(PRIO_PROCESS, 0, LOOP_NICE);
	loop(session, result);
	(void)setpriority(PRIO_PROCESS, 0, nice_before);
	finish(session, result);
	reap_command(session);
	result->command_exit = session->command_exit;
}

int session__run(const struct session_options *options, const struct record_sink *sink,
		 struct session_result *ret_result, struct error *error)
{
	struct session session = {
		.options = options, .command_exit = -1, .lock_fd = -1, .signal_fd = -1};
	int err;

	*ret_result = (struct session_result){.command_exit = -1};
	prctl(PR_SET_TIMERSLACK, 1000);
	err = open_all(&session, error);
	if (!err)
		err = begin(&session, sink, error);
	if (!err) {
		run(&session, ret_result);
		err = subscriber__error(session.subscriber);
	} else if (session.command_pid > 0) {
		/* Started by us and not let go: it has not run a single instruction. */
		kill(session.command_pid, SIGKILL);
	}
	close_all(&session);
	return err;
}
