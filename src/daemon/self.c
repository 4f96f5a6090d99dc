// SPDX-License-Identifier: GPL-2.0-or-later
/* The daemon's figures of itself. */
#include "daemon/state.h"

#include <bpf/libbpf.h>
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "kernel/introspect.h"
#include "base/banned.h"

static const char *const part_names[PARTS] = {
	[PART_SWEEP] = "sweep",	      [PART_OBSERVE] = "observe", [PART_MODEL] = "groups",
	[PART_ANALYSIS] = "analysis", [PART_PUBLISH] = "publish",
};

static void fill_sums(struct daemon *daemon, struct self_stats *self)
{
	struct observer_sums sums;

	observer__sum(daemon->observer, &sums);
	memcpy(self->stages, sums.stages, sizeof(self->stages));
	memcpy(self->losses, sums.losses, sizeof(self->losses));
	memcpy(self->probes, sums.probes, sizeof(self->probes));
	memcpy(self->attach_failures, sums.attach_failures, sizeof(self->attach_failures));
	self->attached_total = sums.attached_total;
	self->released_total = sums.released_total;
}

/* Live blocks are inserted and not yet gone; nobody walks the map for that. */
static double entries_of(const struct daemon *daemon, const char *map,
			 const struct self_stats *self)
{
	if (!strcmp(map, "live"))
		return (double)(self->stages[STAGE_INSERTED] - self->stages[STAGE_FREED] -
				self->stages[STAGE_PURGED]);
	if (!strcmp(map, "configs") || !strcmp(map, "counters"))
		return (double)observer__slots_used(daemon->observer);
	return -1;
}

static void fill_kernel(struct daemon *daemon, struct self_stats *self)
{
	const struct object *object = observer__object(daemon->observer);
	struct program_facts programs[SELF_PROGRAMS_MAX];
	struct map_facts maps[SELF_MAPS_MAX];

	self->map_cnt = introspect__maps(object, maps, SELF_MAPS_MAX);
	for (size_t i = 0; i < self->map_cnt; i++) {
		struct self_map *to = &self->maps[i];

		snprintf(to->name, sizeof(to->name), "%.15s", maps[i].name);
		to->capacity = maps[i].capacity;
		to->memory_bytes = (double)maps[i].memory_bytes;
		to->entries = entries_of(daemon, to->name, self);
		if (!strcmp(to->name, "live"))
			to->update_errors = (double)self->losses[LOSS_MAP_FULL];
		self->bpf_bytes += maps[i].memory_bytes;
	}
	self->program_cnt = introspect__programs(object, programs, SELF_PROGRAMS_MAX);
	for (size_t i = 0; i < self->program_cnt; i++) {
		struct self_program *to = &self->programs[i];

		snprintf(to->name, sizeof(to->name), "%.15s", programs[i].name);
		to->runs = daemon->stats_fd >= 0 ? (double)programs[i].runs : -1;
		to->run_s = (double)programs[i].run_ns / 1e9;
		to->memory_bytes = (double)programs[i].memory_bytes;
		to->recursion_misses = (double)programs[i].recursion_misses;
		self->bpf_bytes += programs[i].memory_bytes;
	}
}

/* Which row of targets[] @runtime has; the last one takes what does not fit. */
static size_t runtime_row(struct self_stats *self, const char *runtime)
{
	size_t i = 0;

	while (i + 1 < SELF_RUNTIMES_MAX && self->runtimes[i] &&
	       strcmp(self->runtimes[i], runtime) != 0)
		i++;
	if (!self->runtimes[i])
		self->runtimes[i] = runtime;
	return i;
}

static void fill_targets(const struct daemon *daemon, struct self_stats *self)
{
	for (size_t i = 0; i < daemon->roster.cnt; i++) {
		const struct roster_entry *entry = daemon->roster.items[i];

		if (!entry->zombie)
			self->targets[runtime_row(self, entry->runtime)][entry->state]++;
	}
}

static uint32_t count_fds(void)
{
	DIR *folder = opendir("/proc/self/fd");
	uint32_t cnt = 0;

	if (!folder)
		return 0;
	while (readdir(folder))
		cnt++;
	closedir(folder);
	return cnt > 3 ? cnt - 3 : 0; /* ".", "..", and the folder's own */
}

static void fill_process(const struct daemon *daemon, struct self_stats *self)
{
	struct timespec cpu = {0};
	struct rlimit files = {0};
	unsigned long pages = 0, resident = 0;
	FILE *statm = fopen("/proc/self/statm", "re");

	if (statm) {
		if (fscanf(statm, "%lu %lu", &pages, &resident) != 2)
			pages = resident = 0;
		fclose(statm);
	}
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &cpu);
	getrlimit(RLIMIT_NOFILE, &files);
	self->cpu_s = (double)cpu.tv_sec + (double)cpu.tv_nsec / 1e9;
	self->start_time_s = daemon->start_time_s;
	self->rss_bytes = resident * daemon->roster.page_bytes;
	self->vsz_bytes = pages * daemon->roster.page_bytes;
	self->fds = count_fds();
	self->max_fds = files.rlim_cur > UINT32_MAX ? UINT32_MAX : (uint32_t)files.rlim_cur;
}

static void fill_parts(const struct daemon *daemon, struct self_stats *self)
{
	for (int part = 0; part < PARTS; part++)
		self->collectors[part] = (struct self_collector){
			.name = part_names[part],
			.duration_s = daemon->parts[part].duration_s,
			.success = daemon->parts[part].success,
		};
	self->collector_cnt = PARTS;
}

void self__fill(struct daemon *daemon, struct self_stats *self)
{
	const struct cost_table *costs = observer__costs(daemon->observer);
	struct utsname name = {0};

	fill_sums(daemon, self);
	fill_kernel(daemon, self);
	fill_targets(daemon, self);
	fill_process(daemon, self);
	fill_parts(daemon, self);
	uname(&name);
	snprintf(self->kernel, sizeof(self->kernel), "%s", name.release);
	snprintf(self->libbpf, sizeof(self->libbpf), "%u.%u", libbpf_major_version(),
		 libbpf_minor_version());
	self->link = link_kind__name(object__link(observer__object(daemon->observer)));
	self->hit_ns = costs->hit_ns;
	self->return_ns = costs->return_ns;
	self->sample_ns = costs->sample_ns;
	self->reload_ok = daemon->reload_ok;
	self->reload_at_s = daemon->reload_at_s;
	self->attach_backlog = daemon->backlog;
	self->ready = daemon->ready;
}
