// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_mbuckets.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#include "base/banned.h"

#define HEADER_BYTES  48
#define STACK_MAX     1026 /* what the runtime allows to be set, and two */
#define TYPE_MEMORY   1
#define CYCLES	      4 /* published, and three of the future */
#define RECORDS_BATCH 512
#define RECORD_MAX    (CYCLES * 32)
#define WINDOWS	      4
#define WINDOW_BYTES  (32U << 10)
#define SMALL_WINDOW  (4U << 10)

struct header {
	uint64_t next, allnext, type, hash, size_bytes, stack_cnt;
};

/* A copy of a piece of memory. The runtime lays buckets one behind the other, in a piece for each P. */
struct window {
	uint64_t start;
	size_t bytes;
	_Alignas(8) uint8_t data[WINDOW_BYTES];
};

/* A bucket that is known: number is its index + 1. */
struct known {
	uint64_t record; /* address of its counts */
	uint64_t allocs, frees, pending;
	bool is_told; /* the last counts were */
};

struct go_mbuckets {
	const struct go_process *process;
	struct {
		struct known *items;
		size_t cnt, cap;
	} known;
	/* Those from @cursor up to but not @until are still to be read; @top is the newest of all. */
	struct {
		uint64_t top, cursor, until;
	} list;
	bool is_full;
	struct window windows[WINDOWS];
	unsigned next_window;
	_Alignas(8) uint8_t records[RECORDS_BATCH * RECORD_MAX];
	struct memory_range ranges[RECORDS_BATCH];
};

struct go_mbuckets *go_mbuckets__new(const struct go_process *process)
{
	struct go_mbuckets *buckets = calloc(1, sizeof(*buckets));

	if (buckets)
		buckets->process = process;
	return buckets;
}

void go_mbuckets__free(struct go_mbuckets *buckets)
{
	if (!buckets)
		return;
	free(buckets->known.items);
	free(buckets);
}

bool go_mbuckets__is_full(const struct go_mbuckets *buckets)
{
	return buckets->is_full;
}

static bool has(const struct window *window, uint64_t address, size_t bytes)
{
	return address >= window->start && address + bytes <= window->start + window->bytes;
}

static bool fill(struct go_mbuckets *buckets, struct window *window, uint64_t start, size_t bytes)
{
	bool done = !memory__read(buckets->process->memory, start, window->data, bytes);

	window->start = start;
	window->bytes = done ? bytes : 0;
	return done;
}

/* Exactly @bytes of the target at @address, valid until the next call. NULL: not mapped, or gone. */
static const void *peek(struct go_mbuckets *buckets, uint64_t address, size_t bytes)
{
	uint64_t start = address & ~(uint64_t)(WINDOW_BYTES - 1);
	uint64_t page = address & ~(uint64_t)(SMALL_WINDOW - 1);
	struct window *window = NULL;

	for (unsigned i = 0; i < WINDOWS && !window; i++)
		if (has(&buckets->windows[i], address, bytes))
			window = &buckets->windows[i];
	if (!window) {
		window = &buckets->windows[buckets->next_window++ % WINDOWS];
		/* At the edges of what is mapped, and across two windows, as much as there is. */
		if ((address + bytes > start + WINDOW_BYTES ||
		     !fill(buckets, window, start, WINDOW_BYTES)) &&
		    (address + bytes > page + SMALL_WINDOW ||
		     !fill(buckets, window, page, SMALL_WINDOW)) &&
		    !fill(buckets, window, address, bytes))
			return NULL;
	}
	return window->data + (address - window->start);
}

/* Buckets that were added since lie in memory of which copies are kept as it was before. */
static void forget_windows(struct go_mbuckets *buckets)
{
	for (unsigned i = 0; i < WINDOWS; i++)
		buckets->windows[i].bytes = 0;
}

static int failure(const struct go_mbuckets *buckets)
{
	return memory__is_alive(buckets->process->memory) ? -EINVAL : -ESRCH;
}

static int read_header(struct go_mbuckets *buckets, uint64_t address, struct header *ret)
{
	const void *bytes = address % 8 ? NULL : peek(buckets, address, sizeof(*ret));

	if (!bytes)
		return failure(buckets);
	memcpy(ret, bytes, sizeof(*ret));
	if (ret->type != TYPE_MEMORY || !ret->size_bytes || ret->stack_cnt > STACK_MAX)
		return -EINVAL;
	return 0;
}

static int read_head(struct go_mbuckets *buckets, uint64_t *ret_head)
{
	const struct go_process *process = buckets->process;
	int err = memory__read(process->memory, process->at.buckets, ret_head, sizeof(*ret_head));

	forget_windows(buckets);
	return err == -EFAULT ? -EINVAL : err;
}

int go_mbuckets__check(struct go_mbuckets *buckets)
{
	uint64_t head;
	struct header header;
	int err = read_head(buckets, &head);

	if (err || !head)
		return err;
	return read_header(buckets, head, &header);
}

static struct frame *read_frames(struct go_mbuckets *buckets, uint64_t address, size_t cnt)
{
	const uint64_t *pcs = peek(buckets, address, cnt * sizeof(*pcs));
	struct frame *frames;

	if (!pcs)
		return NULL;
	frames = calloc(cnt + 1, sizeof(*frames));
	for (size_t i = 0; frames && i < cnt; i++) {
		uint64_t pc;

		memcpy(&pc, (const char *)pcs + i * sizeof(pc), sizeof(pc));
		frames[i] =
			go_process__frame(buckets->process, pc, i + 1 < cnt ? FRAME_INNERMOST : 0);
	}
	return frames;
}

/* The bucket at @address becomes known and is added to @ret. */
static int add(struct go_mbuckets *buckets, uint64_t address, const struct header *header,
	       struct go_bucket *ret)
{
	size_t cnt = header->stack_cnt < FRAMES_MAX ? header->stack_cnt : FRAMES_MAX;
	struct known known = {.record = address + HEADER_BYTES + 8 * header->stack_cnt};

	ret->frames = read_frames(buckets, address + HEADER_BYTES, cnt);
	if (!ret->frames)
		return failure(buckets);
	ret->frame_cnt = (uint32_t)cnt;
	ret->size_bytes = header->size_bytes;
	ret->number = (uint32_t)buckets->known.cnt + 1;
	if (vec__add(&buckets->known, known)) {
		free(ret->frames);
		return -ENOMEM;
	}
	return 0;
}

/* What is new in the list, as far as one reading goes. */
static int walk(struct go_mbuckets *buckets, struct go_reading *reading)
{
	struct header header;
	int err = 0;

	if (!buckets->list.cursor) {
		uint64_t head;

		err = read_head(buckets, &head);
		if (err || head == buckets->list.top || buckets->is_full)
			return err;
		buckets->list.cursor = head;
		buckets->list.until = buckets->list.top;
		buckets->list.top = head;
	}
	forget_windows(buckets);
	reading->buckets = calloc(GO_NEW_BUCKETS_MAX, sizeof(*reading->buckets));
	if (!reading->buckets)
		return -ENOMEM;
	while (buckets->list.cursor && buckets->list.cursor != buckets->list.until &&
	       reading->bucket_cnt < GO_NEW_BUCKETS_MAX) {
		buckets->is_full = buckets->known.cnt == GO_BUCKETS_MAX;
		if (buckets->is_full) {
			buckets->list.cursor = 0;
			return 0;
		}
		err = read_header(buckets, buckets->list.cursor, &header);
		if (!err)
			err = add(buckets, buckets->list.cursor, &header,
				  &reading->buckets[reading->bucket_cnt]);
		if (err)
			break;
		reading->bucket_cnt++;
		buckets->list.cursor = header.allnext;
	}
	/* What stands behind a bucket that contradicts itself cannot be told from anything. */
	if (err == -EINVAL || buckets->list.cursor == buckets->list.until)
		buckets->list.cursor = 0;
	return err == -EINVAL ? 0 : err;
}

/* The counts of bucket @index, of which @raw is a copy, into @reading if they have changed. */
static void tell(struct go_mbuckets *buckets, size_t index, const uint8_t *raw,
		 struct go_reading *reading)
{
	struct known *known = &buckets->known.items[index];
	size_t stride = buckets->process->layout->profile_bytes;
	uint64_t cycles[CYCLES][2], pending = 0;

	for (unsigned i = 0; i < CYCLES; i++)
		memcpy(cycles[i], raw + i * stride, sizeof(cycles[i]));
	for (unsigned i = 1; i < CYCLES; i++)
		pending += cycles[i][0];
	/* Caught while a cycle was published: its frees were added, its allocations not yet. */
	if (cycles[0][1] > cycles[0][0] || pending > UINT32_MAX)
		return;
	if (known->is_told && known->allocs == cycles[0][0] && known->frees == cycles[0][1] &&
	    known->pending == pending)
		return;
	known->allocs = cycles[0][0];
	known->frees = cycles[0][1];
	known->pending = pending;
	known->is_told = true;
	reading->counts[reading->count_cnt++] = (struct go_count_row){
		.bucket = (uint32_t)index + 1,
		.allocs = known->allocs,
		.frees = known->frees,
		.pending_allocs = pending,
	};
}

static int read_batch(struct go_mbuckets *buckets, size_t first, size_t cnt,
		      struct go_reading *reading)
{
	size_t bytes = (size_t)CYCLES * buckets->process->layout->profile_bytes;
	int err;

	for (size_t i = 0; i < cnt; i++)
		buckets->ranges[i] = (struct memory_range){
			.address = buckets->known.items[first + i].record,
			.buf = buckets->records + i * RECORD_MAX,
			.bytes = bytes,
		};
	err = memory__read_many(buckets->process->memory, buckets->ranges, cnt);
	for (size_t i = 0; !err && i < cnt; i++)
		if (!buckets->ranges[i].failed)
			tell(buckets, first + i, buckets->records + i * RECORD_MAX, reading);
	return err;
}

static int read_counts(struct go_mbuckets *buckets, struct go_reading *reading)
{
	int err = 0;

	reading->counts = calloc(buckets->known.cnt + 1, sizeof(*reading->counts));
	if (!reading->counts)
		return -ENOMEM;
	for (size_t at = 0; !err && at < buckets->known.cnt; at += RECORDS_BATCH) {
		size_t left = buckets->known.cnt - at;

		err = read_batch(buckets, at, left < RECORDS_BATCH ? left : RECORDS_BATCH, reading);
	}
	return err;
}

int go_mbuckets__read(struct go_mbuckets *buckets, struct go_reading *reading)
{
	__typeof__(buckets->list) list = buckets->list;
	size_t known = buckets->known.cnt;
	int err = walk(buckets, reading);

	if (!err)
		err = read_counts(buckets, reading);
	/* What nobody will hear of is new the next time. */
	if (err) {
		buckets->list = list;
		buckets->known.cnt = known;
	}
	return err;
}
