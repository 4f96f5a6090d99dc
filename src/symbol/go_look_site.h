/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of the places of what looks have seen. Called by symbol/fold.c. */
#ifndef HB_SYMBOL_GO_LOOK_SITE_H
#define HB_SYMBOL_GO_LOOK_SITE_H

#include "model/view.h"
#include "symbol/name_source.h"

/* Name the rows of @go. 0 or -ENOMEM. */
int go_look_site__name(struct view *view, struct view_go *go, const struct name_source *names);

#endif
