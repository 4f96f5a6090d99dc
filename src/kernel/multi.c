// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/multi.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "base/banned.h"

#define MULTI_RETURN 1U	 /* BPF_F_UPROBE_MULTI_RETURN */
#define POINTS_MAX   64U /* per file: functions of one allocator */

/* union bpf_attr, link_create with uprobe_multi (kernel 6.6). */
struct multi_attr {
	uint32_t program_fd;
	uint32_t target_fd;
	uint32_t attach_type;
	uint32_t flags;
	uint64_t path;
	uint64_t offsets;
	uint64_t ref_ctr_offsets;
	uint64_t cookies;
	uint32_t cnt;
	uint32_t multi_flags;
	uint32_t pid;
	uint32_t reserved;
};

int multi__link_create(void *attr, size_t bytes)
{
	long fd = syscall(SYS_bpf, BPF_LINK_CREATE, attr, bytes);

	return fd < 0 ? -errno : (int)fd;
}

void multi__fd_path(char *path, size_t size, int fd)
{
	snprintf(path, size, "/proc/self/fd/%d", fd);
}

int multi__link(int program_fd, uint32_t type, pid_t pid, const struct probe_point *points,
		size_t cnt, bool returns)
{
	uint64_t offsets[POINTS_MAX], cookies[POINTS_MAX];
	struct multi_attr attr = {
		.program_fd = (uint32_t)program_fd,
		.attach_type = type,
		.offsets = (uintptr_t)offsets,
		.cookies = (uintptr_t)cookies,
		.multi_flags = returns ? MULTI_RETURN : 0,
		.pid = (uint32_t)pid,
	};
	char path[64];

	multi__fd_path(path, sizeof(path), points[0].fd);
	attr.path = (uintptr_t)path;
	for (size_t i = 0; i < cnt && attr.cnt < POINTS_MAX; i++) {
		if (returns && !points[i].hook_return)
			continue;
		offsets[attr.cnt] = points[i].offset;
		cookies[attr.cnt++] = points[i].cookie;
	}
	return attr.cnt ? multi__link_create(&attr, sizeof(attr)) : -ENOENT;
}

/* A link whose only fault is the missing path fails with -ENOENT or -EBADF; a kernel that does not
 * know multi links says -EINVAL before it looks. */
int multi__self_test(int empty_program_fd)
{
	struct probe_point point = {.fd = -1};
	int err = multi__link(empty_program_fd, BPF_TRACE_UPROBE_MULTI, 0, &point, 1, false);

	if (err >= 0)
		close(err);
	return err == -EINVAL || err == -EPERM || err == -EACCES ? err : 0;
}
