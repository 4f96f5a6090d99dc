/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `-- CMD ARG...`: a program started and held before its first instruction. */
#ifndef HB_CHILD_H
#define HB_CHILD_H

#include <sys/types.h>

#include "base/error.h"

/* Start @argv and stop it at its exec, before ld.so's first instruction. Its pid, or -errno with
 * @error filled (-ENOENT: no such program: EXIT_RUNTIME). */
pid_t child__start(char *const argv[], struct error *error);
/* Let it run, traced no longer. 0 or -errno. */
int child__release(pid_t pid);
/* The exit code of a shell (128+N for signal N) if @pid has ended, -EAGAIN if it runs. */
int child__exit_code(pid_t pid);

#endif
