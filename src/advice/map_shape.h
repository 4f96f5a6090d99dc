/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How large the table of a Go map is for so many entries. Pure; for go-map-hint alone. */
#ifndef HB_MAP_SHAPE_H
#define HB_MAP_SHAPE_H

#include <stdbool.h>

/*
 * Entries that a table of @table_bytes takes before it grows, of a map of type @type ("map[string]int",
 * NULL: unknown) under Go @version ("go1.24.1"). 0: that cannot be told, since the type has a name of
 * its own whose size is not known here.
 */
double map_shape__entries(const char *type, const char *version, double table_bytes);

/* Share of its slots that a table of Go @version fills before it grows. */
double map_shape__load(const char *version);

/* Are maps of Go @version made of several tables, once they are large? */
bool map_shape__splits(const char *version);

#endif
