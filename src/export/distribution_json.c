// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/distribution_json.h"

#include "base/banned.h"

void distribution_json__sizes(struct json_doc *doc, json_t *object, const struct histogram *sizes)
{
	json_t *json, *list;

	if (sizes->basis == BASIS_UNKNOWN)
		return;
	json = json_doc__object(doc, object, "sizes");
	json_doc__string(doc, json, "basis", basis__name(sizes->basis));
	json_doc__number(doc, json, "bytes", sizes->sum);
	list = json_doc__array(doc, json, "buckets");
	for (size_t b = 0; b < VIEW_BUCKETS; b++) {
		json_t *bucket = json_doc__object(doc, list, NULL);

		if (b + 1 < VIEW_BUCKETS)
			json_doc__count(doc, bucket, "upto", size_bucket__bound(b));
		json_doc__number(doc, bucket, "calls", sizes->counts[b]);
	}
}

void distribution_json__lifetimes(struct json_doc *doc, json_t *object,
				  const struct lifetimes *lifetimes)
{
	json_t *json, *list;

	if (!lifetimes->ended_n && !lifetimes->censored_n)
		return;
	json = json_doc__object(doc, object, "lifetimes");
	json_doc__count(doc, json, "ended", lifetimes->ended_n);
	json_doc__count(doc, json, "cut_off", lifetimes->censored_n);
	list = json_doc__array(doc, json, "buckets");
	for (size_t b = 0; b < lifetimes->bound_cnt; b++) {
		json_t *bucket = json_doc__object(doc, list, NULL);

		json_doc__number(doc, bucket, "upto_s", life_bucket__bound_s(b));
		json_doc__number(doc, bucket, "outlived_by", lifetimes->survival[b]);
		json_doc__number(doc, bucket, "stderr", lifetimes->survival_error[b]);
	}
	json_doc__figure(doc, json, "median_s", &lifetimes->median_s);
	json_doc__figure(doc, json, "p99_s", &lifetimes->p99_s);
	if (!(lifetimes->reached_s > 0))
		return;
	json_doc__number(doc, json, "mean_s", lifetimes->mean_s);
	json_doc__number(doc, json, "reached_s", lifetimes->reached_s);
	json_doc__number(doc, json, "left", lifetimes->left);
}
