/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The memory of one process, read again and again: bound to its address space as it was when it was
 * opened, so that neither an exec nor a reused pid is mistaken for it. Nothing is ever written.
 *
 * Called by collect/go_*. One thread at a time.
 */
#ifndef HB_KERNEL_MEMORY_H
#define HB_KERNEL_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct memory;

struct memory_range {
	uint64_t address;
	void *buf;
	size_t bytes;
	bool failed; /* set by memory__read_many(): not all of it is mapped */
};

/* NULL with errno: ESRCH (no such process), EACCES or EPERM, ENOMEM. */
struct memory *memory__open(pid_t pid);
void memory__free(struct memory *memory);

/* Is the address space still in use by a process? */
bool memory__is_alive(const struct memory *memory);

/* Exactly @bytes at @address. 0, -EFAULT (not all of it is mapped), -ESRCH (the process is gone). */
int memory__read(struct memory *memory, uint64_t address, void *buf, size_t bytes);
/* Up to @bytes: at least 1 was read. Their number, or -EFAULT, -ESRCH. */
ssize_t memory__read_some(struct memory *memory, uint64_t address, void *buf, size_t bytes);
/* All @cnt @ranges in as few system calls as there can be. Ranges that fail are marked. 0, or
 * -ESRCH. Whoever wants to be sure whose memory it was asks memory__is_alive() behind it. */
int memory__read_many(struct memory *memory, struct memory_range *ranges, size_t cnt);

/* What has been read so far, and with how many system calls. */
uint64_t memory__bytes(const struct memory *memory);
uint64_t memory__calls(const struct memory *memory);

#endif
