/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From readings of the programs' counters to COUNTERS and LOSS records: pure. */
#ifndef HB_READING_H
#define HB_READING_H

#include <stdbool.h>

#include "bpf/abi.h"
#include "collect/record.h"
#include "collect/record_buffer.h"

/* Sides of the identities that only user space knows. */
struct reading_loss {
	uint64_t delivered;  /* SAMPLE records taken off the ring */
	uint64_t lost_queue; /* of these: dropped before the unwinder */
	uint64_t still_live; /* entries of the image in the live map */
};

/* What has been counted between @base and @now in (image, epoch) of @fixed: the rest of it is
 * filled here. NULL if out of memory. */
const struct record *reading__counters(struct record_buffer *buffer, struct record_counters *fixed,
				       const struct hb_counters *base,
				       const struct hb_counters *now);

/* Cumulative losses and identities of @image at @time_ns. */
void reading__loss(struct record_loss *ret, uint32_t image, uint64_t time_ns,
		   const struct hb_counters *now, const struct reading_loss *user);

#endif
