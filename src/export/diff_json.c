// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/diff_text.h"

#include <math.h>

#include "advice/rule.h"
#include "base/text.h"
#include "export/advice_json.h"
#include "export/diff_words.h"
#include "export/json.h"
#include "symbol/go_construct.h"

#include "base/banned.h"

static void add_movement(struct json_doc *doc, json_t *object, const char *key,
			 const struct movement *movement)
{
	json_t *json = json_doc__object(doc, object, key);

	json_doc__figure(doc, json, "before", &movement->before);
	json_doc__figure(doc, json, "after", &movement->after);
	json_doc__number(doc, json, "change", movement->change);
	json_doc__number(doc, json, "stderr", movement->stderr_abs);
	json_doc__number(doc, json, "p", movement->p);
	json_doc__bool(doc, json, "moved", movement->moved);
}

static void add_place(struct json_doc *doc, json_t *json, const struct view_site *site)
{
	const struct view_go_trait *trait = site->trait;

	json_doc__text(doc, json, "function", site->function);
	json_doc__string(doc, json, "caller", site->caller);
	json_doc__string(doc, json, "file", site->file);
	if (site->line)
		json_doc__count(doc, json, "line", site->line);
	if (!trait)
		return;
	if (trait->construct)
		json_doc__string(doc, json, "construct", go_construct__name(trait->construct));
	json_doc__string(doc, json, "type", trait->type);
	json_doc__string(doc, json, "via", trait->via);
}

static void add_site(struct json_doc *doc, json_t *list, const struct compare_site *site)
{
	json_t *json = json_doc__object(doc, list, NULL);

	json_doc__string(doc, json, "family", compare_family__name(site->family));
	add_place(doc, json, site->sites[AFTER] ? site->sites[AFTER] : site->sites[BEFORE]);
	add_movement(doc, json, "bytes", &site->bytes);
	add_movement(doc, json, "objects", &site->calls);
}

static void add_prediction(struct json_doc *doc, json_t *list,
			   const struct compare_prediction *prediction)
{
	json_t *json = json_doc__object(doc, list, NULL);

	json_doc__string(doc, json, "name", prediction->key);
	json_doc__string(doc, json, "unit", advice_unit__name(prediction->unit));
	json_doc__figure(doc, json, "predicted", &prediction->predicted);
	json_doc__figure(doc, json, "measured", &prediction->measured);
	json_doc__string(doc, json, "fit", prediction_fit__name(prediction->fit));
	json_doc__string(doc, json, "why", prediction->why);
}

static void add_advice(struct json_doc *doc, json_t *list, const struct compare_advice *item)
{
	const struct advice *advice = item->sides[AFTER] ? item->sides[AFTER] : item->sides[BEFORE];
	json_t *json = json_doc__object(doc, list, NULL), *predictions;
	struct text doubt = {0};

	json_doc__string(doc, json, "id", advice->id);
	json_doc__string(doc, json, "rule", advice->rule->id);
	json_doc__string(doc, json, "severity", severity__name(advice->severity));
	json_doc__string(doc, json, "outcome", advice_outcome__name(item->outcome));
	if (advice->state == ADVICE_MUTED)
		json_doc__bool(doc, json, "muted", true);
	if (advice->site)
		add_place(doc, json_doc__object(doc, json, "site"), advice->site);
	diff_words__doubt(&doubt, item);
	json_doc__string(doc, json, "doubt", text__str(&doubt));
	doc->failed |= text__failed(&doubt);
	text__release(&doubt);
	predictions = json_doc__array(doc, json, "predictions");
	for (size_t i = 0; i < item->prediction_cnt; i++)
		add_prediction(doc, predictions, &item->predictions[i]);
}

static void add_go(struct json_doc *doc, json_t *part, const struct view_go *go)
{
	json_t *json;

	if (!go)
		return;
	json = json_doc__object(doc, part, "go");
	json_doc__string(doc, json, "version", go->version);
	if (go->state.gogc != GO_GOGC_OFF)
		json_doc__number(doc, json, "gogc", go->state.gogc);
	if (go->state.memory_limit_bytes <= INT64_MAX - 1)
		json_doc__count(doc, json, "memory_limit_bytes", go->state.memory_limit_bytes);
	json_doc__figure(doc, json, "cycles_rate", &go->cycles_rate);
	json_doc__figure(doc, json, "interval_s", &go->interval_s);
	json_doc__figure(doc, json, "pause_p99_s", &go->pause_p99_s);
	if (go->gc_cpu_ratio >= 0)
		json_doc__number(doc, json, "gc_cpu_ratio", go->gc_cpu_ratio);
	json_doc__count(doc, json, "live_heap_bytes", go->state.heap_marked_bytes);
	json_doc__count(doc, json, "heap_goal_bytes", go->state.heap_goal_bytes);
	json_doc__count(doc, json, "goroutines", go->state.goroutines);
}

static void add_part(struct json_doc *doc, json_t *item, const char *key,
		     const struct compare_part *part)
{
	json_t *json = json_doc__object(doc, item, key);
	char build[2 * BUILD_ID_MAX + 1] = "";

	json_doc__count(doc, json, "processes", part->process_cnt);
	json_doc__number(doc, json, "span_s", part->span_s);
	json_doc__number(doc, json, "cpu_s", part->cpu_s);
	json_doc__number(doc, json, "units", part->units);
	for (size_t i = 0; part->module && i < part->module->build_id_bytes; i++)
		snprintf(build + 2 * i, 3, "%02x", part->module->build_id[i]);
	json_doc__string(doc, json, "build_id", build);
	add_go(doc, json, diff_words__go_of(part));
}

static void add_sites(struct json_doc *doc, json_t *item, const struct compare_program *program)
{
	json_t *totals = json_doc__object(doc, item, "totals"), *list;

	for (int family = 0; family < COMPARE_FAMILIES; family++) {
		const struct compare_family_totals *total = &program->totals[family];
		json_t *json;

		if (!total->known)
			continue;
		json = json_doc__object(doc, totals,
					compare_family__name((enum compare_family)family));
		add_movement(doc, json, "bytes", &total->bytes);
		add_movement(doc, json, "objects", &total->calls);
	}
	json_doc__count(doc, item, "sites_compared", program->site_cnt);
	json_doc__count(doc, item, "tests", program->test_cnt);
	json_doc__count(doc, item, "moved_cnt", program->moved_cnt);
	list = json_doc__array(doc, item, "sites");
	for (size_t i = 0; i < program->site_cnt; i++)
		add_site(doc, list, &program->sites[i]);
}

static void add_program(struct json_doc *doc, const struct compare_program *program,
			const struct diff_options *options)
{
	json_t *item = json_doc__object(doc, doc->items, NULL), *list;

	json_doc__text(doc, item, "program", program->name);
	add_part(doc, item, "before", &program->parts[BEFORE]);
	add_part(doc, item, "after", &program->parts[AFTER]);
	if (!options->advice_id)
		add_sites(doc, item, program);
	list = json_doc__array(doc, item, "advice");
	for (size_t i = 0; i < program->advice_cnt; i++)
		if (diff_options__want(options, &program->advice[i]))
			add_advice(doc, list, &program->advice[i]);
}

static void add_alone(struct json_doc *doc, const struct comparison *comparison, int side,
		      const char *key)
{
	json_t *list = json_doc__array(doc, doc->root, key);

	for (size_t i = 0; i < comparison->alone_cnt[side]; i++)
		json_doc__string(doc, list, NULL, comparison->alone[side][i]);
}

int diff_json__write(FILE *file, const struct comparison *comparison,
		     const struct diff_options *options)
{
	struct json_doc doc;

	json_doc__init(&doc, "diff", comparison->lists[AFTER]->view);
	json_doc__text(&doc, doc.root, "before", options->names[BEFORE]);
	json_doc__text(&doc, doc.root, "after", options->names[AFTER]);
	json_doc__string(&doc, doc.root, "per",
			 comparison->ops[BEFORE] > 0 ? "operation" : "cpu_second");
	add_alone(&doc, comparison, BEFORE, "only_before");
	add_alone(&doc, comparison, AFTER, "only_after");
	for (size_t i = 0; i < comparison->program_cnt; i++)
		add_program(&doc, &comparison->programs[i], options);
	return json_doc__write(&doc, file);
}
