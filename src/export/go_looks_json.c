// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/go_looks_json.h"

#include <stdlib.h>

#include "export/go_words.h"
#include "model/go_types.h"

#include "base/banned.h"

static void add_call(struct json_doc *doc, json_t *list, const struct view_go_call *call)
{
	bool has_old = call->kind != GO_CALL_ALLOC;
	json_t *row = json_doc__object(doc, list, NULL);

	json_doc__string(doc, row, "kind", go_call_kind__name(call->kind));
	json_doc__string(doc, row, "function", call->function);
	json_doc__string(doc, row, "file", call->file);
	if (call->line)
		json_doc__count(doc, row, "line", call->line);
	json_doc__string(doc, row, "type", call->type);
	if (call->type_bytes)
		json_doc__count(doc, row, "type_bytes", call->type_bytes);
	json_doc__count(doc, row, "size", call->size);
	if (has_old)
		json_doc__count(doc, row, "old", call->old);
	json_doc__count(doc, row, "calls", call->n);
	json_doc__count(doc, row, "bytes", call->bytes);
}

static void add_types(struct json_doc *doc, json_t *json, const struct view_go *go, size_t limit)
{
	json_t *list = json_doc__array(doc, json, "types");
	struct go_type *types;
	size_t cnt;

	if (go_types__sum(go, &types, &cnt))
		return;
	for (size_t i = 0; i < cnt && (!limit || i < limit); i++) {
		json_t *row = json_doc__object(doc, list, NULL);

		json_doc__string(doc, row, "type", types[i].type);
		json_doc__count(doc, row, "objects", types[i].objects);
		json_doc__count(doc, row, "bytes", types[i].bytes);
		json_doc__number(doc, row, "objects_rate", types[i].objects_rate);
		json_doc__number(doc, row, "bytes_rate", types[i].bytes_rate);
	}
	free(types);
}

void go_looks_json__write(struct json_doc *doc, json_t *json, const struct view_go *go,
			  size_t limit)
{
	json_t *looks, *list;

	if (!go->looks)
		return;
	looks = json_doc__object(doc, json, "looks");
	json_doc__count(doc, looks, "looks", go->looks);
	json_doc__number(doc, looks, "open_s", go->looked_s);
	json_doc__number(doc, looks, "cpu_s", go->look_cpu_s);
	json_doc__number(doc, looks, "charged_s", go->look_charged_s);
	json_doc__count(doc, looks, "dropped_calls", go->dropped_calls);
	list = json_doc__array(doc, looks, "calls");
	for (size_t i = 0; i < go->look_call_cnt && (!limit || i < limit); i++)
		add_call(doc, list, &go->look_calls[i]);
	add_types(doc, looks, go, limit);
}
