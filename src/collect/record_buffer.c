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

bool record_buffer__add(struct record_buffer *buffer, const void *bytes, size_t len)
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

bool record_buffer__begin(struct record_buffer *buffer, const void *fixed, size_t fixed_bytes)
{
	buffer->bytes = 0;
	return record_buffer__add(buffer, fixed, fixed_bytes);
}

bool record_buffer__string(struct record_buffer *buffer, size_t field, const char *s)
{
	uint32_t offset = s ? (uint32_t)buffer->bytes : 0;

	if (s && (!record_buffer__add(buffer, s, strnlen(s, RECORD_STRING_MAX - 1)) ||
		  !record_buffer__add(buffer, "", 1)))
		return false;
	memcpy(buffer->data + field, &offset, sizeof(offset));
	return true;
}

const struct record *record_buffer__end(struct record_buffer *buffer, enum record_type type)
{
	static const unsigned char zeros[8];
	struct record *head;

	if (!record_buffer__add(buffer, zeros, -buffer->bytes % 8))
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

	if (!record_buffer__begin(buffer, &fixed, sizeof(fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_host, kernel), kernel) ||
	    !record_buffer__string(buffer, offsetof(struct record_host, host), host) ||
	    !record_buffer__string(buffer, offsetof(struct record_host, version), version))
		return NULL;
	return record_buffer__end(buffer, RECORD_HOST);
}

const struct record *record_buffer__image(struct record_buffer *buffer,
					  const struct record_image *fixed,
					  const struct image_strings *strings)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, comm), strings->comm) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, exe), strings->exe) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, runtime),
				   strings->runtime) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, allocator),
				   strings->allocator) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, hides),
				   absent_if_empty(strings->hides)) ||
	    !record_buffer__string(buffer, offsetof(struct record_image, refusal),
				   absent_if_empty(strings->refusal)))
		return NULL;
	return record_buffer__end(buffer, RECORD_IMAGE);
}

const struct record *record_buffer__module(struct record_buffer *buffer,
					   const struct record_module *fixed, const char *path)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_module, path), path))
		return NULL;
	return record_buffer__end(buffer, RECORD_MODULE);
}

const struct record *record_buffer__symbol(struct record_buffer *buffer,
					   const struct record_symbol *fixed,
					   const struct symbol_strings *strings)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_symbol, function),
				   strings->function) ||
	    !record_buffer__string(buffer, offsetof(struct record_symbol, file), strings->file))
		return NULL;
	return record_buffer__end(buffer, RECORD_SYMBOL);
}

const struct record *record_buffer__go_site(struct record_buffer *buffer,
					    const struct record_go_site *fixed,
					    const struct go_site_strings *strings)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_go_site, type), strings->type) ||
	    !record_buffer__string(buffer, offsetof(struct record_go_site, callee),
				   strings->callee) ||
	    !record_buffer__string(buffer, offsetof(struct record_go_site, call), strings->call))
		return NULL;
	return record_buffer__end(buffer, RECORD_GO_SITE);
}

const struct record *record_buffer__unit(struct record_buffer *buffer,
					 const struct record_unit *fixed, const char *unit)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_unit, unit), unit))
		return NULL;
	return record_buffer__end(buffer, RECORD_UNIT);
}

const struct record *record_buffer__thread(struct record_buffer *buffer,
					   const struct record_thread *fixed, const char *comm)
{
	if (!record_buffer__begin(buffer, fixed, sizeof(*fixed)) ||
	    !record_buffer__string(buffer, offsetof(struct record_thread, comm), comm))
		return NULL;
	return record_buffer__end(buffer, RECORD_THREAD);
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
	if (!record_buffer__begin(buffer, &counted, sizeof(counted)) ||
	    !record_buffer__add(buffer, rows, row_cnt * sizeof(*rows)))
		return NULL;
	return record_buffer__end(buffer, RECORD_COUNTERS);
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
	if (!record_buffer__begin(buffer, &cut, sizeof(cut)) ||
	    !record_buffer__add(buffer, frames, frame_cnt * sizeof(*frames)))
		return NULL;
	return record_buffer__end(buffer, fixed->head.type == RECORD_FAILURE ? RECORD_FAILURE
									     : RECORD_SAMPLE);
}
