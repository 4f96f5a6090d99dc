/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One 64-bit little-endian ELF file, read with pread only (a mapped file that somebody truncates
 * raises SIGBUS) and checked before libelf or libdw see it: every table and section lies within the
 * file, counts and sizes are bounded. A target may map any bytes, so nothing here trusts them.
 *
 * Called by the symbolizer and by unwind/. One thread at a time.
 */
#ifndef HB_ELF_FILE_H
#define HB_ELF_FILE_H

#include <elf.h>
#include <gelf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "collect/record.h"

struct elf_file {
	int fd;
	uint64_t bytes;
	Elf64_Ehdr ehdr;
	Elf64_Phdr *phdrs;
	size_t phdr_cnt;
	Elf64_Shdr *shdrs;
	size_t shdr_cnt;
	char *names; /* of the sections, NUL-terminated */
	size_t names_bytes;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes; /* 0: none; a longer one is cut to BUILD_ID_MAX */
	Elf *elf;		 /* made at the first elf_file__elf() */
};

/* Check the file behind @fd, which is duplicated. 0, -ENOEXEC (no ELF file that can be read), -EFBIG
 * (a table beyond its bound) or -errno; on failure there is nothing to release. */
int elf_file__init(struct elf_file *file, int fd);
void elf_file__release(struct elf_file *file);

/* The libelf handle, opened without mmap; owned by @file. NULL if libelf refuses it. */
Elf *elf_file__elf(struct elf_file *file);
/* Give libelf's handle back, with all that it has read; it is made again when needed. */
void elf_file__drop_elf(struct elf_file *file);

/* The section named @name with contents in the file, or NULL. */
const Elf64_Shdr *elf_file__section(const struct elf_file *file, const char *name);
/* Bytes [offset, offset + bytes) of the file into @buf: 0, or -EIO if they are not there. */
int elf_file__read(const struct elf_file *file, uint64_t offset, void *buf, size_t bytes);

/* What a mapping of file offset @offset at @start adds to link-time addresses. False if no
 * executable segment covers the offset. */
bool elf_file__bias(const struct elf_file *file, uint64_t start, uint64_t offset,
		    uint64_t *ret_bias);

/* Bytes that libdw would hold of the debug sections, unpacked; 0 if there are none, UINT64_MAX if a
 * header makes no sense or a section has an old or partial form (.zdebug_*, *.dwo). */
uint64_t elf_file__debug_bytes(const struct elf_file *file);

bool elf_file__has_build_id(const struct elf_file *file, const uint8_t *id, size_t bytes);

#endif
