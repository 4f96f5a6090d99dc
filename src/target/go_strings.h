/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Strings read from a Go executable, each kept once, up to a bound.
 *
 * Called by go_program.c and go_lines.c.
 */
#ifndef HB_TARGET_GO_STRINGS_H
#define HB_TARGET_GO_STRINGS_H

#include <stddef.h>

#include "base/table.h"

#define GO_STRINGS_MAX_BYTES (1U << 20)

struct go_string;

/* Zero-initialise to begin with. */
struct go_strings {
	struct table by_hash; /* -> struct go_string */
	struct go_string *first;
	size_t bytes;
};

void go_strings__release(struct go_strings *strings);
/* A copy of @s, of @len bytes, that lives as long as @strings; "" if the bound is reached or memory
 * is out. */
const char *go_strings__add(struct go_strings *strings, const char *s, size_t len);
size_t go_strings__bytes(const struct go_strings *strings);

#endif
