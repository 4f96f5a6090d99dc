/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What has been measured of a Go program's collector, as the pacing model wants it, and how much more
 * memory its heap may take. Pure; for the rules go-gogc and go-memlimit.
 */
#ifndef HB_GO_COLLECTOR_H
#define HB_GO_COLLECTOR_H

#include "advice/go_pacing.h"
#include "model/view.h"

/* 0 with *ret_facts set; -ENODATA: no cycle within the span, GOGC off, or most cycles are forced and
 * follow no setting. cycle_cpu_s may be negative (unknown). */
int go_collector__facts(const struct view_process *process, struct go_pacing_facts *ret_facts);

/* Bytes that the heap may grow by: half of what the nearest limit leaves, a quarter of what the host
 * has to give, and where neither is known a plain bound. */
double go_collector__room_bytes(const struct view_process *process);

/* What stands for a limit of its memory: its cgroup's, less what others take of that; 0: none. */
double go_collector__own_limit_bytes(const struct view_process *process);

/* A prediction of the model that may be @error (a share) off, from @n cycles. */
struct figure go_collector__predicted(double value, double error, uint64_t n);

#endif
