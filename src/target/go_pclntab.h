/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * .gopclntab, the table of functions that every Go program carries for its own tracebacks, stripped
 * or not: entry addresses, names, and where the tables of lines and inlined calls lie. It stays in
 * the file; held is one address for every GO_TABLE_STEP functions.
 *
 *   header | names | units | files | pc tables | table of functions | functions
 *
 * Called by go_program.c, go_lines.c and go_name_index.c.
 */
#ifndef HB_TARGET_GO_PCLNTAB_H
#define HB_TARGET_GO_PCLNTAB_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "target/go_file.h"
#include "target/go_layout.h"
#include "target/go_program.h"

#define GO_FUNCTIONS_MAX (2U << 20)
#define GO_TABLE_STEP	 512U

/* What the header says; addresses are link-time ones. */
struct go_pclntab {
	struct go_file *file;
	const struct go_layout *layout; /* any row with its magic until go_pclntab__set_layout() */
	uint64_t vaddr;
	uint32_t function_cnt;
	uint32_t quantum; /* bytes that a step of a pc table counts */
	uint64_t text;	  /* what addresses in it are relative to; 0: the header does not say */
	uint64_t names, units, files, pcs, functions;
	uint64_t *steps; /* addresses of functions 0, GO_TABLE_STEP, ... and the end */
	size_t step_cnt;
};

/* A function's own record. */
struct go_function_row {
	uint64_t vaddr;	  /* link-time address of the function */
	uint64_t at;	  /* of this record */
	uint32_t name;	  /* offset among the names */
	uint32_t pc_file; /* offsets among the pc tables; 0: none */
	uint32_t pc_line;
	uint32_t pcdata_cnt;
	uint32_t unit; /* offset among the units, in words */
	uint8_t func_id;
	uint8_t funcdata_cnt;
};

/* Is there a header at @vaddr that makes sense? Fills @tab, which needs no release before
 * go_pclntab__load(). 0 or -ENOENT. */
int go_pclntab__init(struct go_pclntab *tab, struct go_file *file, uint64_t vaddr);
/* Find it: by section, else by what it begins with. As go_pclntab__init. */
int go_pclntab__locate(struct go_pclntab *tab, struct go_file *file);
/* Read and check the table of functions, with tab->layout and tab->text set. 0, or -errno with @error
 * filled. */
int go_pclntab__load(struct go_pclntab *tab, struct error *error);
void go_pclntab__release(struct go_pclntab *tab);

/* Number @index. 0 or -ENOENT. */
int go_pclntab__function(const struct go_pclntab *tab, uint32_t index, struct go_function *ret);
int go_pclntab__row(const struct go_pclntab *tab, uint32_t index, struct go_function_row *ret);
/* The function that covers @pc. 0 or -ENOENT. */
int go_pclntab__at(const struct go_pclntab *tab, uint64_t pc, struct go_function *ret);
/* The name at @offset among the names as Go prints it, in which instances of generic functions are
 * [...]. Its length, or -ENOENT. */
int go_pclntab__name(const struct go_pclntab *tab, uint32_t offset, char name[GO_NAME_MAX]);

#endif
