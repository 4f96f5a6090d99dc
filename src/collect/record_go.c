// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/record_go.h"

#include "base/banned.h"

/* Whether @cnt items of @item_bytes lie behind the fixed part of @record, and are at most @max. */
static bool tail_fits(const struct record *record, size_t fixed_bytes, uint32_t cnt,
		      size_t item_bytes, size_t max)
{
	return cnt <= max && cnt <= (record->bytes - fixed_bytes) / item_bytes;
}

bool record_go__check_classes(const struct record *record)
{
	const struct record_go_classes *classes = (const struct record_go_classes *)record;

	return tail_fits(record, sizeof(*classes), classes->row_cnt, sizeof(struct go_class_row),
			 GO_CLASSES_MAX);
}

bool record_go__check_bucket(const struct record *record)
{
	const struct record_go_bucket *bucket = (const struct record_go_bucket *)record;

	return bucket->bucket && tail_fits(record, sizeof(*bucket), bucket->frame_cnt,
					   sizeof(struct frame), GO_FRAMES_MAX);
}

bool record_go__check_counts(const struct record *record)
{
	const struct record_go_counts *counts = (const struct record_go_counts *)record;
	const struct go_count_row *rows = (const struct go_count_row *)(counts + 1);

	if (!tail_fits(record, sizeof(*counts), counts->row_cnt, sizeof(*rows), GO_COUNT_ROWS_MAX))
		return false;
	for (uint32_t i = 0; i < counts->row_cnt; i++)
		if (!rows[i].bucket)
			return false;
	return true;
}

bool record_go__check_goroutines(const struct record *record)
{
	const struct record_go_goroutines *list = (const struct record_go_goroutines *)record;

	return tail_fits(record, sizeof(*list), list->row_cnt, sizeof(struct go_goroutine_row),
			 GO_SITES_MAX);
}

bool record_go__check_sample(const struct record *record)
{
	const struct record_go_sample *sample = (const struct record_go_sample *)record;

	return sample->kind <= GO_SAMPLE_LARGE &&
	       tail_fits(record, sizeof(*sample), sample->frame_cnt, sizeof(struct frame),
			 FRAMES_MAX);
}

bool record_go__check_cycle(const struct record *record)
{
	return ((const struct record_go_cycle *)record)->cause <= GO_CAUSE_UNKNOWN;
}

bool record_go__check_calls(const struct record *record)
{
	const struct record_go_calls *calls = (const struct record_go_calls *)record;
	const struct go_call_row *rows = (const struct go_call_row *)(calls + 1);
	size_t behind = sizeof(*calls), last = record->bytes;

	if (!tail_fits(record, sizeof(*calls), calls->row_cnt, sizeof(*rows), GO_COUNT_ROWS_MAX))
		return false;
	behind += calls->row_cnt * sizeof(*rows);
	/* Every string that begins before the last zero ends in time. */
	while (last > behind && ((const char *)record)[last - 1])
		last--;
	for (uint32_t i = 0; i < calls->row_cnt; i++)
		if (rows[i].kind >= GO_CALL_KINDS ||
		    (rows[i].type && (rows[i].type < behind || rows[i].type >= last)))
			return false;
	return true;
}

bool record_go__check_site(const struct record *record)
{
	return ((const struct record_go_site *)record)->module != 0;
}
