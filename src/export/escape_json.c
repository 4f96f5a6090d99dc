// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/escape_json.h"

#include "symbol/escape_join.h"
#include "symbol/go_construct.h"

#include "base/banned.h"

static void add_trait(struct json_doc *doc, json_t *json, const struct view_go_trait *trait)
{
	json_doc__string(doc, json, "cause", go_construct__name(trait->construct));
	json_doc__string(doc, json, "type", trait->type);
	if (trait->type_bytes)
		json_doc__count(doc, json, "type_bytes", trait->type_bytes);
	json_doc__string(doc, json, "via", trait->via);
	json_doc__string(doc, json, "callee", trait->callee);
}

void escape_json__site(struct json_doc *doc, json_t *json, const struct view_site *site,
		       const struct name_source *names, const struct escape_log *log)
{
	const struct escape_entry *entries;
	size_t cnt;
	json_t *list;

	if (!site->trait)
		return;
	add_trait(doc, json, site->trait);
	cnt = log ? escape_join__find(log, site, names, &entries) : 0;
	if (!cnt)
		return;
	list = json_doc__array(doc, json, "compiler");
	for (size_t i = 0; i < cnt; i++) {
		json_t *said = json_doc__object(doc, list, NULL);

		json_doc__string(doc, said, "said", entries[i].text);
		json_doc__string(doc, said, "reason", entries[i].reason);
		json_doc__count(doc, said, "column", entries[i].column);
	}
}

static void add_use(struct json_doc *doc, json_t *list, const struct view_site *use)
{
	json_t *json = json_doc__object(doc, list, NULL);

	json_doc__id(doc, json, "id", use->id);
	json_doc__text(doc, json, "function", use->function);
	json_doc__string(doc, json, "caller", use->caller);
	json_doc__string(doc, json, "file", use->file);
	if (use->line)
		json_doc__count(doc, json, "line", use->line);
	add_trait(doc, json, use->trait);
	json_doc__figure(doc, json, "calls", &use->calls);
	json_doc__figure(doc, json, "bytes", &use->bytes);
	json_doc__figure(doc, json, "calls_rate", &use->calls_rate);
	json_doc__figure(doc, json, "bytes_rate", &use->bytes_rate);
	json_doc__figure(doc, json, "bytes_share", &use->bytes_share);
	json_doc__figure(doc, json, "live_bytes", &use->live_bytes);
	json_doc__figure(doc, json, "live_objects", &use->live_objects);
}

void escape_json__uses(struct json_doc *doc, json_t *json, const struct view_go *go, size_t limit)
{
	json_t *list = json_doc__array(doc, json, "uses");

	for (size_t i = 0; i < go->use_cnt && (!limit || i < limit); i++)
		add_use(doc, list, &go->uses[i]);
}
