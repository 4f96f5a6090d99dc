// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "export/human.h"
#include "web/route.h"
#include "web/target_id.h"

#include "base/banned.h"

#define PATH_BYTES (TARGET_ID_BYTES + 40)

/* Failures of jansson are latched: a set on NULL fails. */
static void set(json_t *object, const char *key, const char *value, bool *failed)
{
	char text[NAME_BYTES];

	if (value && *value &&
	    json_object_set_new(object, key, json_string(human__name(text, sizeof(text), value))))
		*failed = true;
}

/* {"targets": [authority], "labels": {}} appended to @list; its labels, borrowed. */
static json_t *add_entry(json_t *list, const char *authority, bool *failed)
{
	json_t *labels = json_object();
	json_t *entry = json_pack("{s:[s], s:O}", "targets", authority, "labels", labels);

	if (!labels || !entry || json_array_append_new(list, entry))
		*failed = true;
	json_decref(labels);
	return *failed ? NULL : labels;
}

static const struct host_process *find_process(const struct host *host,
					       const struct view_process *process)
{
	for (size_t i = 0; host && i < host->process_cnt; i++)
		if (host->processes[i].tgid == process->tgid &&
		    host->processes[i].start_ticks == process->start_ticks)
			return &host->processes[i];
	return NULL;
}

static void add_process(json_t *list, const struct web_call *call,
			const struct view_process *process, bool *failed)
{
	const struct host_process *of_host = find_process(call->publication->host, process);
	const char *exe = strrchr(process->exe, '/');
	char id[TARGET_ID_BYTES], path[PATH_BYTES];
	json_t *labels = add_entry(list, call->authority, failed);
	bool is_parca = call->route->variant == SD_PARCA;

	target__format(id, process);
	snprintf(path, sizeof(path), "/targets/%s%s", id, is_parca ? "/debug/pprof/allocs" : "");
	set(labels, is_parca ? "__meta_heapbeat_profile_path" : "__profile_path_prefix__", path,
	    failed);
	/* required; a command name of nothing but controls is still a service */
	set(labels, "service_name", process->comm[0] ? process->comm : "unknown", failed);
	set(labels, "comm", process->comm, failed);
	set(labels, "exe", exe ? exe + 1 : process->exe, failed);
	if (of_host)
		set(labels, "unit", of_host->unit, failed);
	/* without it two processes of one program would be one series at the reader's */
	set(labels, "target", id, failed);
}

static int compare(const void *a, const void *b)
{
	const struct view_process *x = *(const struct view_process *const *)a;
	const struct view_process *y = *(const struct view_process *const *)b;

	if (x->tgid != y->tgid)
		return x->tgid < y->tgid ? -1 : 1;
	if (x->start_ticks != y->start_ticks)
		return x->start_ticks < y->start_ticks ? -1 : 1;
	return (x->exec_id > y->exec_id) - (x->exec_id < y->exec_id);
}

/* Processes alive, in a stable order whatever the view's is. */
static int add_processes(json_t *list, const struct web_call *call, bool *failed)
{
	const struct analysis *analysis = call->publication ? call->publication->analysis : NULL;
	const struct view_process **order;
	size_t cnt = 0;

	if (!analysis || !analysis->view->process_cnt)
		return 0;
	order = calloc(analysis->view->process_cnt, sizeof(*order));
	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < analysis->view->process_cnt; i++) {
		const struct view_process *process = &analysis->view->processes[i];

		if (!process->exited && target__has_profile(process))
			order[cnt++] = process;
	}
	qsort(order, cnt, sizeof(*order), compare);
	for (size_t i = 0; i < cnt; i++)
		add_process(list, call, order[i], failed);
	free(order);
	return 0;
}

static void add_metrics(json_t *list, const struct web_call *call, bool *failed)
{
	json_t *labels = add_entry(list, call->authority, failed);

	set(labels, "__metrics_path__", call->options->telemetry_path, failed);
}

/*
 * Targets for http_sd: this server, under the name that the client has reached it by. Without such
 * a name (HTTP/1.0) there is nothing to list.
 */
void page__sd(const struct web_call *call, struct web_reply *reply)
{
	json_t *list = json_array();
	bool failed = !list;
	int err = 0;
	FILE *out;

	if (call->route->variant == SD_METRICS && *call->authority)
		add_metrics(list, call, &failed);
	else if (*call->authority)
		err = add_processes(list, call, &failed);
	out = reply__open(reply, 200, TYPE_JSON);
	if (!err && failed)
		err = -ENOMEM;
	if (out && !err &&
	    (json_dumpf(list, out, JSON_INDENT(1) | JSON_SORT_KEYS) || fputc('\n', out) == EOF))
		err = -EIO;
	reply__close(reply, err);
	json_decref(list);
}
