/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime's rings of stop-the-world pauses (runtime.memstats): one entry a cycle, the last 256.
 * Pure; called by go_figures.c and go_reader.c.
 */
#ifndef HB_COLLECT_GO_PAUSES_H
#define HB_COLLECT_GO_PAUSES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/record.h"
#include "target/go_layout.h"

#define GO_PAUSES	    256
#define GO_PAUSES_MAX_BYTES 8192

struct go_pauses {
	uint64_t total_ns;
	uint64_t pause_ns[GO_PAUSES];
	uint64_t end_wall_ns[GO_PAUSES];
	uint32_t cycles, forced_cycles;
	double cpu_fraction;	/* of the GC, since the start */
	uint64_t last_ended_ns; /* CLOCK_MONOTONIC */
};

/* Bytes from pause_total_ns on that are looked at. */
size_t go_pauses__bytes(const struct go_layout *layout);
/* 0, or -EINVAL: that is not where it is (sums that do not match, times out of order or in the
 * future of @now_wall_ns). */
int go_pauses__parse(const void *raw, const struct go_layout *layout, uint64_t now_wall_ns,
		     struct go_pauses *ret);

/*
 * The cycles behind number @seen, of which @forced_seen were forced; what the ring has lost is left
 * out. @mark_start_ns: when the last one began (CLOCK_MONOTONIC), 0 unknown. Their number, at most
 * GO_PAUSES - 1, oldest first.
 */
size_t go_pauses__cycles(const struct go_pauses *pauses, uint64_t seen, uint64_t forced_seen,
			 uint64_t mark_start_ns, struct record_go_cycle *ret);

#endif
