/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names and sizes of a Go program's types, from the descriptors that its linker laid out.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_TYPE_H
#define HB_TARGET_GO_TYPE_H

#include <stddef.h>
#include <stdint.h>

#include "target/go_file.h"
#include "target/go_program.h"

/* As go_program__type(). */
int go_type__read(struct go_file *file, const struct go_sections *sections, uint64_t type,
		  char *name, size_t name_bytes, uint64_t *ret_size_bytes);
/* As go_program__type_kind(). */
uint8_t go_type__kind(struct go_file *file, const struct go_sections *sections, uint64_t type);

#endif
