// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/memory_limit.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "target/procfs.h"

#include "base/banned.h"

/* Files of one cgroup version. v1 says "no limit" by a number near 2^63. */
struct layout {
	const char *controller;
	const char *mount; /* below the root */
	const char *limit, *usage;
};

static const struct layout layouts[] = {
	{"", "", "memory.max", "memory.current"},
	{"memory", "/memory", "memory.limit_in_bytes", "memory.usage_in_bytes"},
};

static bool read_number(const char *directory, const char *name, uint64_t *ret)
{
	char path[2 * PATH_MAX], text[32], *end;
	ssize_t n;
	int fd, len = snprintf(path, sizeof(path), "%s/%s", directory, name);

	if (len < 0 || (size_t)len >= sizeof(path))
		return false;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return false;
	text[n] = 0;
	errno = 0;
	*ret = strtoull(text, &end, 10);
	return end != text && !errno; /* "max" is no number */
}

/* Of @directory and its ancestors, down to @root_len characters. */
static bool walk_up(const struct layout *layout, char *directory, size_t root_len,
		    uint64_t *ret_limit, uint64_t *ret_used)
{
	uint64_t least = 0;
	bool found = false;

	for (;;) {
		uint64_t limit, usage, headroom;
		char *slash;

		if (read_number(directory, layout->limit, &limit) && limit < INT64_MAX / 2 &&
		    read_number(directory, layout->usage, &usage)) {
			headroom = usage < limit ? limit - usage : 0;
			if (!found || headroom < least) {
				least = headroom;
				*ret_limit = limit;
				*ret_used = usage;
			}
			found = true;
		}
		slash = strrchr(directory, '/');
		if (strlen(directory) <= root_len || !slash || slash < directory + root_len)
			return found;
		*slash = 0;
	}
}

int memory_limit__find(const char *cgroup_text, const char *root, uint64_t *ret_limit_bytes,
		       uint64_t *ret_used_bytes)
{
	char group[PATH_MAX], directory[2 * PATH_MAX];

	for (size_t i = 0; i < sizeof(layouts) / sizeof(layouts[0]); i++) {
		const struct layout *layout = &layouts[i];
		size_t root_len = strlen(root) + strlen(layout->mount);
		int len;

		/* A path with ".." names a group outside our cgroup namespace: not readable here. */
		if (proc_cgroup__parse(cgroup_text, layout->controller, group, sizeof(group)) ||
		    strstr(group, "/.."))
			continue;
		len = snprintf(directory, sizeof(directory), "%s%s%s", root, layout->mount, group);
		if (len < 0 || (size_t)len >= sizeof(directory))
			continue;
		if (walk_up(layout, directory, root_len, ret_limit_bytes, ret_used_bytes))
			return 0;
	}
	return -ENOENT;
}

int memory_limit__headroom(const char *cgroup_text, const char *root, uint64_t *ret_bytes)
{
	uint64_t limit, used;
	int err = memory_limit__find(cgroup_text, root, &limit, &used);

	if (!err)
		*ret_bytes = used < limit ? limit - used : 0;
	return err;
}

/* Bytes of the line of @text that begins with @key. */
static bool find_kib(const char *text, const char *key, uint64_t *ret_bytes)
{
	const char *line = strstr(text, key);
	char *end;
	uint64_t kib;

	if (!line || (line != text && line[-1] != '\n'))
		return false;
	line += strlen(key);
	errno = 0;
	kib = strtoull(line, &end, 10);
	if (end == line || errno || kib > UINT64_MAX / 1024 || strncmp(end, " kB", 3))
		return false;
	*ret_bytes = kib * 1024;
	return true;
}

int memory_limit__host(const char *path, uint64_t *ret_bytes, uint64_t *ret_available_bytes)
{
	uint64_t total, available;
	char text[1024]; /* both stand at its beginning */
	ssize_t n;
	int fd = open(path, O_RDONLY | O_CLOEXEC);

	if (fd < 0)
		return -ENOENT;
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	if (n <= 0)
		return -ENOENT;
	text[n] = 0;
	if (!find_kib(text, "MemTotal:", &total) || !find_kib(text, "MemAvailable:", &available))
		return -ENOENT;
	*ret_bytes = total;
	*ret_available_bytes = available;
	return 0;
}
