/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sizes and lifetimes of a process or site as JSON. For the writers of documents. */
#ifndef HB_DISTRIBUTION_JSON_H
#define HB_DISTRIBUTION_JSON_H

#include "export/json.h"

/* {"basis", "buckets": [{"upto"?, "calls"}], "bytes"} under "sizes"; absent if unknown. */
void distribution_json__sizes(struct json_doc *doc, json_t *object, const struct histogram *sizes);

/* {"ended", "cut_off", "buckets": [{"upto_s", "outlived_by", "stderr"}], "median_s", "p99_s",
 * "mean_s", "reached_s", "left"} under "lifetimes"; absent if no block was followed. */
void distribution_json__lifetimes(struct json_doc *doc, json_t *object,
				  const struct lifetimes *lifetimes);

#endif
