// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_process.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define HOUR_S 3600

double top_json__number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

double top_json__figure(const json_t *object, const char *key)
{
	return top_json__number(json_object_get(object, key), "value");
}

const char *top_json__string(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static bool is_lower_bound(const json_t *object, const char *key)
{
	return json_is_true(json_object_get(json_object_get(object, key), "lower_bound"));
}

static void read_rate(struct top_process *process, enum top_value which, const json_t *item,
		      const char *recent, const char *whole)
{
	const char *key = json_object_get(item, recent) ? recent : whole;

	process->values[which] = top_json__figure(item, key);
	process->at_least[which] = is_lower_bound(item, key);
}

static void read_growth(struct top_process *process, const json_t *item)
{
	bool live = json_object_get(item, "live_growth");
	const json_t *growth = json_object_get(item, live ? "live_growth" : "rss_growth");
	double per_s = top_json__number(growth, "value");
	double low = top_json__number(growth, "low"), high = top_json__number(growth, "high");

	/* The slope of some seconds, carried over an hour, would be noise in gigabytes. */
	process->steady = low <= 0 && high >= 0;
	process->values[TOP_GROWTH] = process->steady ? 0 : per_s * HOUR_S;
	process->growing = json_is_true(json_object_get(item, live ? "growing" : "rss_growing"));
}

static void read_coverage(struct top_process *process, const json_t *item)
{
	double span_s = top_json__number(item, "span_s");
	double seen = top_json__number(item, "observed_s") / span_s;
	const char *mode = top_json__string(item, "mode");

	process->values[TOP_SEEN] = seen > 1 ? 1 : seen;
	process->throughout = !strcmp(mode, "exact") || !strcmp(mode, "full");
	process->attached = !strcmp(process->state, "attached");
	process->how = process->attached && *mode ? mode : process->state;
	/* A runtime that counts for itself misses nothing, whoever looks. */
	if (json_is_true(json_object_get(json_object_get(item, "go"), "primary"))) {
		process->how = process->attached ? "read" : process->state;
		process->values[TOP_SEEN] = isfinite(process->values[TOP_CALLS]) ? 1 : NAN;
	}
	/* A number of the windows that were: none is to come before it is attached again. */
	process->values[TOP_INTERVAL] =
		process->attached ? top_json__number(item, "interval_bytes") : NAN;
}

static void read_counted(struct top_process *process, const json_t *item)
{
	const json_t *counted = json_object_get(item, "counted");
	struct top_counted *to = &process->counted;

	to->calls = top_json__number(counted, "calls");
	to->bytes = top_json__number(counted, "bytes");
	to->observed_s = top_json__number(counted, "observed_s");
	if (!isfinite(to->calls) || !isfinite(to->bytes) || !isfinite(to->observed_s))
		to->observed_s = -1;
}

bool top_process__read(struct top_process *process, const json_t *item)
{
	const json_t *go = json_object_get(item, "go");
	double pid = top_json__number(item, "pid");

	*process = (struct top_process){.pid = pid > 0 && pid < UINT32_MAX ? (uint32_t)pid : 0};
	if (!process->pid)
		return false;
	snprintf(process->id, sizeof(process->id), "%s", top_json__string(item, "id"));
	process->comm = top_json__string(item, "comm");
	process->exe = top_json__string(item, "exe");
	process->unit = top_json__string(item, "unit");
	process->runtime = top_json__string(item, "runtime");
	process->state = top_json__string(item, "state");
	read_rate(process, TOP_CALLS, item, "recent_calls_rate", "calls_rate");
	read_rate(process, TOP_BYTES, item, "recent_bytes_rate", "bytes_rate");
	process->values[TOP_LIVE] = top_json__figure(item, "live_bytes");
	process->at_least[TOP_LIVE] = is_lower_bound(item, "live_bytes");
	read_growth(process, item);
	process->values[TOP_RSS] = top_json__number(item, "rss_bytes");
	process->values[TOP_GC] = top_json__figure(go, "interval_s");
	process->values[TOP_COST] = top_json__number(item, "charged_ratio");
	process->values[TOP_CPU] = top_json__number(item, "cpu_ratio");
	read_coverage(process, item);
	read_counted(process, item);
	return true;
}
