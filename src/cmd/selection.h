/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --comm and --cgroup of a short session: which processes these are now. Called by record, report and
 * advise before they observe. */
#ifndef HB_SELECTION_H
#define HB_SELECTION_H

#include "cmd/options.h"

/* Whether processes were named by a pattern. */
bool selection__is_asked(const struct options *options);
/*
 * Add the PIDs of the processes that match now, but for ourselves, to options->session.pids. 0, or a
 * negative errno with @error filled: none matches, or more than can be observed at once.
 */
int selection__resolve(struct options *options, struct error *error);

#endif
