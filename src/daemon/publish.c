// SPDX-License-Identifier: GPL-2.0-or-later
/* What readers see: the host at each tick, the analysis when it is due or asked for. */
#include "daemon/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "symbol/fold.h"
#include "base/banned.h"

/* An analysis may take half a per cent of one core, however large the view is. */
#define ANALYSIS_PAUSE	  200
#define ANALYSIS_LEAST_NS 2000000000ULL
#define ANALYSIS_MOST_NS  30000000000ULL
/* One that was asked for (a profile, a page) comes sooner. */
#define WANTED_PAUSE 20
#define HOST_BYTES   256

int publish__sink(void *ctx, const struct record *record)
{
	struct daemon *daemon = ctx;
	int err = model__apply(daemon->model, record);

	/* A name too many is no reason to end; nor is a moment without memory. */
	if (err && err != -EBADMSG)
		log_warn("model", "a record is lost: %s", strerror(-err));
	(void)daemon_names__apply(daemon->names, record);
	return 0;
}

static struct analysis *make_analysis(struct daemon *daemon, uint64_t now_ns)
{
	struct name_source names = daemon_names__source(daemon->names);
	struct view *view = model__build(daemon->model);
	struct advice_list *advice;

	if (!view)
		return NULL;
	view->truncated = false;
	if (fold__sites(view, &names)) {
		view__free(view);
		return NULL;
	}
	advice = advice__evaluate(view);
	if (!advice) {
		view__free(view);
		return NULL;
	}
	view__drop_chains(view);
	return analysis__new(view, advice, names, now_ns, daemon->analysis_number + 1);
}

static uint64_t pause_after(uint64_t took_ns, uint64_t factor)
{
	uint64_t pause = took_ns * factor;

	return pause < ANALYSIS_LEAST_NS  ? ANALYSIS_LEAST_NS
	       : pause > ANALYSIS_MOST_NS ? ANALYSIS_MOST_NS
					  : pause;
}

static void analyse(struct daemon *daemon, uint64_t now_ns)
{
	struct part_stats *part = &daemon->parts[PART_ANALYSIS];
	uint64_t begun = clock__boottime_ns();
	bool wanted = publisher__is_wanted(daemon->publisher, daemon->analysis_number) &&
		      now_ns >= daemon->wanted_due_ns;
	struct analysis *fresh;
	uint64_t took;

	if (daemon->analysis && !wanted && now_ns < daemon->analysis_due_ns)
		return;
	fresh = make_analysis(daemon, now_ns);
	took = clock__boottime_ns() - begun;
	part->success = fresh != NULL;
	part->duration_s = (double)took / 1e9;
	daemon->analysis_due_ns = now_ns + pause_after(took, ANALYSIS_PAUSE);
	daemon->wanted_due_ns = now_ns + took * WANTED_PAUSE;
	if (!fresh)
		return;
	analysis__unref(daemon->analysis);
	daemon->analysis = fresh;
	daemon->analysis_number++;
}

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

static int by_tgid(const void *a, const void *b)
{
	const struct host_process *x = a, *y = b;

	return (x->tgid > y->tgid) - (x->tgid < y->tgid);
}

/* Those too young to have been asked who they are have no group yet. */
static int fill_processes(const struct daemon *daemon, struct host *host)
{
	const struct roster *roster = &daemon->roster;

	host->processes = host__alloc(host, (roster->cnt + 1) * sizeof(*host->processes));
	if (!host->processes)
		return -ENOMEM;
	for (size_t i = 0; i < roster->cnt; i++) {
		const struct roster_entry *entry = roster->items[i];
		struct host_process *to = &host->processes[host->process_cnt];

		if (!entry->identified || entry->zombie)
			continue;
		*to = (struct host_process){
			.tgid = (uint32_t)entry->pid,
			.start_ticks = entry->start_ticks,
			.exec_id = entry->exec_id,
			.image = entry->image,
			.comm = host__strdup(host, entry->comm),
			.exe = host__strdup(host, base_name(entry->exe)),
			.unit = host__strdup(host, entry->unit),
			.runtime = entry->runtime,
			.allocator = entry->allocator,
			.by_pid = entry->named || daemon->options->labels_pid,
			.rss_bytes = entry->rss_bytes,
			.anon_bytes = entry->anon_bytes,
			.cpu_ns = entry->cpu_ns,
			.cpu_ratio = entry->cpu_ratio,
			.state = entry->state,
		};
		if (!to->comm || !to->exe || !to->unit)
			return -ENOMEM;
		host->process_cnt++;
	}
	qsort(host->processes, host->process_cnt, sizeof(*host->processes), by_tgid);
	return 0;
}

static struct host *make_host(struct daemon *daemon, uint64_t now_ns)
{
	char name[HOST_BYTES] = "";
	struct host *host = host__new();

	if (!host)
		return NULL;
	gethostname(name, sizeof(name) - 1);
	host->at_ns = now_ns;
	host->wall_ns = clock__wall_ns();
	host->name = host__strdup(host, name);
	self__fill(daemon, &host->self);
	if (!host->name || fill_processes(daemon, host)) {
		host__free(host);
		return NULL;
	}
	return host;
}

static int update_groups(struct daemon *daemon, struct host *host)
{
	const struct analysis *analysis = daemon->analysis;
	struct part_stats *part = &daemon->parts[PART_MODEL];
	uint64_t begun = clock__boottime_ns();
	struct view *view = model__build_light(daemon->model);
	int err = view ? 0 : -ENOMEM;

	if (!err)
		err = groups__update(daemon->groups, host, view, analysis ? analysis->view : NULL,
				     daemon->analysis_number);
	view__free(view);
	part->success = !err;
	part->duration_s = (double)(clock__boottime_ns() - begun) / 1e9;
	return err;
}

int publish__tick(struct daemon *daemon, uint64_t now_ns)
{
	struct publication *publication;
	struct host *host;
	int err;

	analyse(daemon, now_ns);
	host = make_host(daemon, now_ns);
	if (!host)
		return -ENOMEM;
	err = update_groups(daemon, host);
	if (err) {
		host__free(host);
		return err;
	}
	publication = publication__new(host, daemon->analysis);
	if (!publication)
		return -ENOMEM;
	publisher__put(daemon->publisher, publication);
	return 0;
}
