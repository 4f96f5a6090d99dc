/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Estimates -> whole numbers that add up to the totals of each process and do not fall below what was
 * published before: see pprof_rows.h. Called by pprof.c and pprof_text.c; pure.
 */
#ifndef HB_PPROF_SHARE_H
#define HB_PPROF_SHARE_H

#include "export/pprof_rows.h"

/* Fill the values of every row of @rows; again after a fold. 0 or -ENOMEM. */
int pprof_share__fill(struct pprof_rows *rows);

#endif
