/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What names the code of one build: the file, its separate debug file, the DWARF that this one
 * shares with others, Go's own table; all are loaded when first asked for and can be dropped again.
 *
 * Called by the symbolizer, which shares one binary between all modules of one build-id.
 */
#ifndef HB_BINARY_H
#define HB_BINARY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "symbol/elf_file.h"
#include "symbol/lines.h"
#include "symbol/symtab.h"

struct go_call_site;
struct go_program;

struct binary {
	struct elf_file main, debug, alt;
	bool has_debug, has_alt;
	bool alt_missing; /* the DWARF refers to a file that is not there: no lines */
	bool symtab_loaded, lines_tried;
	struct symtab symtab;
	struct lines *lines;
	struct go_program *go;
	bool go_tried;
	uint8_t build_id[BUILD_ID_MAX]; /* the file's; of a Go program that has none, a made one */
	uint32_t build_id_bytes;
	uint64_t used; /* when it was last asked */
};

/* The binary behind @fd (duplicated), whose path in the root of @root_pid is @path. NULL with errno:
 * ESTALE if @build_id is given and is not that of the file; ENOEXEC; ENOMEM. */
struct binary *binary__new(int fd, const char *path, const uint8_t *build_id, size_t build_id_bytes,
			   pid_t root_pid);
void binary__free(struct binary *binary);

bool binary__has_build_id(const struct binary *binary, const uint8_t *id, size_t bytes);
/* As lines__find(), of a Go program; strings until the next call. 0: another program, or code that
 * is not Go's. */
size_t binary__go_lines(struct binary *binary, uint64_t address,
			struct line_frame frames[LINES_DEPTH_MAX]);
/* As go_names__site(); -ENOENT where the program is none of Go's. */
int binary__go_site(struct binary *binary, uint64_t address, struct go_call_site *ret);
/* Raw name of the symbol that covers @address. False if none does. */
bool binary__symbol(struct binary *binary, uint64_t address, char *name, size_t size);
/* As lines__find(); nothing where the debug information has more than @most_bytes. */
size_t binary__lines(struct binary *binary, uint64_t address, uint64_t most_bytes,
		     struct line_frame frames[LINES_DEPTH_MAX]);
/* Memory that its lines hold at most. */
uint64_t binary__lines_bytes(const struct binary *binary);
/* Give the tables back; they are loaded again when needed. */
void binary__drop_symtab(struct binary *binary);
void binary__drop_lines(struct binary *binary);

#endif
