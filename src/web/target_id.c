// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/target_id.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define GROUP_ID_DIGITS 8

char *target__format(char *dst, const struct view_process *process)
{
	snprintf(dst, TARGET_ID_BYTES, "%" PRIu32 "-%" PRIu64 "-%" PRIu64, process->tgid,
		 process->start_ticks, process->exec_id);
	return dst;
}

bool target__has_profile(const struct view_process *process)
{
	return !process->refusal;
}

static bool is_same(const char *a, const char *b)
{
	return !strcmp(a ? a : "", b ? b : "");
}

static bool is_member(const struct group *group, const struct host_process *process)
{
	if (process->by_pid ? group->pid != process->tgid
			    : group->pid && group->pid != process->tgid)
		return false;
	return is_same(group->comm, process->comm) && is_same(group->exe, process->exe) &&
	       is_same(group->unit, process->unit);
}

const struct group *target__group_of(const struct host *host, const struct host_process *process)
{
	for (size_t i = 0; i < host->group_cnt; i++)
		if (is_member(&host->groups[i], process))
			return &host->groups[i];
	return NULL;
}

static const struct group *find_group(const struct host *host, const char *id)
{
	for (size_t i = 0; host && i < host->group_cnt; i++)
		if (!strcmp(host->groups[i].id, id))
			return &host->groups[i];
	return NULL;
}

static bool is_group_id(const char *id)
{
	return strlen(id) == GROUP_ID_DIGITS && strspn(id, "0123456789abcdef") == GROUP_ID_DIGITS;
}

static bool is_of_group(const struct host *host, const struct group *group,
			const struct view_process *process)
{
	for (size_t i = 0; i < host->process_cnt; i++) {
		const struct host_process *of_host = &host->processes[i];

		if (of_host->tgid == process->tgid &&
		    of_host->start_ticks == process->start_ticks &&
		    of_host->exec_id == process->exec_id)
			return is_member(group, of_host);
	}
	return false;
}

static bool is_meant(const struct host *host, const struct group *group,
		     const struct view_process *process, const char *id)
{
	char own[TARGET_ID_BYTES];

	if (!target__has_profile(process))
		return false;
	if (group)
		return is_of_group(host, group, process);
	return !strcmp(target__format(own, process), id);
}

int target__processes(const struct host *host, const struct analysis *analysis, const char *id,
		      const struct view_process ***ret_processes, size_t *ret_cnt)
{
	const struct view *view = analysis->view;
	const struct group *group = is_group_id(id) ? find_group(host, id) : NULL;
	const struct view_process **processes;
	size_t cnt = 0;

	*ret_processes = NULL;
	*ret_cnt = 0;
	if (!*id)
		return 0;
	if (is_group_id(id) && !group)
		return -ENOENT;
	processes = calloc(view->process_cnt ? view->process_cnt : 1, sizeof(*processes));
	if (!processes)
		return -ENOMEM;
	for (size_t i = 0; i < view->process_cnt; i++)
		if (is_meant(host, group, &view->processes[i], id))
			processes[cnt++] = &view->processes[i];
	/* a group without an observed member has an empty profile; an image is gone */
	if (!cnt && !group) {
		free(processes);
		return -ENOENT;
	}
	*ret_processes = processes;
	*ret_cnt = cnt;
	return 0;
}

bool target__exists(const struct publication *publication, const char *id)
{
	const struct view_process **processes;
	size_t cnt;
	int err;

	if (!publication || !publication->analysis)
		return false;
	err = target__processes(publication->host, publication->analysis, id, &processes, &cnt);
	if (err)
		return false;
	free(processes);
	return true;
}
