/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An ELF file behind a descriptor, read with pread alone: a mapped file that shrinks would kill us
 * by SIGBUS, and libelf sizes its tables by what a hostile header claims. Every count and size is
 * checked against the file and against a bound. Symbols and sections of 64-bit little-endian images
 * only; of others no more than class and machine.
 *
 * Called by target.c, runtime.c and the go_* files.
 */
#ifndef HB_TARGET_ELF_IMAGE_H
#define HB_TARGET_ELF_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ELF_SEGMENTS_MAX    64
#define ELF_SECTIONS_MAX    65536
#define ELF_TABLE_MAX_BYTES (64U << 20) /* of a symbol or string table */
#define ELF_BUILD_ID_MAX    20

struct elf_segment {
	uint64_t offset;
	uint64_t vaddr;
	uint64_t file_bytes;
	bool executable;
	bool writable;
};

struct elf_section {
	uint64_t vaddr;
	uint64_t offset;
	uint64_t bytes;
};

struct elf_header {
	bool is_64bit;
	uint16_t machine; /* EM_* */
	uint16_t type;	  /* ET_* */
	bool has_interpreter;
	uint64_t dynamic_vaddr;			       /* 0: none */
	struct elf_segment segments[ELF_SEGMENTS_MAX]; /* PT_LOAD */
	size_t segment_cnt;
	uint8_t build_id[ELF_BUILD_ID_MAX];
	uint32_t build_id_bytes; /* 0: none */
};

struct elf_symbol {
	bool found;
	bool exported; /* from .dynsym: other objects may bind to it */
	bool imported; /* .dynsym asks another object for it */
	uint64_t vaddr;
	uint64_t bytes; /* 0: the table does not say */
};

struct elf_image;

/* @fd stays the caller's and must stay open. NULL with errno: ENOEXEC (no ELF file, or a damaged
 * one), EIO, ENOMEM. */
struct elf_image *elf_image__open(int fd);
void elf_image__free(struct elf_image *image);

/* Owned by @image. */
const struct elf_header *elf_image__header(const struct elf_image *image);
/* Is there a section @name? False where section headers are missing. */
bool elf_image__has_section(const struct elf_image *image, const char *name);
/* The section @name that is loaded with contents of the file, as its header claims. 0 or -ENOENT. */
int elf_image__section(const struct elf_image *image, const char *name,
		       struct elf_section *ret_section);

/*
 * Look up defined functions by name in .dynsym (default version first), then in .symtab. @ret[i]
 * tells of @names[i]. 0, also if some or all are not found, or -ENOEXEC (damaged table), -EFBIG,
 * -EIO, -ENOMEM: @ret is then incomplete.
 */
int elf_image__find_functions(const struct elf_image *image, const char *const *names, size_t cnt,
			      struct elf_symbol *ret);

/* File offset of link-time address @vaddr, of which @bytes must lie in one segment of the file. 0 or
 * -ENOENT. */
int elf_image__file_offset(const struct elf_image *image, uint64_t vaddr, uint64_t bytes,
			   uint64_t *ret_offset);
/* Exactly @bytes of the file at link-time address @vaddr. 0, -ENOENT or -EIO. */
int elf_image__read(const struct elf_image *image, uint64_t vaddr, void *buf, size_t bytes);
/* Memory held, bytes. */
size_t elf_image__bytes(const struct elf_image *image);

#endif
