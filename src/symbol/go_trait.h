/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a site of Go has beyond others (struct view_go_trait): its construct, exact sizes, the type that
 * its call hands to the runtime, the rows of looks there. Called by fold.c for sites and by go_use.c for
 * uses.
 */
#ifndef HB_GO_TRAIT_H
#define HB_GO_TRAIT_H

#include "base/table.h"
#include "model/view.h"
#include "symbol/go_origin.h"

/* The stacks of one Go process, with what each says of its origin. */
struct go_stacks {
	const struct view_process *process;
	const struct name_source *names;
	struct go_origin *origins; /* as process->stacks; of Go's alone */
	struct table calls;	   /* place -> 1 + index of the first row of looks there ... */
	uint32_t *next_calls;	   /* ... and of a row the next one; 0: the last */
};

/* Look at every Go stack of @process, which must outlive @stacks. 0 or -ENOMEM; release it in both
 * cases. */
int go_stacks__init(struct go_stacks *stacks, const struct view_process *process,
		    const struct name_source *names);
void go_stacks__release(struct go_stacks *stacks);

/* Set the trait of @site, whose stacks are set; @via (copied) is of uses alone. 0 or -ENOMEM. */
int go_trait__set(struct view *view, const struct go_stacks *stacks, struct view_site *site,
		  const char *via);

#endif
