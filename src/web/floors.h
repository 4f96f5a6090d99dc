/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was published of each target's profile before, so that nothing in a later one falls (see
 * struct pprof_floor). Bounded in bytes: the target asked for longest ago goes first.
 */
#ifndef HB_WEB_FLOORS_H
#define HB_WEB_FLOORS_H

#include "export/pprof.h"

#define FLOORS_MAX	 64
#define FLOORS_BYTES_MAX (4U << 20)

struct floors;

/* NULL with errno set. */
struct floors *floors__new(void);
void floors__free(struct floors *floors);

/* The floor of target @id, for this thread alone until floors__release. Never NULL. */
struct pprof_floor *floors__hold(struct floors *floors, const char *id);
void floors__release(struct floors *floors);

#endif
