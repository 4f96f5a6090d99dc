// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/process_list.h"

#include <dirent.h>
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/vec.h"
#include "target/procfs.h"
#include "base/banned.h"

static int compare_pids(const void *a, const void *b)
{
	pid_t x = *(const pid_t *)a, y = *(const pid_t *)b;

	return (x > y) - (x < y);
}

/* The number that a directory of /proc is named by, or 0. */
static pid_t parse_pid(const char *name)
{
	char *end;
	long pid = strtol(name, &end, 10);

	return name[0] >= '1' && name[0] <= '9' && !*end && pid <= INT32_MAX ? (pid_t)pid : 0;
}

static bool is_kernel_thread(pid_t pid)
{
	struct proc_stat stat;

	return !procfs__read_stat(pid, &stat) && stat.is_kernel_thread;
}

int process_list__read(pid_t **ret_pids, size_t *ret_cnt)
{
	struct {
		pid_t *items;
		size_t cnt, cap;
	} pids = {0};
	DIR *proc = opendir("/proc");
	struct dirent *entry;
	int err = 0;

	if (!proc)
		return -errno;
	while (!err && (entry = readdir(proc))) {
		pid_t pid = parse_pid(entry->d_name);

		if (pid && !is_kernel_thread(pid))
			err = vec__add(&pids, pid);
	}
	closedir(proc);
	if (err) {
		free(pids.items);
		return err;
	}
	if (pids.cnt)
		qsort(pids.items, pids.cnt, sizeof(*pids.items), compare_pids);
	*ret_pids = pids.items;
	*ret_cnt = pids.cnt;
	return 0;
}
