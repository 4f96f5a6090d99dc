/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The objects that a program will load, before it has loaded them: what its own dynamic linker
 * lists under this environment (LD_PRELOAD, RUNPATH), in look-up order. Called by target.c for a
 * program that is stopped at its exec.
 */
#ifndef HB_TARGET_EXEC_LIST_H
#define HB_TARGET_EXEC_LIST_H

#include "base/text.h"
#include "target/module.h"

#define EXEC_LIST_BYTES (64U << 10) /* of the linker's output */

/*
 * Ask the dynamic linker of @exe (which must have one) and append what it lists to @modules, as
 * executable modules without mappings. @output holds their names and must outlive them. 0 or -errno
 * (-ENOEXEC: the linker failed, a library is missing).
 */
int exec_list__add(const char *exe, struct modules *modules, struct text *output);

#endif
