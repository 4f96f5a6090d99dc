// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/moments.h"

#include <errno.h>
#include <stdlib.h>

#include "base/banned.h"

#define FIRST_STEP_NS 1000000000ULL

struct moments *moments__new(void)
{
	struct moments *moments = calloc(1, sizeof(*moments));

	if (moments)
		moments->step_ns = FIRST_STEP_NS;
	return moments;
}

void moments__free(struct moments *moments)
{
	if (!moments)
		return;
	for (size_t i = 0; i < moments->cnt; i++)
		view__free(moments->views[i]);
	free(moments);
}

/* Every other one goes, the first stays. */
static void thin(struct moments *moments)
{
	size_t kept = 0;

	for (size_t i = 0; i < moments->cnt; i++) {
		if (i % 2)
			view__free(moments->views[i]);
		else
			moments->views[kept++] = moments->views[i];
	}
	moments->cnt = kept;
	moments->step_ns *= 2;
}

int moments__note(struct moments *moments, const struct model *model, uint64_t time_ns)
{
	struct view *view;

	if (!moments->due_ns)
		moments->due_ns = time_ns + moments->step_ns;
	if (time_ns < moments->due_ns)
		return 0;
	if (moments->cnt == MOMENTS_MAX)
		thin(moments);
	view = model__build(model);
	if (!view)
		return -ENOMEM;
	/* unlike stacks they are of no use here, and most of a view */
	view__drop_chains(view);
	view->truncated = false;
	moments->views[moments->cnt++] = view;
	moments->due_ns = time_ns + moments->step_ns;
	return 0;
}
