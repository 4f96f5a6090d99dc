/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an executable lies in a live process: what its live addresses exceed link-time ones by,
 * found without /proc/PID/maps, whose names and inodes other file systems lie about. Called by
 * go_reader.c.
 */
#ifndef HB_COLLECT_GO_LIVE_H
#define HB_COLLECT_GO_LIVE_H

#include <stdint.h>
#include <sys/types.h>

#include "kernel/memory.h"
#include "target/go_program.h"

/* 0, -ENOENT (another program runs there, or this one behind a loader), -ESRCH, -EACCES. */
int go_live__bias(pid_t pid, struct memory *memory, struct go_program *program, int fd,
		  uint64_t *ret_bias);

#endif
