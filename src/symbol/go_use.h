/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Uses: the allocations of a Go program once more, by the nearest code that its author can change, by
 * construct, and by the function of the standard library that this code called. What json.Unmarshal
 * allocates in fifty places is one use of it.
 *
 * Called by fold.c after a process's sites are made.
 */
#ifndef HB_GO_USE_H
#define HB_GO_USE_H

#include "symbol/go_trait.h"

/* Fill @go's uses from the Go stacks of @stacks. 0 or -ENOMEM. */
int go_use__fold(struct view *view, const struct go_stacks *stacks, struct view_go *go);

#endif
