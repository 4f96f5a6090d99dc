/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Links between probe points of one process and the programs: the only file that knows the raw
 * multi and session attributes, which libbpf 1.1 lacks.
 */
#ifndef HB_KERNEL_LINK_H
#define HB_KERNEL_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/error.h"

/* include/uapi/linux/bpf.h since 6.6 and 6.13; the build's header is 6.1's. */
#define BPF_TRACE_UPROBE_MULTI	 48
#define BPF_TRACE_UPROBE_SESSION 57

struct object;

struct probe_point {
	int fd;		 /* the file that was decoded: the link is made on this very descriptor */
	uint64_t offset; /* file offset */
	uint64_t cookie;
	bool hook_return;
};

struct link_set;

/*
 * Link @points (grouped by fd, free first within a file) of process @pid the way @object was
 * loaded. NULL with @error filled: -ESRCH of a vanished process maps to EXIT_RUNTIME.
 */
struct link_set *link_set__new(struct object *object, pid_t pid, const struct probe_point *points,
			       size_t cnt, struct error *error);
/* As above, with the empty program: the price of bare hits. Multi links only. */
struct link_set *link_set__new_empty(struct object *object, pid_t pid,
				     const struct probe_point *points, size_t cnt,
				     struct error *error);
/* Unlink the next one; entries go before returns, the busiest first. Links that are left. A perf
 * link takes 80-110 ms. */
size_t link_set__close_next(struct link_set *set);
/* Unlink all that is left and free. NULL is fine. */
void link_set__free(struct link_set *set);
/* Whether a multi link can be made at all: 0 or -errno. */
int link__self_test(int empty_program_fd);

#endif
