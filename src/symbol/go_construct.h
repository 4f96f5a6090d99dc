/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a Go program allocates at a place: the language construct, told by the runtime's function that
 * the program's own code called. Pure; one table. Called by symbol/ when stacks of sampled
 * allocations are named.
 */
#ifndef HB_GO_CONSTRUCT_H
#define HB_GO_CONSTRUCT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/view.h"

/* "moved to heap", "append", ... static. */
const char *go_construct__name(enum go_construct kind);

/* Does @function belong to the runtime, or to what it shares with reflect: nothing that a program's
 * author has written? */
bool go_construct__is_runtime(const char *function);

/*
 * The construct for which @functions, innermost first, allocate: of the runtime's frames above the
 * program's own code the outermost one tells. *ret_site is the index of that code's first frame, @cnt
 * if there is none.
 */
enum go_construct go_construct__find(const char *const *functions, size_t cnt, size_t *ret_site);

#endif
