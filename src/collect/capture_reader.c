// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/capture_reader.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "collect/plausible.h"

#include "base/banned.h"

#define READ_BYTES	 (256U << 10)
#define HEADER_MAX_BYTES 4096U

struct capture_reader {
	int fd;
	struct capture_header header;
	uint64_t file_at; /* where the next pread goes */
	size_t at, end;	  /* unread bytes in the buffer */
	size_t cap;
	unsigned char *buffer;
	bool ended; /* END was seen */
	bool over;  /* nothing more will come */
	uint64_t damaged;
	uint64_t unknown;
	uint64_t lost_bytes; /* between two chains of records */
};

struct foreign {
	const char *magic;
	size_t bytes;
	const char *what;
};

static const struct foreign foreigners[] = {
	{"\x7f"
	 "ELF",
	 4, "an ELF file"},
	{"\x1f\x8b", 2, "gzip data (a pprof profile?)"},
	{"\x28\xb5\x2f\xfd", 4, "zstd data"},
	{"PERFILE2", 8, "a perf.data file"},
	{"PK\x03\x04", 4, "a zip archive"},
	{"{", 1, "JSON text"},
	{"[", 1, "JSON text"},
};

static const char *name_foreign(const struct capture_header *header)
{
	for (size_t i = 0; i < sizeof(foreigners) / sizeof(*foreigners); i++)
		if (!memcmp(header->magic, foreigners[i].magic, foreigners[i].bytes))
			return foreigners[i].what;
	return "something else";
}

/* pread until @len bytes or the end of the file. Bytes read, or -errno. */
static ssize_t read_at(int fd, void *bytes, size_t len, uint64_t at)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (char *)bytes + done, len - done, (off_t)(at + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

static int read_header(int fd, const char *path, struct capture_header *header, struct error *error)
{
	ssize_t n = read_at(fd, header, sizeof(*header), 0);

	if (n < 0)
		return error__set(error, EXIT_RUNTIME, (int)n, "cannot read '%s': %s", path,
				  strerror((int)-n));
	if (!n)
		return error__set(error, EXIT_RUNTIME, -EBADMSG,
				  "'%s' is not a heapbeat capture: it is empty", path);
	memset((char *)header + n, 0, sizeof(*header) - (size_t)n);
	if (memcmp(header->magic, CAPTURE_MAGIC, sizeof(header->magic)))
		return error__set(error, EXIT_RUNTIME, -EBADMSG,
				  "'%s' is not a heapbeat capture: it is %s", path,
				  name_foreign(header));
	if ((size_t)n < sizeof(*header))
		return error__set(error, EXIT_RUNTIME, -EBADMSG,
				  "'%s' is a heapbeat capture that ends inside its header", path);
	if (header->major != CAPTURE_MAJOR)
		return error__set(error, EXIT_RUNTIME, -EPROTO,
				  "'%s' is a heapbeat capture of format %u.%u; this heapbeat reads "
				  "format %d: use the version that wrote it, or a newer one",
				  path, header->major, header->minor, CAPTURE_MAJOR);
	if (header->header_bytes < sizeof(*header) || header->header_bytes > HEADER_MAX_BYTES ||
	    header->header_bytes % 8)
		return error__set(error, EXIT_RUNTIME, -EBADMSG,
				  "'%s' is a heapbeat capture with a broken header", path);
	return 0;
}

static int open_regular(const char *path, struct error *error)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st)) {
		err = -errno;
		if (fd >= 0)
			close(fd);
		return error__set(error, EXIT_RUNTIME, err, "cannot open '%s': %s", path,
				  strerror(-err));
	}
	if (!S_ISREG(st.st_mode)) {
		close(fd);
		return error__set(error, EXIT_RUNTIME, -EINVAL,
				  "'%s' is not a heapbeat capture: it is not a regular file", path);
	}
	return fd;
}

struct capture_reader *capture_reader__new(const char *path, struct error *error)
{
	struct capture_reader *reader = calloc(1, sizeof(*reader));
	int err = -ENOMEM;

	if (!reader || !(reader->buffer = malloc(READ_BYTES))) {
		free(reader);
		error__set(error, EXIT_RUNTIME, err, "out of memory");
		errno = ENOMEM;
		return NULL;
	}
	reader->cap = READ_BYTES;
	reader->fd = open_regular(path, error);
	err = reader->fd < 0 ? reader->fd : read_header(reader->fd, path, &reader->header, error);
	if (err) {
		capture_reader__free(reader);
		errno = -err;
		return NULL;
	}
	reader->file_at = reader->header.header_bytes;
	return reader;
}

void capture_reader__free(struct capture_reader *reader)
{
	if (!reader)
		return;
	if (reader->fd >= 0)
		close(reader->fd);
	free(reader->buffer);
	free(reader);
}

const struct capture_header *capture_reader__header(const struct capture_reader *reader)
{
	return &reader->header;
}

/* Have @need unread bytes in the buffer. 1, 0 if the file ends before, or -errno. */
static int fill(struct capture_reader *reader, size_t need)
{
	size_t left = reader->end - reader->at;
	ssize_t n;

	if (left >= need)
		return 1;
	/* The unread bytes go to the front: every record starts 8-byte aligned. */
	memmove(reader->buffer, reader->buffer + reader->at, left);
	reader->at = 0;
	reader->end = left;
	if (need > reader->cap) {
		unsigned char *buffer = realloc(reader->buffer, need);

		if (!buffer)
			return -ENOMEM;
		reader->buffer = buffer;
		reader->cap = need;
	}
	n = read_at(reader->fd, reader->buffer + left, reader->cap - left, reader->file_at);
	if (n < 0)
		return (int)n;
	reader->file_at += (uint64_t)n;
	reader->end += (size_t)n;
	return reader->end >= need;
}

static bool is_length(uint32_t bytes)
{
	return bytes >= sizeof(struct record) && bytes <= RECORD_MAX_BYTES && bytes % 8 == 0;
}

/* Whether a record of this capture may begin so. */
static bool is_head(const struct capture_reader *reader, const struct record *record)
{
	uint64_t start_ns = reader->header.boottime_ns, time_ns = record->time_ns;

	return is_length(record->bytes) && record->type && record->type <= RECORD_UNIT &&
	       time_ns + CAPTURE_SPAN_MAX_NS > start_ns && time_ns < start_ns + CAPTURE_SPAN_MAX_NS;
}

static const struct record *record_at(const struct capture_reader *reader, size_t offset)
{
	return (const struct record *)(reader->buffer + reader->at + offset);
}

/* Whether a record begins here, and another one behind it or the end of the file. 1, 0, -errno. */
static int is_chain(struct capture_reader *reader)
{
	uint32_t bytes;
	int got;

	if (!is_head(reader, record_at(reader, 0)))
		return 0;
	bytes = record_at(reader, 0)->bytes;
	got = fill(reader, bytes);
	if (got <= 0 || record__validate(record_at(reader, 0)))
		return got < 0 ? got : 0;
	got = fill(reader, bytes + sizeof(struct record));
	if (got < 0)
		return got;
	return !got || is_head(reader, record_at(reader, bytes));
}

/* Go on to where the chain of lengths begins anew. 1, 0 if it does not, or -errno. */
static int resume(struct capture_reader *reader)
{
	int found = 0, got;

	reader->damaged++;
	while (!found && (got = fill(reader, sizeof(struct record) + 8)) > 0) {
		reader->at += 8;
		reader->lost_bytes += 8;
		found = is_chain(reader);
	}
	return found ? found : got;
}

/* The next record whatever its type: 1, 0 at the end, or -errno. */
static int next_whole(struct capture_reader *reader, const struct record **ret_record)
{
	uint32_t bytes;
	int err = fill(reader, sizeof(struct record));

	if (err <= 0)
		return err;
	bytes = record_at(reader, 0)->bytes;
	if (!is_length(bytes)) {
		err = resume(reader);
		if (err <= 0)
			return err;
		bytes = record_at(reader, 0)->bytes;
	}
	err = fill(reader, bytes);
	/* A length that reaches beyond the end may be a damaged one. */
	if (!err && !is_head(reader, record_at(reader, 0)))
		err = resume(reader);
	if (err <= 0)
		return err;
	bytes = record_at(reader, 0)->bytes;
	*ret_record = record_at(reader, 0);
	reader->at += bytes;
	return 1;
}

/* A record that is not sound may have lost its length as well: is there one behind it? */
static int step_back(struct capture_reader *reader, uint32_t bytes)
{
	int got = fill(reader, sizeof(struct record));

	if (got < 0)
		return got;
	if (!got || is_head(reader, record_at(reader, 0)))
		return 0;
	/* at - bytes is still in the buffer unless fill() has moved it away: then from here on */
	if (reader->at >= bytes)
		reader->at -= bytes;
	got = resume(reader);
	reader->damaged--; /* it is counted as what it was */
	return got < 0 ? got : 0;
}

/* As record__validate(); what cannot be true is damage, too. */
static int judge(const struct capture_reader *reader, const struct record *record)
{
	int err = record__validate(record);

	if (!err && !record__is_plausible(record, reader->header.boottime_ns))
		err = -EBADMSG;
	return err;
}

int capture_reader__next(struct capture_reader *reader, const struct record **ret_record)
{
	const struct record *record;

	while (!reader->over) {
		int err = next_whole(reader, &record);

		if (err <= 0) {
			reader->over = true;
			return err;
		}
		err = judge(reader, record);
		if (!err) {
			reader->ended = reader->over = record->type == RECORD_END;
			*ret_record = record;
			return 1;
		}
		if (err == -ENOTSUP) {
			reader->unknown++;
			continue;
		}
		reader->damaged++;
		err = step_back(reader, record->bytes);
		if (err < 0)
			return err;
	}
	return 0;
}

bool capture_reader__is_truncated(const struct capture_reader *reader)
{
	return reader->over && !reader->ended;
}

uint64_t capture_reader__damaged(const struct capture_reader *reader)
{
	return reader->damaged;
}

uint64_t capture_reader__unknown(const struct capture_reader *reader)
{
	return reader->unknown;
}

bool capture_reader__complaint(const struct capture_reader *reader, const char *path,
			       struct error *error)
{
	if (reader->damaged)
		error__set(error, EXIT_PARTIAL, 0,
			   "'%s' is damaged: %llu records could not be read, and %llu bytes "
			   "between others; the rest is shown",
			   path, (unsigned long long)reader->damaged,
			   (unsigned long long)reader->lost_bytes);
	else if (capture_reader__is_truncated(reader))
		error__set(error, EXIT_PARTIAL, 0,
			   "'%s' is truncated: shown up to its last whole record", path);
	return reader->damaged || capture_reader__is_truncated(reader);
}
