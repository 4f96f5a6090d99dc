// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_run.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "top/top_feed.h"
#include "top/top_frame.h"
#include "top/top_screen.h"
#include "top/top_state.h"
#include "top/top_terminal.h"
#include "base/banned.h"

#define RETRY_NS  500000000ULL /* a daemon that is gone, an observer that starts */
#define SECOND_NS 1000000000ULL
#define WAIT_MOST 60000
#define ROUND_UP  999999

struct run {
	const struct top_options *options;
	struct top_state state;
	struct top_frame frame;
	struct top_feed *feed;
	int signal_fd;
	uint64_t asked_ns, due_ns;
	bool waiting, ending;
	size_t taken; /* lists of processes */
};

int top_run__signals(void)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP, SIGWINCH};
	sigset_t mask;
	int fd;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&mask, numbers[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return fd < 0 ? -errno : fd;
}

static uint64_t delay_ns(const struct run *run)
{
	return (uint64_t)(run->state.delay_s * (double)SECOND_NS);
}

/* While it is paused only what somebody has just opened is asked for. */
static void ask(struct run *run, uint64_t now_ns, bool wanted)
{
	if (!wanted && (run->waiting || run->state.paused || now_ns < run->due_ns))
		return;
	top_feed__ask(run->feed, top_state__wants(&run->state));
	run->waiting = true;
	run->asked_ns = now_ns;
}

static void take_keys(struct run *run, uint64_t now_ns)
{
	uint32_t key;

	while (!run->ending && top_screen__key(&key)) {
		enum top_action action = key ? top_state__key(&run->state, key) : TOP_NOTHING;

		run->ending = action == TOP_QUIT;
		if (action == TOP_ASK)
			ask(run, now_ns, true);
	}
	if (!run->waiting && run->taken)
		run->due_ns = run->asked_ns + delay_ns(run);
}

static int take_news(struct run *run, uint64_t now_ns, struct error *error)
{
	struct top_news news;
	bool came;

	if (!top_feed__take(run->feed, &news))
		return 0;
	run->waiting = false;
	came = news.processes != NULL;
	if (!came && news.error.code != EXIT_OK) {
		*error = news.error;
		return -EIO;
	}
	run->due_ns = came ? run->asked_ns + delay_ns(run) : now_ns + RETRY_NS;
	top_state__take(&run->state, &news);
	run->taken += came;
	if (run->options->iterations && run->taken > run->options->iterations)
		run->ending = true;
	return 0;
}

static void take_signals(struct run *run)
{
	struct signalfd_siginfo info;

	while (read(run->signal_fd, &info, sizeof(info)) == sizeof(info))
		run->ending |= info.ssi_signo != SIGWINCH;
}

static int patience_ms(const struct run *run, uint64_t now_ns)
{
	uint64_t left_ns = run->due_ns > now_ns ? run->due_ns - now_ns : 0;

	if (run->waiting || run->state.paused || left_ns / 1000000 >= WAIT_MOST)
		return WAIT_MOST;
	return (int)((left_ns + ROUND_UP) / 1000000);
}

static void draw(struct run *run)
{
	size_t rows, columns;

	top_screen__fit(&rows, &columns);
	if (!top_frame__draw(&run->frame, &run->state, rows, columns))
		top_screen__draw(&run->frame);
}

static int turn(struct run *run, struct error *error)
{
	struct pollfd fds[] = {
		{.fd = STDIN_FILENO, .events = POLLIN},
		{.fd = run->signal_fd, .events = POLLIN},
		{.fd = top_feed__fd(run->feed), .events = POLLIN},
	};
	int err;

	poll(fds, sizeof(fds) / sizeof(fds[0]), patience_ms(run, clock__boottime_ns()));
	take_signals(run);
	take_keys(run, clock__boottime_ns());
	/* The terminal has gone. */
	run->ending |= (fds[0].revents & (POLLHUP | POLLERR | POLLNVAL)) != 0;
	err = take_news(run, clock__boottime_ns(), error);
	if (!err && !run->ending) {
		ask(run, clock__boottime_ns(), false);
		draw(run);
	}
	return err;
}

int top_run__check(struct error *error)
{
	int err = top_terminal__probe();

	if (err == -ENOTTY)
		return error__set(error, EXIT_USAGE, err,
				  "top needs a terminal; -b prints tables, --json documents");
	if (err)
		return error__set(error, EXIT_USAGE, err,
				  "nothing can be drawn on this type of terminal ($TERM); -b "
				  "prints tables, --json documents");
	return 0;
}

static int open_screen(struct error *error)
{
	int err = top_run__check(error);

	if (!err && top_screen__open())
		err = error__set(error, EXIT_RUNTIME, -EIO, "the terminal cannot be taken over");
	return err;
}

int top_run__screen(const struct top_options *options, const struct top_source *source,
		    struct error *error)
{
	struct run run = {.options = options, .signal_fd = top_run__signals()};
	int err = run.signal_fd < 0
			  ? error__set(error, EXIT_RUNTIME, run.signal_fd,
				       "cannot watch signals: %s", strerror(-run.signal_fd))
			  : 0;

	top_state__init(&run.state, options->sort);
	run.state.delay_s = options->delay_s;
	run.state.pids = options->pids;
	run.state.pid_cnt = options->pid_cnt;
	run.state.own = source->own;
	if (!err)
		run.feed = top_feed__new(source);
	if (!err && !run.feed)
		err = error__set(error, EXIT_RUNTIME, -errno, "cannot start a thread: %s",
				 strerror(errno));
	err = err ?: open_screen(error);
	if (!err) {
		ask(&run, clock__boottime_ns(), true);
		draw(&run);
	}
	while (!err && !run.ending)
		err = turn(&run, error);
	top_screen__close();
	top_feed__free(run.feed);
	top_frame__release(&run.frame);
	top_state__release(&run.state);
	if (run.signal_fd >= 0)
		close(run.signal_fd);
	return err;
}
