/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The capabilities that the daemon keeps: those that observing needs, and no others. */
#ifndef HB_PRIVILEGE_H
#define HB_PRIVILEGE_H

#include "base/error.h"
#include "config/options.h"

/*
 * Drop every capability but BPF, PERFMON, SYS_PTRACE, DAC_READ_SEARCH, CHECKPOINT_RESTORE, SYS_NICE
 * (SYS_ADMIN too, where perf links are asked for or multi links are not to be had) and those of
 * --capabilities.keep, from this thread and all that it starts; set no_new_privs. What it does not
 * have it goes on without. 0 or -errno with @error filled.
 */
int privilege__drop(const struct daemon_options *options, struct error *error);

#endif
