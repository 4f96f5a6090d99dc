// SPDX-License-Identifier: GPL-2.0-or-later
#include "daemon/selector.h"

#include <fnmatch.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define COMM_BYTES 15 /* what the kernel keeps of a command's name */
#define PATH_BYTES 4096

bool selector__names(const struct daemon_options *options, pid_t pid)
{
	for (size_t i = 0; i < options->pid_cnt; i++)
		if (options->pids[i] == pid)
			return true;
	return false;
}

bool selector__needs_identity(const struct daemon_options *options)
{
	return options->exes.cnt || options->cgroups.cnt;
}

static bool matches_comm(const char *pattern, const char *comm)
{
	if (!fnmatch(pattern, comm, 0))
		return true;
	/* A longer name than the kernel keeps stands for its beginning. */
	return strlen(pattern) > COMM_BYTES && strlen(comm) == COMM_BYTES &&
	       !strncmp(pattern, comm, COMM_BYTES);
}

static bool matches_exe(const char *pattern, const char *exe)
{
	const char *slash = strrchr(exe, '/');

	return !fnmatch(pattern, strchr(pattern, '/') || !slash ? exe : slash + 1, 0);
}

/* The group itself, or one above it: "system.slice/redis.service", "redis.service". */
static bool matches_cgroup(const char *pattern, const char *cgroup)
{
	char path[PATH_BYTES];
	char *end;

	snprintf(path, sizeof(path), "%s", cgroup);
	for (;;) {
		const char *slash = strrchr(path, '/');

		if (!fnmatch(pattern, path, 0) || !fnmatch(pattern, path + (*path == '/'), 0) ||
		    (slash && !fnmatch(pattern, slash + 1, 0)))
			return true;
		end = strrchr(path, '/');
		if (!end || end == path)
			return false;
		*end = 0;
	}
}

bool selector__matches(const struct daemon_options *options, const char *comm, const char *exe,
		       const char *cgroup)
{
	if (options->all)
		return true;
	for (size_t i = 0; i < options->comms.cnt; i++)
		if (matches_comm(options->comms.items[i], comm))
			return true;
	for (size_t i = 0; i < options->exes.cnt; i++)
		if (exe && matches_exe(options->exes.items[i], exe))
			return true;
	for (size_t i = 0; i < options->cgroups.cnt; i++)
		if (cgroup && matches_cgroup(options->cgroups.items[i], cgroup))
			return true;
	return false;
}
