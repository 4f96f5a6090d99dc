// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/record_buffer.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

void record_buffer__release(struct record_buffer *buffer)
{
	free(buffer->data);
	*buffer = (struct record_buffer){0};
}

static bool buffer_add(struct record_buffer *buffer, const void *bytes, size_t len)
{
	size_t need = buffer->bytes + len;

	if (need > RECORD_MAX_BYTES) {
		errno = E2BIG;
		return false;
	}
	if (need > buffer->cap) {
		size_t cap = buffer->cap ? buffer->cap : 1024;
		unsigned char *data;

		while (cap < need)
			cap *= 2;
		data = realloc(buffer->data, cap);
		if (!data)
			return false;
		buffer->data = data;
		buffer->cap = cap;
	}
	if (len)
		memcpy(buffer->data + buffer->bytes, bytes, len);
	buffer->bytes = need;
	return true;
}

static bool buffer_begin(struct record_buffer *buffer, const void *fixed, size_t fixed_bytes)
{
	buffer->bytes = 0;
	return buffer_add(buffer, fixed, fixed_bytes);
}

/* Append @s and store its offset at byte @field; an absent string stores 0. */
static bool buffer_string(struct record_buffer *buffer, size_t field, const char *s)
{
	uint32_t offset = s ? (uint32_t)buffer->bytes : 0;

	if (s && (!buffer_add(buffer, s, strnlen(s, RECORD_STRING_MAX - 1)) ||
		  !buffer_add(buffer, "", 1)))
		return false;
	memcpy(buffer->data + field, &offset, sizeof(offset));
	return true;
}

static const struct record *buffer_end(struct record_buffer *buffer, enum record_type type)
{
	static const unsigned char zeros[8];
	struct record *head;

	if (!buffer_add(buffer, zeros, -buffer->bytes % 8))
		return NULL;
	head = (struct record *)buffer->data;
	head->bytes = (uint32_t)buffer->bytes;
	head->type = (uint16_t)type;
	return head;
}

static const char *absent_if_empty(const char *s)
{
	return s && *s ? s : NULL;
}

const struct record *record_buffer__host(struct record_buffer *buffer, uint64_t time_ns,
					 const char *kernel, const char *host, const char *version,
					 uint32_t cpu_cnt)
{
	struct record_host fixed = {.head.time_ns = time_ns, .cpu_cnt = cpu_cnt};

	if (!buffer_begin(buffer, &fixed, sizeof(fixed)) ||
	    !buffer_string(buffer, offsetof(struct record_host, kernel), kernel) ||
	    !buffer_string(buffer, offsetof(struct record_host, host), host) ||
	    !buffer_string(buffer, offsetof(struct record_host, version), version))
		return NULL;
	return buffer_end(buffer, RECORD_HOST);
}

const struct record *record_buffer__image(struct record_buffer *buffer,
					  const struct record_image *fixed,
					  const struct image_strings *strings)
{
	if (!buffer_begin(buffer, fixed, sizeof(*fixed)) ||
	    !buffer_string(buffer, offsetof(struct record_image, comm), strings->comm) ||
	    !buffer_string(buffer, offsetof(struct record_image, exe), strings->exe) ||
	    !buffer_string(buffer, offsetof(struct record_image, runtime), strings->runtime) ||
	    !buffer_string(buffer, offsetof(struct record_image, allocator), strings->allocator) ||
	    !buffer_string(buffer, offsetof(struct record_image, hides),
			   absent_if_empty(strings->hides)) ||
	    !buffer_string(buffer, offsetof(struct record_image, refusal),
			   absent_if_empty(strings->refusal)))
		return NULL;
	return buffer_end(buffer, RECORD_IMAGE);
}

const struct record *record_buffer__module(struct record_buffer *buffer,
					   const struct record_module *fixed, const char *path)
{
	if (!buffer_begin(buffer, fixed, sizeof(*fixed)) ||
	    !buffer_string(buffer, offsetof(struct record_module, path), path))
		return NULL;
	return buffer_end(buffer, RECORD_MODULE);
}

const struct record *record_buffer__symbol(struct record_buffer *buffer,
					   const struct record_symbol *fixed,
					   const struct symbol_strings *strings)
{
	if (!buffer_begin(buffer, fixed, sizeof(*fixed)) ||
	    !buffer_string(buffer, offsetof(struct record_symbol, function), strings->function) ||
	    !buffer_string(buffer, offsetof(struct record_symbol, file), strings->file))
		return NULL;
	return buffer_end(buffer, RECORD_SYMBOL);
}

const struct record *record_buffer__counters(struct record_buffer *buffer,
					     const struct record_counters *fixed,
					     const struct counters_row *rows, size_t row_cnt)
{
	struct record_counters counted = *fixed;

	if (row_cnt > RECORD_MAX_BYTES / sizeof(*rows)) {
		errno = E2BIG;
		return NULL;
	}
	counted.row_cnt = (uint32_t)row_cnt;
	if (!buffer_begin(buffer, &counted, sizeof(counted)) ||
	    !buffer_add(buffer, rows, row_cnt * sizeof(*rows)))
		return NULL;
	return buffer_end(buffer, RECORD_COUNTERS);
}

const struct record *record_buffer__sample(struct record_buffer *buffer,
					   const struct record_sample *fixed,
					   const struct frame *frames, size_t frame_cnt)
{
	struct record_sample cut = *fixed;

	if (frame_cnt > FRAMES_MAX) {
		frame_cnt = FRAMES_MAX;
		cut.flags &= (uint16_t)~SAMPLE_COMPLETE;
	}
	cut.frame_cnt = (uint32_t)frame_cnt;
	if (!buffer_begin(buffer, &cut, sizeof(cut)) ||
	    !buffer_add(buffer, frames, frame_cnt * sizeof(*frames)))
		return NULL;
	return buffer_end(buffer, RECORD_SAMPLE);
}
