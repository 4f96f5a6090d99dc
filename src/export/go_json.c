// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/go_json.h"

#include "export/distribution_json.h"
#include "export/go_looks_json.h"
#include "export/go_words.h"

#include "base/banned.h"

#define CYCLES_SHOWN 32 /* the last ones: medians are of all that are kept */

static void add_parts(struct json_doc *doc, json_t *json, const struct view_go *go)
{
	json_t *list = json_doc__array(doc, json, "parts");

	for (uint32_t part = 1; part; part <<= 1)
		if (go->parts & part && *go_part__name(part))
			json_doc__string(doc, list, NULL, go_part__name(part));
}

static void add_figures(struct json_doc *doc, json_t *json, const struct view_go *go)
{
	const struct {
		const char *key;
		const struct figure *figure;
	} rows[] = {
		{"calls", &go->calls},
		{"bytes", &go->bytes},
		{"frees", &go->frees},
		{"calls_rate", &go->calls_rate},
		{"bytes_rate", &go->bytes_rate},
		{"frees_rate", &go->frees_rate},
		{"recent_calls_rate", &go->recent_calls_rate},
		{"recent_bytes_rate", &go->recent_bytes_rate},
		{"recent_frees_rate", &go->recent_frees_rate},
		{"live_bytes", &go->live_bytes},
		{"live_objects", &go->live_objects},
		{"live_growth", &go->live_growth},
		{"peak_bytes", &go->peak_bytes},
	};
	json_t *figures = json_doc__object(doc, json, "figures");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_doc__figure(doc, figures, rows[i].key, rows[i].figure);
	if (go->live_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(doc, figures, "growing", go->growing);
}

static void add_state(struct json_doc *doc, json_t *json, const struct record_go_state *state)
{
	json_t *to = json_doc__object(doc, json, "state");

	if (state->gogc >= 0)
		json_doc__count(doc, to, "gogc_percent", (uint64_t)state->gogc);
	else
		json_doc__bool(doc, to, "gogc_off", true);
	if (go_state__has_limit(state))
		json_doc__count(doc, to, "memory_limit_bytes", state->memory_limit_bytes);
	json_doc__count(doc, to, "heap_live_bytes", state->heap_live_bytes);
	json_doc__count(doc, to, "heap_marked_bytes", state->heap_marked_bytes);
	if (state->heap_goal_bytes)
		json_doc__count(doc, to, "heap_goal_bytes", state->heap_goal_bytes);
	json_doc__count(doc, to, "heap_in_use_bytes", state->in_heap_bytes);
	json_doc__count(doc, to, "stack_in_use_bytes", state->in_stacks_bytes);
	json_doc__count(doc, to, "committed_bytes", state->committed_bytes);
	json_doc__count(doc, to, "released_bytes", state->released_bytes);
	json_doc__count(doc, to, "goroutines", state->goroutines);
	if (state->procs)
		json_doc__count(doc, to, "procs", state->procs);
}

static void add_cycle(struct json_doc *doc, json_t *list, const struct view_go_cycle *cycle)
{
	json_t *json = json_doc__object(doc, list, NULL);

	if (cycle->cycle)
		json_doc__count(doc, json, "cycle", cycle->cycle);
	json_doc__number(doc, json, "ended_s", (double)cycle->ended_wall_ns / 1e9);
	if (cycle->pause_ns)
		json_doc__number(doc, json, "pause_s", (double)cycle->pause_ns / 1e9);
	if (cycle->mark_ns)
		json_doc__number(doc, json, "mark_s", (double)cycle->mark_ns / 1e9);
	json_doc__string(doc, json, "cause", go_cause__name(cycle->cause));
}

static void add_gc(struct json_doc *doc, json_t *json, const struct view_go *go)
{
	size_t from = go->cycle_cnt > CYCLES_SHOWN ? go->cycle_cnt - CYCLES_SHOWN : 0;
	json_t *gc = json_doc__object(doc, json, "gc"), *list;

	if (go->state_known) {
		json_doc__count(doc, gc, "cycles_total", go->state.cycles);
		json_doc__count(doc, gc, "forced_cycles_total", go->state.forced_cycles);
		json_doc__number(doc, gc, "pause_total_s", (double)go->state.pause_total_ns / 1e9);
	}
	json_doc__figure(doc, gc, "cycles_rate", &go->cycles_rate);
	json_doc__figure(doc, gc, "interval_s", &go->interval_s);
	json_doc__figure(doc, gc, "interval_p99_s", &go->interval_p99_s);
	json_doc__figure(doc, gc, "pause_s", &go->pause_s);
	json_doc__figure(doc, gc, "pause_p99_s", &go->pause_p99_s);
	if (go->gc_cpu_ratio >= 0)
		json_doc__number(doc, gc, "cpu_ratio", go->gc_cpu_ratio);
	list = json_doc__array(doc, gc, "cycles");
	for (size_t i = from; i < go->cycle_cnt; i++)
		add_cycle(doc, list, &go->cycles[i]);
}

static void add_place(struct json_doc *doc, json_t *list, const struct view_go_site *place)
{
	json_t *json = json_doc__object(doc, list, NULL);

	json_doc__string(doc, json, "function", place->function);
	json_doc__string(doc, json, "file", place->file);
	if (place->line)
		json_doc__count(doc, json, "line", place->line);
	json_doc__string(doc, json, "entry_function", place->entry_function);
	json_doc__count(doc, json, "goroutines", place->cnt);
	json_doc__count(doc, json, "running", place->by_status[GO_STATUS_RUNNING]);
	json_doc__count(doc, json, "syscall", place->by_status[GO_STATUS_SYSCALL]);
	json_doc__count(doc, json, "waiting", place->by_status[GO_STATUS_WAITING]);
	if (place->longest_wait_s >= 0)
		json_doc__number(doc, json, "longest_wait_s", place->longest_wait_s);
	json_doc__figure(doc, json, "growth", &place->growth);
	if (place->growth.basis != BASIS_UNKNOWN)
		json_doc__bool(doc, json, "growing", place->growing);
}

static void add_goroutines(struct json_doc *doc, json_t *json, const struct view_go *go,
			   size_t limit)
{
	json_t *goroutines = json_doc__object(doc, json, "goroutines"), *list;

	json_doc__figure(doc, goroutines, "growth", &go->goroutine_growth);
	if (go->goroutine_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(doc, goroutines, "growing", go->goroutines_growing);
	json_doc__count(doc, goroutines, "not_placed", go->goroutines_dropped);
	list = json_doc__array(doc, goroutines, "created_by");
	for (size_t i = 0; i < go->goroutine_site_cnt && (!limit || i < limit); i++)
		add_place(doc, list, &go->goroutines[i]);
}

static void add_classes(struct json_doc *doc, json_t *json, const struct view_go *go)
{
	json_t *list = json_doc__array(doc, json, "size_classes");

	for (size_t i = 0; i < go->class_cnt; i++) {
		const struct view_go_class *class = &go->classes[i];
		json_t *row = json_doc__object(doc, list, NULL);

		if (class->size_bytes)
			json_doc__count(doc, row, "size_bytes", class->size_bytes);
		json_doc__count(doc, row, "mallocs", class->mallocs);
		json_doc__count(doc, row, "frees", class->frees);
		json_doc__count(doc, row, "allocated_bytes", class->allocated_bytes);
		json_doc__count(doc, row, "freed_bytes", class->freed_bytes);
		if (class->mallocs_rate >= 0)
			json_doc__number(doc, row, "mallocs_rate", class->mallocs_rate);
		if (class->bytes_rate >= 0)
			json_doc__number(doc, row, "bytes_rate", class->bytes_rate);
	}
}

void go_json__write(struct json_doc *doc, json_t *item, const struct view_go *go, size_t limit)
{
	json_t *json = json_doc__object(doc, item, "go");

	json_doc__string(doc, json, "version", go->version);
	add_parts(doc, json, go);
	json_doc__string(doc, json, "coverage", go->coverage);
	json_doc__bool(doc, json, "primary", go->primary);
	json_doc__number(doc, json, "span_s", go->span_s);
	json_doc__count(doc, json, "profile_rate_bytes", go->profile_rate_bytes);
	json_doc__string(doc, json, "sites_basis", basis__name(go->site_basis));
	if (go->site_basis != BASIS_UNKNOWN) {
		json_doc__number(doc, json, "sites_span_s", go->site_span_s);
		json_doc__count(doc, json, "dropped_buckets", go->dropped_buckets);
	}
	json_doc__count(doc, json, "samples", go->sample_n);
	add_figures(doc, json, go);
	if (go->state_known)
		add_state(doc, json, &go->state);
	add_gc(doc, json, go);
	add_goroutines(doc, json, go, limit);
	add_classes(doc, json, go);
	go_looks_json__write(doc, json, go, limit);
}

void go_json__write_brief(struct json_doc *doc, json_t *item, const struct view_go *go)
{
	json_t *json = json_doc__object(doc, item, "go");

	json_doc__string(doc, json, "version", go->version);
	json_doc__string(doc, json, "coverage", go->coverage);
	json_doc__bool(doc, json, "primary", go->primary);
	json_doc__figure(doc, json, "live_bytes", &go->live_bytes);
	json_doc__figure(doc, json, "bytes_rate", &go->bytes_rate);
	json_doc__figure(doc, json, "interval_s", &go->interval_s);
	if (go->gc_cpu_ratio >= 0)
		json_doc__number(doc, json, "gc_cpu_ratio", go->gc_cpu_ratio);
	if (!go->state_known)
		return;
	json_doc__count(doc, json, "heap_live_bytes", go->state.heap_live_bytes);
	if (go->state.heap_goal_bytes)
		json_doc__count(doc, json, "heap_goal_bytes", go->state.heap_goal_bytes);
	json_doc__count(doc, json, "goroutines", go->state.goroutines);
}
