/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bytes of a Go executable by link-time address, through a few pages that are kept: tables of
 * megabytes are walked without holding them. Works on files alone; never maps them, because a file
 * that shrinks would kill us by SIGBUS.
 *
 * Called by the other go_* files. One thread at a time.
 */
#ifndef HB_TARGET_GO_FILE_H
#define HB_TARGET_GO_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "target/elf_image.h"

#define GO_PAGE_BYTES 4096U
#define GO_PAGES      64U
#define GO_WALK_MAX   (1ULL << 30) /* bytes, in all walks: segments of a hostile file may overlap */

struct go_page {
	uint64_t number; /* of the file, from 1; 0: empty */
	uint32_t bytes;	 /* fewer at the file's end */
	uint8_t data[GO_PAGE_BYTES];
};

struct go_file {
	int fd;
	struct elf_image *image;
	struct go_page *pages; /* GO_PAGES, NULL until the first read */
	uint64_t walked;       /* bytes */
};

/* @fd is duplicated. 0 or -errno (ENOEXEC: no ELF file that can be read); on failure there is
 * nothing to release. */
int go_file__init(struct go_file *file, int fd);
void go_file__release(struct go_file *file);
/* Give the pages back; they are read again when needed. */
void go_file__rest(struct go_file *file);
size_t go_file__bytes(const struct go_file *file);

/* The bytes at link-time address @vaddr as far as one page reaches, their number in *ret_bytes (at
 * least 1); valid until the next call. NULL if the file has none there. */
const uint8_t *go_file__at(struct go_file *file, uint64_t vaddr, size_t *ret_bytes);
/* Exactly @bytes at @vaddr. 0, -ENOENT or -EIO. */
int go_file__read(struct go_file *file, uint64_t vaddr, void *buf, size_t bytes);
/* The NUL-terminated string at @vaddr, cut to @size - 1 bytes. Its length, or -ENOENT, -EIO. */
int go_file__string(struct go_file *file, uint64_t vaddr, char *buf, size_t size);

/* Walk all of the file's bytes of @segment in pieces, aligned to GO_PAGE_BYTES of its address.
 * @visit sees each piece and its address; not 0: stop with that. 0, -EFBIG beyond GO_WALK_MAX, -EIO,
 * or -ENOMEM. */
typedef int (*go_file_visit)(void *ctx, uint64_t vaddr, const uint8_t *data, size_t bytes);
int go_file__walk(struct go_file *file, const struct elf_segment *segment, go_file_visit visit,
		  void *ctx);

#endif
