// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "cmd/remote_document.h"
#include "export/human.h"
#include "base/banned.h"

#define SHOWN_MAX  40
#define COMM_WIDTH 16

static json_t *new_request(const char *name)
{
	return json_pack("{s:s, s:s}", "verb", "document", "name", name);
}

static json_t *fetch_items(const char *path, const char *name, struct error *error)
{
	json_t *document = remote_document__get(path, new_request(name), error);
	json_t *items = json_incref(json_object_get(document, "items"));

	json_decref(document);
	if (!items && !error->text[0])
		error__set(error, EXIT_RUNTIME, -1, "the daemon's answer cannot be read");
	return items;
}

static double number(const json_t *item, const char *key)
{
	return json_number_value(json_object_get(item, key));
}

static const char *string(const json_t *item, const char *key)
{
	const char *value = json_string_value(json_object_get(item, key));

	return value ? value : "";
}

static bool is_kind(const json_t *item, const char *kind)
{
	return !strcmp(string(item, "kind"), kind);
}

/* "hit 12, sampled 3": what is not 0. */
static void print_counts(const char *title, const json_t *counts)
{
	const char *key, *comma = "";
	json_t *value;

	printf("%-10s", title);
	json_object_foreach((json_t *)counts, key, value)
	{
		if (json_number_value(value) <= 0)
			continue;
		printf("%s%s %.0f", comma, key, json_number_value(value));
		comma = ", ";
	}
	puts(*comma ? "" : "none");
}

static void print_daemon(const json_t *item)
{
	char rss[HUMAN_BYTES], bpf[HUMAN_BYTES];

	printf("heapbeat  %s on Linux %s, %s links, %s\n", string(item, "version"),
	       string(item, "kernel"), string(item, "link"),
	       json_is_true(json_object_get(item, "ready")) ? "ready" : "starting");
	printf("uses      %.1f s of CPU, %s resident, %s of BPF memory, %.0f descriptors\n",
	       number(item, "cpu_s"), human__value(rss, UNIT_BYTES, number(item, "rss_bytes")),
	       human__value(bpf, UNIT_BYTES, number(item, "bpf_bytes")), number(item, "fds"));
	printf("prices    %.0f ns a hit, %.0f a return, %.0f a sample\n", number(item, "hit_ns"),
	       number(item, "return_ns"), number(item, "sample_ns"));
	printf("attached  %.0f in all, %.0f released, %.0f waiting\n",
	       number(item, "attached_total"), number(item, "released_total"),
	       number(item, "attach_backlog"));
	print_counts("events", json_object_get(item, "events"));
	print_counts("lost", json_object_get(item, "lost"));
	print_counts("failures", json_object_get(item, "attach_failures"));
}

static void print_status(const json_t *items)
{
	const json_t *item;
	size_t i;

	json_array_foreach((json_t *)items, i, item) if (is_kind(item, "daemon"))
		print_daemon(item);
	json_array_foreach((json_t *)items, i, item) if (is_kind(item, "targets"))
		print_counts(string(item, "name"), json_object_get(item, "states"));
}

/* Our own BPF programs: what they did and take. */
static void print_programs(const json_t *items)
{
	char runs[HUMAN_BYTES], memory[HUMAN_BYTES], each[32];
	bool known = false;
	const json_t *item;
	size_t i;

	printf("\n%-24s %10s %10s %10s %10s\n", "BPF PROGRAM", "RUNS", "NS A RUN", "MISSED",
	       "MEMORY");
	json_array_foreach((json_t *)items, i, item)
	{
		double cnt = number(item, "runs");

		if (!is_kind(item, "program"))
			continue;
		snprintf(each, sizeof(each), "%.0f",
			 cnt > 0 ? 1e9 * number(item, "run_s") / cnt : 0);
		known |= json_object_get(item, "runs") != NULL;
		printf("%-24s %10s %10s %10.0f %10s\n", string(item, "name"),
		       json_object_get(item, "runs") ? human__value(runs, UNIT_COUNT, cnt) : "-",
		       cnt > 0 ? each : "-", number(item, "recursion_misses"),
		       human__value(memory, UNIT_BYTES, number(item, "memory_bytes")));
	}
	if (!known)
		printf("runs are counted where the daemon was started with --bpf.stats\n");
}

static double figure(const json_t *item, const char *key)
{
	const json_t *value = json_object_get(item, key);

	return value ? number(value, "value") : -1;
}

static const char *shown(char *text, enum advice_unit unit, double value)
{
	return value < 0 ? "-" : human__value(text, unit, value);
}

static void print_process(const json_t *item)
{
	char calls[HUMAN_BYTES], bytes[HUMAN_BYTES], live[HUMAN_BYTES], rss[HUMAN_BYTES];
	char comm[64], cost[16] = "-", seen[16] = "-";

	human__name(comm, sizeof(comm), string(item, "comm"));
	if (json_object_get(item, "charged_ratio"))
		snprintf(cost, sizeof(cost), "%.2f %%", 100 * number(item, "charged_ratio"));
	if (number(item, "span_s") > 0)
		snprintf(seen, sizeof(seen), "%.1f %%",
			 100 * number(item, "observed_s") / number(item, "span_s"));
	printf("%8.0f  %-16s %-8s %10s %10s %10s %10s %8s %8s\n", number(item, "pid"),
	       human__cut(comm, COMM_WIDTH), string(item, "mode"),
	       shown(calls, UNIT_PER_S, figure(item, "calls_rate")),
	       shown(bytes, UNIT_BYTES_PER_S, figure(item, "bytes_rate")),
	       shown(live, UNIT_BYTES, figure(item, "live_bytes")),
	       human__value(rss, UNIT_BYTES, number(item, "rss_bytes")), cost, seen);
}

static void print_attached(const json_t *items)
{
	size_t i, cnt = 0;
	const json_t *item;

	printf("\n%8s  %-16s %-8s %10s %10s %10s %10s %8s %8s\n", "PID", "COMM", "MODE", "CALLS",
	       "BYTES", "LIVE", "RSS", "COST", "SEEN");
	json_array_foreach((json_t *)items, i, item)
	{
		if (strcmp(string(item, "state"), "attached") != 0)
			continue;
		if (cnt++ < SHOWN_MAX)
			print_process(item);
	}
	if (cnt > SHOWN_MAX)
		printf("%8s  and %zu more: heapbeat status --json\n", "", cnt - SHOWN_MAX);
}

static int print_text(const char *path, struct error *error)
{
	json_t *status = fetch_items(path, "status", error);
	json_t *processes = status ? fetch_items(path, "processes", error) : NULL;

	if (processes) {
		print_status(status);
		print_attached(processes);
		print_programs(status);
	}
	json_decref(status);
	json_decref(processes);
	return processes ? 0 : -1;
}

static int print_json(const char *path, struct error *error)
{
	size_t len = 0;
	char *text = remote_document__text(path, new_request("status"), &len, error);

	if (!text)
		return -1;
	fwrite(text, 1, len, stdout);
	free(text);
	return 0;
}

int cmd_status(int argc, char **argv)
{
	struct error error = {0};
	struct options options;

	if (options__parse(&options, VERB_STATUS, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_STATUS);
		return EXIT_OK;
	}
	if (options.json ? !print_json(options.socket_path, &error)
			 : !print_text(options.socket_path, &error))
		return EXIT_OK;
	fprintf(stderr, "heapbeat: %s\n", error.text);
	return error.code ? (int)error.code : EXIT_RUNTIME;
}
