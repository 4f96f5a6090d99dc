/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Raw multi and session links: the only file that knows their attributes, which libbpf 1.1 lacks.
 * Called by link.c, and by object.c to see whether they work here.
 */
#ifndef HB_KERNEL_MULTI_H
#define HB_KERNEL_MULTI_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* include/uapi/linux/bpf.h since 6.6 and 6.13; the build's header is 6.1's. */
#define BPF_TRACE_UPROBE_MULTI	 48
#define BPF_TRACE_UPROBE_SESSION 57

struct probe_point {
	int fd;		 /* the file that was decoded: the link is made on this very descriptor */
	uint64_t offset; /* file offset */
	uint64_t cookie;
	bool hook_return;
};

/* One link of attach type @type over @points, all of one file, or with @returns over the returns of
 * those that hook theirs. A descriptor, or -errno (-ENOENT: no such point). */
int multi__link(int program_fd, uint32_t type, pid_t pid, const struct probe_point *points,
		size_t cnt, bool returns);

/* bpf(BPF_LINK_CREATE): a descriptor or -errno. */
int multi__link_create(void *attr, size_t bytes);
/* The path by which the kernel opens the file behind @fd. */
void multi__fd_path(char *path, size_t size, int fd);

/* Whether a multi link can be made at all: 0 or -errno. */
int multi__self_test(int empty_program_fd);

#endif
