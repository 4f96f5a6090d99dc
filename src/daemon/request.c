// SPDX-License-Identifier: GPL-2.0-or-later
/* What a client of the socket may ask, and what is done. */
#include "daemon/client.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "collect/record_buffer.h"
#include "daemon/state.h"
#include "export/advice_json.h"
#include "export/processes_json.h"
#include "export/report_json.h"
#include "export/status_json.h"
#include "base/banned.h"

#define PIDS_MAX      64
#define PID_MOST      (1 << 22) /* of any Linux */
#define DURATION_MOST 1e7

static void done(struct client *client)
{
	client__reply(client, json_pack("{s:b}", "ok", 1));
	client->state = CLIENT_CLOSING;
}

/* As observe and attach take it: the cast to pid_t must not make another process of it. */
static bool is_pid(const json_t *value)
{
	return json_is_integer(value) && json_integer_value(value) > 0 &&
	       json_integer_value(value) <= PID_MOST;
}

/* attach and detach */
static void change(struct client *client, struct daemon *daemon, const json_t *request,
		   int (*act)(struct daemon *daemon, pid_t pid, struct error *error))
{
	const json_t *pid = json_object_get(request, "pid");
	struct error error = {0};

	if (!is_pid(pid))
		client__refuse(client, "\"pid\" must be a process id", EXIT_USAGE);
	else if (act(daemon, (pid_t)json_integer_value(pid), &error))
		client__refuse(client, error.text, (int)error.code);
	else
		done(client);
}

static void serve_attach(struct client *client, struct daemon *daemon, const json_t *request)
{
	change(client, daemon, request, fleet__attach);
}

static void serve_detach(struct client *client, struct daemon *daemon, const json_t *request)
{
	change(client, daemon, request, fleet__detach);
}

/* What of a document is asked for: all of it, unless "pid" or "limit" (sites per family) say less. */
struct wish {
	const char *name;
	uint32_t pid;
	uint64_t limit;
};

static int read_wish(const json_t *request, struct wish *wish)
{
	const json_t *pid = json_object_get(request, "pid");
	const json_t *limit = json_object_get(request, "limit");

	if ((pid && !is_pid(pid)) ||
	    (limit && (!json_is_integer(limit) || json_integer_value(limit) < 1)))
		return -EINVAL;
	*wish = (struct wish){
		.name = json_string_value(json_object_get(request, "name")) ?: "",
		.pid = (uint32_t)json_integer_value(pid),
		.limit = (uint64_t)json_integer_value(limit),
	};
	return 0;
}

static int write_document(FILE *file, const struct wish *wish,
			  const struct publication *publication)
{
	const struct analysis *analysis = publication->analysis;
	struct processes_filter filter = {.pid = wish->pid};
	struct report_options report = {.by = BY_RATE, .pid = wish->pid, .limit = wish->limit};
	const char *name = wish->name;

	if (!strcmp(name, "status"))
		return status_json__write(file, publication->host);
	if (!strcmp(name, "processes"))
		return processes_json__write(file, publication, &filter);
	if (strcmp(name, "hotspots") != 0 && strcmp(name, "recommendations") != 0)
		return -EINVAL;
	if (!analysis)
		return -EAGAIN;
	if (!strcmp(name, "hotspots"))
		return report_json__write(file, analysis->view, &analysis->names, &report);
	return advice_json__write(file, analysis->advice);
}

static void serve_document(struct client *client, struct daemon *daemon, const json_t *request)
{
	struct publication *publication = publisher__get(daemon->publisher);
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);
	struct wish wish;
	int err = read_wish(request, &wish);

	if (!err)
		err = file && publication ? write_document(file, &wish, publication) : -EAGAIN;
	if (file)
		fclose(file);
	/* For the next time: whoever looks on waits for no analysis, but has it made more often. */
	if (!err && json_is_true(json_object_get(request, "fresh")))
		(void)publisher__want_analysis(daemon->publisher);
	publication__unref(publication);
	if (err == -EINVAL)
		client__refuse(client, "no such document, or a bad \"pid\" or \"limit\"",
			       EXIT_USAGE);
	else if (err)
		client__refuse(client, "nothing is published yet, ask again in a second",
			       EXIT_RUNTIME);
	else {
		/* Its size, so that one cut short by the daemon's end does not pass for whole. */
		client__reply(client, json_pack("{s:b, s:s, s:I}", "ok", 1, "kind", "document",
						"bytes", (json_int_t)len));
		(void)client__send(client, text, len);
		client->state = CLIENT_CLOSING;
	}
	free(text);
}

static const struct {
	const char *verb;
	bool changes; /* root alone */
	void (*serve)(struct client *client, struct daemon *daemon, const json_t *request);
} verbs[] = {
	{"attach", true, serve_attach},
	{"detach", true, serve_detach},
	{"observe", true, client__observe},
	{"document", false, serve_document},
};

void client__serve(struct client *client, struct daemon *daemon, const json_t *request)
{
	const char *verb = json_string_value(json_object_get(request, "verb"));

	for (size_t i = 0; verb && i < sizeof(verbs) / sizeof(verbs[0]); i++) {
		if (strcmp(verb, verbs[i].verb) != 0)
			continue;
		if (verbs[i].changes && !client->may_change)
			client__refuse(client,
				       "only root may attach, detach or record; members of the "
				       "socket's group may read",
				       EXIT_REFUSED);
		else
			verbs[i].serve(client, daemon, request);
		return;
	}
	client__refuse(client, "no such request", EXIT_USAGE);
}

static int put_record(void *ctx, const struct record *record)
{
	return client__send(ctx, record, record->bytes);
}

static bool flag(const json_t *request, const char *key)
{
	return json_is_true(json_object_get(request, key));
}

/* A value of another type must not pass for none. */
static bool has_kinds(const json_t *request)
{
	static const char *const flags[] = {"full",	 "unlimited", "allow_stepped",
					    "no_stacks", "no_follow", "at_exec"};
	const json_t *duration = json_object_get(request, "duration_s");
	const json_t *interval = json_object_get(request, "interval_bytes");
	const json_t *budget = json_object_get(request, "budget_ratio");
	bool fits = (!duration || json_is_number(duration)) &&
		    (!interval || json_is_integer(interval)) && (!budget || json_is_number(budget));

	for (size_t i = 0; i < sizeof(flags) / sizeof(flags[0]); i++) {
		const json_t *value = json_object_get(request, flags[i]);

		fits = fits && (!value || json_is_boolean(value));
	}
	return fits;
}

static int read_terms(const json_t *request, struct observe_terms *terms)
{
	double duration = json_number_value(json_object_get(request, "duration_s"));
	json_int_t interval = json_integer_value(json_object_get(request, "interval_bytes"));
	const json_t *budget = json_object_get(request, "budget_ratio");

	if (!has_kinds(request))
		return -EINVAL;
	*terms = (struct observe_terms){
		.full = flag(request, "full"),
		.unlimited = flag(request, "unlimited"),
		.budget_ratio = budget ? json_number_value(budget) : BUDGET_RATIO,
		.floor_ratio = BUDGET_FLOOR_RATIO,
		.interval_bytes = (uint64_t)interval,
		.allow_stepped = flag(request, "allow_stepped"),
		.no_stacks = flag(request, "no_stacks"),
		.no_follow = flag(request, "no_follow"),
	};
	if (!(duration >= 0 && duration <= DURATION_MOST) || interval < 0 || interval > 1LL << 31 ||
	    !(terms->budget_ratio > 0 && terms->budget_ratio <= 1))
		return -EINVAL;
	terms->run_ns = (uint64_t)(duration * 1e9);
	return 0;
}

static int add_pids(struct client *client, struct daemon *daemon, const json_t *request,
		    struct error *error)
{
	const json_t *pids = json_object_get(request, "pids"), *pid;
	size_t index;
	int err = 0;

	if (!json_array_size(pids) || json_array_size(pids) > PIDS_MAX)
		return error__set(error, EXIT_USAGE, -EINVAL, "\"pids\": 1 to %d process ids",
				  PIDS_MAX);
	json_array_foreach((json_t *)pids, index, pid)
	{
		if (!is_pid(pid))
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "\"pids\" must be process ids");
		if (!err)
			err = observer__add(daemon->observer, client->subscriber,
					    (pid_t)json_integer_value(pid),
					    flag(request, "at_exec"), error);
	}
	return err;
}

static char *announce(struct client *client, struct daemon *daemon, const json_t *request)
{
	char *text = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&text, &len);

	if (!file)
		return NULL;
	observer__announce_full(daemon->observer, client->subscriber, flag(request, "at_exec"),
				file);
	fclose(file);
	return text;
}

void client__observe(struct client *client, struct daemon *daemon, const json_t *request)
{
	struct record_sink sink = {.ctx = client, .put = put_record};
	struct record ready = {0};
	struct observe_terms terms;
	struct error error = {0};
	char *say = NULL;

	if (read_terms(request, &terms)) {
		client__refuse(client, "a value of the request is out of range", EXIT_USAGE);
		return;
	}
	client->subscriber = observer__subscribe(daemon->observer, &sink, &terms);
	if (!client->subscriber || add_pids(client, daemon, request, &error)) {
		client__refuse(client, error.text[0] ? error.text : "out of memory",
			       error.code ? (int)error.code : EXIT_RUNTIME);
		return;
	}
	if (terms.full)
		say = announce(client, daemon, request);
	client__reply(client,
		      json_pack("{s:b, s:s, s:s, s:I, s:I}", "ok", 1, "kind", "stream", "say",
				say ? say : "", "boottime_ns", (json_int_t)clock__boottime_ns(),
				"wall_ns", (json_int_t)clock__wall_ns()));
	free(say);
	log_info("control", "client %d observes %zu processes", client->pid,
		 observer__alive(daemon->observer, client->subscriber));
	client->state = CLIENT_STREAMING;
	client->deadline_ns = terms.run_ns ? clock__boottime_ns() + terms.run_ns : 0;
	subscriber__terms(client->subscriber)->end_ns = client->deadline_ns;
	observer__begin(daemon->observer, client->subscriber);
	/* A command waits at its first instruction until its windows are open. */
	observer__govern_now(daemon->observer, client->subscriber);
	record__init(&ready, RECORD_READY, sizeof(ready), clock__boottime_ns());
	(void)client__send(client, &ready, sizeof(ready));
}
