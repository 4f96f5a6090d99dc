// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/debug_dir.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/record.h"
#include "base/banned.h"

int debug_dir__open(const char *dir, const uint8_t *id, size_t id_bytes)
{
	char path[PATH_MAX], digits[2 * BUILD_ID_MAX + 1] = "";
	struct stat st;
	int fd;

	if (id_bytes < 2 || id_bytes > BUILD_ID_MAX)
		return -ENOENT;
	for (size_t i = 0; i < id_bytes; i++)
		snprintf(digits + 2 * i, 3, "%02x", id[i]);
	if (snprintf(path, sizeof(path), "%s/.build-id/%.2s/%s.debug", dir, digits, digits + 2) >=
	    (int)sizeof(path))
		return -ENAMETOOLONG;
	fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	if (fd < 0)
		return -errno;
	if (!fstat(fd, &st) && S_ISREG(st.st_mode))
		return fd;
	close(fd);
	return -EINVAL;
}
