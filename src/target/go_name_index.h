/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Functions of a Go program by name: hash and number of each, sorted, made at the first question.
 * Programs with more functions than GO_INDEX_MAX are searched through each time.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_NAME_INDEX_H
#define HB_TARGET_GO_NAME_INDEX_H

#include <stddef.h>
#include <stdint.h>

#include "target/go_pclntab.h"

#define GO_INDEX_MAX (256U << 10) /* functions; 2 MB */

/* Zero-initialise to begin with. */
struct go_name_index {
	uint64_t *keys; /* hash << 32 | number */
	size_t cnt;
};

void go_name_index__release(struct go_name_index *index);
/* The first function called @name that is no wrapper, else the first one. 0, -ENOENT, -ENOMEM. */
int go_name_index__find(struct go_name_index *index, const struct go_pclntab *tab, const char *name,
			uint32_t *ret_number);

#endif
