/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The processes of this pid namespace, once, from /proc. Called by `ps`; the daemon sweeps instead. */
#ifndef HB_PROCESS_LIST_H
#define HB_PROCESS_LIST_H

#include <stddef.h>
#include <sys/types.h>

/* Every process in pid order; kernel threads left out. 0 or -errno; free(*ret_pids). */
int process_list__read(pid_t **ret_pids, size_t *ret_cnt);

#endif
