/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What of a process was not seen, each with its remedy: one table for text and JSON. */
#ifndef HB_LOSSES_H
#define HB_LOSSES_H

#include <stddef.h>
#include <stdint.h>

#include "model/view.h"

struct loss_row {
	const char *key;    /* in JSON */
	const char *what;   /* in text, behind the number */
	const char *remedy; /* what the user can do */
	size_t offset;	    /* in struct view_process, of a uint64_t */
};

extern const struct loss_row loss_rows[];
extern const size_t loss_row_cnt;

static inline uint64_t loss_row__value(const struct loss_row *row,
				       const struct view_process *process)
{
	return *(const uint64_t *)((const char *)process + row->offset);
}

/* By how much each of the three identities is off; 0 where they hold exactly. */
struct identities {
	int64_t hits;	 /* hits - counted - in flight */
	int64_t samples; /* sampled - delivered - lost */
	int64_t blocks;	 /* tracked - inserted - table_full */
	int64_t ends;	 /* inserted - freed - still live - purged */
};

struct identities losses__check(const struct record_loss *loss);

#endif
