/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a process's cgroup is below its memory limit. Called by target.c. */
#ifndef HB_TARGET_MEMORY_LIMIT_H
#define HB_TARGET_MEMORY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The least distance to a limit among the cgroup and its ancestors. @cgroup_text is
 * /proc/PID/cgroup; @root is "/sys/fs/cgroup" (v2, or the hybrid layout with v1's memory hierarchy
 * below it). 0, -ENOENT (no limit, or none that can be read).
 */
int memory_limit__headroom(const char *cgroup_text, const char *root, uint64_t *ret_bytes);

#endif
