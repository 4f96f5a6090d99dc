/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Builds records: the drain and the capture tests fill the fixed part, this lays rows, frames and
 * strings behind it and sets head.bytes and head.type. One record at a time: what a builder returns
 * is valid until the next call with the same buffer.
 */
#ifndef HB_RECORD_BUFFER_H
#define HB_RECORD_BUFFER_H

#include "collect/record.h"

#define RECORD_STRING_MAX 65536 /* longer strings are cut: six of them always fit in a record */

struct record_buffer {
	unsigned char *data;
	size_t bytes;
	size_t cap;
};

struct image_strings {
	const char *comm, *exe, *runtime, *allocator;
	const char *hides;   /* NULL or "": absent */
	const char *refusal; /* NULL or "": absent */
};

struct symbol_strings {
	const char *function;
	const char *file; /* NULL: absent */
};

/* Zero-initialise to begin with. */
void record_buffer__release(struct record_buffer *buffer);

/* For records without a tail (EXIT, PLAN, STEP, FREE, LOSS, VITALS, END): fill the head in place. */
static inline void record__init(struct record *head, enum record_type type, size_t bytes,
				uint64_t time_ns)
{
	*head = (struct record){
		.bytes = (uint32_t)bytes, .type = (uint16_t)type, .time_ns = time_ns};
}

/* Each: the finished record, or NULL if out of memory. @fixed->head.time_ns is kept. */
const struct record *record_buffer__host(struct record_buffer *buffer, uint64_t time_ns,
					 const char *kernel, const char *host, const char *version,
					 uint32_t cpu_cnt);
const struct record *record_buffer__image(struct record_buffer *buffer,
					  const struct record_image *fixed,
					  const struct image_strings *strings);
const struct record *record_buffer__module(struct record_buffer *buffer,
					   const struct record_module *fixed, const char *path);
const struct record *record_buffer__symbol(struct record_buffer *buffer,
					   const struct record_symbol *fixed,
					   const struct symbol_strings *strings);
const struct record *record_buffer__unit(struct record_buffer *buffer,
					 const struct record_unit *fixed, const char *unit);
const struct record *record_buffer__thread(struct record_buffer *buffer,
					   const struct record_thread *fixed, const char *comm);
/* NULL with errno E2BIG if the tail does not fit in RECORD_MAX_BYTES. row_cnt is set here. */
struct go_site_strings {
	const char *type, *callee, *call; /* each may be NULL: absent */
};

const struct record *record_buffer__go_site(struct record_buffer *buffer,
					    const struct record_go_site *fixed,
					    const struct go_site_strings *strings);
const struct record *record_buffer__counters(struct record_buffer *buffer,
					     const struct record_counters *fixed,
					     const struct counters_row *rows, size_t row_cnt);
/* RECORD_SAMPLE, or RECORD_FAILURE if @fixed->head.type says so. Frames beyond FRAMES_MAX are cut and the record is then not SAMPLE_COMPLETE. */
const struct record *record_buffer__sample(struct record_buffer *buffer,
					   const struct record_sample *fixed,
					   const struct frame *frames, size_t frame_cnt);

/*
 * The pieces that builders are made of, for those of Go's records (go_records.c). Each: false or NULL with errno ENOMEM, or E2BIG beyond RECORD_MAX_BYTES.
 */
bool record_buffer__begin(struct record_buffer *buffer, const void *fixed, size_t fixed_bytes);
bool record_buffer__add(struct record_buffer *buffer, const void *bytes, size_t len);
/* Append @s and store its offset at byte @field; an absent string stores 0. */
bool record_buffer__string(struct record_buffer *buffer, size_t field, const char *s);
const struct record *record_buffer__end(struct record_buffer *buffer, enum record_type type);

#endif
