// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/advice_json.h"

#include <string.h>

#include "advice/rule.h"
#include "base/text.h"
#include "export/json.h"
#include "export/prose.h"

#include "base/banned.h"

static const char *const unit_names[UNIT_MAX] = {
	[UNIT_COUNT] = "count",
	[UNIT_PER_S] = "per_s",
	[UNIT_BYTES] = "bytes",
	[UNIT_BYTES_PER_S] = "bytes_per_s",
	[UNIT_BYTES_PER_HOUR] = "bytes_per_h",
	[UNIT_RATIO] = "ratio",
	[UNIT_SECONDS] = "s",
};

const char *advice_unit__name(enum advice_unit unit)
{
	return unit_names[unit];
}

static void add_numbers(struct json_doc *doc, json_t *item, const struct advice *advice,
			enum advice_role role, const char *key)
{
	json_t *list = json_doc__array(doc, item, key);

	for (size_t i = 0; i < advice->number_cnt; i++) {
		const struct advice_number *number = &advice->numbers[i];
		json_t *json;

		if (number->role != role || number->figure.basis == BASIS_UNKNOWN)
			continue;
		json = json_doc__object(doc, list, NULL);
		json_doc__string(doc, json, "name", number->key);
		json_doc__string(doc, json, "unit", advice_unit__name(number->unit));
		json_doc__figure(doc, json, "figure", &number->figure);
	}
}

/* Lines stay lines here: only a name that is filled in could carry a control, and none does. */
static void add_template(struct json_doc *doc, json_t *object, const char *key,
			 const struct advice *advice, const char *template_text)
{
	struct text text = {0};
	json_t *string;

	prose__expand(&text, advice, template_text);
	string = text__failed(&text) ? NULL : json_string(text__str(&text));
	if (!object || !string || json_object_set(object, key, string))
		doc->failed = true;
	json_decref(string);
	text__release(&text);
}

static void add_prose(struct json_doc *doc, json_t *item, const struct advice *advice)
{
	json_t *json = json_doc__object(doc, item, "text");

	for (size_t i = 0; i < prose_section_cnt; i++) {
		char key[16];

		snprintf(key, sizeof(key), "%s", prose_sections[i].label);
		for (char *c = strchr(key, ' '); c; c = strchr(c, ' '))
			*c = '_';
		add_template(doc, json, key, advice, prose__section(&prose_sections[i], advice));
	}
	add_template(doc, json, "sketch", advice, prose__sketch(advice));
}

static void add_site(struct json_doc *doc, json_t *item, const struct view_site *site)
{
	json_t *json = json_doc__object(doc, item, "site");

	json_doc__id(doc, json, "id", site->id);
	json_doc__text(doc, json, "function", site->function);
	json_doc__string(doc, json, "caller", site->caller);
	json_doc__string(doc, json, "file", site->file);
	if (site->line)
		json_doc__count(doc, json, "line", site->line);
	json_doc__string(doc, json, "module", site->module);
}

/* When it was by the wall, given that of the evaluation. */
static void add_moment(struct json_doc *doc, json_t *json, const char *key,
		       const struct advice_list *list, uint64_t boottime_ns)
{
	if (boottime_ns && list->at_ns >= boottime_ns)
		json_doc__time(doc, json, key, list->view->wall_ns - (list->at_ns - boottime_ns));
}

static void add_resolved(struct json_doc *doc, json_t *array, const struct advice_list *list,
			 const struct advice_resolved *told)
{
	json_t *json = json_doc__object(doc, array, NULL), *owner;

	json_doc__string(doc, json, "id", told->id);
	json_doc__string(doc, json, "rule", told->rule->id);
	json_doc__string(doc, json, "title", told->rule->title);
	json_doc__string(doc, json, "severity", severity__name(told->severity));
	json_doc__string(doc, json, "state", advice_state__name(ADVICE_RESOLVED));
	json_doc__string(doc, json, "why", resolution__name(told->why));
	add_moment(doc, json, "since", list, told->since_ns);
	add_moment(doc, json, "resolved", list, told->resolved_ns);
	owner = json_doc__object(doc, json, "owner");
	json_doc__text(doc, owner, "comm", told->comm);
	json_doc__string(doc, owner, "exe", told->exe);
	json_doc__string(doc, owner, "unit", told->unit);
	if (told->pid)
		json_doc__count(doc, owner, "pid", told->pid);
	if (!*told->function)
		return;
	json = json_doc__object(doc, json, "site");
	json_doc__text(doc, json, "function", told->function);
	json_doc__string(doc, json, "caller", told->caller);
	json_doc__string(doc, json, "file", told->file);
	if (told->line)
		json_doc__count(doc, json, "line", told->line);
}

static void add_advice(struct json_doc *doc, const struct advice_list *list,
		       const struct advice *advice)
{
	json_t *item = json_doc__object(doc, doc->items, NULL);

	json_doc__string(doc, item, "id", advice->id);
	json_doc__string(doc, item, "rule", advice->rule->id);
	json_doc__string(doc, item, "title", advice->rule->title);
	json_doc__string(doc, item, "severity", severity__name(advice->severity));
	json_doc__string(doc, item, "state", advice_state__name(advice->state));
	add_moment(doc, item, "since", list, advice->since_ns);
	json_doc__process(doc, item, advice->process);
	if (advice->site)
		add_site(doc, item, advice->site);
	json_doc__count(doc, item, "more_sites", advice->more_sites);
	add_numbers(doc, item, advice, ROLE_EVIDENCE, "evidence");
	add_numbers(doc, item, advice, ROLE_PREDICTION, "prediction");
	add_numbers(doc, item, advice, ROLE_COST, "cost");
	add_prose(doc, item, advice);
}

static void add_note(struct json_doc *doc, json_t *notes, const struct advice_note *note)
{
	json_t *json = json_doc__object(doc, notes, NULL);
	struct text text = {0};

	json_doc__string(doc, json, "rule", note->rule->id);
	json_doc__process(doc, json, note->process);
	if (note->site)
		add_site(doc, json, note->site);
	prose__lack(&text, note);
	json_doc__string(doc, json, "not_enough_data", text__str(&text));
	doc->failed |= text__failed(&text);
	text__release(&text);
}

int advice_json__write(FILE *file, const struct advice_list *list)
{
	struct json_doc doc;
	json_t *notes, *resolved;

	json_doc__init(&doc, "recommendations", list->view);
	for (size_t i = 0; i < list->cnt; i++)
		add_advice(&doc, list, &list->items[i]);
	notes = json_doc__array(&doc, doc.root, "notes");
	for (size_t i = 0; i < list->note_cnt; i++)
		add_note(&doc, notes, &list->notes[i]);
	if (list->at_ns) {
		resolved = json_doc__array(&doc, doc.root, "resolved");
		for (size_t i = 0; i < list->resolved_cnt; i++)
			add_resolved(&doc, resolved, list, &list->resolved[i]);
	}
	return json_doc__write(&doc, file);
}
