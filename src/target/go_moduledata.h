/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * runtime.firstmoduledata: where the linker has noted the program's sections for its runtime. No
 * section or symbol leads to it in a stripped file; it is known by pointing to the parts of .gopclntab.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_MODULEDATA_H
#define HB_TARGET_GO_MODULEDATA_H

#include <stdint.h>

#include "base/error.h"
#include "target/go_layout.h"
#include "target/go_pclntab.h"
#include "target/go_program.h"

struct go_moduledata {
	uint64_t vaddr;
	uint64_t words[GO_WORDS]; /* link-time values, relocations applied */
};

/* Find the only one that belongs to @tab. 0, or -errno with @error filled. */
int go_moduledata__find(struct go_moduledata *data, const struct go_pclntab *tab,
			struct error *error);
/* What it says, read by @layout; impossible ranges are left 0. */
struct go_sections go_moduledata__sections(const struct go_moduledata *data,
					   const struct go_layout *layout);

#endif
