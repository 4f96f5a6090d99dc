/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Targets as addresses name them: one image, "<pid>-<start ticks>-<exec id>", or a group, 8 hex
 * digits, which is all its members; "" is the whole host. A process that has exited is found for as
 * long as the view keeps it. Pure.
 */
#ifndef HB_WEB_TARGET_ID_H
#define HB_WEB_TARGET_ID_H

#include <stdbool.h>
#include <stddef.h>

#include "export/publication.h"

#define TARGET_ID_BYTES 72

/* The id of @process. Returns @dst (TARGET_ID_BYTES). */
char *target__format(char *dst, const struct view_process *process);

/* The group that @process belongs to, or NULL. */
const struct group *target__group_of(const struct host *host, const struct host_process *process);

/* Whether @id names something that has been published. @publication may be NULL. */
bool target__exists(const struct publication *publication, const char *id);

/*
 * The processes of @analysis that @id names: *ret_cnt pointers in *ret_processes (free it); NULL
 * for the whole host. @host tells the members of a group. 0, -ENOENT if there is no such target, or
 * -ENOMEM.
 */
int target__processes(const struct host *host, const struct analysis *analysis, const char *id,
		      const struct view_process ***ret_processes, size_t *ret_cnt);

/* Whether @process has something to show: it was not refused. */
bool target__has_profile(const struct view_process *process);

#endif
