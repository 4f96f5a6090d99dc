/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What kind of program a process is, and what its malloc does not show: sub-allocators that carve
 * objects out of large blocks, heaps beside malloc. Pure; called by target.c.
 */
#ifndef HB_TARGET_RUNTIME_H
#define HB_TARGET_RUNTIME_H

#include <stdbool.h>
#include <stddef.h>

#include "base/text.h"
#include "target/module.h"

/* "go", "static" or "native". */
const char *runtime__name(bool has_go_sections, bool has_interpreter, bool has_libc);

/* Append @reason to a "; "-separated list. */
void hides__add(struct text *hides, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Append what the executable's name and the loaded libraries tell. */
void hides__add_suballocators(struct text *hides, const char *exe_name,
			      const struct modules *modules);

#endif
