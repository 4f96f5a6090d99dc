/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Relative relocations of a position-independent executable: what the dynamic linker will write, and
 * where. Go's own linker and GNU ld also store it in place; others leave zeros.
 *
 * Called by go_moduledata.c.
 */
#ifndef HB_TARGET_GO_RELOCATIONS_H
#define HB_TARGET_GO_RELOCATIONS_H

#include <stddef.h>
#include <stdint.h>

#include "target/go_file.h"

/* Where the first relocation that writes link-time address @addend writes it. 0 or -ENOENT. */
int go_relocations__target(struct go_file *file, uint64_t addend, uint64_t *ret_vaddr);
/* Write into @words, the @cnt words at @vaddr, what relocations write there. 0 or -ENOENT (there
 * are none at all). */
int go_relocations__apply(struct go_file *file, uint64_t vaddr, uint64_t *words, size_t cnt);

#endif
