// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/stacks_json.h"

#include "export/go_words.h"
#include "export/json.h"

#include "base/banned.h"

static void add_settings(struct json_doc *doc, json_t *item, const struct record_go_state *state)
{
	if (state->gogc >= 0)
		json_doc__count(doc, item, "gogc_percent", (uint64_t)state->gogc);
	else
		json_doc__bool(doc, item, "gogc_off", true);
	if (go_state__has_limit(state))
		json_doc__count(doc, item, "memory_limit_bytes", state->memory_limit_bytes);
	json_doc__count(doc, item, "heap_live_bytes", state->heap_live_bytes);
	if (state->heap_goal_bytes)
		json_doc__count(doc, item, "heap_goal_bytes", state->heap_goal_bytes);
	json_doc__count(doc, item, "cycles_total", state->cycles);
	json_doc__count(doc, item, "forced_cycles_total", state->forced_cycles);
	json_doc__number(doc, item, "pause_total_s", (double)state->pause_total_ns / 1e9);
	json_doc__count(doc, item, "goroutines", state->goroutines);
}

static void add_cycles(struct json_doc *doc, json_t *item, const struct view_go *go)
{
	json_t *list = json_doc__array(doc, item, "cycles");

	for (size_t i = 0; i < go->cycle_cnt; i++) {
		const struct view_go_cycle *cycle = &go->cycles[i];
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
}

static void add_left_over(struct json_doc *doc, json_t *item, const struct view_go *go)
{
	json_t *list = json_doc__array(doc, item, "left_over");

	for (size_t i = 0; i < go->point_cnt; i++) {
		json_t *json = json_doc__object(doc, list, NULL);

		json_doc__number(doc, json, "after_s", go->at_s[i]);
		json_doc__number(doc, json, "bytes", go->live_points[i]);
	}
}

static void add_program(struct json_doc *doc, const struct view_process *process)
{
	const struct view_go *go = process->go;
	json_t *item = json_doc__object(doc, doc->items, NULL);

	json_doc__process(doc, item, process);
	json_doc__string(doc, item, "version", go->version);
	json_doc__string(doc, item, "coverage", go->coverage);
	json_doc__number(doc, item, "span_s", process->span_s);
	if (go->state_known)
		add_settings(doc, item, &go->state);
	json_doc__figure(doc, item, "cycles_rate", &go->cycles_rate);
	json_doc__figure(doc, item, "interval_s", &go->interval_s);
	json_doc__figure(doc, item, "interval_p99_s", &go->interval_p99_s);
	json_doc__figure(doc, item, "pause_s", &go->pause_s);
	json_doc__figure(doc, item, "pause_p99_s", &go->pause_p99_s);
	if (go->gc_cpu_ratio >= 0)
		json_doc__number(doc, item, "gc_cpu_ratio", go->gc_cpu_ratio);
	add_cycles(doc, item, go);
	add_left_over(doc, item, go);
}

int gc_json__write(FILE *file, const struct flame_source *source)
{
	struct json_doc doc;
	size_t cnt = flame__process_cnt(source), shown = 0;

	json_doc__init(&doc, "gc", source->view);
	for (size_t i = 0; i < cnt && shown < STACKS_PROCESSES_MAX; i++) {
		const struct view_process *process = flame__process(source, i);

		if (!process->go)
			continue;
		add_program(&doc, process);
		shown++;
	}
	return json_doc__write(&doc, file);
}
