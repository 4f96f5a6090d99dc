/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Go executable, read without its symbol table: functions, lines and inlined calls from
 * .gopclntab, the sections of the linker from moduledata, version, type names. Found by content
 * where section headers are missing; works for plain, stripped and position-independent builds of
 * Go 1.17 and later. Everything by pread with bounds: a hostile file costs an error, never a crash,
 * a hang, or more than GO_PROGRAM_MAX_BYTES.
 *
 * Called by collect/ (which reads live processes with it), probe/ (where probes go) and symbol/
 * (names). One thread at a time per handle; handles are cheap to make again.
 */
#ifndef HB_TARGET_GO_PROGRAM_H
#define HB_TARGET_GO_PROGRAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define GO_PROGRAM_MAX_BYTES (4U << 20) /* held for one program: tables stay in the file */
#define GO_NAME_MAX	     4096	/* bytes of a name; longer ones are cut */
#define GO_INLINE_MAX	     32
#define GO_BUILD_ID_BYTES    20

struct go_program;
struct elf_image;
struct go_layout;

struct go_function {
	uint64_t vaddr; /* link-time address of its first byte */
	uint64_t bytes; /* up to the next function */
	uint32_t index; /* in the table */
	uint8_t func_id;
};

/* A source line; where calls are inlined, one per function. */
struct go_line {
	const char *function; /* as Go writes it: main.(*T).Run[...]; owned by the program */
	const char *file;     /* NULL unknown */
	uint32_t line;	      /* 0 unknown */
	bool inlined;	      /* into the next one */
};

/* Link-time addresses that the linker wrote into runtime.firstmoduledata; 0: this version has none. */
struct go_sections {
	uint64_t text, etext;
	uint64_t types, etypes;
	uint64_t rodata, gofunc;
	uint64_t noptrdata, enoptrdata, data, edata, bss, ebss, noptrbss, enoptrbss;
};

/* Does the file have what only Go's linker writes? Cheap: sections and the first bytes of segments. */
bool go_program__is_go(const struct elf_image *image);

/* @fd is duplicated. NULL with @error filled: it says what is missing or damaged. */
struct go_program *go_program__open(int fd, struct error *error);
void go_program__free(struct go_program *program);
/* Give back what can be read again. Strings handed out before are gone. */
void go_program__rest(struct go_program *program);

/* "go1.26.4", never NULL; "" where it is not to be found. */
const char *go_program__version(const struct go_program *program);
/* 26 of go1.26.4; 0 unknown. */
unsigned go_program__minor(const struct go_program *program);
/* The row of go_layout.h that its tables fit, also where the version is unknown. */
const struct go_layout *go_program__layout(const struct go_program *program);
const struct go_sections *go_program__sections(const struct go_program *program);
const struct elf_image *go_program__image(const struct go_program *program);
/* Lowest PT_LOAD address of a position-independent file: bias = start of its first mapping - this.
 * False: addresses are as in the file. */
bool go_program__is_pie(const struct go_program *program, uint64_t *ret_first_vaddr);
/* The file's GNU build-id, else one made of Go's own build id and its tables: the same for equal
 * builds. GO_BUILD_ID_BYTES. */
const uint8_t *go_program__build_id(const struct go_program *program);

/* The function of that name: of wrappers and their originals, which share a name, the original.
 * 0 or -ENOENT. */
int go_program__find(struct go_program *program, const char *name, struct go_function *ret);
/* As above, for the @cnt functions whose names start with @prefix, in address order; at most @max.
 * Their number. */
size_t go_program__find_prefix(struct go_program *program, const char *prefix,
			       struct go_function *ret, size_t max);
/* The function that covers link-time address @pc. 0 or -ENOENT. */
int go_program__function_at(struct go_program *program, uint64_t pc, struct go_function *ret);
/* Its name, owned by the program; "" if it is damaged. */
const char *go_program__name(struct go_program *program, const struct go_function *function);
/* What @pc (link-time, an instruction, not a return address) belongs to, innermost first; their
 * number up to @max, or -ENOENT. Strings live as long as the program. */
int go_program__lines(struct go_program *program, uint64_t pc, struct go_line *ret, size_t max);

/* Exactly @bytes of the file at link-time address @vaddr. 0, -ENOENT or -EIO. */
int go_program__read(const struct go_program *program, uint64_t vaddr, void *buf, size_t bytes);
/* Name of the type at link-time address @type: "main.User", "[]string". 0, -ENOENT (made at run
 * time, or no type). @ret_size_bytes may be NULL. */
int go_program__type(struct go_program *program, uint64_t type, char *name, size_t name_bytes,
		     uint64_t *ret_size_bytes);
/* Its kind as reflect numbers them (23: a slice); 0: no type of the linker's. */
uint8_t go_program__type_kind(struct go_program *program, uint64_t type);

/* Memory held, bytes. */
size_t go_program__bytes(const struct go_program *program);

#endif
