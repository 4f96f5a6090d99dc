// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define WALK_BYTES (64U << 10)

int go_file__init(struct go_file *file, int fd)
{
	int err;

	*file = (struct go_file){.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3)};
	if (file->fd < 0)
		return -errno;
	file->image = elf_image__open(file->fd);
	if (file->image)
		return 0;
	err = -errno;
	close(file->fd);
	return err;
}

void go_file__release(struct go_file *file)
{
	elf_image__free(file->image);
	free(file->pages);
	if (file->fd >= 0)
		close(file->fd);
	*file = (struct go_file){.fd = -1};
}

void go_file__rest(struct go_file *file)
{
	free(file->pages);
	file->pages = NULL;
}

size_t go_file__bytes(const struct go_file *file)
{
	return elf_image__bytes(file->image) + (file->pages ? GO_PAGES * sizeof(*file->pages) : 0);
}

/* Up to @bytes at @offset of the file; their number, 0 at its end, or -EIO. */
static ssize_t read_some(int fd, uint64_t offset, void *buf, size_t bytes)
{
	size_t done = 0;

	while (done < bytes) {
		ssize_t n = pread(fd, (char *)buf + done, bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -EIO;
		if (!n)
			break;
		done += (size_t)n;
	}
	return (ssize_t)done;
}

/* The page of the file that holds @offset, or NULL. */
static const struct go_page *get_page(struct go_file *file, uint64_t offset)
{
	uint64_t number = offset / GO_PAGE_BYTES;
	struct go_page *page;
	ssize_t bytes;

	if (!file->pages) {
		file->pages = malloc(GO_PAGES * sizeof(*file->pages));
		for (size_t i = 0; file->pages && i < GO_PAGES; i++)
			file->pages[i].number = 0;
	}
	if (!file->pages)
		return NULL;
	page = &file->pages[number % GO_PAGES];
	if (page->number == number + 1)
		return page;
	page->number = 0;
	bytes = read_some(file->fd, number * GO_PAGE_BYTES, page->data, GO_PAGE_BYTES);
	if (bytes <= 0)
		return NULL;
	page->number = number + 1;
	page->bytes = (uint32_t)bytes;
	return page;
}

const uint8_t *go_file__at(struct go_file *file, uint64_t vaddr, size_t *ret_bytes)
{
	const struct elf_header *header = elf_image__header(file->image);

	for (size_t i = 0; i < header->segment_cnt; i++) {
		const struct elf_segment *segment = &header->segments[i];
		uint64_t into = vaddr - segment->vaddr, offset, left;
		const struct go_page *page;

		if (vaddr < segment->vaddr || into >= segment->file_bytes ||
		    segment->offset > INT64_MAX - into)
			continue;
		offset = segment->offset + into;
		page = get_page(file, offset);
		offset %= GO_PAGE_BYTES;
		if (!page || offset >= page->bytes)
			return NULL;
		left = segment->file_bytes - into;
		*ret_bytes = page->bytes - offset < left ? page->bytes - offset : (size_t)left;
		return page->data + offset;
	}
	return NULL;
}

int go_file__read(struct go_file *file, uint64_t vaddr, void *buf, size_t bytes)
{
	for (size_t done = 0, n; done < bytes; done += n) {
		const uint8_t *data = go_file__at(file, vaddr + done, &n);

		if (!data)
			return -ENOENT;
		if (n > bytes - done)
			n = bytes - done;
		memcpy((char *)buf + done, data, n);
	}
	return 0;
}

int go_file__string(struct go_file *file, uint64_t vaddr, char *buf, size_t size)
{
	for (size_t done = 0, n; done + 1 < size; done += n) {
		const uint8_t *data = go_file__at(file, vaddr + done, &n), *end;

		if (!data)
			return -ENOENT;
		if (n > size - 1 - done)
			n = size - 1 - done;
		end = memchr(data, 0, n);
		memcpy(buf + done, data, end ? (size_t)(end - data) : n);
		if (end) {
			done += (size_t)(end - data);
			buf[done] = 0;
			return (int)done;
		}
	}
	buf[size - 1] = 0;
	return (int)(size - 1);
}

int go_file__walk(struct go_file *file, const struct elf_segment *segment, go_file_visit visit,
		  void *ctx)
{
	uint64_t at = 0, first = segment->vaddr % GO_PAGE_BYTES;
	uint8_t *buf;
	int err = 0;

	if (segment->offset > INT64_MAX || segment->file_bytes > INT64_MAX - segment->offset ||
	    segment->file_bytes > UINT64_MAX - segment->vaddr)
		return 0;
	buf = malloc(WALK_BYTES);
	if (!buf)
		return -ENOMEM;
	while (at < segment->file_bytes && !err) {
		uint64_t left = segment->file_bytes - at;
		size_t want = WALK_BYTES - (at ? 0 : first);
		ssize_t n = read_some(file->fd, segment->offset + at, buf,
				      left < want ? (size_t)left : want);

		if (n <= 0) {
			err = (int)n;
			break; /* a header may claim more than the file has */
		}
		file->walked += (uint64_t)n;
		err = file->walked > GO_WALK_MAX ? -EFBIG
						 : visit(ctx, segment->vaddr + at, buf, (size_t)n);
		at += (uint64_t)n;
	}
	free(buf);
	return err;
}
