/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Leave out of a view what a report is not about, before its sites are folded: totals of a process stay
 * those of all that it did. Called by cmd/replay.c. */
#ifndef HB_VIEW_FILTER_H
#define HB_VIEW_FILTER_H

#include <regex.h>

#include "model/view.h"
#include "symbol/name_source.h"

/* Keep the stacks in which some function matches @regex. 0 or -ENOMEM. */
int view_filter__stacks(struct view *view, const struct name_source *names, const regex_t *regex);
/* Keep the processes for which @keep is true. */
void view_filter__processes(struct view *view,
			    bool (*keep)(const struct view_process *process, void *ctx), void *ctx);

#endif
