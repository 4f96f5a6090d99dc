// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/selection.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon/selector.h"
#include "target/cgroup.h"
#include "target/process_list.h"
#include "target/procfs.h"
#include "base/banned.h"

bool selection__is_asked(const struct options *options)
{
	return options->daemon.comms.cnt || options->daemon.cgroups.cnt;
}

static bool is_chosen(const struct options *options, pid_t pid)
{
	char cgroup[CGROUP_PATH_BYTES] = "";
	struct proc_stat stat;

	if (pid == getpid() || procfs__read_stat(pid, &stat) || stat.state == 'Z')
		return false;
	if (options->daemon.cgroups.cnt)
		(void)cgroup__read(pid, cgroup, sizeof(cgroup));
	return selector__matches(&options->daemon, stat.comm, NULL, *cgroup ? cgroup : NULL);
}

/* What was asked for, for a message. */
static const char *first_pattern(const struct options *options)
{
	return options->daemon.comms.cnt ? options->daemon.comms.items[0]
					 : options->daemon.cgroups.items[0];
}

int selection__resolve(struct options *options, struct error *error)
{
	struct session_options *session = &options->session;
	size_t cnt, found = 0;
	pid_t *pids;
	int err;

	if (!selection__is_asked(options))
		return 0;
	err = process_list__read(&pids, &cnt);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot list processes: %s",
				  strerror(-err));
	for (size_t i = 0; i < cnt; i++) {
		if (!is_chosen(options, pids[i]))
			continue;
		if (session->pid_cnt < SESSION_PIDS_MAX)
			session->pids[session->pid_cnt++] = pids[i];
		found++;
	}
	free(pids);
	if (!found)
		return error__set(error, EXIT_RUNTIME, -ESRCH,
				  "no process matches '%s' now; see heapbeat ps",
				  first_pattern(options));
	if (session->pid_cnt == SESSION_PIDS_MAX && found > SESSION_PIDS_MAX)
		return error__set(error, EXIT_USAGE, -E2BIG,
				  "%zu processes match '%s', %d can be observed at once: narrow "
				  "the pattern, or use heapbeat run",
				  found, first_pattern(options), SESSION_PIDS_MAX);
	return 0;
}
