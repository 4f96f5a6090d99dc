/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of paths and what answers them. Handlers are pure: a publication and a query in, a
 * reply out; they run on the server's render threads.
 */
#ifndef HB_WEB_ROUTE_H
#define HB_WEB_ROUTE_H

#include "config/options.h"
#include "export/publication.h"
#include "web/query.h"
#include "web/reply.h"

#define ROUTE_ID_BYTES 72 /* of the {} in a pattern */

enum route_flag {
	ROUTE_POST = 1 << 0,	  /* POST alone, and only where lifecycle is enabled */
	ROUTE_UNLIMITED = 1 << 1, /* outside of max_requests and rate_limit: health */
	ROUTE_PLAIN = 1 << 2,	  /* needs no publication */
	ROUTE_HOST = 1 << 3,	  /* needs the host's figures: 503 before the first publication */
	ROUTE_ANALYSIS = 1 << 4,  /* needs the analysis: 503 before the first one */
	ROUTE_SECONDS = 1 << 5,	  /* ?seconds=N waits for two analyses N s apart */
	ROUTE_GZIP = 1 << 6,	  /* may be compressed */
	ROUTE_DEBUG = 1 << 7,	  /* only with --debug */
};

struct web_call;
struct floors;

struct route {
	const char *pattern; /* one segment may be {}; NULL: the telemetry path */
	unsigned int flags;
	void (*handle)(const struct web_call *call, struct web_reply *reply);
	int variant; /* of the handler's own */
};

struct web_call {
	const struct route *route;
	const char *id; /* what stood for {}; "" */
	const struct web_query *query;
	const struct daemon_options *options;
	const struct publication *publication; /* as the route's flags demand; may be NULL */
	const struct analysis *since;	       /* of ?seconds=N: the earlier one; else NULL */
	const char *if_none_match;	       /* header; NULL or "": none */
	const char *authority;		       /* Host header, checked; "" if there was none */
	bool openmetrics;
	struct floors *floors; /* of cumulative profiles */
};

/* The row for @path; its {} goes to @ret_id (ROUTE_ID_BYTES). NULL if nothing answers there. */
const struct route *route__find(const struct daemon_options *options, const char *path,
				char *ret_id);

/* Handlers: page_*.c */
void page__metrics(const struct web_call *call, struct web_reply *reply);
void page__healthy(const struct web_call *call, struct web_reply *reply);
void page__ready(const struct web_call *call, struct web_reply *reply);
void page__reload(const struct web_call *call, struct web_reply *reply);
void page__landing(const struct web_call *call, struct web_reply *reply);
void page__asset(const struct web_call *call, struct web_reply *reply);
void page__style(const struct web_call *call, struct web_reply *reply);
void page__maps(const struct web_call *call, struct web_reply *reply);
void page__status(const struct web_call *call, struct web_reply *reply);
void page__processes(const struct web_call *call, struct web_reply *reply);
void page__hotspots(const struct web_call *call, struct web_reply *reply);
void page__recommendations(const struct web_call *call, struct web_reply *reply);
void page__stacks(const struct web_call *call, struct web_reply *reply);
void page__collector(const struct web_call *call, struct web_reply *reply);
void page__flamegraph(const struct web_call *call, struct web_reply *reply);
void page__profile(const struct web_call *call, struct web_reply *reply);
void page__profile_index(const struct web_call *call, struct web_reply *reply);
void page__sd(const struct web_call *call, struct web_reply *reply);

enum profile_variant { PROFILE_ALLOCS, PROFILE_HEAP, PROFILE_DELTA_HEAP };
enum sd_variant { SD_METRICS, SD_PROFILES, SD_PARCA };

#define SECONDS_MAX 120 /* of ?seconds=N */

#endif
