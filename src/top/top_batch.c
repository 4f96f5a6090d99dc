// SPDX-License-Identifier: GPL-2.0-or-later
/* top without a terminal: one table or document a refresh. */
#include "top/top_run.h"

#include <errno.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "base/clock.h"
#include "export/human.h"
#include "top/top_state.h"
#include "base/banned.h"

#define RETRY_S	     0.25
#define SETTLE_NS    10000000000ULL /* an observer that has just begun has seen nothing yet */
#define COLUMNS_MOST 4096
#define TIME_AT	     11 /* of 2026-11-24T12:00:00Z */
#define TIME_BYTES   8

struct batch {
	const struct top_options *options;
	const struct top_source *source;
	struct top_state state;
	int signal_fd;
	uint64_t begun_ns; /* the first list came */
	bool ending, told;
};

/* True if a signal ends it meanwhile. */
static bool sleep_s(struct batch *batch, double seconds)
{
	uint64_t until = clock__boottime_ns() + (uint64_t)(seconds * 1e9), now;
	struct pollfd fd = {.fd = batch->signal_fd, .events = POLLIN};
	struct signalfd_siginfo info;

	while (!batch->ending && (now = clock__boottime_ns()) < until) {
		poll(&fd, 1, (int)((until - now) / 1000000) + 1);
		if (read(batch->signal_fd, &info, sizeof(info)) == sizeof(info))
			batch->ending = info.ssi_signo != SIGWINCH;
	}
	return batch->ending;
}

/* Of what was written to: a terminal, or what $COLUMNS says; else lines are as long as they are. */
static size_t width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size = {0};
	long wide;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	wide = columns ? strtol(columns, NULL, 10) : 0;
	return wide > 0 && wide < COLUMNS_MOST ? (size_t)wide : 0;
}

static void print_table(struct top_state *state)
{
	const char *when = top_json__string(state->fleet.document, "at");
	const struct grid *grid = &state->processes.grid;
	struct grid_layout layout;
	struct text text = {0};
	char host[NAME_BYTES];

	if (top_state__fill(state))
		return;
	human__name(host, sizeof(host), top_json__string(state->fleet.document, "host"));
	printf("heapbeat top  %s  %.*s UTC  %zu processes, %zu observed\n", host, TIME_BYTES,
	       strlen(when) >= TIME_AT + TIME_BYTES ? when + TIME_AT : "", state->fleet.cnt,
	       state->fleet.attached);
	grid__layout(grid, top_state__hidden(state), state->processes.sort, width(), &layout);
	grid__header(grid, &layout, &text);
	text__append(&text, "\n", 1);
	for (size_t i = 0; i < grid->cnt; i++) {
		grid__row(grid, &layout, &grid->rows[i], &text, NULL);
		text__append(&text, "\n", 1);
	}
	puts(text__str(&text));
	text__release(&text);
}

static bool is_named(const struct top_options *options, const json_t *item)
{
	json_int_t pid = json_integer_value(json_object_get(item, "pid"));

	for (size_t i = 0; i < options->pid_cnt; i++)
		if (options->pids[i] == pid)
			return true;
	return !options->pid_cnt;
}

static void print_document(const struct batch *batch)
{
	json_t *document = json_copy(batch->state.fleet.document), *chosen = json_array(), *item;
	size_t i;

	json_array_foreach(json_object_get(document, "items"), i, item)
	{
		if (is_named(batch->options, item))
			json_array_append(chosen, item);
	}
	json_object_set_new(document, "items", chosen);
	json_dumpf(document, stdout, JSON_COMPACT);
	putchar('\n');
	json_decref(document);
}

/* Whether all that is observed has been seen once, or has had time enough for it. */
static bool is_settled(const struct batch *batch)
{
	const struct top_fleet *fleet = &batch->state.fleet;

	if (!batch->source->own || clock__boottime_ns() > batch->begun_ns + SETTLE_NS)
		return true;
	for (size_t i = 0; i < fleet->cnt; i++)
		if (fleet->items[i].attached && !isfinite(fleet->items[i].values[TOP_BYTES]))
			return false;
	return fleet->attached > 0;
}

static int take(struct batch *batch, struct error *error)
{
	struct top_news news;

	top_news__fetch(&news, batch->source, 0);
	if (news.processes) {
		if (!batch->begun_ns)
			batch->begun_ns = clock__boottime_ns();
		batch->told = false;
	} else if (news.error.code != EXIT_OK) {
		*error = news.error;
		return -EIO;
	} else if (batch->begun_ns && !batch->told) {
		fprintf(stderr, "heapbeat: daemon gone, retrying (%s)\n", news.error.text);
		batch->told = true;
	}
	top_state__take(&batch->state, &news);
	return *batch->state.problem ? -EAGAIN : 0;
}

static int print(struct batch *batch, struct error *error)
{
	if (batch->options->json)
		print_document(batch);
	else
		print_table(&batch->state);
	if (!fflush(stdout) && !ferror(stdout))
		return 0;
	return error__set(error, EXIT_RUNTIME, -EIO, "cannot write to stdout");
}

static int run(struct batch *batch, struct error *error)
{
	size_t printed = 0;

	while (!batch->ending) {
		int err = take(batch, error);

		if (err == -EAGAIN || (!err && !printed && !is_settled(batch))) {
			sleep_s(batch, RETRY_S);
			continue;
		}
		err = err ?: print(batch, error);
		if (err)
			return err;
		if (++printed == batch->options->iterations)
			return 0;
		sleep_s(batch, batch->options->delay_s);
	}
	return 0;
}

int top_run__batch(const struct top_options *options, const struct top_source *source,
		   struct error *error)
{
	struct batch batch = {
		.options = options, .source = source, .signal_fd = top_run__signals()};
	int err;

	if (batch.signal_fd < 0)
		return error__set(error, EXIT_RUNTIME, batch.signal_fd, "cannot watch signals: %s",
				  strerror(-batch.signal_fd));
	top_state__init(&batch.state, options->sort);
	batch.state.pids = options->pids;
	batch.state.pid_cnt = options->pid_cnt;
	batch.state.own = source->own;
	err = run(&batch, error);
	top_state__release(&batch.state);
	close(batch.signal_fd);
	return err;
}
