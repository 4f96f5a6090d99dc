/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tells one build of a Go program from another: linkers before Go 1.24 write no GNU build-id.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_BUILD_ID_H
#define HB_TARGET_GO_BUILD_ID_H

#include <stdbool.h>
#include <stdint.h>

#include "target/go_pclntab.h"
#include "target/go_program.h"

/* Does one of the segments begin with what Go's linker puts there? Reads a few bytes of each. */
bool go_build_id__has_mark(const struct elf_image *image);
/* The file's GNU build-id, filled up with zeros; else one made of Go's own and of the tables. */
void go_build_id__make(struct go_file *file, const struct go_pclntab *tab,
		       uint8_t ret[GO_BUILD_ID_BYTES]);

#endif
