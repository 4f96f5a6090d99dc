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

static bool is_id(const char *text, size_t len)
{
	return len == ID_DIGITS && strspn(text, "0123456789abcdef") >= ID_DIGITS;
}

/*
 * The id in a part of a path: "docker-<id>.scope", "cri-containerd-<id>.scope", "crio-<id>.scope",
 * "libpod-<id>.scope", "kubepods-pod1.slice:cri-containerd:<id>", or bare. NULL: none.
 */
static const char *container_id(const char *part, size_t len)
{
	static const char suffix[] = ".scope";
	size_t end = sizeof(suffix) - 1;

	if (len > end && !memcmp(part + len - end, suffix, end))
		len -= end;
	if (len < ID_DIGITS || !is_id(part + len - ID_DIGITS, ID_DIGITS))
		return NULL;
	part += len - ID_DIGITS;
	return len == ID_DIGITS || part[-1] == '-' || part[-1] == ':' ? part : NULL;
}

/* The last part of @path (@len) and its length; @len 0 if there is none. */
static const char *last_part(const char *path, size_t *len)
{
	size_t end = *len;
	const char *part;

	while (end && path[end - 1] == '/')
		end--;
	part = path + end;
	while (part > path && part[-1] != '/')
		part--;
	*len = (size_t)(path + end - part);
	return part;
}

/* The innermost container of @path: within it there may be groups of its own ("/container" of
 * podman, "/init.scope" of a systemd). NULL: none. */
static const char *innermost_id(const char *path, size_t len)
{
	size_t part_len = len;
	const char *part = last_part(path, &part_len), *id = NULL;

	while (part_len && !(id = container_id(part, part_len))) {
		part_len = (size_t)(part - path);
		part = last_part(path, &part_len);
	}
	return id;
}

static bool names_controller(const char *controllers, size_t len, const char *name)
{
	size_t name_len = strlen(name), at = 0;

	while (at < len) {
		const char *comma = memchr(controllers + at, ',', len - at);
		size_t item = comma ? (size_t)(comma - controllers) - at : len - at;

		if (item == name_len && !memcmp(controllers + at, name, item))
			return true;
		at += item + 1;
	}
	return false;
}

/*
 * How much a line tells: the higher the better; 0 nothing. A hierarchy that is mounted beside the
 * one that is used has everybody at its root, or a whole service's containers in one group.
 */
static int rank(const char *controllers, size_t len, const char *path, size_t path_len)
{
	int of_hierarchy = 0, of_path = path_len > 1 ? 4 : 0;

	if (!len)
		of_hierarchy = 3;
	else if (names_controller(controllers, len, "name=systemd"))
		of_hierarchy = 2;
	else if (names_controller(controllers, len, "memory"))
		of_hierarchy = 1;
	if (innermost_id(path, path_len))
		of_path = 8;
	return of_hierarchy ? of_hierarchy + of_path : 0;
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
			size_t path_len = (size_t)(text + len - second - 1);
			int now =
				rank(first + 1, (size_t)(second - first - 1), second + 1, path_len);

			if (now > best) {
				best = now;
				snprintf(path, size, "%.*s", (int)path_len, second + 1);
			}
		}
		text += len + (text[len] == '\n');
	}
}

void cgroup__unit(const char *path, char *unit, size_t size)
{
	size_t len = strlen(path);
	const char *id = innermost_id(path, len), *leaf = last_part(path, &len);

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
