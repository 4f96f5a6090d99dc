// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/reading.h"

#include "base/banned.h"

static size_t fill_rows(struct counters_row *rows, const struct hb_counters *base,
			const struct hb_counters *now)
{
	size_t cnt = 0;

	for (uint16_t func = 0; func < HB_FUNC_MAX; func++) {
		for (uint16_t k = 0; k < HB_CLASS_MAX; k++) {
			const struct hb_class *from = &base->by_class[func][k];
			const struct hb_class *to = &now->by_class[func][k];

			if (to->calls == from->calls)
				continue;
			rows[cnt++] = (struct counters_row){
				.func = func,
				.size_class = k,
				.calls = to->calls - from->calls,
				.bytes = to->bytes - from->bytes,
			};
		}
	}
	return cnt;
}

const struct record *reading__counters(struct record_buffer *buffer, struct record_counters *fixed,
				       const struct hb_counters *base,
				       const struct hb_counters *now)
{
	struct counters_row rows[HB_FUNC_MAX * HB_CLASS_MAX];
	size_t cnt = fill_rows(rows, base, now);

	fixed->failures = 0;
	for (int func = 0; func < HB_FIRST_VM; func++)
		fixed->failures += now->failures[func] - base->failures[func];
	fixed->frees = now->outcome[HB_FREED] - base->outcome[HB_FREED];
	fixed->free_nulls = now->outcome[HB_FREED_NULL] - base->outcome[HB_FREED_NULL];
	fixed->nested = now->outcome[HB_NESTED] - base->outcome[HB_NESTED];
	fixed->freed_bytes = now->freed_bytes - base->freed_bytes;
	fixed->live_bytes = now->live_bytes - base->live_bytes;
	fixed->live_objects = now->live_objects - base->live_objects;
	fixed->table_full = now->table_full - base->table_full;
	fixed->unmatched = now->unmatched - base->unmatched;
	return record_buffer__counters(buffer, fixed, rows, cnt);
}

void reading__loss(struct record_loss *ret, uint32_t image, uint64_t time_ns,
		   const struct hb_counters *now, const struct reading_loss *user)
{
	uint64_t counted = 0;

	for (int i = 0; i < HB_OUTCOME_MAX; i++)
		counted += now->outcome[i];
	/* Whole: what the caller's stack held must not reach a capture. */
	*ret = (struct record_loss){.image = image};
	record__init(&ret->head, RECORD_LOSS, sizeof(*ret), time_ns);
	ret->hits = now->hits;
	ret->counted = counted;
	ret->in_flight = now->hooked - now->returned;
	ret->sampled = now->sampled;
	ret->delivered = user->delivered - user->lost_queue;
	ret->lost_ring_full = now->lost[HB_LOST_RING_FULL];
	ret->lost_free_records = now->lost[HB_LOST_FREE_RECORD];
	ret->lost_stacks = now->lost[HB_LOST_STACK];
	ret->lost_unpaired = now->lost[HB_LOST_UNPAIRED] + now->lost[HB_LOST_TASK_STORAGE];
	ret->tracked = now->tracked;
	ret->inserted = now->inserted;
	ret->table_full = now->table_full;
	ret->freed = now->freed;
	ret->still_live = user->still_live;
	ret->purged_exec = now->purged[HB_PURGED_EXEC];
	ret->purged_exit = now->purged[HB_PURGED_EXIT];
	ret->purged_window = now->purged[HB_PURGED_WINDOW];
	ret->purged_reused = now->purged[HB_PURGED_REUSED];
	ret->purged_putback = now->purged[HB_PURGED_PUTBACK];
	ret->foreign = now->outcome[HB_FOREIGN];
	ret->shut = now->outcome[HB_SHUT];
	ret->lost_queue_full = user->lost_queue;
}
