/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All tasks of this pid namespace through the BPF task iterator: no walk of /proc, about 0.4 us a
 * task. Called by probe/ (one process) and daemon/ (the sweep of each tick).
 */
#ifndef HB_KERNEL_TASKS_H
#define HB_KERNEL_TASKS_H

#include <stddef.h>
#include <sys/types.h>

#include "bpf/abi.h"

struct object;
struct sweep;

/* The iterator's row of process @tgid: 0, -ESRCH, or another -errno. */
int tasks__row(struct object *object, pid_t tgid, struct hb_task_row *ret_row);

/* A standing iterator. NULL with errno set; @object outlives it. */
struct sweep *sweep__new(struct object *object);
void sweep__free(struct sweep *sweep);
/* Every task, in pid order: leaders' rows are whole, threads' short. Their number, or -errno. */
long sweep__run(struct sweep *sweep, void (*handle)(void *ctx, const struct hb_task_row *row),
		void *ctx);

#endif
