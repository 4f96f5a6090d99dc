/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What folding adds for Go: figures of a site from the program's own profile, what of a stack a
 * profile shows, and the names of the places that create goroutines. Called by symbol/fold.c alone.
 */
#ifndef HB_SYMBOL_GO_SITE_H
#define HB_SYMBOL_GO_SITE_H

#include "model/view.h"
#include "symbol/name_source.h"

/* Fill the figures and series of @site, a Go one, whose id and stacks are set. 0 or -ENOMEM. */
int go_site__sum(struct view *view, const struct view_process *process, struct view_site *site);

/*
 * Leave the runtime's own frames out of what profiles show of @stack: those before frame @site (0 where
 * all of them are the runtime's), and the one that every goroutine starts from. 0 or -errno.
 */
int go_site__trim(struct view_stack *stack, uint32_t site, const struct name_source *names);

/* Name the places of @go's goroutines. 0 or -ENOMEM. */
int go_site__name_goroutines(struct view *view, struct view_go *go,
			     const struct name_source *names);

#endif
