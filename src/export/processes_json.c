// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/processes_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "export/go_json.h"
#include "export/json.h"
#include "export/report.h"

#include "base/banned.h"

const char *target_state__name(enum target_state state)
{
	static const char *const names[TARGET_STATES] = {
		[TARGET_YOUNG] = "young",     [TARGET_UNWANTED] = "unwanted",
		[TARGET_WAITING] = "waiting", [TARGET_ATTACHED] = "attached",
		[TARGET_REFUSED] = "refused", [TARGET_UNPROBED] = "unprobed",
		[TARGET_SKIPPED] = "skipped",
	};

	return state < TARGET_STATES ? names[state] : "unknown";
}

/* Sums over all windows: who asks twice takes the difference for the rate since then. */
static void add_counted(struct json_doc *doc, json_t *item, const struct view_sums *sums)
{
	json_t *json = json_doc__object(doc, item, "counted");

	json_doc__count(doc, json, "calls", sums->calls);
	json_doc__count(doc, json, "bytes", sums->bytes);
	json_doc__number(doc, json, "observed_s", sums->observed_s);
}

static void add_figures(struct json_doc *doc, json_t *item, const struct view_process *process)
{
	json_doc__figure(doc, item, "calls_rate", &process->calls_rate);
	json_doc__figure(doc, item, "bytes_rate", &process->bytes_rate);
	json_doc__figure(doc, item, "recent_calls_rate", &process->recent_calls_rate);
	json_doc__figure(doc, item, "recent_bytes_rate", &process->recent_bytes_rate);
	if (process->sums.observed_s > 0)
		add_counted(doc, item, &process->sums);
	json_doc__figure(doc, item, "live_bytes", &process->live_bytes);
	json_doc__figure(doc, item, "live_objects", &process->live_objects);
	json_doc__figure(doc, item, "live_growth", &process->live_growth);
	json_doc__figure(doc, item, "rss_growth", &process->rss_growth);
	if (process->live_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(doc, item, "growing", process->growing);
	if (process->rss_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(doc, item, "rss_growing", process->rss_growing);
	if (process->interval_bytes)
		json_doc__count(doc, item, "interval_bytes", process->interval_bytes);
	json_doc__number(doc, item, "charged_ratio", process->charged_ratio);
	json_doc__number(doc, item, "observed_s", process->observed_s);
	json_doc__number(doc, item, "span_s", process->span_s);
	json_doc__string(doc, item, "mode", report__mode_name(process->mode));
	json_doc__string(doc, item, "refusal", process->refusal);
	json_doc__string(doc, item, "hides", process->hides);
	if (process->go)
		go_json__write_brief(doc, item, process->go);
}

static void add_process(struct json_doc *doc, const struct host_process *process,
			const struct view_process *seen)
{
	json_t *item = json_doc__object(doc, doc->items, NULL);
	char text[80];

	snprintf(text, sizeof(text), "%" PRIu32 "-%" PRIu64 "-%" PRIu64, process->tgid,
		 process->start_ticks, process->exec_id);
	json_doc__string(doc, item, "id", text);
	json_doc__count(doc, item, "pid", process->tgid);
	snprintf(text, sizeof(text), "%" PRIu64, process->start_ticks);
	json_doc__string(doc, item, "start_ticks", text);
	json_doc__string(doc, item, "comm", process->comm);
	json_doc__string(doc, item, "exe", process->exe);
	json_doc__string(doc, item, "unit", process->unit);
	json_doc__string(doc, item, "runtime", process->runtime);
	json_doc__string(doc, item, "allocator", process->allocator);
	json_doc__string(doc, item, "state", target_state__name(process->state));
	json_doc__bool(doc, item, "attachable",
		       process->state != TARGET_REFUSED && process->state != TARGET_UNPROBED);
	if (process->rss_bytes)
		json_doc__count(doc, item, "rss_bytes", process->rss_bytes);
	json_doc__count(doc, item, "anon_bytes", process->anon_bytes);
	json_doc__number(doc, item, "cpu_s", (double)process->cpu_ns / 1e9);
	json_doc__number(doc, item, "cpu_ratio", process->cpu_ratio);
	if (seen)
		add_figures(doc, item, seen);
}

static int compare(const void *a, const void *b)
{
	const struct host_process *x = *(const struct host_process *const *)a;
	const struct host_process *y = *(const struct host_process *const *)b;

	if (x->rss_bytes != y->rss_bytes)
		return x->rss_bytes < y->rss_bytes ? 1 : -1;
	return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

static bool passes(const struct processes_filter *filter, const struct host_process *process)
{
	return (!filter->pid || filter->pid == process->tgid) &&
	       (!filter->comm || !strcmp(filter->comm, process->comm));
}

/* Processes of the view by the number of their image. */
static int index_view(const struct analysis *analysis, struct table *table)
{
	int err = 0;

	for (size_t i = 0; analysis && i < analysis->view->process_cnt && !err; i++)
		err = table__put(table, analysis->view->processes[i].image, i);
	return err;
}

static const struct view_process *find(const struct analysis *analysis, const struct table *table,
				       const struct host_process *process)
{
	uint64_t at;

	if (!process->image || !table__get(table, process->image, &at))
		return NULL;
	return &analysis->view->processes[at];
}

int processes_json__write(FILE *file, const struct publication *publication,
			  const struct processes_filter *filter)
{
	const struct host *host = publication->host;
	const struct analysis *analysis = publication->analysis;
	struct view head = {.host = host->name, .wall_ns = host->wall_ns};
	const struct host_process **order =
		calloc(host->process_cnt + 1, sizeof(const struct host_process *));
	struct table table = {0};
	struct json_doc doc;
	size_t cnt = 0;

	if (!order || index_view(analysis, &table)) {
		table__release(&table);
		free(order);
		return -ENOMEM;
	}
	if (analysis)
		head.span_s = analysis->view->span_s;
	for (size_t i = 0; i < host->process_cnt; i++)
		if (passes(filter, &host->processes[i]))
			order[cnt++] = &host->processes[i];
	qsort(order, cnt, sizeof(*order), compare);
	if (filter->limit && cnt > filter->limit)
		cnt = filter->limit;
	json_doc__init(&doc, "processes", &head);
	for (size_t i = 0; i < cnt; i++)
		add_process(&doc, order[i], find(analysis, &table, order[i]));
	table__release(&table);
	free(order);
	return json_doc__write(&doc, file);
}
