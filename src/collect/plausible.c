// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/plausible.h"

#include "bpf/abi.h"

#include "base/banned.h"

#define COUNT_MAX  (1ULL << 53)
#define BYTES_MAX  (1ULL << 62)
#define SIZE_MAX47 (1ULL << 47) /* of one block: what an address space holds */
#define CPU_MAX_NS (1ULL << 56) /* two years */
#define NUMBER_MAX (1U << 24)	/* of modules, epochs, buckets */
#define LATE_NS	   (60ULL * 1000000000)
#define RACE_CALLS 4096 /* calls and bytes of a row are not read at one moment */

static bool are_frames(const struct frame *frames, uint32_t cnt)
{
	for (uint32_t i = 0; i < cnt; i++)
		if (frames[i].module >= NUMBER_MAX ||
		    frames[i].flags & ~(uint32_t)(FRAME_EXACT_PC | FRAME_INNERMOST))
			return false;
	return true;
}

static bool is_plan(const struct record_plan *plan)
{
	uint64_t end_ns = plan->closed_ns ? plan->closed_ns : plan->head.time_ns;

	return plan->epoch < NUMBER_MAX && plan->link <= 3 && plan->interval_bytes <= 1ULL << 40 &&
	       plan->opened_ns <= plan->head.time_ns + LATE_NS &&
	       plan->closed_ns <= plan->head.time_ns + LATE_NS &&
	       plan->observed_ns <= CAPTURE_SPAN_MAX_NS &&
	       (plan->opened_ns > end_ns ||
		plan->observed_ns <= end_ns - plan->opened_ns + LATE_NS) &&
	       plan->cpu_ns <= CPU_MAX_NS && plan->charged_ns <= CPU_MAX_NS &&
	       plan->stolen_ns <= CPU_MAX_NS;
}

static bool are_counters(const struct record_counters *counters)
{
	const struct counters_row *rows = (const struct counters_row *)(counters + 1);

	if (counters->epoch >= NUMBER_MAX || counters->failures > COUNT_MAX ||
	    counters->frees > COUNT_MAX || counters->free_nulls > COUNT_MAX ||
	    counters->nested > COUNT_MAX || counters->freed_bytes > BYTES_MAX ||
	    counters->live_bytes > BYTES_MAX || counters->live_objects > COUNT_MAX ||
	    counters->table_full > COUNT_MAX || counters->unmatched > COUNT_MAX)
		return false;
	for (uint32_t i = 0; i < counters->row_cnt; i++) {
		uint64_t most = rows[i].size_class < 63 ? 1ULL << rows[i].size_class : BYTES_MAX;

		if (rows[i].reserved || rows[i].calls > COUNT_MAX || rows[i].bytes > BYTES_MAX ||
		    (double)rows[i].bytes > (double)(rows[i].calls + RACE_CALLS) * (double)most)
			return false;
	}
	return true;
}

static bool is_sample(const struct record_sample *sample)
{
	return sample->epoch < NUMBER_MAX && !sample->reserved && sample->func < HB_FUNC_MAX &&
	       (sample->size_bytes <= SIZE_MAX47 || sample->head.type == RECORD_FAILURE) &&
	       are_frames((const struct frame *)(sample + 1), sample->frame_cnt);
}

static bool is_block(const struct record_block *block)
{
	return block->epoch < NUMBER_MAX && !block->reserved && block->size_bytes <= SIZE_MAX47 &&
	       block->born_ns <= block->head.time_ns + LATE_NS;
}

static bool is_loss(const struct record_loss *loss)
{
	for (const uint64_t *at = &loss->hits; at <= &loss->lost_queue_full; at++)
		if (*at > COUNT_MAX)
			return false;
	return true;
}

static bool is_vitals(const struct record_vitals *vitals)
{
	return vitals->rss_bytes <= SIZE_MAX47 && vitals->anon_bytes <= SIZE_MAX47 &&
	       vitals->cpu_ns <= CPU_MAX_NS;
}

bool record__is_plausible(const struct record *record, uint64_t start_ns)
{
	if (record->time_ns >= start_ns + CAPTURE_SPAN_MAX_NS)
		return false;
	switch (record->type) {
	case RECORD_PLAN:
		return is_plan((const struct record_plan *)record);
	case RECORD_COUNTERS:
		return are_counters((const struct record_counters *)record);
	case RECORD_SAMPLE:
	case RECORD_FAILURE:
		return is_sample((const struct record_sample *)record);
	case RECORD_STEP:
	case RECORD_FREE:
		return is_block((const struct record_block *)record);
	case RECORD_LOSS:
		return is_loss((const struct record_loss *)record);
	case RECORD_VITALS:
		return is_vitals((const struct record_vitals *)record);
	default:
		return true;
	}
}
