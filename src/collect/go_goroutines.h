/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The goroutines of a live process (runtime.allgs), counted by where they were created: those that
 * runtime.NumGoroutine counts, so none of the runtime's own. Called by go_reader.c.
 */
#ifndef HB_COLLECT_GO_GOROUTINES_H
#define HB_COLLECT_GO_GOROUTINES_H

#include "collect/go_process.h"
#include "collect/go_reading.h"

struct go_goroutines;

/* NULL if out of memory. */
struct go_goroutines *go_goroutines__new(const struct go_process *process);
void go_goroutines__free(struct go_goroutines *goroutines);

/*
 * Do the oldest goroutines look like some? 0, -EAGAIN (there is none yet: the runtime has not
 * started), -EINVAL, -ESRCH.
 */
int go_goroutines__check(struct go_goroutines *goroutines);

/* Rows, total and dropped into @reading. 0, -EINVAL, -ESRCH, -ENOMEM. */
int go_goroutines__read(struct go_goroutines *goroutines, struct go_reading *reading);

#endif
