/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The goroutines of a live process (runtime.allgs), counted by where they were created: those that
 * runtime.NumGoroutine counts, so none of the runtime's own. Called by go_reader.c.
 */
#ifndef HB_COLLECT_GO_ALLGS_H
#define HB_COLLECT_GO_ALLGS_H

#include "collect/go_process.h"
#include "collect/go_reading.h"

struct go_allgs;

/* NULL if out of memory. */
struct go_allgs *go_allgs__new(const struct go_process *process);
void go_allgs__free(struct go_allgs *goroutines);

/*
 * Do the oldest goroutines look like some? 0, -EAGAIN (there is none yet: the runtime has not
 * started), -EINVAL, -ESRCH.
 */
int go_allgs__check(struct go_allgs *goroutines);

/* Rows, total and dropped into @reading. 0, -EINVAL, -ESRCH, -ENOMEM. */
int go_allgs__read(struct go_allgs *goroutines, struct go_reading *reading);

#endif
