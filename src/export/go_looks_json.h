/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What looks have seen of a Go program, as JSON. Called by go_json.c. */
#ifndef HB_EXPORT_GO_LOOKS_JSON_H
#define HB_EXPORT_GO_LOOKS_JSON_H

#include "export/json.h"
#include "model/view.h"

/* Object "looks" into @json: at most @limit calls and types, 0 all. Nothing without a look. */
void go_looks_json__write(struct json_doc *doc, json_t *json, const struct view_go *go,
			  size_t limit);

#endif
