/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A view that is worth looking at, for the tests of the page: many deep stacks that grow at different
 * rates, and what a collector of Go says. Say FAKE_STACKS before including it.
 */
#ifndef HB_FAKE_PAGE_H
#define HB_FAKE_PAGE_H

#include "fake_report.h"

#define FAKE_PAGE_FIRST 7 /* frames above those of fake_report.h */

static inline void fake_page__names(struct fake_names *fake)
{
	static const char *const roots[] = {"http::Server", "parse", "db::Pool", "cache",
					    "json",	    "log",   "net::tls"};
	static char names[FAKE_FRAMES][48];

	for (unsigned int i = FAKE_PAGE_FIRST; i < FAKE_FRAMES; i++) {
		snprintf(names[i], sizeof(names[i]), "%s::step_%02u", roots[i % 7], i);
		fake_names__set(fake, i, names[i], NULL);
	}
	/* what a page must show as text */
	fake_names__set(fake, FAKE_PAGE_FIRST + 1, "<img src=x onerror=alert(1)>", NULL);
}

/* @cnt stacks of 8 to 40 frames, always the same ones; what they have allocated goes with @moment. */
static inline void fake_page__stacks(struct view *view, unsigned int cnt, unsigned int moment)
{
	struct view_process *process = view->processes;
	unsigned int frames[40], seed = 17;

	for (unsigned int i = 0; i < cnt; i++) {
		unsigned int depth = 8 + i % 33, calls = 1 + i % 5;

		for (unsigned int k = 0; k < depth; k++) {
			seed = seed * 1103515245 + 12345;
			/* those near the root are shared */
			frames[k] =
				FAKE_PAGE_FIRST +
				(seed >> 16) % (k + 4 > depth ? 3 : FAKE_FRAMES - FAKE_PAGE_FIRST);
		}
		frames[depth - 1] = 4;
		calls *= moment + (i % 3 == 0 ? moment * moment / 2 : 0);
		fake_view__stack(view, HB_MALLOC, calls, 64U << (i % 9), depth, frames);
	}
	process->observed_s = process->span_s = 100 + 5.0 * moment;
	view->wall_ns += moment * 5000000000ULL;
	fake_view__total(view);
}

/* A collector beside malloc's heap, as with cgo: its stacks are not known. */
static inline void fake_page__collector(struct view *view, unsigned int moment)
{
	struct view_go *go = view__alloc(view, sizeof(*go));

	assert_non_null(go);
	go->version = "go1.26.4";
	go->coverage = "";
	go->state_known = true;
	go->state = (struct record_go_state){.gogc = 100,
					     .memory_limit_bytes = 64 << 20,
					     .heap_live_bytes = 20000000 + 1000000 * moment,
					     .heap_goal_bytes = 40000000 + 500000 * moment,
					     .cycles = 600 + moment,
					     .goroutines = 211};
	go->gc_cpu_ratio = 0.03;
	go->interval_s = fake_figure(0.4, 0.01, BASIS_SAMPLED);
	go->pause_s = fake_figure(0.0002, 0.00001, BASIS_SAMPLED);
	go->bytes = go->calls = fake_figure(1e6 * moment, 0, BASIS_EXACT);
	go->cycle_cnt = go->point_cnt = 64;
	go->cycles = view__alloc(view, go->cycle_cnt * sizeof(*go->cycles));
	go->at_s = view__alloc(view, go->point_cnt * sizeof(double));
	go->live_points = view__alloc(view, go->point_cnt * sizeof(double));
	for (unsigned int i = 0; i < 64; i++) {
		go->cycles[i] = (struct view_go_cycle){
			.cycle = 500 + i,
			.ended_wall_ns = view->wall_ns - (64 - i) * 400000000ULL,
			.pause_ns = 50000 + (i * i % 17) * 20000,
			.mark_ns = 2000000,
			.cause = i % 9 ? GO_CAUSE_HEAP : GO_CAUSE_FORCED};
		go->at_s[i] = 70 + 0.5 * i;
		go->live_points[i] = 15e6 + 1e5 * i;
	}
	view->processes[0].go = go;
	view->processes[0].runtime = "go";
}

#endif
