// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/file.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/openat2.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "base/banned.h"

#define OPEN_FLAGS (O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
/* "/proc/-2147483648/map_files/ffffffffffffffff-ffffffffffffffff" */
#define PROC_PATH_BYTES 80

/* Keep @fd only if it is a regular file of bearable size. */
static int check_regular(int fd)
{
	struct stat st;
	int err = 0;

	if (fstat(fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	else if ((uint64_t)st.st_size > FILE_MAX_BYTES)
		err = -EFBIG;
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/*
 * A device is never opened for reading, as that alone may act on it: the file is looked at through
 * an O_PATH descriptor first, then that very file is opened again.
 */
static int reopen_regular(int path_fd)
{
	char path[PROC_PATH_BYTES];
	struct stat st;
	int fd, err = 0;

	if (fstat(path_fd, &st))
		err = -errno;
	else if (!S_ISREG(st.st_mode))
		err = -EINVAL;
	if (err)
		return err;
	snprintf(path, sizeof(path), "/proc/self/fd/%d", path_fd);
	fd = open(path, OPEN_FLAGS);
	if (fd < 0)
		return -errno;
	return check_regular(fd);
}

int file__open_in_root(pid_t pid, const char *path)
{
	struct open_how how = {
		.flags = O_PATH | O_CLOEXEC,
		.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS,
	};
	char root[PROC_PATH_BYTES];
	int root_fd, path_fd, fd;

	if (!path || path[0] != '/')
		return -EINVAL;
	snprintf(root, sizeof(root), "/proc/%d/root", (int)pid);
	root_fd = open(root, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (root_fd < 0)
		return -errno;
	path_fd = (int)syscall(SYS_openat2, root_fd, path, &how, sizeof(how));
	fd = path_fd < 0 ? -errno : reopen_regular(path_fd);
	if (path_fd >= 0)
		close(path_fd);
	close(root_fd);
	return fd;
}

int file__open_mapped(pid_t pid, uint64_t start, uint64_t end, const char *path)
{
	char link[PROC_PATH_BYTES];
	int path_fd, fd;

	/* map_files wants its hex digits as the kernel prints them: without leading zeros. */
	snprintf(link, sizeof(link), "/proc/%d/map_files/%" PRIx64 "-%" PRIx64, (int)pid, start,
		 end);
	path_fd = open(link, O_PATH | O_CLOEXEC);
	if (path_fd < 0)
		return path ? file__open_in_root(pid, path) : -errno;
	fd = reopen_regular(path_fd);
	close(path_fd);
	/* Following a map_files link wants CAP_CHECKPOINT_RESTORE; naming it does not. */
	if ((fd == -EPERM || fd == -EACCES) && path)
		return file__open_in_root(pid, path);
	return fd;
}

int file__read_memory(pid_t pid, uint64_t address, void *buf, size_t bytes)
{
	struct iovec local = {.iov_base = buf, .iov_len = bytes};
	struct iovec remote = {.iov_base = (void *)(uintptr_t)address, .iov_len = bytes};
	ssize_t n = process_vm_readv(pid, &local, 1, &remote, 1, 0);

	if (n < 0)
		return -errno;
	return (size_t)n == bytes ? 0 : -EFAULT;
}
