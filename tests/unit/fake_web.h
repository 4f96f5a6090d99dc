/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Publications made by hand for the tests of web/ and of the writers of hosts: groups with every
 * series, processes, the observer itself, and the view of fake_report.h, one process of which is
 * "prog" (pid 4242).
 */
#ifndef HB_FAKE_WEB_H
#define HB_FAKE_WEB_H

#include "fake_report.h"

#include "advice/advice.h"
#include "export/publication.h"

static inline void fake_host__group(struct host *host, struct group *group, unsigned int number)
{
	char text[64];

	snprintf(group->id, sizeof(group->id), "%08x", 0x1000 + number);
	snprintf(text, sizeof(text), "prog%u", number);
	group->comm = number ? host__strdup(host, text) : "prog";
	group->exe = "prog";
	group->unit = number ? "web.service" : "";
	group->runtime = "native";
	group->allocator = "glibc";
	group->member_cnt = group->attached_cnt = 1;
	group->rss_bytes = 1e6 * (number + 1);
	group->anon_bytes = 5e5;
	for (int i = 0; i < GROUP_COUNTERS; i++) {
		group->counter_known[i] = true;
		group->counters[i] = 1000 * i + number;
	}
	group->live_bytes = fake_figure(1e6, 1e4, BASIS_SAMPLED);
	group->live_objects = fake_figure(1e3, 1e1, BASIS_SAMPLED);
	group->bytes_rate = fake_figure(1e5 + number, 1e3, BASIS_WINDOW);
	group->calls_rate = fake_figure(1e3, 1e1, BASIS_WINDOW);
	group->sampling_ratio = 0.01;
	group->cost_ratio = 0.004;
	group->coverage_ratio = 0.5;
	group->age_s = 1;
	group->hotspot_cnt = 2;
	group->hotspots[0] = (struct group_hotspot){"grow_list", 1e6};
	group->hotspots[1] = (struct group_hotspot){"parse", 1e5};
}

static inline void fake_host__process(struct host_process *process, unsigned int number,
				      const struct group *group)
{
	*process = (struct host_process){
		.tgid = 4242 + number,
		.start_ticks = 777,
		.exec_id = 1,
		.image = number + 1,
		.comm = group->comm,
		.exe = group->exe,
		.unit = group->unit,
		.runtime = "native",
		.allocator = "glibc",
		.rss_bytes = 1000000 * (number + 1),
		.anon_bytes = 500000,
		.cpu_ns = 1500000000,
		.cpu_ratio = 0.25,
		.state = number % TARGET_STATES,
	};
}

static inline void fake_host__self(struct self_stats *self)
{
	self->stages[STAGE_HIT] = 10007;
	self->losses[LOSS_MAP_FULL] = 3;
	self->runtimes[0] = "native";
	self->runtimes[1] = "";
	self->targets[0][TARGET_ATTACHED] = 5;
	self->map_cnt = 2;
	self->maps[0] = (struct self_map){"live", 17, 1024, 4096, 0};
	self->maps[1] = (struct self_map){"ring", -1, 8388608, 8388608, 0};
	self->program_cnt = 1;
	self->programs[0] = (struct self_program){"native_malloc", 101, 0.5, 0, 4096};
	self->collector_cnt = 1;
	self->collectors[0] = (struct self_collector){"sweep", 0.001, true};
	self->start_time_s = 1700000000;
	self->link = "session";
	self->reload_ok = self->ready = true;
	snprintf(self->kernel, sizeof(self->kernel), "6.18");
	snprintf(self->libbpf, sizeof(self->libbpf), "1.1");
}

/* @cnt groups of one process each; the first is the view's process. */
static inline struct host *fake_host__new(unsigned int cnt)
{
	struct host *host = host__new();

	assert_non_null(host);
	host->name = "host";
	host->wall_ns = 1700000100ULL * 1000000000;
	host->groups = host__alloc(host, (cnt + 1) * sizeof(*host->groups));
	host->processes = host__alloc(host, (cnt + 1) * sizeof(*host->processes));
	assert_non_null(host->groups);
	assert_non_null(host->processes);
	host->group_cnt = host->process_cnt = cnt;
	for (unsigned int i = 0; i < cnt; i++) {
		fake_host__group(host, &host->groups[i], i);
		fake_host__process(&host->processes[i], i, &host->groups[i]);
	}
	fake_host__self(&host->self);
	return host;
}

/* The fake view is calloc'ed and takes everything from its memory, as view__free wants it. */
static inline struct analysis *fake_analysis__new(struct fake_names *fake, uint64_t at_ns,
						  uint64_t number)
{
	struct view *view = fake_report__view(fake);
	struct analysis *analysis = analysis__new(view, advice__evaluate(view),
						  fake_names__source(fake), at_ns, number);

	assert_non_null(analysis);
	return analysis;
}

static inline struct publication *fake_publication__new(struct fake_names *fake, unsigned int cnt)
{
	struct analysis *analysis = fake_analysis__new(fake, 1, 1);
	struct publication *publication = publication__new(fake_host__new(cnt), analysis);

	assert_non_null(publication);
	analysis__unref(analysis);
	return publication;
}

#endif
