// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/cgroup.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define FILE_BYTES 4096
#define ID_DIGITS  64 /* of a container */
#define SHOWN	   12 /* of them, as docker ps does */

/* How much a hierarchy tells: the higher the better; 0 nothing. */
static int rank(const char *controllers, size_t len)
{
	if (!len)
		return 3;
	if (len == 12 && !memcmp(controllers, "name=systemd", len))
		return 2;
	return len >= 6 && !memcmp(controllers, "memory", 6) ? 1 : 0;
}

void cgroup__parse(const char *text, char *path, size_t size)
{
	int best = 0;

	path[0] = 0;
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *first = memchr(text, ':', len), *second;

		second = first ? memchr(first + 1, ':', len - (size_t)(first + 1 - text)) : NULL;
		if (second && second[1] == '/') {
			int now = rank(first + 1, (size_t)(second - first - 1));

			if (now > best) {
				best = now;
				snprintf(path, size, "%.*s", (int)(text + len - second - 1),
					 second + 1);
			}
		}
		text += len + (text[len] == '\n');
	}
}

static bool is_id(const char *text, size_t len)
{
	return len == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS;
}

/* "docker-<id>.scope", "cri-containerd-<id>.scope", "libpod-<id>.scope", or the bare id. */
static const char *container_id(const char *leaf, size_t len)
{
	static const char suffix[] = ".scope";
	size_t end = sizeof(suffix) - 1;

	if (is_id(leaf, len))
		return leaf;
	if (len <= ID_DIGITS + end || memcmp(leaf + len - end, suffix, end) != 0)
		return NULL;
	leaf += len - end - ID_DIGITS;
	return leaf[-1] == '-' && is_id(leaf, ID_DIGITS) ? leaf : NULL;
}

void cgroup__unit(const char *path, char *unit, size_t size)
{
	size_t len = strlen(path);
	const char *leaf, *id;

	while (len && path[len - 1] == '/')
		len--;
	leaf = path + len;
	while (leaf > path && leaf[-1] != '/')
		leaf--;
	len -= (size_t)(leaf - path);
	id = container_id(leaf, len);
	if (id)
		snprintf(unit, size, "%.*s", SHOWN, id);
	else
		snprintf(unit, size, "%.*s", (int)len, leaf);
}

int cgroup__read(pid_t pid, char *path, size_t size)
{
	char name[64], text[FILE_BYTES];
	ssize_t got;
	int fd;

	path[0] = 0;
	snprintf(name, sizeof(name), "/proc/%d/cgroup", pid);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return -errno;
	got = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (got < 0)
		return -errno;
	text[got] = 0;
	cgroup__parse(text, path, size);
	return 0;
}
