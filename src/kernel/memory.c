// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/memory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/banned.h"

#define RANGES_PER_CALL 512 /* the kernel takes 1024 */

struct memory {
	pid_t pid;
	int fd; /* of /proc/PID/mem: holds the address space, not its pages */
	uint64_t bytes, calls;
	struct iovec local[RANGES_PER_CALL], remote[RANGES_PER_CALL];
};

struct memory *memory__open(pid_t pid)
{
	struct memory *memory = calloc(1, sizeof(*memory));
	char path[32];

	if (!memory)
		return NULL;
	memory->pid = pid;
	snprintf(path, sizeof(path), "/proc/%d/mem", (int)pid);
	memory->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (memory->fd < 0) {
		int err = errno == ENOENT ? ESRCH : errno;

		free(memory);
		errno = err;
		return NULL;
	}
	return memory;
}

void memory__free(struct memory *memory)
{
	if (!memory)
		return;
	close(memory->fd);
	free(memory);
}

bool memory__is_alive(const struct memory *memory)
{
	char byte;

	/* Nothing is mapped at 0: an error as long as there are mappings, the end of file without. */
	return pread(memory->fd, &byte, 1, 0) != 0;
}

ssize_t memory__read_some(struct memory *memory, uint64_t address, void *buf, size_t bytes)
{
	ssize_t n;

	if (address > INT64_MAX - bytes)
		return -EFAULT;
	n = pread(memory->fd, buf, bytes, (off_t)address);
	memory->calls++;
	if (n == 0)
		return -ESRCH;
	if (n < 0)
		return -EFAULT;
	memory->bytes += (uint64_t)n;
	return n;
}

int memory__read(struct memory *memory, uint64_t address, void *buf, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n =
			memory__read_some(memory, address + done, (char *)buf + done, bytes - done);

		if (n < 0)
			return (int)n;
		done += (size_t)n;
	}
	return 0;
}

/* The first ranges of @cnt, up to one that fails. Their number, or -errno. */
static ssize_t read_batch(struct memory *memory, const struct memory_range *ranges, size_t cnt)
{
	size_t done = 0;
	ssize_t n;

	for (size_t i = 0; i < cnt; i++) {
		memory->local[i].iov_base = ranges[i].buf;
		memory->remote[i].iov_base = (void *)(uintptr_t)ranges[i].address;
		memory->local[i].iov_len = memory->remote[i].iov_len = ranges[i].bytes;
	}
	n = process_vm_readv(memory->pid, memory->local, cnt, memory->remote, cnt, 0);
	memory->calls++;
	if (n < 0)
		return errno == EFAULT ? 0 : -errno;
	memory->bytes += (uint64_t)n;
	/* Two lists of the same lengths: a short count ends within the range that failed. */
	while (done < cnt && (size_t)n >= ranges[done].bytes)
		n -= (ssize_t)ranges[done++].bytes;
	return (ssize_t)done;
}

int memory__read_many(struct memory *memory, struct memory_range *ranges, size_t cnt)
{
	size_t at = 0;

	while (at < cnt) {
		size_t some = cnt - at < RANGES_PER_CALL ? cnt - at : RANGES_PER_CALL;
		ssize_t done = read_batch(memory, ranges + at, some);

		if (done < 0)
			return (int)done;
		for (size_t i = 0; i < (size_t)done; i++)
			ranges[at + i].failed = false;
		at += (size_t)done;
		if ((size_t)done == some)
			continue;
		if (!memory__is_alive(memory))
			return -ESRCH;
		ranges[at++].failed = true;
	}
	return 0;
}

uint64_t memory__bytes(const struct memory *memory)
{
	return memory->bytes;
}

uint64_t memory__calls(const struct memory *memory)
{
	return memory->calls;
}
