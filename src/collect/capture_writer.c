// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/capture_writer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/record_buffer.h"

#include "base/banned.h"

#define BUFFER_BYTES (256U << 10)

struct capture_writer {
	int fd;
	int failure;	     /* negative errno of the first failed write; 0 none */
	uint64_t file_bytes; /* whole records in the file */
	uint64_t dropped;
	size_t used;
	unsigned char *buffer;
};

static int check_file(int fd, const char *path, struct error *error)
{
	struct stat st;

	if (fstat(fd, &st))
		return error__set(error, EXIT_RUNTIME, -errno, "cannot look at '%s': %s", path,
				  strerror(errno));
	if (!S_ISREG(st.st_mode))
		return error__set(error, EXIT_RUNTIME, -EINVAL,
				  "cannot write a capture to '%s': not a regular file", path);
	if (st.st_uid != geteuid())
		return error__set(error, EXIT_RUNTIME, -EPERM,
				  "cannot write a capture to '%s': the file belongs to another "
				  "user; remove it first",
				  path);
	return 0;
}

/* The empty file, ours alone, or negative errno with @error filled. */
static int open_file(const char *path, struct error *error)
{
	/* Nothing is truncated before it is known to be ours. */
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY,
		      0600);
	int err;

	if (fd < 0) {
		err = -errno;
		return error__set(error, EXIT_RUNTIME, err, "cannot create '%s': %s", path,
				  err == -ELOOP ? "it is a symbolic link" : strerror(-err));
	}
	err = check_file(fd, path, error);
	if (!err && (fchmod(fd, 0600) || ftruncate(fd, 0))) {
		err = -errno;
		error__set(error, EXIT_RUNTIME, err, "cannot empty '%s': %s", path, strerror(-err));
	}
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

/* Write all of it. Bytes written; fewer than @len with *ret_err set. */
static size_t write_all(int fd, const unsigned char *bytes, size_t len, int *ret_err)
{
	size_t done = 0;

	*ret_err = 0;
	while (done < len && !*ret_err) {
		ssize_t n = write(fd, bytes + done, len - done);

		if (n > 0)
			done += (size_t)n;
		else if (n == 0)
			*ret_err = -ENOSPC;
		else if (errno != EINTR)
			*ret_err = -errno;
	}
	return done;
}

/* The longest run of whole records in the first @len bytes at @bytes. */
static size_t whole_records(const unsigned char *bytes, size_t len)
{
	size_t at = 0;

	while (at + sizeof(struct record) <= len) {
		const struct record *record = (const struct record *)(bytes + at);

		if (record->bytes > len - at)
			break;
		at += record->bytes;
	}
	return at;
}

static size_t count_records(const unsigned char *bytes, size_t len)
{
	size_t cnt = 0;

	for (size_t at = 0; at < len; cnt++)
		at += ((const struct record *)(bytes + at))->bytes;
	return cnt;
}

/* Write whole records; on failure cut the file back to the last one that is whole. */
static int write_records(struct capture_writer *writer, const unsigned char *bytes, size_t len)
{
	size_t done, whole;
	int err;

	done = write_all(writer->fd, bytes, len, &err);
	whole = err ? whole_records(bytes, done) : len;
	writer->file_bytes += whole;
	if (!err)
		return 0;
	writer->failure = err;
	writer->dropped += count_records(bytes + whole, len - whole);
	/* Where even this fails, the reader stops at the cut record. */
	if (ftruncate(writer->fd, (off_t)writer->file_bytes))
		errno = -err;
	return err;
}

struct capture_writer *capture_writer__new(const char *path, uint64_t boottime_ns, uint64_t wall_ns,
					   struct error *error)
{
	struct capture_header header = {
		.magic = CAPTURE_MAGIC,
		.major = CAPTURE_MAJOR,
		.minor = CAPTURE_MINOR,
		.header_bytes = sizeof(header),
		.boottime_ns = boottime_ns,
		.wall_ns = wall_ns,
	};
	struct capture_writer *writer = calloc(1, sizeof(*writer));
	unsigned char *buffer = malloc(BUFFER_BYTES);
	int err = -ENOMEM, fd = -1;

	if (!writer || !buffer) {
		error__set(error, EXIT_RUNTIME, err, "out of memory");
		goto fail;
	}
	fd = open_file(path, error);
	if (fd < 0) {
		err = fd;
		goto fail;
	}
	write_all(fd, (const unsigned char *)&header, sizeof(header), &err);
	if (err) {
		error__set(error, EXIT_RUNTIME, err, "cannot write '%s': %s", path, strerror(-err));
		goto fail;
	}
	*writer = (struct capture_writer){.fd = fd, .file_bytes = sizeof(header), .buffer = buffer};
	return writer;
fail:
	if (fd >= 0)
		close(fd);
	free(buffer);
	free(writer);
	errno = -err;
	return NULL;
}

int capture_writer__flush(struct capture_writer *writer)
{
	size_t used = writer->used;

	writer->used = 0;
	if (!used || writer->failure)
		return 0;
	return write_records(writer, writer->buffer, used);
}

int capture_writer__add(struct capture_writer *writer, const struct record *record)
{
	int err;

	if (record__validate(record) == -EBADMSG)
		return -EBADMSG;
	if (writer->used + record->bytes > BUFFER_BYTES) {
		err = capture_writer__flush(writer);
		if (err) {
			writer->dropped++;
			return err;
		}
	}
	if (writer->failure) {
		writer->dropped++;
		return 0;
	}
	if (record->bytes > BUFFER_BYTES)
		return write_records(writer, (const unsigned char *)record, record->bytes);
	memcpy(writer->buffer + writer->used, record, record->bytes);
	writer->used += record->bytes;
	return 0;
}

uint64_t capture_writer__bytes(const struct capture_writer *writer)
{
	return writer->file_bytes + writer->used;
}

uint64_t capture_writer__dropped(const struct capture_writer *writer)
{
	return writer->dropped;
}

int capture_writer__close(struct capture_writer *writer, uint64_t time_ns, uint32_t reason)
{
	struct record_end end = {.reason = reason};
	int err;

	if (!writer)
		return 0;
	record__init(&end.head, RECORD_END, sizeof(end), time_ns);
	capture_writer__add(writer, &end.head);
	capture_writer__flush(writer);
	err = writer->failure;
	if (close(writer->fd) && !err)
		err = -errno;
	free(writer->buffer);
	free(writer);
	return err;
}
