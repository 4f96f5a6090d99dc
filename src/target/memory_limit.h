/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How far a process's cgroup is below its memory limit, and what the host has. Called by target.c. */
#ifndef HB_TARGET_MEMORY_LIMIT_H
#define HB_TARGET_MEMORY_LIMIT_H

#include <stddef.h>
#include <stdint.h>

/*
 * The limit that is nearest to its use among the cgroup and its ancestors, and that use. @cgroup_text is
 * /proc/PID/cgroup; @root is "/sys/fs/cgroup" (v2, or the hybrid layout with v1's memory hierarchy
 * below it). 0, -ENOENT (no limit, or none that can be read).
 */
int memory_limit__find(const char *cgroup_text, const char *root, uint64_t *ret_limit_bytes,
		       uint64_t *ret_used_bytes);
/* The same as the distance alone. */
int memory_limit__headroom(const char *cgroup_text, const char *root, uint64_t *ret_bytes);

/* MemTotal and MemAvailable of @path, "/proc/meminfo". 0, or -ENOENT: one cannot be read. */
int memory_limit__host(const char *path, uint64_t *ret_bytes, uint64_t *ret_available_bytes);

#endif
