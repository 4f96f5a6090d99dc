// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/daemon.h"

#include <errno.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "daemon/notify.h"
#include "daemon/privilege.h"
#include "daemon/selector.h"
#include "daemon/state.h"
#include "kernel/introspect.h"
#include "kernel/lock.h"
#include "base/banned.h"

#define TICK_NS	    1000000000ULL
#define LOOP_NICE   -20
#define BUSY_MS	    5  /* a client's stream is being finished */
#define SPARE_SLOTS 64 /* clients' processes, and those that have ended but not yet left */
#define ARENAS	    2
/* A scrape's body is made and dropped each time: pages that go back are paid for again. */
#define MMAP_BYTES (4 << 20)
#define TRIM_BYTES (4 << 20)
/* What a tick leaves free goes back before other ticks have strewn it with things that stay. */
#define TRIM_NS	  10000000000ULL
#define FIXED_FDS 2

/* A daemon lives for months: what a session may hold is too much for it. */
static const struct model_limits model_limits = {
	.stack_bytes = 6U << 20,
	.modules = 4096,
	.live_blocks = 32U << 10,
	.chains = 32U << 10,
};

#define CHAINS_EACH_MOST 1024 /* sampled births whose sizes and ends a process is judged by */
#define DEAD_KEPT	 96   /* images that have ended, beside twice those attached at a time */

static int open_signals(struct daemon *daemon)
{
	static const int numbers[] = {SIGINT, SIGTERM, SIGHUP};
	sigset_t mask;

	sigemptyset(&mask);
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		sigaddset(&mask, numbers[i]);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	daemon->signal_fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	return daemon->signal_fd < 0 ? -errno : 0;
}

static struct observe_terms own_terms(const struct daemon_options *options)
{
	return (struct observe_terms){
		.budget_ratio = options->budget_ratio,
		.floor_ratio = BUDGET_FLOOR_RATIO,
		.interval_bytes = options->interval_bytes,
		.allow_stepped = options->allow_stepped,
		/* With --all the plan chooses children as it does everybody else. */
		.no_follow = options->no_follow || options->all,
	};
}

static int open_observer(struct daemon *daemon, struct error *error)
{
	const struct daemon_options *options = daemon->options;
	struct observer_options observer = {
		.link = options->link,
		.slots = 2 * options->max_targets + SPARE_SLOTS,
		.ring_bytes = options->ring_bytes,
		.live_entries = options->live_entries,
		.stacks = true,
		.thrifty = true,
	};
	struct observe_terms terms = own_terms(options);
	struct record_sink sink = {.ctx = daemon, .put = publish__sink};

	daemon->observer = observer__new(&observer, error);
	if (!daemon->observer)
		return -EPERM;
	daemon->subscriber = observer__subscribe(daemon->observer, &sink, &terms);
	daemon->sweep = sweep__new(observer__object(daemon->observer));
	if (!daemon->subscriber || !daemon->sweep)
		return error__set(error, EXIT_RUNTIME, -errno, "cannot sweep processes: %s",
				  strerror(errno));
	observer__begin(daemon->observer, daemon->subscriber);
	return 0;
}

static int open_model(struct daemon *daemon, struct error *error)
{
	struct model_limits limits = model_limits;
	struct groups_options groups = {
		.max_series = daemon->options->max_series,
		.labels_pid = daemon->options->labels_pid,
		.budget_ratio = daemon->options->budget_ratio,
		.floor_ratio = BUDGET_FLOOR_RATIO,
		.series = metrics__group_series,
	};

	limits.chains_each = limits.chains / daemon->options->max_targets;
	if (limits.chains_each > CHAINS_EACH_MOST)
		limits.chains_each = CHAINS_EACH_MOST;
	limits.processes = 2 * daemon->options->max_targets + DEAD_KEPT;
	daemon->model = model__new_limited(&limits);
	daemon->names = daemon_names__new();
	daemon->groups = groups__new(&groups);
	daemon->publisher = publisher__new();
	daemon->history = advice_history__new();
	if (!daemon->model || !daemon->names || !daemon->groups || !daemon->publisher ||
	    !daemon->history)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	model__set_clock(daemon->model, clock__boottime_ns(), clock__wall_ns());
	return 0;
}

static void ask_reload(void *ctx)
{
	struct daemon *daemon = ctx;

	atomic_store(&daemon->reload_wanted, true);
}

static int open_doors(struct daemon *daemon, struct error *error)
{
	daemon->hooks_web = (struct web_hooks){.ctx = daemon, .reload = ask_reload};
	daemon->control = control__new(daemon, error);
	if (!daemon->control)
		return -EIO;
	if (daemon->options->web_disabled)
		return 0;
	daemon->web =
		web_server__new(daemon->options, daemon->publisher, &daemon->hooks_web, error);
	return daemon->web ? 0 : -EIO;
}

static int open_all(struct daemon *daemon, struct error *error)
{
	int err = open_signals(daemon);

	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot watch signals: %s",
				  strerror(-err));
	daemon->lock_fd = lock__take(error);
	if (daemon->lock_fd < 0)
		return daemon->lock_fd;
	err = open_model(daemon, error);
	/* The socket's group and run statistics need rights that are dropped before the observer's
	 * threads start. */
	err = err ?: open_doors(daemon, error);
	if (!err && daemon->options->bpf_stats)
		daemon->stats_fd = introspect__enable_stats();
	err = err ?: privilege__drop(daemon->options, error);
	err = err ?: open_observer(daemon, error);
	return err;
}

static void close_all(struct daemon *daemon)
{
	control__free(daemon->control);
	web_server__free(daemon->web);
	sweep__free(daemon->sweep);
	observer__free(daemon->observer);
	analysis__unref(daemon->analysis);
	publisher__free(daemon->publisher);
	groups__free(daemon->groups);
	advice_history__free(daemon->history);
	daemon_names__free(daemon->names);
	model__free(daemon->model);
	roster__release(&daemon->roster);
	if (daemon->stats_fd >= 0)
		close(daemon->stats_fd);
	if (daemon->signal_fd >= 0)
		close(daemon->signal_fd);
	if (daemon->lock_fd >= 0)
		close(daemon->lock_fd);
}

static void timed(struct daemon *daemon, enum daemon_part part, int err, uint64_t begun_ns)
{
	daemon->parts[part] = (struct part_stats){
		.duration_s = (double)(clock__boottime_ns() - begun_ns) / 1e9,
		.success = !err,
	};
	if (err)
		log_warn("daemon", "a tick is incomplete: %s", strerror(-err));
}

/* What falls behind is said once a second at most, and ends the daemon where that was asked. */
static void mind_losses(struct daemon *daemon)
{
	struct observer_sums sums;
	uint64_t lost, sampled, had = daemon->losses_told;

	observer__sum(daemon->observer, &sums);
	lost = sums.losses[LOSS_RINGBUF_FULL] + sums.losses[LOSS_QUEUE_FULL];
	sampled = sums.stages[STAGE_SAMPLED];
	if (lost <= had)
		return;
	daemon->losses_told = lost;
	if (daemon->options->on_loss == ON_LOSS_IGNORE)
		return;
	log_warn("daemon", "%llu samples lost, %llu of %llu in all: see heapbeat status",
		 (unsigned long long)(lost - had), (unsigned long long)lost,
		 (unsigned long long)sampled);
	if (daemon->options->on_loss == ON_LOSS_EXIT) {
		error__set(daemon->error, EXIT_PARTIAL, -ENOBUFS,
			   "samples were lost, and --on-loss is exit");
		daemon->ending = true;
	}
}

static void tick(struct daemon *daemon, uint64_t now_ns)
{
	uint64_t begun = clock__boottime_ns();

	daemon->tick_ns = now_ns;
	timed(daemon, PART_SWEEP, fleet__sweep(daemon, now_ns), begun);
	begun = clock__boottime_ns();
	observer__tick(daemon->observer);
	fleet__plan(daemon, now_ns);
	timed(daemon, PART_OBSERVE, 0, begun);
	begun = clock__boottime_ns();
	daemon->ready = true;
	timed(daemon, PART_PUBLISH, publish__tick(daemon, now_ns), begun);
	mind_losses(daemon);
	if (now_ns >= daemon->trimmed_ns + TRIM_NS) {
		daemon->trimmed_ns = now_ns;
		malloc_trim(0);
	}
}

static void reload(struct daemon *daemon)
{
	struct error error = {0};

	notify__send("RELOADING=1");
	if (daemon->hooks->reload(daemon->hooks->ctx, daemon->options, &error)) {
		log_error("config", "%s; the old configuration stays", error.text);
		daemon->reload_ok = false;
	} else {
		groups__set_budget(daemon->groups, daemon->options->budget_ratio,
				   BUDGET_FLOOR_RATIO);
		subscriber__terms(daemon->subscriber)->no_follow =
			daemon->options->no_follow || daemon->options->all;
		daemon->named_ns = clock__boottime_ns();
		daemon->reload_ok = true;
		daemon->reload_at_s = (double)clock__wall_ns() / 1e9;
		log_info("config", "configuration reloaded");
	}
	notify__send("READY=1");
}

static void take_signals(struct daemon *daemon)
{
	struct signalfd_siginfo info;

	while (read(daemon->signal_fd, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP)
			reload(daemon);
		else
			daemon->ending = true;
	}
	if (atomic_exchange(&daemon->reload_wanted, false))
		reload(daemon);
}

static void wait_a_moment(struct daemon *daemon)
{
	struct pollfd fds[FIXED_FDS + 1 + CONTROL_CLIENTS_MAX] = {
		{.fd = daemon->signal_fd, .events = POLLIN},
		{.fd = observer__fd(daemon->observer), .events = POLLIN},
	};
	size_t cnt = FIXED_FDS + control__fds(daemon->control, fds + FIXED_FDS);
	int patience = observer__patience_ms(daemon->observer);

	if (control__is_busy(daemon->control) && patience > BUSY_MS)
		patience = BUSY_MS;
	poll(fds, cnt, patience);
	daemon->knocked = fds[FIXED_FDS].revents != 0;
}

static void keep_alive(struct daemon *daemon, uint64_t now_ns)
{
	if (!daemon->watchdog_ns || now_ns < daemon->watched_ns + daemon->watchdog_ns)
		return;
	daemon->watched_ns = now_ns;
	notify__send("WATCHDOG=1");
}

static void loop(struct daemon *daemon)
{
	while (!daemon->ending) {
		uint64_t now;

		wait_a_moment(daemon);
		observer__turn(daemon->observer);
		now = clock__boottime_ns();
		control__turn(daemon->control, daemon->knocked, now);
		if (now >= daemon->tick_ns + TICK_NS)
			tick(daemon, now);
		take_signals(daemon);
		keep_alive(daemon, now);
	}
}

/* Those named by PID are attached before the daemon says that it is ready. */
static int begin(struct daemon *daemon, struct error *error)
{
	const struct daemon_options *options = daemon->options;
	uint64_t now = clock__boottime_ns();
	int err = fleet__sweep(daemon, now);

	daemon->named_ns = now;
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot sweep processes: %s",
				  strerror(-err));
	for (size_t i = 0; i < options->pid_cnt; i++) {
		struct error why = {0};

		if (!fleet__attach(daemon, options->pids[i], &why))
			continue;
		if (options->strict) {
			*error = why;
			return -EIO;
		}
		log_warn("daemon", "%s, continuing without it", why.text);
	}
	tick(daemon, now);
	if (!daemon_options__selects(options))
		log_warn("daemon", "nothing selected: waiting for heapbeat attach PID");
	return 0;
}

static void announce(const struct daemon *daemon)
{
	if (daemon->web)
		log_info("daemon", "ready: http on port %u, socket %s",
			 web_server__port(daemon->web), daemon->options->socket_path);
	else
		log_info("daemon", "ready: socket %s", daemon->options->socket_path);
	notify__send("READY=1");
}

/* Views are made and dropped for months by a process that has promised its size. */
static void tame_allocator(void)
{
	mallopt(M_ARENA_MAX, ARENAS);
	mallopt(M_MMAP_THRESHOLD, MMAP_BYTES);
	mallopt(M_TRIM_THRESHOLD, TRIM_BYTES);
}

int daemon__run(struct daemon_options *options, const struct daemon_hooks *hooks,
		struct error *error)
{
	struct daemon daemon = {
		.options = options,
		.hooks = hooks,
		.error = error,
		.lock_fd = -1,
		.signal_fd = -1,
		.stats_fd = -1,
		.reload_ok = true,
		.reload_at_s = (double)clock__wall_ns() / 1e9,
		.start_time_s = (double)clock__wall_ns() / 1e9,
		.watchdog_ns = notify__watchdog_ns(),
	};
	int err;

	prctl(PR_SET_TIMERSLACK, 1000);
	tame_allocator();
	roster__init(&daemon.roster);
	err = open_all(&daemon, error);
	err = err ?: begin(&daemon, error);
	if (!err) {
		announce(&daemon);
		(void)setpriority(PRIO_PROCESS, 0, LOOP_NICE);
		loop(&daemon);
		notify__send("STOPPING=1");
		log_info("daemon", "ending");
		err = error->code ? -EIO : 0;
	}
	close_all(&daemon);
	return err;
}
