// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_records.h"

#include <errno.h>
#include <string.h>

#include "base/table.h"
#include "base/banned.h"

#define CALLS_PER_RECORD 1000 /* with 512 bytes of a name for each they fit */

struct writer {
	struct record_buffer *buffer;
	uint32_t image, module;
	const struct go_reading *reading;
	int (*put)(void *ctx, const struct record *record);
	void *ctx;
};

const struct record *record_buffer__go_program(struct record_buffer *buffer,
					       const struct record_go_program *fixed,
					       const char *version, const char *coverage)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_go_program, version), version) ||
	    !record_buffer__string(buffer, offsetof(struct record_go_program, coverage),
				   coverage && *coverage ? coverage : NULL))
		return NULL;
	return record_buffer__end(buffer, RECORD_GO_PROGRAM);
}

const struct record *record_buffer__go_sample(struct record_buffer *buffer,
					      const struct record_go_sample *fixed,
					      const struct frame *frames, size_t frame_cnt)
{
	struct record_go_sample cut = *fixed;

	cut.frame_cnt = (uint32_t)(frame_cnt < FRAMES_MAX ? frame_cnt : FRAMES_MAX);
	if (!record_buffer__begin(buffer, &cut, sizeof(cut)) ||
	    !record_buffer__add(buffer, frames, cut.frame_cnt * sizeof(*frames)))
		return NULL;
	return record_buffer__end(buffer, RECORD_GO_SAMPLE);
}

static int put_whole(struct writer *w, enum record_type type, uint16_t flags)
{
	const struct record *record = record_buffer__end(w->buffer, type);

	if (!record)
		return -errno;
	((struct record *)w->buffer->data)->flags = flags;
	return w->put(w->ctx, record);
}

static bool begin(struct writer *w, void *fixed, size_t bytes)
{
	((struct record *)fixed)->time_ns = w->reading->time_ns;
	return record_buffer__begin(w->buffer, fixed, bytes);
}

/* The program's own number in place of the reader's. */
static struct frame placed(const struct writer *w, struct frame frame)
{
	if (frame.module == 1)
		frame.module = w->module;
	return frame;
}

static int put_state(struct writer *w)
{
	struct record_go_state state = w->reading->state;

	state.image = w->image;
	if (!begin(w, &state, sizeof(state)))
		return -errno;
	return put_whole(w, RECORD_GO_STATE, 0);
}

static int put_classes(struct writer *w)
{
	size_t cnt = w->reading->class_cnt;
	struct record_go_classes fixed = {.image = w->image};

	if (cnt > GO_CLASSES_MAX)
		cnt = GO_CLASSES_MAX;
	fixed.row_cnt = (uint32_t)cnt;
	if (!begin(w, &fixed, sizeof(fixed)) ||
	    !record_buffer__add(w->buffer, w->reading->classes, cnt * sizeof(struct go_class_row)))
		return -errno;
	return put_whole(w, RECORD_GO_CLASSES, 0);
}

static int put_bucket(struct writer *w, const struct go_bucket *bucket)
{
	struct record_go_bucket fixed = {
		.image = w->image,
		.bucket = bucket->number,
		.size_bytes = bucket->size_bytes,
		.frame_cnt = bucket->frame_cnt < GO_FRAMES_MAX ? bucket->frame_cnt : GO_FRAMES_MAX,
	};

	if (!begin(w, &fixed, sizeof(fixed)))
		return -errno;
	for (uint32_t i = 0; i < fixed.frame_cnt; i++) {
		struct frame frame = placed(w, bucket->frames[i]);

		if (!record_buffer__add(w->buffer, &frame, sizeof(frame)))
			return -errno;
	}
	return put_whole(w, RECORD_GO_BUCKET, 0);
}

static int put_counts(struct writer *w)
{
	const struct go_reading *reading = w->reading;
	size_t at = 0;
	int err;

	do {
		size_t left = reading->count_cnt - at;
		size_t cnt = left < GO_COUNT_ROWS_MAX ? left : GO_COUNT_ROWS_MAX;
		struct record_go_counts fixed = {
			.image = w->image,
			.row_cnt = (uint32_t)cnt,
			.profile_rate_bytes = reading->profile_rate_bytes,
		};

		if (!begin(w, &fixed, sizeof(fixed)) ||
		    !record_buffer__add(w->buffer, reading->counts + at,
					cnt * sizeof(*reading->counts)))
			return -errno;
		at += cnt;
		err = put_whole(w, RECORD_GO_COUNTS, at < reading->count_cnt ? GO_COUNTS_MORE : 0);
	} while (!err && at < reading->count_cnt);
	return err;
}

static int put_goroutines(struct writer *w)
{
	const struct go_reading *reading = w->reading;
	struct record_go_goroutines fixed = {
		.image = w->image,
		.total = reading->goroutine_total,
		.dropped = reading->goroutine_dropped,
	};
	size_t cnt = reading->goroutine_cnt;

	/* the heaviest come first, so what is cut is the least */
	for (; cnt > GO_SITES_MAX; cnt--)
		fixed.dropped += reading->goroutines[cnt - 1].cnt;
	fixed.row_cnt = (uint32_t)cnt;
	if (!begin(w, &fixed, sizeof(fixed)))
		return -errno;
	for (size_t i = 0; i < cnt; i++) {
		struct go_goroutine_row row = reading->goroutines[i];

		row.created = placed(w, row.created);
		row.entry = placed(w, row.entry);
		if (!record_buffer__add(w->buffer, &row, sizeof(row)))
			return -errno;
	}
	return put_whole(w, RECORD_GO_GOROUTINES, 0);
}

static int put_cycle(struct writer *w, const struct record_go_cycle *cycle)
{
	struct record_go_cycle fixed = *cycle;

	fixed.image = w->image;
	if (!begin(w, &fixed, sizeof(fixed)))
		return -errno;
	return put_whole(w, RECORD_GO_CYCLE, 0);
}

int go_records__put(struct record_buffer *buffer, uint32_t image, uint32_t module,
		    const struct go_reading *reading,
		    int (*put)(void *ctx, const struct record *record), void *ctx)
{
	struct writer w = {buffer, image, module, reading, put, ctx};
	int err = 0;

	for (size_t i = 0; reading->parts & GO_PART_CYCLES && i < reading->cycle_cnt && !err; i++)
		err = put_cycle(&w, &reading->cycles[i]);
	if (!err && reading->parts & GO_PART_STATE)
		err = put_state(&w);
	if (!err && reading->parts & GO_PART_CLASSES)
		err = put_classes(&w);
	if (!err && reading->parts & GO_PART_BUCKETS) {
		for (size_t i = 0; i < reading->bucket_cnt && !err; i++)
			err = put_bucket(&w, &reading->buckets[i]);
		if (!err)
			err = put_counts(&w);
	}
	if (!err && reading->parts & GO_PART_GOROUTINES)
		err = put_goroutines(&w);
	return err;
}

/* The name behind the rows once for all of them. */
static int put_type(struct writer *w, struct table *said, size_t field, const char *name)
{
	uint64_t key = hash__bytes(HASH_SEED, name, strlen(name)), known;
	uint32_t offset;

	if (table__get(said, key, &known)) {
		offset = (uint32_t)known;
		memcpy(w->buffer->data + field, &offset, sizeof(offset));
		return 0;
	}
	if (!record_buffer__string(w->buffer, field, name))
		return -errno;
	memcpy(&offset, w->buffer->data + field, sizeof(offset));
	return table__put(said, key, offset);
}

static int put_call_rows(struct writer *w, const struct record_go_look *sums,
			 const struct go_call_row *rows, size_t cnt, const char *names)
{
	struct record_go_calls fixed = {
		.head.time_ns = sums->head.time_ns, .image = w->image, .row_cnt = (uint32_t)cnt};
	struct table said = {0};
	int err = 0;

	if (!record_buffer__begin(w->buffer, &fixed, sizeof(fixed)))
		return -errno;
	for (size_t i = 0; i < cnt && !err; i++) {
		struct go_call_row row = rows[i];

		row.site = placed(w, row.site);
		row.type = 0;
		if (!record_buffer__add(w->buffer, &row, sizeof(row)))
			err = -errno;
	}
	for (size_t i = 0; i < cnt && !err; i++)
		if (rows[i].type)
			err = put_type(w, &said,
				       sizeof(fixed) + i * sizeof(*rows) +
					       offsetof(struct go_call_row, type),
				       names + rows[i].type);
	table__release(&said);
	return err ? err : put_whole(w, RECORD_GO_CALLS, 0);
}

int go_records__put_calls(struct record_buffer *buffer, uint32_t module,
			  const struct record_go_look *sums, const struct go_calls_news *news,
			  int (*put)(void *ctx, const struct record *record), void *ctx)
{
	struct writer w = {buffer, sums->image, module, NULL, put, ctx};
	struct record_go_look look = *sums;
	int err = 0;

	for (size_t at = 0; at < news->cnt && !err; at += CALLS_PER_RECORD) {
		size_t left = news->cnt - at;

		err = put_call_rows(&w, sums, news->rows + at,
				    left < CALLS_PER_RECORD ? left : CALLS_PER_RECORD, news->names);
	}
	if (err)
		return err;
	look.dropped += news->dropped;
	record__init(&look.head, RECORD_GO_LOOK, sizeof(look), sums->head.time_ns);
	return put(ctx, &look.head);
}
