// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The HTTP server without the daemon: it serves a synthetic publication, new every 200 ms, with an
 * analysis whenever one is wanted. Prints "port N" and obeys letters on stdin: g the process of the
 * view is gone, b it is back, n nothing is published any more, q (or the end of stdin) stop.
 *
 * usage: web_fixture [--listen A] [--web-config F] [--groups N] [--max-requests N] [--empty]
 *                    [--lifecycle] [--debug] [--insecure] [--systemd] [--stacks N] [--report F]
 *   --stacks  N deep stacks more, a collector of Go, and a new analysis at each tick
 *   --report  write a report in one file of seven such moments, and end
 */
#define FAKE_STACKS 4096
#include <poll.h>
#include <pthread.h>
#include <unistd.h>

#include "../unit/fake_page.h"
#include "../unit/fake_web.h"

#include "base/clock.h"
#include "export/html_report.h"
#include "web/server.h"

#define TICK_MS 200

struct fixture {
	struct daemon_options options;
	struct publisher *publisher;
	struct fake_names names;  /* of the view in the making */
	struct fake_names frozen; /* the same, for every reader */
	unsigned int groups, stacks;
	const char *report;
	bool empty, gone, silent;
	uint64_t made;
	struct analysis *analysis;
};

/* The fake counts its look-ups: one reader at a time. */
static int ask_frozen(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret)
{
	static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
	struct fixture *fixture = ctx;
	int cnt;

	pthread_mutex_lock(&lock);
	cnt = fake_names__of(&fixture->frozen, module, address, ret);
	pthread_mutex_unlock(&lock);
	return cnt;
}

static void reload(void *ctx)
{
	(void)ctx;
	printf("reload\n");
	fflush(stdout);
}

static int add_listen(struct fixture *fixture, const char *address)
{
	struct string_list *list = &fixture->options.listen;

	if (list->cnt == LISTEN_MAX)
		return -1;
	list->items[list->cnt++] = strdup(address);
	return 0;
}

static int parse(struct fixture *fixture, int argc, char **argv)
{
	struct daemon_options *options = &fixture->options;

	for (int i = 1; i < argc; i++) {
		const char *value = i + 1 < argc ? argv[i + 1] : "";

		if (!strcmp(argv[i], "--listen") && !add_listen(fixture, value))
			i++;
		else if (!strcmp(argv[i], "--web-config"))
			options->web_config_file = strdup(value), i++;
		else if (!strcmp(argv[i], "--groups"))
			fixture->groups = (unsigned int)strtoul(value, NULL, 10), i++;
		else if (!strcmp(argv[i], "--max-requests"))
			options->max_requests = (unsigned int)strtoul(value, NULL, 10), i++;
		else if (!strcmp(argv[i], "--stacks"))
			fixture->stacks = (unsigned int)strtoul(value, NULL, 10), i++;
		else if (!strcmp(argv[i], "--report"))
			fixture->report = value, i++;
		else if (!strcmp(argv[i], "--empty"))
			fixture->empty = true;
		else if (!strcmp(argv[i], "--lifecycle"))
			options->enable_lifecycle = true;
		else if (!strcmp(argv[i], "--debug"))
			options->debug = true;
		else if (!strcmp(argv[i], "--insecure"))
			options->allow_insecure = true;
		else if (!strcmp(argv[i], "--systemd"))
			options->systemd_socket = true;
		else
			return -1;
	}
	return 0;
}

static void fill(struct fixture *fixture, struct view *view, unsigned int moment)
{
	struct name_source names = fake_names__source(&fixture->names);

	fake_page__names(&fixture->names);
	fake_page__stacks(view, fixture->stacks, moment);
	fake_page__collector(view, moment);
	if (fold__sites(view, &names))
		abort();
}

static int write_report(struct fixture *fixture)
{
	const struct view *moments[7];
	struct name_source names = fake_names__source(&fixture->names);
	struct html_report report = {.names = &names, .moments = moments, .moment_cnt = 6};
	FILE *file = fopen(fixture->report, "w");
	int err;

	for (unsigned int i = 0; i < 7; i++) {
		struct view *view = fake_report__view(&fixture->names);

		fill(fixture, view, i + 1);
		moments[i] = view;
	}
	report.view = moments[6];
	report.advice = advice__evaluate(report.view);
	if (!file || !report.advice)
		return EXIT_RUNTIME;
	err = html_report__write(file, &report);
	return fclose(file) || err ? EXIT_RUNTIME : EXIT_OK;
}

/* As the daemon's loop: the host anew, the analysis when somebody wants one. */
static void tick(struct fixture *fixture)
{
	struct host *host;

	if (fixture->empty)
		return;
	host = fake_host__new(fixture->groups);
	if (!fixture->analysis || fixture->stacks ||
	    publisher__is_wanted(fixture->publisher, fixture->made)) {
		struct analysis *analysis =
			fake_analysis__new(&fixture->names, clock__boottime_ns(), ++fixture->made);

		if (fixture->stacks)
			fill(fixture, analysis->view, (unsigned int)fixture->made);
		if (fixture->made == 1)
			fixture->frozen = fixture->names;
		analysis->names = (struct name_source){.ctx = fixture, .names = ask_frozen};
		if (fixture->gone)
			analysis->view->process_cnt = 0;
		/* the heap goes on allocating: a later view holds more */
		for (size_t i = 0; i < analysis->view->process_cnt; i++)
			analysis->view->processes[i].span_s += (double)fixture->made;
		analysis__unref(fixture->analysis);
		fixture->analysis = analysis;
	}
	publisher__put(fixture->publisher, publication__new(host, fixture->analysis));
}

/* False when it is to stop. */
static bool obey(struct fixture *fixture)
{
	char letter;

	if (read(STDIN_FILENO, &letter, 1) != 1 || letter == 'q')
		return false;
	if (letter == 'g' || letter == 'b') {
		fixture->gone = letter == 'g';
		publisher__want_analysis(fixture->publisher);
	} else if (letter == 'n') {
		fixture->silent = true;
	}
	return true;
}

static void loop(struct fixture *fixture)
{
	struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

	for (;;) {
		if (!fixture->silent)
			tick(fixture);
		if (poll(&in, 1, TICK_MS) > 0 && !obey(fixture))
			return;
	}
}

int main(int argc, char **argv)
{
	struct fixture fixture = {.groups = 10};
	struct web_hooks hooks = {.reload = reload};
	struct web_server *server;
	struct error error;
	int code = EXIT_OK;

	if (daemon_options__init(&fixture.options) || !(fixture.publisher = publisher__new()))
		return EXIT_RUNTIME;
	for (; fixture.options.listen.cnt; fixture.options.listen.cnt--)
		free(fixture.options.listen.items[fixture.options.listen.cnt - 1]);
	if (parse(&fixture, argc, argv)) {
		fprintf(stderr, "web_fixture: bad arguments\n");
		return EXIT_USAGE;
	}
	if (fixture.report)
		return write_report(&fixture);
	server = web_server__new(&fixture.options, fixture.publisher, &hooks, &error);
	if (server) {
		printf("port %u\n", web_server__port(server));
		fflush(stdout);
		loop(&fixture);
	} else {
		fprintf(stderr, "web_fixture: %s\n", error.text);
		code = error.code;
	}
	web_server__free(server);
	publisher__free(fixture.publisher);
	analysis__unref(fixture.analysis);
	daemon_options__release(&fixture.options);
	return code;
}
