/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What names the code of one build: the file, its separate debug file, the DWARF that this one
 * shares with others; symbols and lines are loaded when first asked for and can be dropped again.
 *
 * Called by the symbolizer, which shares one object between all modules of one build-id.
 */
#ifndef HB_OBJECT_H
#define HB_OBJECT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbol/elf_file.h"
#include "symbol/lines.h"
#include "symbol/symtab.h"

struct object {
	struct elf_file main, debug, alt;
	bool has_debug, has_alt;
	bool alt_missing; /* the DWARF refers to a file that is not there: no lines */
	bool symtab_loaded, lines_tried;
	struct symtab symtab;
	struct lines *lines;
	uint64_t used; /* when it was last asked */
};

/* The object behind @fd (duplicated), whose path in the root of @root_pid is @path. NULL with errno:
 * ESTALE if @build_id is given and is not that of the file; ENOEXEC; ENOMEM. */
struct object *object__new(int fd, const char *path, const uint8_t *build_id, size_t build_id_bytes,
			   pid_t root_pid);
void object__free(struct object *object);

/* Raw name of the symbol that covers @address. False if none does. */
bool object__symbol(struct object *object, uint64_t address, char *name, size_t size);
/* As lines__find(). */
size_t object__lines(struct object *object, uint64_t address,
		     struct line_frame frames[LINES_DEPTH_MAX]);
/* Give the tables back; they are loaded again when needed. */
void object__drop_symtab(struct object *object);
void object__drop_lines(struct object *object);

#endif
