/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which processes the daemon was told to observe. Pure; called by the fleet. */
#ifndef HB_SELECTOR_H
#define HB_SELECTOR_H

#include <stdbool.h>
#include <sys/types.h>

#include "config/options.h"

/* Named by PID. */
bool selector__names(const struct daemon_options *options, pid_t pid);
/* Whether exe and cgroup have to be read before a process can be judged. */
bool selector__needs_identity(const struct daemon_options *options);
/*
 * Whether a selector matches. @comm: the command name; @exe: path; @cgroup: path below the root.
 * Selectors of one kind and of several are joined by or.
 */
bool selector__matches(const struct daemon_options *options, const char *comm, const char *exe,
		       const char *cgroup);

#endif
