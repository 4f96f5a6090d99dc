/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Links between probe points of one process and the programs, by the way the object was loaded. */
#ifndef HB_KERNEL_LINK_H
#define HB_KERNEL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"
#include "kernel/multi.h"
#include "kernel/object.h"

struct link_set;

/*
 * Link @points (grouped by fd, free first within a file) of process @pid the way @object was
 * loaded. NULL with @error filled: -ESRCH of a vanished process maps to EXIT_RUNTIME.
 */
struct link_set *link_set__new(struct object *object, pid_t pid, const struct probe_point *points,
			       size_t cnt, struct error *error);
/* As above, with one program (enum object_program) at the entry of every point, returns left alone:
 * by multi links, or perf links where the object was loaded for them. -ENOTSUP: it was not loaded. */
struct link_set *link_set__new_entries(struct object *object, enum object_program program,
				       pid_t pid, const struct probe_point *points, size_t cnt,
				       struct error *error);
/* As above, with the empty program: the price of bare hits. Multi links only. */
struct link_set *link_set__new_empty(struct object *object, pid_t pid,
				     const struct probe_point *points, size_t cnt,
				     struct error *error);
/* Unlink the next one; entries go before returns, the busiest first. Links that are left. A perf
 * link takes 80-110 ms. */
size_t link_set__close_next(struct link_set *set);
/* Unlink all that is left and free. NULL is fine. */
void link_set__free(struct link_set *set);

#endif
