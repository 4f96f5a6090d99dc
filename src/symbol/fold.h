/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks -> sites. A site is the call in the first frame of a stack that is neither allocator nor
 * wrapper, identified by (build-id, offset of the return address - 1): the same on every host, new
 * with each build. Inlined frames refine a site's name, not its identity.
 *
 * Called once per view, between model/ (which fills processes and stacks) and advice/ and export/
 * (which read sites). Pure but for the names it asks for.
 */
#ifndef HB_FOLD_H
#define HB_FOLD_H

#include "model/view.h"
#include "symbol/name_source.h"

/* Fill the sites of every process of @view: the heap family's first, then the vm family's, each with
 * the heaviest bytes first. 0, or -ENOMEM with the sites of some processes missing. */
int fold__sites(struct view *view, const struct name_source *names);

/* Estimated bytes of the calls of @stack, not scaled to the exact class totals. */
double fold__stack_bytes(const struct view_stack *stack);
/* Estimated number of these calls, likewise. */
double fold__stack_calls(const struct view_stack *stack);

/* Module number @module of @view, or NULL. */
const struct view_module *fold__module(const struct view *view, uint32_t module);

#endif
