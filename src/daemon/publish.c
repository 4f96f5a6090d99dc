// SPDX-License-Identifier: GPL-2.0-or-later
/* What readers see: the host at each tick, the analysis when it is due or asked for. */
#include "daemon/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "advice/mute.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/table.h"
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

static const char *base_name(const char *path)
{
	const char *slash = path ? strrchr(path, '/') : NULL;

	return slash ? slash + 1 : path ? path : "";
}

/* As model/groups tells them apart, so that states go by group. */
static struct advice_owner owner_of(const struct daemon *daemon, const struct view_process *process)
{
	const struct roster_entry *entry = roster__find(&daemon->roster, (pid_t)process->tgid);
	struct advice_owner owner;

	if (!entry || !entry->identified || entry->start_ticks != process->start_ticks ||
	    entry->exec_id != process->exec_id)
		return (struct advice_owner){.comm = "", .exe = "", .unit = ""};
	owner = (struct advice_owner){
		.comm = entry->comm,
		.exe = base_name(entry->exe),
		.unit = entry->unit ? entry->unit : "",
	};
	if (entry->named || daemon->options->labels_pid)
		owner.pid = process->tgid;
	owner.key = hash__bytes(HASH_SEED, owner.comm, strlen(owner.comm) + 1);
	owner.key = hash__bytes(owner.key, owner.exe, strlen(owner.exe) + 1);
	owner.key = hash__bytes(owner.key, owner.unit, strlen(owner.unit) + 1);
	owner.key = hash__bytes(owner.key, &owner.pid, sizeof(owner.pid));
	return owner;
}

/* Without memory the states of this analysis are as if it was the first one. */
static void set_states(struct daemon *daemon, struct advice_list *advice, uint64_t now_ns)
{
	const struct view *view = advice->view;
	const struct string_list *mute = &daemon->options->mute;
	struct advice_owner *owners = calloc(view->process_cnt + 1, sizeof(*owners));

	mute__apply(advice, (const char *const *)mute->items, mute->cnt);
	if (!owners)
		return;
	for (size_t i = 0; i < view->process_cnt; i++)
		owners[i] = owner_of(daemon, &view->processes[i]);
	if (advice_history__update(daemon->history, advice, owners, now_ns))
		log_warn("advice", "its states are not kept: %s", strerror(ENOMEM));
	free(owners);
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
	set_states(daemon, advice, now_ns);
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
