// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/advice_json.h"
#include "export/processes_json.h"
#include "export/report_json.h"
#include "export/status_json.h"
#include "web/route.h"

#include "base/banned.h"

#define LIMIT_MAX 1000000

void page__status(const struct web_call *call, struct web_reply *reply)
{
	FILE *out = reply__open(reply, 200, TYPE_JSON);

	reply__close(reply, out ? status_json__write(out, call->publication->host) : 0);
}

/* What ?pid= and ?comm= choose. */
struct filter {
	uint64_t pid; /* 0: any */
	const char *comm;
	uint64_t limit; /* as the page understands it */
};

/* False with the reply made. */
static bool parse_filter(const struct web_call *call, uint64_t limit, struct filter *ret,
			 struct web_reply *reply)
{
	struct filter filter = {.comm = web_query__get(call->query, "comm")};

	if (web_query__number(call->query, "pid", 0, 1U << 30, &filter.pid)) {
		reply__say(reply, 400, "pid is not a process id");
		return false;
	}
	if (web_query__number(call->query, "limit", limit, LIMIT_MAX, &filter.limit)) {
		reply__say(reply, 400, "limit is not a number up to %d", LIMIT_MAX);
		return false;
	}
	*ret = filter;
	return true;
}

static bool passes(const struct filter *filter, const struct view_process *process)
{
	return (!filter->pid || filter->pid == process->tgid) &&
	       (!filter->comm || !strcmp(filter->comm, process->comm));
}

void page__processes(const struct web_call *call, struct web_reply *reply)
{
	struct filter filter;
	struct processes_filter of_export;
	FILE *out;

	if (!parse_filter(call, 0, &filter, reply))
		return;
	of_export = (struct processes_filter){
		.pid = (uint32_t)filter.pid,
		.comm = filter.comm,
		.limit = filter.limit,
	};
	out = reply__open(reply, 200, TYPE_JSON);
	reply__close(reply, out ? processes_json__write(out, call->publication, &of_export) : 0);
}

/* A view of the processes that pass; what they point to stays the other's. Free ->processes. */
static int select_view(const struct view *view, const struct filter *filter, struct view *ret)
{
	*ret = *view;
	ret->memory = NULL;
	ret->processes = calloc(view->process_cnt ? view->process_cnt : 1, sizeof(*ret->processes));
	ret->process_cnt = 0;
	if (!ret->processes)
		return -ENOMEM;
	for (size_t i = 0; i < view->process_cnt; i++)
		if (passes(filter, &view->processes[i]))
			ret->processes[ret->process_cnt++] = view->processes[i];
	return 0;
}

static bool parse_by(const struct web_call *call, enum report_by *ret, struct web_reply *reply)
{
	const char *by = web_query__get(call->query, "by");

	*ret = BY_RATE;
	if (!by || !report__parse_by(by, ret))
		return true;
	reply__say(reply, 400, "by is rate, bytes or live");
	return false;
}

void page__hotspots(const struct web_call *call, struct web_reply *reply)
{
	const struct analysis *analysis = call->publication->analysis;
	struct report_options options = {0};
	struct filter filter;
	struct view view;
	FILE *out;
	int err;

	if (!parse_by(call, &options.by, reply) ||
	    !parse_filter(call, REPORT_LIMIT, &filter, reply))
		return;
	options.limit = filter.limit;
	err = select_view(analysis->view, &filter, &view);
	out = reply__open(reply, 200, TYPE_JSON);
	if (out && !err)
		err = report_json__write(out, &view, &analysis->names, &options);
	reply__close(reply, err);
	free(view.processes);
}

/* What is resolved is of a group: it has a pid only where that was named. */
static bool owns(const struct filter *filter, const struct advice_resolved *told)
{
	return (!filter->pid || filter->pid == told->pid) &&
	       (!filter->comm || !strcmp(filter->comm, told->comm));
}

/* The list's rows that pass, copied; the rest stays the other's. Free ->items, ->notes and
 * ->resolved. */
static int select_advice(const struct advice_list *list, const struct filter *filter,
			 struct advice_list *ret)
{
	*ret = (struct advice_list){
		.view = list->view,
		.items = calloc(list->cnt + 1, sizeof(*list->items)),
		.notes = calloc(list->note_cnt + 1, sizeof(*list->notes)),
		.resolved = calloc(list->resolved_cnt + 1, sizeof(*list->resolved)),
		.at_ns = list->at_ns,
	};
	if (!ret->items || !ret->notes || !ret->resolved)
		return -ENOMEM;
	for (size_t i = 0; i < list->cnt; i++)
		if (passes(filter, list->items[i].process) &&
		    (!filter->limit || ret->cnt < filter->limit))
			ret->items[ret->cnt++] = list->items[i];
	for (size_t i = 0; i < list->note_cnt; i++)
		if (passes(filter, list->notes[i].process))
			ret->notes[ret->note_cnt++] = list->notes[i];
	for (size_t i = 0; i < list->resolved_cnt; i++)
		if (owns(filter, &list->resolved[i]))
			ret->resolved[ret->resolved_cnt++] = list->resolved[i];
	return 0;
}

void page__recommendations(const struct web_call *call, struct web_reply *reply)
{
	const struct advice_list *all = call->publication->analysis->advice;
	struct advice_list list;
	struct filter filter;
	FILE *out;
	int err;

	if (!parse_filter(call, 0, &filter, reply))
		return;
	if (!all) {
		reply__say(reply, 503, "no advice has been published yet");
		return;
	}
	err = select_advice(all, &filter, &list);
	out = reply__open(reply, 200, TYPE_JSON);
	if (out && !err)
		err = advice_json__write(out, &list);
	reply__close(reply, err);
	free(list.items);
	free(list.notes);
	free(list.resolved);
}
