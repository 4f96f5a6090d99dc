// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/rules_text.h"

#include "base/text.h"
#include "export/json.h"
#include "export/prose.h"
#include "export/rule_words.h"

#include "base/banned.h"

static void add_floors(struct json_doc *doc, json_t *item, const struct thresholds *floor)
{
	const struct {
		const char *key;
		double value;
	} rows[] = {
		{"hold_s", floor->hold_s},
		{"share", floor->share},
		{"bytes_per_s", floor->bytes_per_s},
		{"calls_per_s", floor->calls_per_s},
		{"bytes", floor->bytes},
		{"samples", (double)floor->samples},
		{"points", (double)floor->points},
		{"spread", floor->spread},
		{"life_s", floor->life_s},
		{"left", floor->left},
		{"growing", floor->growing},
		{"medium", floor->medium},
		{"high", floor->high},
	};
	json_t *json = json_doc__object(doc, item, "floors");

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (rows[i].value > 0)
			json_doc__number(doc, json, rows[i].key, rows[i].value);
}

static void add_words(struct json_doc *doc, json_t *json, const char *key,
		      void (*say)(struct text *text, const struct rule *rule),
		      const struct rule *rule)
{
	struct text text = {0};

	say(&text, rule);
	json_doc__string(doc, json, key, text__str(&text));
	doc->failed |= text__failed(&text);
	text__release(&text);
}

static void add_plain(struct json_doc *doc, json_t *json, const char *key,
		      const char *template_text)
{
	struct text text = {0};

	prose__plain(&text, template_text);
	json_doc__string(doc, json, key, text__str(&text));
	doc->failed |= text__failed(&text);
	text__release(&text);
}

static void add_rule(struct json_doc *doc, const struct rule *rule)
{
	json_t *item = json_doc__object(doc, doc->items, NULL), *text;

	json_doc__string(doc, item, "id", rule->id);
	json_doc__string(doc, item, "title", rule->title);
	json_doc__string(doc, item, "scope", rule_scope__name(rule->scope));
	json_doc__bool(doc, item, "needs_frees", rule->needs_frees);
	add_floors(doc, item, &rule->floor);
	text = json_doc__object(doc, item, "text");
	json_doc__string(doc, text, "looks_at", rule_scope__meaning(rule->scope));
	add_words(doc, text, "floors", rule_words__floors, rule);
	json_doc__string(doc, text, "because", rule_words__reason(rule));
	add_words(doc, text, "severity", rule_words__severity, rule);
	add_words(doc, text, "needs", rule_words__needs, rule);
	add_plain(doc, text, "change", rule->remedy);
	add_plain(doc, text, "costs", rule->costs);
	add_plain(doc, text, "wrong_if", rule->wrong_if);
}

int rules_json__write(FILE *file, const struct rule *only, const struct view *frame)
{
	struct json_doc doc;

	json_doc__init(&doc, "rules", frame);
	for (size_t i = 0; i < rule_cnt; i++)
		if (!only || rules[i] == only)
			add_rule(&doc, rules[i]);
	return json_doc__write(&doc, file);
}
