// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/route.h"

#include "export/metrics.h"

#include "base/banned.h"

#define TYPE_METRICS	 "text/plain; version=0.0.4; charset=utf-8"
#define TYPE_OPENMETRICS "application/openmetrics-text; version=1.0.0; charset=utf-8"

void page__metrics(const struct web_call *call, struct web_reply *reply)
{
	struct metrics_options options = {
		.openmetrics = call->openmetrics,
		.max_series = call->options->max_series,
		.labels_pid = call->options->labels_pid,
		.no_self = call->options->disable_exporter_metrics,
	};
	FILE *out = reply__open(reply, 200, call->openmetrics ? TYPE_OPENMETRICS : TYPE_METRICS);

	reply__close(reply, out ? metrics__render(out, call->publication, &options) : 0);
}

/* It answers, so it is. */
void page__healthy(const struct web_call *call, struct web_reply *reply)
{
	(void)call;
	reply__say(reply, 200, "healthy");
}

void page__ready(const struct web_call *call, struct web_reply *reply)
{
	const struct publication *publication = call->publication;

	if (publication && publication->host && publication->host->self.ready)
		reply__say(reply, 200, "ready");
	else
		reply__say(reply, 503,
			   "not ready: programs are being loaded, or the first sweep "
			   "is not done");
}

/* The server asks its hook to reload on every 200 here. */
void page__reload(const struct web_call *call, struct web_reply *reply)
{
	(void)call;
	reply__say(reply, 200,
		   "reload asked for; heapbeat_config_last_reload_successful tells how "
		   "it went");
}

void page__maps(const struct web_call *call, struct web_reply *reply)
{
	const struct self_stats *self = &call->publication->host->self;
	FILE *out = reply__open(reply, 200, TYPE_TEXT);

	for (size_t i = 0; out && i < self->map_cnt; i++) {
		const struct self_map *map = &self->maps[i];

		fprintf(out, "%-24s", map->name);
		if (map->entries >= 0)
			fprintf(out, " entries %.0f", map->entries);
		fprintf(out, " capacity %.0f bytes %.0f update_errors %.0f\n", map->capacity,
			map->memory_bytes, map->update_errors);
	}
	reply__close(reply, 0);
}
