/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Opening a target's files: the one way, so that a container's absolute symlink never reaches a
 * file of the host, and a FIFO or device never blocks the daemon.
 */
#ifndef HB_KERNEL_FILE_H
#define HB_KERNEL_FILE_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define FILE_MAX_BYTES (4ULL << 30) /* larger files are refused: -EFBIG */

/*
 * The file behind a mapping [start, end) of process @pid, or, where map_files is not permitted or
 * gone, @path resolved inside the target's root (openat2, RESOLVE_IN_ROOT |
 * RESOLVE_NO_MAGICLINKS). Regular files only, O_RDONLY | O_CLOEXEC | O_NONBLOCK.
 * The descriptor (the caller closes it), or -errno.
 */
int file__open_mapped(pid_t pid, uint64_t start, uint64_t end, const char *path);

/* As above, by path alone (separate debug files, perf maps). */
int file__open_in_root(pid_t pid, const char *path);

/* Exactly @bytes of process @pid's memory at @address, into @buf. 0, -EFAULT (not all of it is
 * mapped), -ESRCH, -EPERM. The target is only read. */
int file__read_memory(pid_t pid, uint64_t address, void *buf, size_t bytes);

#endif
