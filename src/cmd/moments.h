/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Views of a session on its way, for reports that compare spans of it: one now and then, thinned as
 * it grows, so that at most MOMENTS_MAX cover all of it. Called by replay.c as records go by.
 */
#ifndef HB_MOMENTS_H
#define HB_MOMENTS_H

#include "model/model.h"

#define MOMENTS_MAX 12

struct moments {
	struct view *views[MOMENTS_MAX]; /* oldest first; sites are empty */
	size_t cnt;
	uint64_t step_ns, due_ns;
};

/* NULL if out of memory. */
struct moments *moments__new(void);
void moments__free(struct moments *moments);

/* A record of @time_ns has been applied to @model. 0 or -ENOMEM. */
int moments__note(struct moments *moments, const struct model *model, uint64_t time_ns);

#endif
