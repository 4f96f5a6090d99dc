/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The one table of allocators: which functions of which library are observed, what a probe of each
 * needs, and by what names libraries that replace malloc are known. Adding an allocator touches this
 * table and its tests. Pure; called by target.c.
 */
#ifndef HB_TARGET_ALLOCATOR_H
#define HB_TARGET_ALLOCATOR_H

#include <stddef.h>

#include "bpf/abi.h"
#include "target/place.h"
#include "target/target.h"

struct allocator_function {
	const char *symbol;
	enum hb_func func;
	unsigned arg_cnt; /* arguments that are read */
	enum place_return hook;
};

struct allocator {
	const char *name;
	const char *library; /* its file name begins with this ... */
	const char *marker;  /* ... or it exports this function */
	enum family family;
	/* free first: no block is then seen born whose free could be missed while attaching.
	 * Of several names of one address the first one counts. */
	const struct allocator_function *functions;
	size_t function_cnt;
};

/* Heap allocators first, the vm family of libc last. */
extern const struct allocator allocators[];
extern const size_t allocator_cnt;

/* Row of the vm family. */
const struct allocator *allocator__vm(void);
/* Heap row whose library name fits @file_name (no directories), or NULL. */
const struct allocator *allocator__find_by_name(const char *file_name);

/* Name of a known allocator that is not observed, by its library's file name, or NULL. */
const char *allocator__find_unobserved(const char *file_name);

#endif
