// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/route.h"

#include <string.h>

#include "export/page_assets.h"

#include "base/banned.h"

#define ASSET	(ROUTE_PLAIN | ROUTE_GZIP)
#define METRICS (ROUTE_HOST | ROUTE_GZIP)
#define JSON	(ROUTE_HOST | ROUTE_GZIP)
#define SITES	(ROUTE_ANALYSIS | ROUTE_GZIP)
#define PROFILE (ROUTE_ANALYSIS | ROUTE_SECONDS)
#define HEALTH	(ROUTE_PLAIN | ROUTE_UNLIMITED)
#define TARGETS "/targets/{}/debug/pprof"

/* {} stands for one segment of the path. What is not here is a 404: block, goroutine, mutex and
 * profile among it, as profilers of Go programs ask for them. */
static const struct route routes[] = {
	{NULL, METRICS, page__metrics, 0},
	{"/", ROUTE_GZIP, page__landing, 0},
	{"/page.css", ASSET, page__asset, PAGE_STYLE},
	{"/page.js", ASSET, page__asset, PAGE_SCRIPT},
	{"/icon.svg", ASSET, page__asset, PAGE_ICON},
	{"/style.css", ROUTE_PLAIN | ROUTE_GZIP, page__style, 0},
	{"/healthz", HEALTH, page__healthy, 0},
	{"/-/healthy", HEALTH, page__healthy, 0},
	{"/readyz", ROUTE_UNLIMITED, page__ready, 0},
	{"/-/ready", ROUTE_UNLIMITED, page__ready, 0},
	{"/-/reload", ROUTE_PLAIN | ROUTE_POST, page__reload, 0},
	{"/maps", ROUTE_HOST | ROUTE_DEBUG, page__maps, 0},
	{"/api/v1/status", JSON, page__status, 0},
	{"/api/v1/processes", JSON, page__processes, 0},
	{"/api/v1/hotspots", SITES, page__hotspots, 0},
	{"/api/v1/recommendations", SITES, page__recommendations, 0},
	{"/api/v1/stacks", SITES, page__stacks, 0},
	{"/api/v1/gc", SITES, page__collector, 0},
	{"/api/v1/flamegraph", SITES, page__flamegraph, 0},
	{"/sd/metrics", ROUTE_PLAIN, page__sd, SD_METRICS},
	{"/sd/profiles", 0, page__sd, SD_PROFILES},
	{"/sd/parca", 0, page__sd, SD_PARCA},
	{"/debug/pprof", 0, page__profile_index, 0},
	{"/debug/pprof/", 0, page__profile_index, 0},
	{"/debug/pprof/allocs", PROFILE, page__profile, PROFILE_ALLOCS},
	{"/debug/pprof/heap", PROFILE, page__profile, PROFILE_HEAP},
	{"/debug/pprof/delta_heap", PROFILE, page__profile, PROFILE_DELTA_HEAP},
	{TARGETS, 0, page__profile_index, 0},
	{TARGETS "/", 0, page__profile_index, 0},
	{TARGETS "/allocs", PROFILE, page__profile, PROFILE_ALLOCS},
	{TARGETS "/heap", PROFILE, page__profile, PROFILE_HEAP},
	{TARGETS "/delta_heap", PROFILE, page__profile, PROFILE_DELTA_HEAP},
};

static bool matches(const char *pattern, const char *path, char *ret_id)
{
	const char *hole = strstr(pattern, "{}");
	size_t before, id_len;

	ret_id[0] = 0;
	if (!hole)
		return !strcmp(pattern, path);
	before = (size_t)(hole - pattern);
	if (strncmp(pattern, path, before))
		return false;
	id_len = strcspn(path + before, "/");
	if (!id_len || id_len >= ROUTE_ID_BYTES || strcmp(hole + 2, path + before + id_len))
		return false;
	memcpy(ret_id, path + before, id_len);
	ret_id[id_len] = 0;
	return true;
}

const struct route *route__find(const struct daemon_options *options, const char *path,
				char *ret_id)
{
	const char *telemetry = options->telemetry_path ? options->telemetry_path : "/metrics";

	for (size_t i = 0; i < sizeof(routes) / sizeof(*routes); i++) {
		const struct route *route = &routes[i];

		if (!matches(route->pattern ? route->pattern : telemetry, path, ret_id))
			continue;
		if ((route->flags & ROUTE_DEBUG && !options->debug) ||
		    (route->flags & ROUTE_POST && !options->enable_lifecycle))
			return NULL;
		return route;
	}
	return NULL;
}
