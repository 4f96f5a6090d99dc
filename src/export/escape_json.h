/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Causes of Go's sites, and its uses, as JSON: docs/schema/hotspots.v1.json. Called by report_json.c. */
#ifndef HB_ESCAPE_JSON_H
#define HB_ESCAPE_JSON_H

#include "export/json.h"
#include "export/report.h"

/* Cause, type and what the compiler says of @site into @json. */
void escape_json__site(struct json_doc *doc, json_t *json, const struct view_site *site,
		       const struct name_source *names, const struct escape_log *log);
/* "uses" of @go, at most @limit (0: all), into @json. */
void escape_json__uses(struct json_doc *doc, json_t *json, const struct view_go *go, size_t limit);

#endif
