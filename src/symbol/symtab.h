/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions of one module, from the .symtab and .dynsym of its file and of its separate debug
 * file: exact extents, innermost first where they nest. An address outside every extent has no name.
 * Names stay in the files and are read when asked for, so a row costs 24 bytes.
 *
 * Called by the symbolizer. The files must outlive the table.
 */
#ifndef HB_SYMTAB_H
#define HB_SYMTAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "symbol/elf_file.h"

#define SYMTAB_SOURCES_MAX 4
#define SYMTAB_ROWS_MAX	   (4U << 20)

struct symtab_row {
	uint64_t address;
	uint32_t bytes;
	uint32_t name;	 /* offset in the string table of its source */
	uint32_t parent; /* nearest earlier row that reaches beyond this address, or NO_PARENT */
	uint8_t source;
	uint8_t local;
	uint8_t reserved[2];
};

struct symtab_source {
	const struct elf_file *file;
	uint64_t strings, strings_bytes;
};

/* Zero-initialise to begin with. */
struct symtab {
	struct symtab_row *rows;
	size_t cnt, cap;
	struct symtab_source sources[SYMTAB_SOURCES_MAX];
	size_t source_cnt;
};

/* Add the functions of @file. 0 (none is fine), -ENOMEM, or -EFBIG beyond SYMTAB_ROWS_MAX. */
int symtab__add(struct symtab *symtab, const struct elf_file *file);
/* Sort; to be called once, after the last add and before the first find. 0 or -ENOMEM. */
int symtab__finish(struct symtab *symtab);
void symtab__release(struct symtab *symtab);

/* The raw name of the function that covers @address into @name. False if none does. */
bool symtab__find(const struct symtab *symtab, uint64_t address, char *name, size_t size);

#endif
