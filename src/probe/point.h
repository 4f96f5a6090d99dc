/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From the places of a target to the points of a link: cookies, returns, free first. */
#ifndef HB_POINT_H
#define HB_POINT_H

#include "kernel/link.h"
#include "target/target.h"

#define POINTS_MAX_PER_PROCESS (TARGET_FILES_MAX * TARGET_PLACES_MAX)

/* Fill @points (POINTS_MAX_PER_PROCESS of them) for @slot; the descriptors stay the target's.
 * Their number. */
size_t point__build(const struct target *target, size_t slot, struct probe_point *points);

/* Keep malloc's point alone, its return not hooked: calls are counted at entry. 1, or 0 if there is
 * none. */
size_t point__keep_malloc(struct probe_point *points, size_t cnt);

/* Leave the returns of malloc and calloc alone: their calls are counted and sampled at entry. The
 * functions that call others for themselves keep theirs, so that nesting is still seen. */
void point__drop_plain_returns(struct probe_point *points, size_t cnt);

/* Whether the return of @func is ever wanted (enum hb_func). */
bool point__has_return(uint16_t func);

#endif
