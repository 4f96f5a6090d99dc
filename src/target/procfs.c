// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "base/vec.h"

#include "base/banned.h"

#define PF_KTHREAD 0x00200000

/* Unsigned number of base @base at *@at, which moves behind it; false if there is none. */
static bool parse_number(const char **at, const char *end, unsigned base, uint64_t *ret)
{
	uint64_t value = 0;
	const char *c = *at;

	for (; c < end; c++) {
		unsigned digit = *c >= '0' && *c <= '9'	  ? (unsigned)(*c - '0')
				 : *c >= 'a' && *c <= 'f' ? (unsigned)(*c - 'a') + 10
							  : 99;

		if (digit >= base)
			break;
		if (value > (UINT64_MAX - digit) / base)
			return false;
		value = value * base + digit;
	}
	if (c == *at)
		return false;
	*at = c;
	*ret = value;
	return true;
}

static bool skip(const char **at, const char *end, char wanted)
{
	if (*at >= end || **at != wanted)
		return false;
	++*at;
	return true;
}

/* Field numbers as proc(5) has them; @at stands behind the name, before the state (3). */
static int parse_stat_fields(const char *at, const char *end, struct proc_stat *stat)
{
	uint64_t flags = 0;

	if (!skip(&at, end, ' ') || at >= end)
		return -EINVAL;
	stat->state = *at++;
	for (int field = 4; field <= 22; field++) {
		uint64_t value;
		bool negative;

		if (!skip(&at, end, ' '))
			return -EINVAL;
		negative = skip(&at, end, '-');
		if (!parse_number(&at, end, 10, &value))
			return -EINVAL;
		if (field == 9)
			flags = value;
		else if (field == 20)
			stat->thread_cnt = value;
		else if (field == 22)
			stat->start_ticks = value;
		if (negative && (field == 9 || field == 20 || field == 22))
			return -EINVAL;
	}
	stat->is_kernel_thread = flags & PF_KTHREAD;
	return 0;
}

int proc_stat__parse(const char *text, size_t len, struct proc_stat *ret)
{
	const char *open = memchr(text, '(', len), *close;
	struct proc_stat stat = {0};
	size_t comm_bytes;
	int err;

	/* The name may hold ')', spaces and newlines; nothing behind it holds a ')'. */
	close = memrchr(text, ')', len);
	if (!open || !close || close < open)
		return -EINVAL;
	comm_bytes = (size_t)(close - open) - 1;
	if (comm_bytes > sizeof(stat.comm) - 1)
		comm_bytes = sizeof(stat.comm) - 1;
	memcpy(stat.comm, open + 1, comm_bytes);
	err = parse_stat_fields(close + 1, text + len, &stat);
	if (err)
		return err;
	*ret = stat;
	return 0;
}

/* The numbers behind "Key:" at a line's start, tab separated: the first, the last, how many. */
static bool parse_status_line(const char *text, size_t len, const char *key, uint64_t *ret_first,
			      uint64_t *ret_last, unsigned *ret_cnt)
{
	const char *end = text + len;
	size_t key_bytes = strlen(key);

	for (const char *line = text; line < end;) {
		const char *next = memchr(line, '\n', (size_t)(end - line));
		const char *stop = next ? next : end;

		if ((size_t)(stop - line) > key_bytes && !memcmp(line, key, key_bytes)) {
			const char *at = line + key_bytes;

			*ret_cnt = 0;
			while (skip(&at, stop, '\t')) {
				if (!parse_number(&at, stop, 10, ret_last))
					return false;
				if (!(*ret_cnt)++)
					*ret_first = *ret_last;
			}
			return *ret_cnt > 0;
		}
		line = stop + 1;
	}
	return false;
}

int proc_status__parse(const char *text, size_t len, struct proc_status *ret)
{
	struct proc_status status = {.namespace_cnt = 1};
	uint64_t first, last;
	unsigned cnt;

	if (!parse_status_line(text, len, "Tgid:", &first, &last, &cnt) || first > INT_MAX)
		return -EINVAL;
	status.tgid = (pid_t)first;
	status.inner_pid = (pid_t)first;
	if (!parse_status_line(text, len, "Uid:", &first, &last, &cnt) || first > UINT32_MAX)
		return -EINVAL;
	status.uid = (uid_t)first;
	if (parse_status_line(text, len, "NStgid:", &first, &last, &cnt) && last <= INT_MAX) {
		status.namespace_cnt = cnt;
		status.inner_pid = (pid_t)last;
	}
	*ret = status;
	return 0;
}

int proc_statm__parse(const char *text, size_t len, uint64_t *ret_resident_pages)
{
	const char *at = text, *end = text + len;
	uint64_t size, resident;

	if (!parse_number(&at, end, 10, &size) || !skip(&at, end, ' ') ||
	    !parse_number(&at, end, 10, &resident))
		return -EINVAL;
	*ret_resident_pages = resident;
	return 0;
}

static bool parse_permissions(const char **at, const char *end, struct proc_map *map)
{
	const char *c = *at;

	if (end - c < 4)
		return false;
	map->readable = c[0] == 'r';
	map->writable = c[1] == 'w';
	map->executable = c[2] == 'x';
	map->shared = c[3] == 's';
	*at += 4;
	return true;
}

/* A name as maps writes it: the newline is its only escape. */
static char *parse_map_path(const char *at, const char *end, bool *ret_deleted)
{
	static const char deleted[] = " (deleted)";
	size_t len = (size_t)(end - at), suffix = sizeof(deleted) - 1;
	char *path, *to;

	*ret_deleted = len > suffix && !memcmp(end - suffix, deleted, suffix);
	if (*ret_deleted)
		end -= suffix;
	path = malloc((size_t)(end - at) + 1);
	if (!path)
		return NULL;
	for (to = path; at < end; to++) {
		bool newline = end - at >= 4 && !memcmp(at, "\\012", 4);

		*to = newline ? '\n' : *at;
		at += newline ? 4 : 1;
	}
	*to = 0;
	return path;
}

static int parse_map_line(const char *at, const char *end, struct proc_maps *maps)
{
	struct proc_map map = {0};
	uint64_t major, minor;
	int err;

	if (!parse_number(&at, end, 16, &map.start) || !skip(&at, end, '-') ||
	    !parse_number(&at, end, 16, &map.end) || !skip(&at, end, ' ') ||
	    !parse_permissions(&at, end, &map) || !skip(&at, end, ' ') ||
	    !parse_number(&at, end, 16, &map.offset) || !skip(&at, end, ' ') ||
	    !parse_number(&at, end, 16, &major) || !skip(&at, end, ':') ||
	    !parse_number(&at, end, 16, &minor) || !skip(&at, end, ' ') ||
	    !parse_number(&at, end, 10, &map.ino) || map.end <= map.start)
		return -EINVAL;
	while (skip(&at, end, ' '))
		;
	if (!map.ino || at == end)
		return 0;
	if (maps->cnt >= PROC_MAPS_MAX) {
		maps->truncated = true;
		return 0;
	}
	map.dev = makedev((unsigned)major, (unsigned)minor);
	map.path = parse_map_path(at, end, &map.deleted);
	if (!map.path)
		return -ENOMEM;
	err = vec__add(maps, map);
	if (err)
		free(map.path);
	return err;
}

int proc_maps__parse(const char *text, size_t len, struct proc_maps *maps)
{
	const char *end = text + len;

	*maps = (struct proc_maps){0};
	for (const char *line = text; line < end;) {
		const char *stop = memchr(line, '\n', (size_t)(end - line));
		int err;

		/* A last line without its end was cut by the reader's bound. */
		if (!stop) {
			maps->truncated = true;
			break;
		}
		err = parse_map_line(line, stop, maps);
		if (err)
			return err;
		line = stop + 1;
	}
	return 0;
}

void proc_maps__release(struct proc_maps *maps)
{
	for (size_t i = 0; i < maps->cnt; i++)
		free(maps->items[i].path);
	free(maps->items);
	*maps = (struct proc_maps){0};
}

/* Is @controller in the comma separated list [at, end)? The v2 hierarchy has an empty list. */
static bool lists_controller(const char *at, const char *end, const char *controller)
{
	size_t len = strlen(controller);

	if (!len)
		return at == end;
	while (at < end) {
		const char *comma = memchr(at, ',', (size_t)(end - at));
		const char *stop = comma ? comma : end;

		if ((size_t)(stop - at) == len && !memcmp(at, controller, len))
			return true;
		at = stop + 1;
	}
	return false;
}

int proc_cgroup__parse(const char *text, const char *controller, char *path, size_t path_bytes)
{
	for (const char *line = text; *line;) {
		const char *stop = strchrnul(line, '\n');
		const char *list = memchr(line, ':', (size_t)(stop - line));
		const char *name = list ? memchr(list + 1, ':', (size_t)(stop - list - 1)) : NULL;
		size_t len = name ? (size_t)(stop - name - 1) : 0;

		if (name && lists_controller(list + 1, name, controller)) {
			if (len >= path_bytes)
				return -ENAMETOOLONG;
			memcpy(path, name + 1, len);
			path[len] = 0;
			return 0;
		}
		line = *stop ? stop + 1 : stop;
	}
	return -ENOENT;
}

static int read_all(int fd, size_t max, char **ret_text, size_t *ret_len)
{
	size_t len = 0, cap = 4096;
	char *text = malloc(cap + 1);

	while (text && len < max) {
		ssize_t n;

		if (len == cap) {
			char *bigger = realloc(text, cap * 2 + 1);

			if (!bigger)
				break;
			text = bigger;
			cap *= 2;
		}
		n = read(fd, text + len, (cap < max ? cap : max) - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0) {
			int err = -errno;

			free(text);
			return err;
		}
		if (n == 0 || (len += (size_t)n) == max) {
			text[len] = 0;
			*ret_text = text;
			*ret_len = len;
			return 0;
		}
	}
	free(text);
	return -ENOMEM;
}

int procfs__read(pid_t pid, const char *name, size_t max, char **ret_text, size_t *ret_len)
{
	char path[64];
	int fd, err;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return errno == ENOENT ? -ESRCH : -errno;
	err = read_all(fd, max, ret_text, ret_len);
	close(fd);
	return err;
}

int procfs__read_link(pid_t pid, const char *name, char **ret_path)
{
	char path[64], *target = malloc(PATH_MAX + 1);
	ssize_t n;
	int err;

	if (!target)
		return -ENOMEM;
	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, name);
	n = readlink(path, target, PATH_MAX);
	if (n < 0) {
		err = -errno;
		free(target);
		return err;
	}
	target[n] = 0;
	*ret_path = target;
	return 0;
}

int procfs__read_stat(pid_t pid, struct proc_stat *ret)
{
	size_t len;
	char *text;
	int err = procfs__read(pid, "stat", PROC_SMALL_MAX_BYTES, &text, &len);

	if (err)
		return err;
	err = proc_stat__parse(text, len, ret);
	free(text);
	return err;
}
