/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of the sites of one process, from a document of hotspots. Pure. */
#ifndef HB_TOP_SITES_H
#define HB_TOP_SITES_H

#include <jansson.h>

#include "top/top_filter.h"
#include "top/top_grid.h"

enum sites_column {
	SITE_BYTES,
	SITE_SHARE,
	SITE_CALLS,
	SITE_LIVE,
	SITE_LIFE,
	SITE_FUNCTION,
	SITE_WHERE,
	SITE_BY,
	SITE_COLUMNS,
};

extern const struct grid_column site_columns[SITE_COLUMNS];

struct top_sites {
	json_t *process; /* item of the document, or NULL: nothing is known of it */
	char **strings;	 /* of the rows */
	size_t string_cnt;
};

void top_sites__release(struct top_sites *sites);
/* Take from @document the item of process @pid. 0, or -ESRCH: it has none; the last one stays. */
int top_sites__take(struct top_sites *sites, json_t *document, uint32_t pid);
/* Fill @grid anew. 0 or -ENOMEM. */
int top_sites__fill(struct top_sites *sites, struct grid *grid, const struct top_filter *filter);
/* The site of a row's key, or NULL. */
const json_t *top_sites__find(const struct top_sites *sites, const char *key);
/* The key of @site. */
void top_sites__key(const json_t *site, char key[GRID_KEY_BYTES]);

#endif
