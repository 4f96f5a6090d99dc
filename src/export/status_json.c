// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/status_json.h"

#include "export/json.h"
#include "export/processes_json.h"

#include "base/banned.h"

static const char *const stage_names[SELF_STAGES] = {
	[STAGE_HIT] = "hit",	     [STAGE_SAMPLED] = "sampled", [STAGE_DELIVERED] = "delivered",
	[STAGE_TRACKED] = "tracked", [STAGE_COUNTED] = "counted", [STAGE_INSERTED] = "inserted",
	[STAGE_FREED] = "freed",     [STAGE_PURGED] = "purged",
};

static const char *const loss_names[SELF_LOSSES] = {
	[LOSS_RINGBUF_FULL] = "ringbuf_full", [LOSS_MAP_FULL] = "map_full",
	[LOSS_STACK_FAULT] = "stack_fault",   [LOSS_STALE_PID] = "stale_pid",
	[LOSS_QUEUE_FULL] = "queue_full",     [LOSS_RATE_LIMITED] = "rate_limited",
	[LOSS_FREE_RECORD] = "free_record",   [LOSS_TASK_STORAGE] = "task_storage",
	[LOSS_UNPAIRED] = "unpaired",
};

static const char *const probe_names[SELF_PROBES] = {
	[PROBE_LINKED] = "linked",
	[PROBE_UNUSABLE] = "unusable",
};

static const char *const failure_names[SELF_ATTACH_FAILURES] = {
	[ATTACH_GONE] = "gone",
	[ATTACH_REFUSED] = "refused",
	[ATTACH_PERMISSION] = "permission",
	[ATTACH_NO_ROOM] = "no_room",
	[ATTACH_OTHER] = "other",
};

static json_t *add_item(struct json_doc *doc, const char *kind, const char *name)
{
	json_t *item = json_doc__object(doc, doc->items, NULL);

	json_doc__string(doc, item, "kind", kind);
	json_doc__string(doc, item, "name", name);
	return item;
}

static void add_counts(struct json_doc *doc, json_t *item, const char *key, const uint64_t *counts,
		       const char *const *names, size_t cnt)
{
	json_t *object = json_doc__object(doc, item, key);

	for (size_t i = 0; i < cnt; i++)
		json_doc__count(doc, object, names[i], counts[i]);
}

static void add_daemon(struct json_doc *doc, const struct self_stats *self)
{
	json_t *item = add_item(doc, "daemon", "heapbeat");

	json_doc__text(doc, item, "version", HEAPBEAT_VERSION);
	json_doc__string(doc, item, "kernel", self->kernel);
	json_doc__string(doc, item, "libbpf", self->libbpf);
	json_doc__string(doc, item, "link", self->link);
	json_doc__bool(doc, item, "ready", self->ready);
	json_doc__number(doc, item, "start_time_s", self->start_time_s);
	json_doc__number(doc, item, "cpu_s", self->cpu_s);
	json_doc__count(doc, item, "rss_bytes", self->rss_bytes);
	json_doc__count(doc, item, "vsz_bytes", self->vsz_bytes);
	json_doc__count(doc, item, "bpf_bytes", self->bpf_bytes);
	json_doc__count(doc, item, "fds", self->fds);
	json_doc__count(doc, item, "max_fds", self->max_fds);
	json_doc__bool(doc, item, "reload_ok", self->reload_ok);
	json_doc__count(doc, item, "attach_backlog", self->attach_backlog);
	json_doc__count(doc, item, "attached_total", self->attached_total);
	json_doc__count(doc, item, "released_total", self->released_total);
	json_doc__count(doc, item, "series_dropped", self->series_dropped);
	json_doc__number(doc, item, "hit_ns", self->hit_ns);
	json_doc__number(doc, item, "return_ns", self->return_ns);
	json_doc__number(doc, item, "sample_ns", self->sample_ns);
	add_counts(doc, item, "events", self->stages, stage_names, SELF_STAGES);
	add_counts(doc, item, "lost", self->losses, loss_names, SELF_LOSSES);
	add_counts(doc, item, "probes", self->probes, probe_names, SELF_PROBES);
	add_counts(doc, item, "attach_failures", self->attach_failures, failure_names,
		   SELF_ATTACH_FAILURES);
}

static void add_collectors(struct json_doc *doc, const struct self_stats *self)
{
	for (size_t i = 0; i < self->collector_cnt; i++) {
		json_t *item = add_item(doc, "collector", self->collectors[i].name);

		json_doc__number(doc, item, "duration_s", self->collectors[i].duration_s);
		json_doc__bool(doc, item, "success", self->collectors[i].success);
	}
}

static void add_maps(struct json_doc *doc, const struct self_stats *self)
{
	for (size_t i = 0; i < self->map_cnt; i++) {
		const struct self_map *map = &self->maps[i];
		json_t *item = add_item(doc, "map", map->name);

		if (map->entries >= 0)
			json_doc__number(doc, item, "entries", map->entries);
		json_doc__number(doc, item, "capacity", map->capacity);
		json_doc__number(doc, item, "memory_bytes", map->memory_bytes);
		json_doc__number(doc, item, "update_errors", map->update_errors);
	}
}

static void add_programs(struct json_doc *doc, const struct self_stats *self)
{
	for (size_t i = 0; i < self->program_cnt; i++) {
		const struct self_program *program = &self->programs[i];
		json_t *item = add_item(doc, "program", program->name);

		if (program->runs >= 0) {
			json_doc__number(doc, item, "runs", program->runs);
			json_doc__number(doc, item, "run_s", program->run_s);
		}
		json_doc__number(doc, item, "memory_bytes", program->memory_bytes);
		json_doc__number(doc, item, "recursion_misses", program->recursion_misses);
	}
}

/* One item per runtime: its processes by where they stand. */
static void add_targets(struct json_doc *doc, const struct self_stats *self)
{
	for (size_t i = 0; i < SELF_RUNTIMES_MAX && self->runtimes[i]; i++) {
		const char *name = self->runtimes[i];
		json_t *item = add_item(doc, "targets", *name ? name : "unknown");
		json_t *states = json_doc__object(doc, item, "states");

		for (int state = 0; state < TARGET_STATES; state++)
			json_doc__count(doc, states, target_state__name(state),
					self->targets[i][state]);
	}
}

int status_json__write(FILE *file, const struct host *host)
{
	struct view head = {.host = host->name, .wall_ns = host->wall_ns};
	struct json_doc doc;

	if (host->self.start_time_s > 0 && (double)host->wall_ns / 1e9 > host->self.start_time_s)
		head.span_s = (double)host->wall_ns / 1e9 - host->self.start_time_s;
	json_doc__init(&doc, "status", &head);
	add_daemon(&doc, &host->self);
	add_targets(&doc, &host->self);
	add_collectors(&doc, &host->self);
	add_maps(&doc, &host->self);
	add_programs(&doc, &host->self);
	return json_doc__write(&doc, file);
}
