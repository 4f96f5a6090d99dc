// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/image_go.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"

#include "base/banned.h"

#define PPM	    1000000
#define TICKS_PER_S 100 /* USER_HZ, in which /proc tells starts */

/* A reading is not atomic: a number that falls is one that was read too high. */
static void go_count__see(struct go_count *count, double seen, bool from_start)
{
	if (!count->known) {
		count->known = true;
		count->seen = seen;
		count->given = from_start ? 0 : seen;
	}
	count->seen = fmax(count->seen, seen);
}

double go_count__take(struct go_count *count)
{
	double more = count->seen - count->given;

	count->given = count->seen;
	return more;
}

bool image_go__is_fresh(const struct image_go *go, uint64_t now_ns)
{
	return go->read && (now_ns <= go->read_ns || now_ns - go->read_ns <= GO_READING_STALE_NS);
}

/* The runtime gives the share of the CPU that is there for it, GOMAXPROCS x time since its start. */
static double gc_cpu(const struct record_go_state *state, double age_s)
{
	if (state->gc_cpu_ppm > PPM || !state->procs || age_s < 0)
		return -1;
	return (double)state->gc_cpu_ppm / PPM * state->procs * age_s;
}

static void see_state(struct image_go *go, const struct view_process *process, bool from_start)
{
	const struct view_go *view = process->go;
	const struct record_go_state *state = &view->state;
	double begun_s = (double)process->start_ticks / TICKS_PER_S;

	/* A light view and an analysis may come in any order. */
	if (!view->state_known || (go->read && view->read_ns < go->read_ns))
		return;
	go->read = true;
	go->read_ns = view->read_ns;
	go->state = *state;
	go->gc_cpu_s = gc_cpu(state, (double)view->read_ns / 1e9 - begun_s);
	go->profiled = view->profile_rate_bytes > 0;
	text__label(go->version, sizeof(go->version), view->version);
	go_count__see(&go->counters[GROUP_GO_CYCLES], (double)state->cycles, from_start);
	go_count__see(&go->counters[GROUP_GO_FORCED_CYCLES], (double)state->forced_cycles,
		      from_start);
	go_count__see(&go->counters[GROUP_GO_PAUSE_SECONDS], (double)state->pause_total_ns / 1e9,
		      from_start);
}

static struct image_go_class *find_class(struct image_go *go, uint64_t size_bytes)
{
	for (size_t i = 0; i < go->class_cnt; i++)
		if (go->classes[i].size_bytes == size_bytes)
			return &go->classes[i];
	if (go->class_cnt == IMAGE_GO_CLASSES)
		return NULL;
	go->classes[go->class_cnt].size_bytes = size_bytes;
	return &go->classes[go->class_cnt++];
}

/* A class that is used for the first time after the others has been counted from its start. */
static void see_classes(struct image_go *go, const struct view_go *view, bool from_start)
{
	bool first = !go->class_cnt && !from_start;

	for (size_t i = 0; i < view->class_cnt; i++) {
		const struct view_go_class *row = &view->classes[i];
		struct image_go_class *to = find_class(go, row->size_bytes);

		if (!to)
			continue;
		go_count__see(&to->allocations, (double)row->mallocs, !first);
		go_count__see(&to->allocated_bytes, (double)row->allocated_bytes, !first);
	}
}

static size_t pause_bucket(double s)
{
	size_t bucket = 0;

	while (bucket < GROUP_BUCKETS - 1 && s > life_bucket__bound_s(bucket))
		bucket++;
	return bucket;
}

static void see_cycles(struct image_go *go, const struct view_go *view, bool from_start)
{
	bool first = !go->pauses_known && !from_start;

	if (view->cycle_cnt)
		go->pauses_known = true;
	for (size_t i = 0; i < view->cycle_cnt; i++) {
		const struct view_go_cycle *cycle = &view->cycles[i];
		double s = (double)cycle->pause_ns / 1e9;

		if (cycle->cycle <= go->cycle)
			continue;
		go->cycle = cycle->cycle;
		if (first)
			continue;
		go->pauses[pause_bucket(s)]++;
		go->pause_sum_s += s;
	}
}

int image_go__see(struct image_go **go, const struct view_process *process, bool from_start)
{
	const struct view_go *view = process->go;

	if (!*go) {
		*go = calloc(1, sizeof(**go));
		if (!*go)
			return -ENOMEM;
	}
	see_state(*go, process, from_start);
	see_classes(*go, view, from_start);
	see_cycles(*go, view, from_start);
	return 0;
}

int image_go__see_sites(struct image_go *go, const struct view_go *view)
{
	struct by_function started = {.cnt = 0};
	int err = 0;

	for (size_t i = 0; i < view->goroutine_site_cnt && !err; i++) {
		const struct view_go_site *site = &view->goroutines[i];
		const char *function = site->function;

		if (!function || !*function)
			function = site->created.module ? "[unknown]" : "[main]";
		err = by_function__add(&started, function, (double)site->cnt);
	}
	if (err) {
		by_function__release(&started);
		return err;
	}
	by_function__release(&go->started);
	go->started = started;
	go->growth = TREND_UNKNOWN;
	if (view->goroutine_growth.basis != BASIS_UNKNOWN)
		go->growth = view->goroutines_growing ? TREND_GROWING : TREND_FLAT;
	return 0;
}

void image_go__free(struct image_go *go)
{
	if (!go)
		return;
	by_function__release(&go->started);
	free(go);
}
