// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof.h"

#include <errno.h>
#include <stdlib.h>
#include <zlib.h>

#include "export/pprof_message.h"
#include "export/pprof_share.h"

#include "base/banned.h"

#define GZIP_WINDOW (15 + 16) /* the largest window, and a gzip head */
#define GZIP_LEVEL  4	      /* half the time of the default, 5 % larger */
#define SHRINK	    0.9	      /* aim below the limit: the next try should fit */

static size_t limit(size_t asked, size_t most)
{
	return asked && asked < most ? asked : most;
}

/* @bytes as a gzip body. 0, -EIO or -ENOMEM. */
static int write_gzip(FILE *file, const uint8_t *bytes, size_t len)
{
	z_stream stream = {0};
	uint8_t *body = NULL;
	size_t most, packed;
	int err = -ENOMEM;

	if (deflateInit2(&stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, 8, Z_DEFAULT_STRATEGY) !=
	    Z_OK)
		return -ENOMEM;
	most = deflateBound(&stream, (uLong)len);
	body = malloc(most);
	if (!body)
		goto out;
	stream.next_in = (Bytef *)(uintptr_t)bytes;
	stream.avail_in = (uInt)len;
	stream.next_out = body;
	stream.avail_out = (uInt)most;
	if (deflate(&stream, Z_FINISH) != Z_STREAM_END)
		goto out;
	packed = most - stream.avail_out;
	err = fwrite(body, 1, packed, file) == packed && !ferror(file) ? 0 : -EIO;
out:
	deflateEnd(&stream);
	free(body);
	return err;
}

static int write_message(FILE *file, const Heapbeat__Pprof__Profile *profile)
{
	size_t len = heapbeat__pprof__profile__get_packed_size(profile);
	uint8_t *bytes = malloc(len + 1);
	int err;

	if (!bytes)
		return -ENOMEM;
	heapbeat__pprof__profile__pack(profile, bytes);
	err = write_gzip(file, bytes, len);
	free(bytes);
	return err;
}

/* The message of as many of the heaviest rows as fit into the limits. NULL with errno set. */
static struct pprof_message *fit(struct pprof_rows *rows, const struct pprof_source *source,
				 const struct pprof_options *options, bool delta)
{
	size_t max = limit(options->max_stacks, PPROF_STACKS_MAX);
	size_t max_bytes = limit(options->max_bytes, PPROF_BYTES_MAX);

	for (;;) {
		struct pprof_message *message;
		size_t bytes;

		pprof_rows__fold(rows, max > rows->owners.cnt ? max - rows->owners.cnt : 0);
		errno = ENOMEM;
		if (pprof_share__fill(rows))
			return NULL;
		message = pprof_message__new(rows, source, options, delta);
		if (!message)
			return NULL;
		bytes = heapbeat__pprof__profile__get_packed_size(pprof_message__profile(message));
		if (bytes <= max_bytes || !rows->cnt)
			return message;
		pprof_message__free(message);
		max = rows->owners.cnt +
		      (size_t)((double)rows->cnt * SHRINK * (double)max_bytes / (double)bytes);
	}
}

static int write_rows(FILE *file, const struct pprof_source *source,
		      const struct pprof_options *options, struct pprof_floor *floor, bool delta)
{
	struct pprof_rows rows = {0};
	struct pprof_message *message = NULL;
	int err = pprof_rows__collect(&rows, source, floor);

	if (err)
		goto out;
	message = fit(&rows, source, options, delta);
	if (!message) {
		err = -errno;
		goto out;
	}
	if (floor && !delta)
		err = pprof_floor__update(floor, &rows);
	if (!err)
		err = write_message(file, pprof_message__profile(message));
out:
	pprof_message__free(message);
	pprof_rows__release(&rows);
	return err;
}

int pprof__write(FILE *file, const struct pprof_source *source, const struct pprof_options *options,
		 struct pprof_floor *floor)
{
	return write_rows(file, source, options, floor, false);
}

int pprof__write_delta(FILE *file, const struct pprof_source *before,
		       const struct pprof_source *after, const struct pprof_options *options)
{
	struct pprof_floor floor = {0};
	int err = pprof_floor__of(&floor, before);

	if (!err)
		err = write_rows(file, after, options, &floor, true);
	pprof_floor__release(&floor);
	return err;
}
