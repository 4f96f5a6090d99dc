/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Symbol names made readable: C++ (Itanium) and Rust (legacy and v0) by libiberty; version suffixes
 * go, suffixes of compiler clones stay as " [clone .part.0]" in every language. Pure and bounded in
 * input, output and recursion, since names come from files that anybody may have made.
 *
 * Called by the symbolizer.
 */
#ifndef HB_DEMANGLE_H
#define HB_DEMANGLE_H

#include <stddef.h>

#define DEMANGLE_INPUT_MAX 4096 /* longer names are not demangled */
#define DEMANGLE_NAME_MAX  1024 /* bytes of an answer with its NUL; cut, never within a rune */

/* @symbol readable in @dst (at most @size bytes with NUL). Returns @dst. */
char *demangle(char *dst, size_t size, const char *symbol);

#endif
