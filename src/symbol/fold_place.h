/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A place in a stack: a frame, and of the functions inlined there the one that is meant. What sites
 * are made of. Called by fold.c, and by the go_* files for Go's.
 */
#ifndef HB_FOLD_PLACE_H
#define HB_FOLD_PLACE_H

#include "model/view.h"
#include "symbol/name_source.h"

struct place_in_stack {
	uint32_t frame;
	uint32_t name; /* index among the frame's names */
};

/* Identity of the code at @frame: the same on every host, new with each build. */
uint64_t fold_place__id(const struct view *view, const struct frame *frame);

/* Set frame, function, file, line, module and caller of @site from @place in @stack; the caller is the
 * function that it is inlined into, else the next frame's. 0 or -ENOMEM. */
int fold_place__name(struct view *view, const struct name_source *names,
		     const struct view_stack *stack, struct place_in_stack place,
		     struct view_site *site);

#endif
