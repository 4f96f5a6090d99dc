/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the runtime of a Go program says of itself, as JSON: see docs/schema. Called by report_json.c
 * and processes_json.c. */
#ifndef HB_EXPORT_GO_JSON_H
#define HB_EXPORT_GO_JSON_H

#include "export/json.h"

/* "go" of an item of hotspots. @limit: places of goroutines, 0 all. */
void go_json__write(struct json_doc *doc, json_t *item, const struct view_go *go, size_t limit);
/* "go" of an item of processes: the few figures of a list. */
void go_json__write_brief(struct json_doc *doc, json_t *item, const struct view_go *go);

#endif
