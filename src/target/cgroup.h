/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which unit a process belongs to, from /proc/PID/cgroup: the leaf of its control group, which is a
 * systemd unit, or the container that a part of it names. Called by the roster; pure but for cgroup__read.
 */
#ifndef HB_CGROUP_H
#define HB_CGROUP_H

#include <stddef.h>
#include <sys/types.h>

#define CGROUP_PATH_BYTES 512
#define CGROUP_UNIT_BYTES 128

/* The path in the text of a /proc/PID/cgroup file: of cgroup v2, else of systemd's own hierarchy,
 * else of the memory controller; but one that names a container goes before others, and the root
 * after them. @path (@size) is "" where there is none. */
void cgroup__parse(const char *text, char *path, size_t size);
/* The unit of @path: its last part; within a container, 12 digits of the innermost one's id; "" at
 * the root. */
void cgroup__unit(const char *path, char *unit, size_t size);
/* Path of process @pid: 0, or -errno with @path "". */
int cgroup__read(pid_t pid, char *path, size_t size);

#endif
