/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uses of Go that one change ends together: what one call of a library's function allocates in several
 * ways stands apart by construct. Pure; for the checks of advice/ alone.
 */
#ifndef HB_SIBLINGS_H
#define HB_SIBLINGS_H

#include <stdbool.h>

#include "model/view.h"

/* Several uses as one: figures and sizes are sums, the rest is of the heaviest. */
struct siblings {
	struct view_site site;
	struct view_go_trait trait;
};

/*
 * Join @site with the uses of @go at its line through the same function for which @is_one holds.
 * 1 if it is the heaviest of them and the one to speak, with *ret filled; 0 if not, or -ENOMEM.
 * Release in any case.
 */
int siblings__join(struct siblings *ret, const struct view_go *go, const struct view_site *site,
		   bool (*is_one)(const struct view_site *site));
void siblings__release(struct siblings *siblings);

#endif
