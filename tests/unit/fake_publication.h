/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A publication made by hand in which every family of metrics has a series: two groups, three
 * processes of which one has ended, three recommendations.
 */
#ifndef HB_FAKE_PUBLICATION_H
#define HB_FAKE_PUBLICATION_H

#include "advice/rule.h"
#include "export/publication.h"
#include "fake_host.h"

static inline void fake_group__fill(struct group *group)
{
	group->runtime = "native";
	group->allocator = "jemalloc";
	group->member_cnt = 2;
	group->attached_cnt = 1;
	group->rss_bytes = 52428800;
	group->anon_bytes = 41943040;
	for (int c = 0; c < GROUP_COUNTERS; c++) {
		group->counter_known[c] = true;
		group->counters[c] = 1000 + 7 * c;
	}
	group->counters[GROUP_OBSERVED_SECONDS] = 12.25;
	group->live_bytes = fake_figure_of(1048576, BASIS_SAMPLED);
	group->live_bytes.stderr_abs = 1048576 / 8.0;
	group->live_objects = fake_figure_of(1009, BASIS_SAMPLED);
	group->peak_bytes = fake_figure_of(2097152, BASIS_SAMPLED);
	group->bytes_rate = fake_figure_of(5e6, BASIS_EXACT);
	group->calls_rate = fake_figure_of(2e4, BASIS_EXACT);
	group->sampling_ratio = 0.001953125;
	group->cost_ratio = 0.0078125;
	group->coverage_ratio = 0.5;
	group->age_s = 0.25;
	group->charge_intervals = 13;
	group->charge_kept = 12;
	group->growth[GROWTH_LIVE] = TREND_GROWING;
	group->growth[GROWTH_RESIDENT] = TREND_FLAT;
	group->sizes.known = group->lifetimes.known = true;
	for (int b = 0; b < GROUP_BUCKETS; b++)
		group->sizes.counts[b] = group->lifetimes.counts[b] = 13 - b;
	group->sizes.sum = 1014;
	group->lifetimes.sum = 3.5;
	group->hotspots[0] = (struct group_hotspot){"sdsnewlen", 400000};
	group->hotspots[1] = (struct group_hotspot){"std::vector<int>::push_back(int&&)", 300000};
	group->hotspot_cnt = 2;
	group->live = (struct group_functions){{{"dictAddRaw", 500000}, {"[libc.so.6]", 1000}}, 2};
}

static inline void fake_go__fill(struct group_go *go)
{
	go->known = true;
	go->version = "go1.26.4";
	go->profile = "on";
	go->pacing = "on";
	go->live_heap_bytes = 33554432;
	go->heap_goal_bytes = 50331648;
	go->stack_bytes = 524288;
	go->memory_limit_bytes = 104857600;
	go->gogc_ratio = 1;
	go->gc_cpu_ratio = 0.03125;
	go->goroutines = 211;
	go->goroutines_growth = TREND_FLAT;
	for (int c = 0; c < GROUP_GO_COUNTERS; c++) {
		go->counter_known[c] = true;
		go->counters[c] = 97 + c;
	}
	go->counters[GROUP_GO_PAUSE_SECONDS] = 0.015625;
	go->pauses = (struct group_histogram){true, {1, 5, 13, 53, 23, 2}, 0.0078125};
	go->started = (struct group_functions){
		{{"net/http.(*Server).Serve", 127}, {"main.(*Pool[...]).start", 83}}, 2};
	go->classes[0] = (struct group_go_class){0, "large", 17, 1114112};
	go->classes[1] = (struct group_go_class){48, "48", 10007, 480336};
	go->class_cnt = 2;
}

static inline void fake_self__fill(struct self_stats *self)
{
	for (unsigned int i = 0; i < SELF_STAGES; i++)
		self->stages[i] = 10007 - i;
	for (unsigned int i = 0; i < SELF_LOSSES; i++)
		self->losses[i] = i;
	self->probes[PROBE_LINKED] = 10;
	self->attach_failures[ATTACH_GONE] = 1;
	self->runtimes[0] = "";
	self->runtimes[1] = "native";
	self->targets[0][TARGET_UNWANTED] = 90;
	self->targets[1][TARGET_ATTACHED] = 2;
	self->map_cnt = 1;
	self->maps[0] = (struct self_map){"live", 17, 524288, 33554432, 0};
	self->program_cnt = 1;
	self->programs[0] = (struct self_program){"native_malloc", 10007, 0.0125, 0, 0};
	self->collector_cnt = 1;
	self->collectors[0] = (struct self_collector){"sweep", 0.0005, true};
	self->cpu_s = 1.5;
	self->start_time_s = 1700000000.25;
	self->rss_bytes = 20 << 20;
	self->vsz_bytes = 200 << 20;
	self->bpf_bytes = 50 << 20;
	self->fds = 31;
	self->max_fds = 1024;
	self->reload_ok = true;
	self->reload_at_s = 1700000001;
	self->attach_backlog = 3;
	self->attached_total = 5;
	self->released_total = 4;
	self->hit_ns = 1000;
	self->return_ns = 500;
	self->sample_ns = 4000;
	self->link = "session";
	snprintf(self->kernel, sizeof(self->kernel), "6.18.5");
	snprintf(self->libbpf, sizeof(self->libbpf), "1.1.2");
	self->series_dropped = 2;
	self->ready = true;
}

static inline struct advice_list *fake_advice_of(struct view_process *processes)
{
	struct advice_list *list = calloc(1, sizeof(*list));

	assert_non_null(list);
	list->items = calloc(3, sizeof(*list->items));
	assert_non_null(list->items);
	list->cnt = 3;
	for (int i = 0; i < 3; i++)
		list->items[i] = (struct advice){.rule = rules[0],
						 .process = &processes[i / 2],
						 .severity = SEVERITY_HIGH,
						 .state = ADVICE_NEW};
	return list;
}

static inline struct publication *fake_publication__new(void)
{
	struct publication *publication = calloc(1, sizeof(*publication));
	struct analysis *analysis = calloc(1, sizeof(*analysis));
	struct host *host = host__new();

	assert_true(publication && analysis && host);
	publication->host = host;
	publication->analysis = analysis;
	host->groups = host__alloc(host, 2 * sizeof(*host->groups));
	host->processes = host__alloc(host, 2 * sizeof(*host->processes));
	analysis->view = view__new();
	assert_true(host->groups && host->processes && analysis->view);
	host->group_cnt = host->process_cnt = 2;
	host->groups[0] = (struct group){.id = "0badcafe",
					 .comm = "redis-server",
					 .exe = "redis-check-rdb",
					 .unit = "redis.service"};
	host->groups[1] = (struct group){.id = "7f3a9100", .comm = "cc1", .exe = "cc1", .unit = ""};
	fake_group__fill(&host->groups[0]);
	fake_group__fill(&host->groups[1]);
	host->groups[1].allocator = "glibc";
	fake_go__fill(&host->groups[1].go);
	host->processes[0] = (struct host_process){.tgid = 11, .start_ticks = 77, .exec_id = 1};
	host->processes[1] =
		(struct host_process){.tgid = 12, .start_ticks = 84, .exec_id = 1, .group = 1};
	fake_self__fill(&host->self);
	analysis->view->processes = view__alloc(analysis->view, 2 * sizeof(struct view_process));
	assert_non_null(analysis->view->processes);
	analysis->view->process_cnt = 2;
	analysis->view->processes[0].tgid = 11;
	analysis->view->processes[0].start_ticks = 77;
	analysis->view->processes[0].exec_id = 1;
	/* Of an image that is no more. */
	analysis->view->processes[1].tgid = 12;
	analysis->view->processes[1].start_ticks = 84;
	analysis->view->processes[1].exec_id = 0;
	analysis->advice = fake_advice_of(analysis->view->processes);
	return publication;
}

static inline void fake_publication__free(struct publication *publication)
{
	host__free(publication->host);
	free(publication->analysis->advice->items);
	free(publication->analysis->advice);
	view__free(publication->analysis->view);
	free(publication->analysis);
	free(publication);
}

#endif
