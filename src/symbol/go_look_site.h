/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What looks have seen, by site: rows of view_go.look_calls get names and an order in which those of
 * one site are neighbours. Called by symbol/fold.c, and by what makes traits of sites.
 */
#ifndef HB_SYMBOL_GO_LOOK_SITE_H
#define HB_SYMBOL_GO_LOOK_SITE_H

#include "model/view.h"
#include "symbol/name_source.h"

/* Name the rows of @go and set look_by_site. 0 or -ENOMEM. */
int go_look_site__name(struct view *view, struct view_go *go, const struct name_source *names);

/* The rows of the site at @offset of @module, into *ret_calls, most bytes first of each kind; their
 * number. They live as long as the view. After go_look_site__name(). */
size_t go_look_calls__at(const struct view_go *go, uint32_t module, uint64_t offset,
			 const struct view_go_call ***ret_calls);

/* Set the calls of @trait, which belongs to the site or use of @frame. */
void go_look_site__attach(const struct view_go *go, const struct frame *frame,
			  struct view_go_trait *trait);

#endif
