// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/lock.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "base/banned.h"

#define LOCK_PATH "/run/heapbeat.lock"

int lock__take(struct error *error)
{
	int fd = open(LOCK_PATH, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	char text[32] = "";
	int err;

	if (fd < 0)
		return error__set(error, errno == EACCES ? EXIT_REFUSED : EXIT_RUNTIME, -errno,
				  "cannot open '%s': %s; heapbeat needs root", LOCK_PATH,
				  strerror(errno));
	if (flock(fd, LOCK_EX | LOCK_NB)) {
		ssize_t len = pread(fd, text, sizeof(text) - 1, 0);

		err = -errno;
		close(fd);
		text[len > 0 ? len : 0] = 0;
		return error__set(
			error, EXIT_RUNTIME, err,
			"another observer is running on this host (pid %ld); end it first",
			strtol(text, NULL, 10));
	}
	snprintf(text, sizeof(text), "%d\n", getpid());
	if (ftruncate(fd, 0) || pwrite(fd, text, strlen(text), 0) < 0) {
		err = -errno;
		close(fd);
		return error__set(error, EXIT_RUNTIME, err, "cannot write '%s': %s", LOCK_PATH,
				  strerror(-err));
	}
	return fd;
}
