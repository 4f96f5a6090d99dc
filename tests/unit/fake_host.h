/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ticks made by hand for the tests of groups and metrics: the processes of a host, and a view with
 * what was seen of them. Process P has tgid P, start 7 P, exec generation 1, image number P.
 */
#ifndef HB_FAKE_HOST_H
#define HB_FAKE_HOST_H

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <setjmp.h>
#include <cmocka.h>

#include "model/groups.h"

#define FAKE_SECOND    1000000000ULL
#define FAKE_PROCESSES 2048

struct fake_host {
	struct host_process processes[FAKE_PROCESSES];
	size_t process_cnt;
	struct view_process seen[64];
	size_t seen_cnt;
	uint64_t now_ns;
	uint64_t analysis_number; /* the view counts as a folded one with this number; 0: not */
};

static inline struct fake_host *fake_host__new(void)
{
	struct fake_host *fake = calloc(1, sizeof(*fake));

	assert_non_null(fake);
	fake->now_ns = 1000 * FAKE_SECOND;
	return fake;
}

static inline struct host_process *fake_host__add(struct fake_host *fake, uint32_t tgid,
						  const char *comm)
{
	struct host_process *process = &fake->processes[fake->process_cnt++];

	assert_true(fake->process_cnt <= FAKE_PROCESSES);
	*process = (struct host_process){
		.tgid = tgid,
		.start_ticks = 7 * (uint64_t)tgid,
		.exec_id = 1,
		.comm = comm,
		.exe = "prog",
		.unit = "prog.service",
		.runtime = "native",
		.allocator = "glibc",
		.rss_bytes = 1 << 20,
		.anon_bytes = 1 << 19,
		.cpu_ns = FAKE_SECOND,
		.state = TARGET_ATTACHED,
	};
	return process;
}

static inline struct figure fake_figure_of(double value, enum basis basis)
{
	return (struct figure){.value = value, .low = value, .high = value, .basis = basis};
}

/* What was seen of process @tgid, in @mode, after @calls calls of 100 bytes in @observed_s. */
static inline struct view_process *fake_host__see(struct fake_host *fake, uint32_t tgid,
						  enum plan_mode mode, uint64_t calls,
						  double observed_s)
{
	struct view_process *seen = NULL;

	for (size_t i = 0; i < fake->seen_cnt; i++)
		if (fake->seen[i].tgid == tgid)
			seen = &fake->seen[i];
	if (!seen)
		seen = &fake->seen[fake->seen_cnt++];
	assert_true(fake->seen_cnt <= 64);
	seen->image = seen->tgid = tgid;
	seen->start_ticks = 7 * (uint64_t)tgid;
	seen->exec_id = 1;
	seen->mode = mode;
	seen->window_cnt = 1;
	seen->observed_s = seen->sums.observed_s = observed_s;
	seen->last_seen_ns = fake->now_ns;
	seen->sums.calls = calls;
	seen->sums.bytes = 100 * calls;
	seen->calls = fake_figure_of((double)calls, BASIS_EXACT);
	seen->bytes = fake_figure_of(100 * (double)calls, BASIS_EXACT);
	seen->frees_fig = fake_figure_of((double)seen->sums.frees, BASIS_EXACT);
	return seen;
}

static inline void fake_host__rate(struct view_process *seen, double calls_per_s)
{
	seen->recent_calls_rate = fake_figure_of(calls_per_s, BASIS_WINDOW);
	seen->recent_bytes_rate = fake_figure_of(100 * calls_per_s, BASIS_WINDOW);
	seen->recent_frees_rate = fake_figure_of(calls_per_s / 2, BASIS_WINDOW);
}

/* The process has ended: no longer alive, and the view says so. */
static inline void fake_host__end(struct fake_host *fake, uint32_t tgid)
{
	size_t kept = 0;

	for (size_t i = 0; i < fake->process_cnt; i++)
		if (fake->processes[i].tgid != tgid)
			fake->processes[kept++] = fake->processes[i];
	fake->process_cnt = kept;
	for (size_t i = 0; i < fake->seen_cnt; i++)
		if (fake->seen[i].tgid == tgid)
			fake->seen[i].exited = true;
}

/* A host with its groups, @s seconds after the last one. */
static inline struct host *fake_host__tick(struct fake_host *fake, struct groups *groups, double s)
{
	struct view view = {.processes = fake->seen, .process_cnt = fake->seen_cnt};
	struct host *host = host__new();
	size_t bytes = fake->process_cnt * sizeof(*fake->processes);

	assert_non_null(host);
	fake->now_ns += (uint64_t)(s * 1e9);
	host->at_ns = fake->now_ns;
	host->processes = host__alloc(host, bytes);
	assert_non_null(host->processes);
	memcpy(host->processes, fake->processes, bytes);
	host->process_cnt = fake->process_cnt;
	assert_int_equal(groups__update(groups, host, &view, fake->analysis_number ? &view : NULL,
					fake->analysis_number),
			 0);
	return host;
}

static inline const struct group *fake_group(const struct host *host, const char *comm)
{
	for (size_t i = 0; i < host->group_cnt; i++)
		if (!strcmp(host->groups[i].comm, comm))
			return &host->groups[i];
	return NULL;
}

#endif
