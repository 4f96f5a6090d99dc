/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What one stack of a Go program's allocations says of their origin: the construct, the call that
 * allocates, and the nearest code that an author can change. Pure but for the names it asks for.
 * Called by fold.c once for each stack; read by go_trait.c and go_use.c.
 */
#ifndef HB_GO_ORIGIN_H
#define HB_GO_ORIGIN_H

#include "model/view.h"
#include "symbol/fold_place.h"

struct go_origin {
	enum go_construct construct;
	/* The first code that is not the runtime's: its call allocates. Frame 0 if there is none. */
	struct place_in_stack entry;
	/* The first that is not the standard library's either, nor another decoder's; the outermost that is not the runtime's
	 * if there is none. */
	struct place_in_stack owner;
	/* Function of the standard library that @owner has called; the names' own. NULL: none. */
	const char *via;
	/* The decoder that makes values of interface type on the way to @owner; static. NULL: none. */
	const char *through;
};

/* 0 or -ENOMEM. */
int go_origin__find(struct go_origin *ret, const struct view_stack *stack,
		    const struct name_source *names);

#endif
