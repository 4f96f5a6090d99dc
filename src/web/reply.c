// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/reply.h"

#include <errno.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "base/banned.h"

#define COMPRESS_FROM_BYTES 1024
#define LEAST_BYTES	    4096
#define MOST_BYTES	    (4U << 20)
#define STREAM_BYTES	    16384
#define GZIP_WINDOW_BITS    (MAX_WBITS + 16) /* + 16: a gzip header and trailer */

static atomic_size_t usual_bytes = LEAST_BYTES;

void reply__release(struct web_reply *reply)
{
	if (reply->stream)
		fclose(reply->stream);
	free(reply->body);
	*reply = (struct web_reply){0};
}

/* What the last bodies took, a little more: most of the time the next one need not grow. */
static void remember_usual(size_t bytes)
{
	size_t usual = bytes + bytes / 16;

	if (usual < LEAST_BYTES)
		usual = LEAST_BYTES;
	if (usual > MOST_BYTES)
		usual = MOST_BYTES;
	atomic_store_explicit(&usual_bytes, usual, memory_order_relaxed);
}

/* open_memstream() would do, but for zeroing and moving what it grows: a quarter of a large scrape's
 * time. */
static ssize_t append(void *cookie, const char *data, size_t bytes)
{
	struct web_reply *reply = cookie;

	if (bytes > reply->body_cap - reply->body_bytes) {
		size_t cap = 2 * reply->body_cap > reply->body_bytes + bytes
				     ? 2 * reply->body_cap
				     : reply->body_bytes + bytes;
		char *body = realloc(reply->body, cap);

		if (!body)
			return 0;
		reply->body = body;
		reply->body_cap = cap;
	}
	memcpy(reply->body + reply->body_bytes, data, bytes);
	reply->body_bytes += bytes;
	return (ssize_t)bytes;
}

FILE *reply__open(struct web_reply *reply, unsigned int status, const char *type)
{
	static const cookie_io_functions_t functions = {.write = append};

	reply__release(reply);
	reply->status = status;
	reply->type = type;
	reply->body_cap = atomic_load_explicit(&usual_bytes, memory_order_relaxed);
	reply->body = malloc(reply->body_cap);
	if (reply->body)
		reply->stream = fopencookie(reply, "w", functions);
	if (reply->stream)
		setvbuf(reply->stream, NULL, _IOFBF, STREAM_BYTES);
	return reply->stream;
}

int reply__close(struct web_reply *reply, int err)
{
	FILE *stream = reply->stream;

	reply->stream = NULL;
	if (!stream)
		err = err ? err : -ENOMEM;
	else if (fclose(stream) && !err)
		err = -EIO;
	remember_usual(reply->body_bytes);
	if (err)
		reply__say(reply, 500, "cannot make this page: %s", strerror(-err));
	return err;
}

void reply__say(struct web_reply *reply, unsigned int status, const char *fmt, ...)
{
	va_list args;
	char *text = NULL;
	int len;

	reply__release(reply);
	reply->status = status;
	reply->type = TYPE_TEXT;
	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	if (len < 0)
		return; /* out of memory: a status without words */
	reply->body = text;
	reply->body_bytes = (size_t)len + 1;
	text[len] = '\n'; /* the NUL's place: bodies carry their length */
}

static int deflate_all(const struct web_reply *reply, unsigned char *to, size_t to_bytes,
		       size_t *ret_bytes)
{
	z_stream stream = {0};
	int ret;

	/* level 1: three times faster than the default, a tenth more bytes */
	if (deflateInit2(&stream, 1, Z_DEFLATED, GZIP_WINDOW_BITS, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return -ENOMEM;
	stream.next_in = (unsigned char *)reply->body;
	stream.avail_in = (uInt)reply->body_bytes;
	stream.next_out = to;
	stream.avail_out = (uInt)to_bytes;
	ret = deflate(&stream, Z_FINISH);
	*ret_bytes = stream.total_out;
	deflateEnd(&stream);
	return ret == Z_STREAM_END ? 0 : -ENOSPC;
}

void reply__compress(struct web_reply *reply)
{
	unsigned char *small;
	size_t bytes = 0;

	if (reply->body_bytes < COMPRESS_FROM_BYTES || reply->body_bytes > UINT32_MAX / 2)
		return;
	small = malloc(reply->body_bytes);
	if (!small || deflate_all(reply, small, reply->body_bytes, &bytes)) {
		free(small);
		return;
	}
	free(reply->body);
	reply->body = (char *)small;
	reply->body_bytes = bytes;
	reply->gzip = true;
}
