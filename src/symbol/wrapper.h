/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions only pass memory through: allocators themselves, and wrappers around them. A table
 * of names; called by symbol/fold.c for each frame between an allocator call and its site, and by
 * advice/ for names that survive a rebuild.
 */
#ifndef HB_WRAPPER_H
#define HB_WRAPPER_H

#include <stdbool.h>
#include <stddef.h>

/*
 * Is @function (demangled; NULL: no symbol covers the address) in the file @module_path (may be NULL)
 * an allocator or a wrapper? A nameless frame is one only inside libc, whose allocator internals have
 * no symbols once stripped, and inside a file that is an allocator as a whole.
 */
bool wrapper__matches(const char *function, const char *module_path);

/* Copy @function to @dst (at most @size bytes with NUL) without template arguments, parameters,
 * return type and clone suffixes: "std::vector<int>::push_back(int&&) [clone .isra.0]" ->
 * "std::vector::push_back". Returns @dst. */
char *wrapper__plain_name(char *dst, size_t size, const char *function);

#endif
