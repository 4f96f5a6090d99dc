// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/roster.h"

#include <errno.h>
#include <limits.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/vec.h"
#include "target/cgroup.h"

#include "base/banned.h"

#define TICK_NS	   10000000ULL /* USER_HZ, in which /proc tells starts */
#define CPU_WEIGHT 0.3	       /* of the newest second: five make four fifths */
#define SECOND_NS  1e9

void roster__init(struct roster *roster)
{
	*roster = (struct roster){.page_bytes = (uint64_t)sysconf(_SC_PAGESIZE)};
}

static void forget_identity(struct roster_entry *entry)
{
	free(entry->exe);
	free(entry->cgroup);
	free(entry->unit);
	entry->exe = entry->cgroup = entry->unit = NULL;
	entry->identified = false;
}

static void free_entry(struct roster_entry *entry)
{
	forget_identity(entry);
	free(entry);
}

void roster__release(struct roster *roster)
{
	for (size_t i = 0; i < roster->cnt; i++)
		free_entry(roster->items[i]);
	free(roster->items);
	table__release(&roster->by_pid);
}

struct roster_entry *roster__find(const struct roster *roster, pid_t pid)
{
	uint64_t found;

	return table__get(&roster->by_pid, (uint64_t)pid, &found) ? (void *)(uintptr_t)found : NULL;
}

void roster__begin_sweep(struct roster *roster, uint64_t now_ns)
{
	roster->sweeps++;
	roster->overflow = 0;
	for (size_t i = 0; i < roster->cnt; i++)
		roster->items[i]->cpu_sum_ns = 0;
	roster->swept_ns = now_ns;
}

static struct roster_entry *add_entry(struct roster *roster, pid_t pid)
{
	struct roster_entry *entry;

	if (roster->cnt >= ROSTER_MAX) {
		roster->overflow++;
		return NULL;
	}
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->pid = pid;
	if (table__put(&roster->by_pid, (uint64_t)pid, (uintptr_t)entry)) {
		free(entry);
		return NULL;
	}
	if (vec__add(roster, entry)) {
		table__remove(&roster->by_pid, (uint64_t)pid, NULL);
		free(entry);
		return NULL;
	}
	return entry;
}

/* A new process, or one that has become another image: who it was is forgotten. */
static void start_image(struct roster *roster, struct roster_entry *entry,
			const struct hb_task_row *row, uint64_t start_ticks)
{
	bool fresh = !entry->swept || entry->start_ticks != start_ticks;
	struct roster_entry old = *entry;

	forget_identity(entry);
	*entry = (struct roster_entry){
		.pid = old.pid,
		/* What was said of a process by its pid holds for all of its images. */
		.named = old.named && !fresh,
		.asked = old.asked && !fresh,
		.banished = old.banished && !fresh,
		.followed = old.followed && !fresh,
		.had = (old.had || old.attached) && !fresh,
		.start_ticks = start_ticks,
		.exec_id = row->exec_id,
		.image_ns = roster->swept_ns,
		/* An exec happened between two sweeps: at the latest now. */
		.exec_at_ns = fresh ? row->start_boottime_ns : roster->swept_ns,
		.cpu_known = old.cpu_known && !fresh,
		.cpu_ns = fresh ? 0 : old.cpu_ns,
		.runtime = "",
		.allocator = "",
	};
}

/* Many name themselves while they start: until somebody asks who it is, the latest name counts. */
static void take_name(struct roster_entry *entry, const struct hb_task_row *row)
{
	if (entry->identified)
		return;
	memcpy(entry->comm, row->comm, sizeof(entry->comm));
	entry->comm[sizeof(entry->comm) - 1] = 0;
}

int roster__apply(struct roster *roster, const struct hb_task_row *row)
{
	struct roster_entry *entry = roster__find(roster, (pid_t)row->tgid);
	uint64_t start_ticks = row->start_boottime_ns / TICK_NS;

	if (row->flags & HB_TASK_KERNEL)
		return 0;
	if (row->flags & HB_TASK_THREAD) {
		/* Its leader comes first in pid order, but for wrapped pids: then next time. */
		if (entry)
			entry->cpu_sum_ns += row->cpu_ns;
		return 0;
	}
	if (!entry)
		entry = add_entry(roster, (pid_t)row->tgid);
	if (!entry)
		return roster->overflow ? -ENOSPC : -ENOMEM;
	if (!entry->swept || entry->start_ticks != start_ticks || entry->exec_id != row->exec_id)
		start_image(roster, entry, row, start_ticks);
	take_name(entry, row);
	entry->swept = roster->sweeps;
	entry->zombie = row->flags & HB_TASK_ZOMBIE;
	entry->cpu_sum_ns += row->cpu_ns;
	entry->anon_bytes = row->anon_pages * roster->page_bytes;
	entry->rss_bytes =
		(row->anon_pages + row->file_pages + row->shmem_pages) * roster->page_bytes;
	return 0;
}

static void drop(struct roster *roster, size_t index)
{
	table__remove(&roster->by_pid, (uint64_t)roster->items[index]->pid, NULL);
	free_entry(roster->items[index]);
	roster->items[index] = roster->items[--roster->cnt];
}

static void measure_cpu(struct roster_entry *entry, double elapsed_s)
{
	/* A sweep out of turn is a moment, and weighs as one. */
	double weight = 1 - pow(1 - CPU_WEIGHT, elapsed_s), used = 0;

	/* A thread that ends under the sweep is in nobody's row, until its leader's next one. */
	if (entry->cpu_sum_ns < entry->cpu_ns)
		entry->cpu_sum_ns = entry->cpu_ns;
	if (entry->cpu_known)
		used = (double)(entry->cpu_sum_ns - entry->cpu_ns) / SECOND_NS;
	entry->cpu_ratio += weight * (used / elapsed_s - entry->cpu_ratio);
	entry->cpu_ns = entry->cpu_sum_ns;
	entry->cpu_known = true;
}

void roster__end_sweep(struct roster *roster, void (*gone)(void *ctx, struct roster_entry *entry),
		       void *ctx)
{
	double elapsed = roster->before_ns && roster->swept_ns > roster->before_ns
				 ? (double)(roster->swept_ns - roster->before_ns) / SECOND_NS
				 : 1;

	for (size_t i = 0; i < roster->cnt;) {
		struct roster_entry *entry = roster->items[i];

		if (entry->swept == roster->sweeps) {
			measure_cpu(entry, elapsed);
			i++;
			continue;
		}
		gone(ctx, entry);
		drop(roster, i);
	}
	roster->before_ns = roster->swept_ns;
}

/* A program that was replaced while it runs is still the same to selectors and groups. */
static void strip_deleted(char *exe)
{
	static const char deleted[] = " (deleted)";
	size_t len = strlen(exe), suffix = sizeof(deleted) - 1;

	if (len > suffix && !strcmp(exe + len - suffix, deleted))
		exe[len - suffix] = 0;
}

int roster_entry__identify(struct roster_entry *entry)
{
	char name[64], exe[PATH_MAX], cgroup[CGROUP_PATH_BYTES], unit[CGROUP_UNIT_BYTES];
	ssize_t len;

	if (entry->identified)
		return 0;
	snprintf(name, sizeof(name), "/proc/%d/exe", entry->pid);
	len = readlink(name, exe, sizeof(exe) - 1);
	if (len < 0 && (errno == ESRCH || errno == ENOENT))
		return -ESRCH;
	exe[len > 0 ? len : 0] = 0;
	strip_deleted(exe);
	(void)cgroup__read(entry->pid, cgroup, sizeof(cgroup));
	cgroup__unit(cgroup, unit, sizeof(unit));
	entry->exe = strdup(exe);
	entry->cgroup = strdup(cgroup);
	entry->unit = strdup(unit);
	if (!entry->exe || !entry->cgroup || !entry->unit) {
		forget_identity(entry);
		return -ENOMEM;
	}
	entry->identified = true;
	return 0;
}

double roster_entry__age_s(const struct roster_entry *entry, uint64_t now_ns)
{
	return now_ns > entry->exec_at_ns ? (double)(now_ns - entry->exec_at_ns) / SECOND_NS : 0;
}
