// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/losses.h"

#include "base/banned.h"

#define AT(field) offsetof(struct view_process, field)

const struct loss_row loss_rows[] = {
	{"ring_full", "samples found the ring full",
	 "raise --interval, or give the reader more CPU", AT(loss.lost_ring_full)},
	{"queue_full", "samples came faster than stacks could be unwound", "raise --interval",
	 AT(loss.lost_queue_full)},
	{"free_records", "ends of sampled blocks found the ring full",
	 "raise --interval: live bytes are too high by them", AT(loss.lost_free_records)},
	{"stacks", "samples came without a stack", "none needed: their caller is known",
	 AT(loss.lost_stacks)},
	{"unpaired", "returns came without their call",
	 "none needed after attaching to a running program", AT(loss.lost_unpaired)},
	{"table_full", "blocks found the live table full",
	 "live is a lower bound: watch without --full, or for a shorter time", AT(loss.table_full)},
	{"dropped_blocks", "sampled blocks were beyond the cap on blocks followed",
	 "live is a lower bound: raise --interval", AT(dropped_blocks)},
	{"dropped_samples", "samples were beyond the cap on stacks",
	 "raise --interval, or observe for a shorter time", AT(dropped_samples)},
};

const size_t loss_row_cnt = sizeof(loss_rows) / sizeof(*loss_rows);

struct identities losses__check(const struct record_loss *loss)
{
	uint64_t purged = loss->purged_exec + loss->purged_exit + loss->purged_window +
			  loss->purged_reused + loss->purged_putback;

	return (struct identities){
		.hits = (int64_t)(loss->hits - loss->counted - loss->in_flight),
		.samples = (int64_t)(loss->sampled - loss->delivered - loss->lost_ring_full -
				     loss->lost_queue_full),
		.blocks = (int64_t)(loss->tracked - loss->inserted - loss->table_full),
		.ends = (int64_t)(loss->inserted - loss->freed - loss->still_live - purged),
	};
}
