/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The stacks of flame graphs: what the writers folded, speedscope and flame_svg walk over. The heap
 * family of some processes of a folded view, each stack with its part of its site's figure. Flame
 * graphs show shares, so BY_RATE is BY_BYTES: per second or in all is one picture.
 */
#ifndef HB_FLAME_H
#define HB_FLAME_H

#include "export/report.h"

struct flame_source {
	const struct view *view;
	const struct name_source *names;
	const struct view_process *const *processes; /* of @view; NULL: all of them */
	size_t process_cnt;			     /* of @processes */
	enum report_by by;
	bool inverted; /* trees: allocating functions at the top, their callers below */
};

/* 0 or -errno, which ends the walk. */
typedef int (*flame_stack_fn)(void *ctx, const struct view_process *process,
			      const struct view_stack *stack, double value);

/* Number of processes of @source, and one of them. */
size_t flame__process_cnt(const struct flame_source *source);
const struct view_process *flame__process(const struct flame_source *source, size_t at);

/* Call @fn for each stack of @process worth at least half a byte, sites with the heaviest bytes
 * first. 0, or what @fn has answered. */
int flame__each_stack(const struct flame_source *source, const struct view_process *process,
		      flame_stack_fn fn, void *ctx);

#endif
