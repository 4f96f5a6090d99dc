/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions of a Go program are the standard library's: nothing that a program's author can
 * change. Told by the import path that a function's name begins with. Pure; one table.
 */
#ifndef HB_GO_STD_H
#define HB_GO_STD_H

#include <stdbool.h>

/* Is @function of the standard library, or of the runtime, which is a part of it? */
bool go_std__has(const char *function);

#endif
