/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Memory for names that stay until the end: small pieces cut from large ones, equal strings kept
 * once (many addresses share a function or a file).
 *
 * Called by the symbolizer.
 */
#ifndef HB_NAMES_H
#define HB_NAMES_H

#include <stddef.h>

#include "base/table.h"

struct names_chunk;

/* Zero-initialise to begin with. */
struct names {
	struct names_chunk *chunks;
	struct table strings; /* hash -> string */
	size_t bytes;	      /* taken from the system */
};

void names__release(struct names *names);
/* @bytes zeroed and aligned for any object; NULL if out of memory. */
void *names__alloc(struct names *names, size_t bytes);
/* A copy of @s, at most @max bytes of it; NULL if out of memory. */
const char *names__intern(struct names *names, const char *s, size_t max);

#endif
