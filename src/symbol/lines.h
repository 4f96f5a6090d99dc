/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link-time address -> source lines and inlined functions, from the DWARF of one file, by libdw
 * without mmap. Never opens a file: split units are left out, and shared DWARF (dwz) is handed in.
 *
 * Called by the symbolizer. One thread at a time.
 */
#ifndef HB_LINES_H
#define HB_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/elf_file.h"

#define LINES_MAX_BYTES (512ULL << 20) /* of DWARF, unpacked; larger files have symbols only */
#define LINES_DEPTH_MAX 16

/* Strings live as long as the struct lines. */
struct line_frame {
	const char *linkage; /* mangled name, or NULL */
	const char *name;    /* as the source has it, or NULL */
	const char *file;    /* NULL unknown */
	uint32_t line;	     /* 0 unknown; of the address itself, or of the call that was inlined */
	bool inlined;
};

struct lines;

/* The DWARF of @file, with that shared by it in @alt (NULL: it refers to none). Both must outlive
 * it. NULL with errno: ENODATA (no DWARF), EFBIG, ENOMEM. */
struct lines *lines__new(struct elf_file *file, struct elf_file *alt);
void lines__free(struct lines *lines);
/* Memory that it holds at most for sections. */
uint64_t lines__bytes(const struct lines *lines);

/* Frames at @address, innermost inlined function first, the concrete function last; of a chain
 * longer than LINES_DEPTH_MAX the ones next to the concrete function are left out. Their number, 0
 * if the DWARF does not cover the address. */
size_t lines__find(struct lines *lines, uint64_t address,
		   struct line_frame frames[LINES_DEPTH_MAX]);

#endif
