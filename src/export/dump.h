/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One record of a capture as text or as a line of JSON, by the table of fields. Called by cmd/dump.c. */
#ifndef HB_DUMP_H
#define HB_DUMP_H

#include <stdio.h>

#include "collect/record.h"

/*
 *	0.012345678 SAMPLE image=1 epoch=1 sample_id=0x9 ... frame_cnt=2
 *	    frames module=1 flags=0 offset=0x1a2b
 *
 * @start_ns: CLOCK_BOOTTIME of the capture's start. @record is sound.
 */
void dump__text(FILE *file, const struct record *record, uint64_t start_ns);

/* {"time_ns": ..., "type": "SAMPLE", ...}: addresses and numbers above 2^63 are strings. 0, -ENOMEM,
 * -EIO. */
int dump__json(FILE *file, const struct record *record, uint64_t start_ns);

#endif
