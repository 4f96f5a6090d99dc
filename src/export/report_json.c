// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_json.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export/distribution_json.h"
#include "export/escape_json.h"
#include "export/go_json.h"
#include "export/json.h"
#include "export/losses.h"
#include "export/report_exit.h"
#include "symbol/fold.h"

#include "base/banned.h"

struct writer {
	struct json_doc doc;
	const struct view *view;
	const struct name_source *names;
	const struct report_options *options;
};

static void add_coverage(struct writer *w, json_t *item, const struct view_process *process)
{
	static const char *const links[] = {NULL, "perf", "multi", "session"};
	json_t *json = json_doc__object(&w->doc, item, "coverage");

	json_doc__string(&w->doc, json, "mode", report__mode_name(process->mode));
	if (process->link < sizeof(links) / sizeof(*links))
		json_doc__string(&w->doc, json, "link", links[process->link]);
	json_doc__count(&w->doc, json, "interval_bytes", process->interval_bytes);
	json_doc__count(&w->doc, json, "windows", process->window_cnt);
	json_doc__number(&w->doc, json, "span_s", process->span_s);
	json_doc__number(&w->doc, json, "observed_s", process->observed_s);
	json_doc__number(&w->doc, json, "cpu_s", process->cpu_s);
	json_doc__number(&w->doc, json, "charged_s", process->charged_s);
	json_doc__number(&w->doc, json, "charged_ratio", process->charged_ratio);
	json_doc__bool(&w->doc, json, "frees_seen", process->frees_seen);
	json_doc__count(&w->doc, json, "samples", process->sample_n);
	json_doc__count(&w->doc, json, "complete_stacks", process->complete_n);
	json_doc__string(&w->doc, json, "hides", process->hides);
}

/* The sides of the three identities, each exact at quiescence. */
static void add_losses(struct writer *w, json_t *item, const struct view_process *process)
{
	const struct record_loss *loss = &process->loss;
	json_t *json = json_doc__object(&w->doc, item, "losses"), *side;

	for (size_t i = 0; i < loss_row_cnt; i++)
		json_doc__count(&w->doc, json, loss_rows[i].key,
				loss_row__value(&loss_rows[i], process));
	if (!process->loss_known)
		return;
	side = json_doc__object(&w->doc, json, "hits");
	json_doc__count(&w->doc, side, "hits", loss->hits);
	json_doc__count(&w->doc, side, "counted", loss->counted);
	json_doc__count(&w->doc, side, "in_flight", loss->in_flight);
	side = json_doc__object(&w->doc, json, "samples");
	json_doc__count(&w->doc, side, "sampled", loss->sampled);
	json_doc__count(&w->doc, side, "delivered", loss->delivered);
	json_doc__count(&w->doc, side, "lost", loss->lost_ring_full + loss->lost_queue_full);
	side = json_doc__object(&w->doc, json, "blocks");
	json_doc__count(&w->doc, side, "tracked", loss->tracked);
	json_doc__count(&w->doc, side, "inserted", loss->inserted);
	json_doc__count(&w->doc, side, "table_full", loss->table_full);
	json_doc__count(&w->doc, side, "freed", loss->freed);
	json_doc__count(&w->doc, side, "still_live", loss->still_live);
	json_doc__count(&w->doc, side, "purged",
			loss->purged_exec + loss->purged_exit + loss->purged_window +
				loss->purged_reused + loss->purged_putback);
}

static void add_figures(struct writer *w, json_t *item, const struct view_process *process)
{
	const struct {
		const char *key;
		const struct figure *figure;
	} rows[] = {
		{"calls", &process->calls},
		{"bytes", &process->bytes},
		{"frees", &process->frees_fig},
		{"calls_rate", &process->calls_rate},
		{"bytes_rate", &process->bytes_rate},
		{"frees_rate", &process->frees_rate},
		{"vm_calls", &process->vm_calls},
		{"vm_bytes", &process->vm_bytes},
		{"vm_calls_rate", &process->vm_calls_rate},
		{"vm_bytes_rate", &process->vm_bytes_rate},
		{"live_bytes", &process->live_bytes},
		{"live_objects", &process->live_objects},
		{"live_growth", &process->live_growth},
		{"rss_growth", &process->rss_growth},
		{"peak_bytes", &process->peak_bytes},
		{"recent_calls_rate", &process->recent_calls_rate},
		{"recent_bytes_rate", &process->recent_bytes_rate},
		{"recent_frees_rate", &process->recent_frees_rate},
		{"recent_vm_calls_rate", &process->recent_vm_calls_rate},
		{"recent_vm_bytes_rate", &process->recent_vm_bytes_rate},
	};
	json_t *json = json_doc__object(&w->doc, item, "figures");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		json_doc__figure(&w->doc, json, rows[i].key, rows[i].figure);
	if (process->live_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(&w->doc, json, "growing", process->growing);
	if (process->rss_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(&w->doc, json, "rss_growing", process->rss_growing);
	if (process->rss_bytes)
		json_doc__count(&w->doc, json, "rss_bytes", process->rss_bytes);
	json_doc__count(&w->doc, json, "failures", process->failures);
	json_doc__count(&w->doc, json, "free_nulls", process->free_nulls);
	json_doc__count(&w->doc, json, "nested", process->nested);
	json_doc__count(&w->doc, json, "unmatched", process->unmatched);
	if (process->mode == PLAN_FULL)
		json_doc__count(&w->doc, json, "freed_bytes", process->exact_freed_bytes);
}

static void add_functions(struct writer *w, json_t *item, const struct view_process *process)
{
	json_t *list = json_doc__array(&w->doc, item, "functions");

	for (uint16_t func = 0; func < FUNC_NAMES; func++) {
		json_t *json;

		if (!process->by_func[func].calls)
			continue;
		json = json_doc__object(&w->doc, list, NULL);
		json_doc__string(&w->doc, json, "function", report__func_name(func));
		json_doc__count(&w->doc, json, "calls", process->by_func[func].calls);
		json_doc__count(&w->doc, json, "bytes", process->by_func[func].bytes);
	}
}

static void add_offset(struct writer *w, json_t *json, const struct frame *frame)
{
	const struct view_module *module = fold__module(w->view, frame->module);
	char offset[24];

	snprintf(offset, sizeof(offset), "0x%" PRIx64, frame->offset);
	json_doc__string(&w->doc, json, "offset", offset);
	json_doc__string(&w->doc, json, "module", module ? module->path : NULL);
}

static int add_frame(struct writer *w, json_t *frames, const struct frame *frame)
{
	const struct symbol_name *names;
	int cnt = names__of_frame(w->names, frame, &names);
	json_t *json;

	if (cnt < 0)
		return cnt;
	if (!cnt)
		add_offset(w, json_doc__object(&w->doc, frames, NULL), frame);
	for (int i = 0; i < cnt; i++) {
		json = json_doc__object(&w->doc, frames, NULL);
		json_doc__text(&w->doc, json, "function", names[i].function);
		json_doc__string(&w->doc, json, "file", names[i].file);
		if (names[i].line)
			json_doc__count(&w->doc, json, "line", names[i].line);
		if (names[i].inlined)
			json_doc__bool(&w->doc, json, "inlined", true);
		else
			add_offset(w, json, frame);
	}
	return 0;
}

static int add_stacks(struct writer *w, json_t *item, const struct view_process *process,
		      const struct view_site *site)
{
	double scale = report__stack_scale(process, site, BY_BYTES);
	json_t *list = json_doc__array(&w->doc, item, "stacks");
	int err = 0;

	for (size_t i = 0; i < site->stack_cnt && !err; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];
		json_t *json = json_doc__object(&w->doc, list, NULL), *frames;

		json_doc__id(&w->doc, json, "id", stack->id);
		json_doc__string(&w->doc, json, "allocator_function",
				 report__func_name(stack->func));
		json_doc__bool(&w->doc, json, "complete", stack->complete);
		json_doc__number(&w->doc, json, "bytes",
				 report__stack_value(stack, BY_BYTES, scale));
		if (site->live_bytes.basis != BASIS_UNKNOWN)
			json_doc__number(&w->doc, json, "live_bytes", stack->live_bytes);
		frames = json_doc__array(&w->doc, json, "frames");
		for (uint32_t j = 0; j < stack->frame_cnt && !err; j++)
			err = add_frame(w, frames, &stack->frames[j]);
	}
	return err;
}

static void add_life(struct writer *w, json_t *json, const struct view_site *site)
{
	json_doc__figure(&w->doc, json, "temporary", &site->temporary);
	if (site->temporary_share >= 0)
		json_doc__number(&w->doc, json, "temporary_share", site->temporary_share);
	json_doc__figure(&w->doc, json, "gained_bytes", &site->gained_bytes);
	json_doc__figure(&w->doc, json, "live_growth", &site->live_growth);
	if (site->live_growth.basis != BASIS_UNKNOWN)
		json_doc__bool(&w->doc, json, "growing", site->growing);
	json_doc__figure(&w->doc, json, "peak_bytes", &site->peak_bytes);
	json_doc__figure(&w->doc, json, "peak_objects", &site->peak_objects);
}

static void add_threads(struct writer *w, json_t *item, const struct view_process *process)
{
	json_t *list;

	if (!process->thread_cnt)
		return;
	list = json_doc__array(&w->doc, item, "threads");
	for (size_t i = 0; i < process->thread_cnt; i++) {
		const struct view_thread *thread = &process->threads[i];
		json_t *json = json_doc__object(&w->doc, list, NULL);

		json_doc__count(&w->doc, json, "tid", thread->tid);
		json_doc__string(&w->doc, json, "comm", thread->comm);
		json_doc__figure(&w->doc, json, "calls", &thread->calls);
		json_doc__figure(&w->doc, json, "bytes", &thread->bytes);
		json_doc__figure(&w->doc, json, "calls_rate", &thread->calls_rate);
		json_doc__figure(&w->doc, json, "bytes_rate", &thread->bytes_rate);
		json_doc__figure(&w->doc, json, "bytes_share", &thread->bytes_share);
		json_doc__figure(&w->doc, json, "live_bytes", &thread->live_bytes);
		json_doc__figure(&w->doc, json, "live_objects", &thread->live_objects);
		if (thread->freed_elsewhere >= 0)
			json_doc__number(&w->doc, json, "freed_elsewhere", thread->freed_elsewhere);
	}
}

static void add_failures(struct writer *w, json_t *item, const struct view_process *process)
{
	json_t *list = NULL, *json;

	for (size_t i = 0; i < process->site_cnt; i++) {
		const struct view_site *site = &process->sites[i];

		if (site->failures.basis == BASIS_UNKNOWN)
			continue;
		if (!list)
			list = json_doc__array(&w->doc, item, "failed_calls");
		json = json_doc__object(&w->doc, list, NULL);
		json_doc__id(&w->doc, json, "id", site->id);
		json_doc__text(&w->doc, json, "function", site->function);
		json_doc__string(&w->doc, json, "caller", site->caller);
		json_doc__string(&w->doc, json, "allocator_function",
				 report__func_name(site->func));
		json_doc__figure(&w->doc, json, "failures", &site->failures);
		json_doc__figure(&w->doc, json, "failed_bytes", &site->failed_bytes);
	}
}

static void add_at_exit(struct writer *w, json_t *item, const struct view_process *process)
{
	json_t *json;

	if (!report_exit__is_known(process))
		return;
	json = json_doc__object(&w->doc, item, "left_at_exit");
	json_doc__figure(&w->doc, json, "bytes", &process->live_bytes);
	json_doc__figure(&w->doc, json, "objects", &process->live_objects);
}

static int add_site(struct writer *w, json_t *list, const struct view_process *process,
		    const struct view_site *site)
{
	json_t *json = json_doc__object(&w->doc, list, NULL);

	json_doc__id(&w->doc, json, "id", site->id);
	json_doc__string(&w->doc, json, "family", site->vm ? "vm" : "heap");
	if (site->go)
		json_doc__bool(&w->doc, json, "go", true);
	json_doc__text(&w->doc, json, "function", site->function);
	json_doc__string(&w->doc, json, "caller", site->caller);
	json_doc__string(&w->doc, json, "file", site->file);
	if (site->line)
		json_doc__count(&w->doc, json, "line", site->line);
	json_doc__string(&w->doc, json, "module", site->module);
	json_doc__string(&w->doc, json, "allocator_function", report__func_name(site->func));
	escape_json__site(&w->doc, json, site, w->names, w->options->escape_log);
	json_doc__figure(&w->doc, json, "calls", &site->calls);
	json_doc__figure(&w->doc, json, "bytes", &site->bytes);
	json_doc__figure(&w->doc, json, "calls_rate", &site->calls_rate);
	json_doc__figure(&w->doc, json, "bytes_rate", &site->bytes_rate);
	json_doc__figure(&w->doc, json, "bytes_share", &site->bytes_share);
	json_doc__figure(&w->doc, json, "live_bytes", &site->live_bytes);
	json_doc__figure(&w->doc, json, "live_objects", &site->live_objects);
	json_doc__figure(&w->doc, json, "mean_lifetime_s", &site->mean_lifetime_s);
	if (site->share_freed >= 0)
		json_doc__number(&w->doc, json, "share_freed", site->share_freed);
	add_life(w, json, site);
	distribution_json__sizes(&w->doc, json, &site->sizes);
	distribution_json__lifetimes(&w->doc, json, &site->lifetimes);
	return add_stacks(w, json, process, site);
}

static int add_sites(struct writer *w, json_t *list, const struct view_process *process,
		     enum report_family family)
{
	bool pages = family == FAMILY_PAGES && !(w->options->by <= BY_BYTES);
	enum report_by by = pages ? BY_BYTES : w->options->by;
	size_t *order, cnt, limit = w->options->limit;
	int err = report__order(process, family, by, &order, &cnt);

	if (err)
		return err;
	for (size_t i = 0; i < cnt && !err && (!limit || i < limit); i++)
		err = add_site(w, list, process, &process->sites[order[i]]);
	free(order);
	return err;
}

static int add_process(struct writer *w, const struct view_process *process)
{
	json_t *item = json_doc__object(&w->doc, w->doc.items, NULL), *list;
	int err = 0;

	json_doc__process(&w->doc, item, process);
	json_doc__string(&w->doc, item, "refusal", process->refusal);
	json_doc__string(&w->doc, item, "unit", process->unit);
	add_coverage(w, item, process);
	add_losses(w, item, process);
	add_figures(w, item, process);
	add_functions(w, item, process);
	distribution_json__sizes(&w->doc, item, &process->sizes);
	distribution_json__lifetimes(&w->doc, item, &process->lifetimes);
	if (process->peak_at_s >= 0)
		json_doc__number(&w->doc, item, "peak_at_s", process->peak_at_s);
	add_threads(w, item, process);
	add_failures(w, item, process);
	add_at_exit(w, item, process);
	list = json_doc__array(&w->doc, item, "sites");
	for (int family = 0; family < REPORT_FAMILIES && !err; family++)
		err = add_sites(w, list, process, family);
	if (process->go)
		escape_json__uses(&w->doc, item, process->go, w->options->limit);
	if (process->go)
		go_json__write(&w->doc, item, process->go, w->options->limit);
	return err;
}

int report_json__write(FILE *file, const struct view *view, const struct name_source *names,
		       const struct report_options *options)
{
	struct writer w = {.view = view, .names = names, .options = options};
	int err = 0;

	json_doc__init(&w.doc, "hotspots", view);
	for (size_t i = 0; i < view->process_cnt && !err; i++)
		if (!options->pid || options->pid == view->processes[i].tgid)
			err = add_process(&w, &view->processes[i]);
	if (err) {
		json_decref(w.doc.root);
		return err;
	}
	return json_doc__write(&w.doc, file);
}
