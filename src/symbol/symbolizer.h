/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * (module, link-time address) -> names: Go's own table for Go's code; else .symtab and .dynsym (exact
 * extents, no nearest-symbol guesses), DWARF lines and inlined frames, separate debug files by
 * build-id, C++ and Rust demangled. Works on files; knows nothing of processes but a root to look
 * for debug files in.
 */
#ifndef HB_SYMBOLIZER_H
#define HB_SYMBOLIZER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

struct symbolizer;

struct symbol_name {
	char *function; /* demangled; "module+0x..." where no symbol covers the address */
	char *file;	/* NULL unknown */
	uint32_t line;	/* 0 unknown */
	bool inlined;	/* into the next one */
	bool no_name;
};

/* What the code at one call of a Go program into its runtime shows: see target/go_call_site.h. */
struct symbol_site {
	const char *type;   /* NULL unknown */
	const char *callee; /* NULL unknown */
	const char *call;   /* the runtime's function; NULL unknown */
	uint64_t type_bytes;
};

/* What it may hold; a daemon's are smaller than the defaults. */
struct symbolizer_limits {
	size_t addresses;   /* looked up or learned; beyond: "module+0x..." */
	size_t name_bytes;  /* of all names */
	size_t rows;	    /* of symbol tables in memory; the longest unused give way */
	size_t lines_bytes; /* of debug information in memory; likewise */
};

/* NULL with errno set. */
struct symbolizer *symbolizer__new(void);
/* Give every table and all debug information back; they are read again when needed. */
void symbolizer__rest(struct symbolizer *symbolizer);
void symbolizer__limit(struct symbolizer *symbolizer, const struct symbolizer_limits *limits);
void symbolizer__free(struct symbolizer *symbolizer);

/* Make module number @module known. @fd (dup'ed; -1: open @path if its build-id matches).
 * 0 or -errno; a module that cannot be read still answers with "path+0x..." names. */
int symbolizer__add_module(struct symbolizer *symbolizer, uint32_t module, int fd, const char *path,
			   const uint8_t *build_id, size_t build_id_bytes, pid_t root_pid);

/* Names at link-time @address of @module, innermost inlined function first, in *ret_names (owned by
 * the symbolizer, valid until it is freed; cached). Their number, at least 1, or -ENOMEM. */
int symbolizer__lookup(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		       const struct symbol_name **ret_names);

/* What the call whose last byte is at link-time @address of @module shows, in *ret_site (valid as names
 * are); NULL: nothing, or no Go program. 0 or -ENOMEM. */
int symbolizer__site(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		     const struct symbol_site **ret_site);

/* Take names that a capture holds (RECORD_SYMBOL) instead of looking them up. 0 or -ENOMEM. */
int symbolizer__learn(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
		      uint32_t depth, const char *function, const char *file, uint32_t line,
		      bool inlined, bool no_name);
/* The same for what a capture says of a call (RECORD_GO_SITE); of an address whose names were learned
 * nothing else is known. Strings are copied. 0 or -ENOMEM. */
int symbolizer__learn_site(struct symbolizer *symbolizer, uint32_t module, uint64_t address,
			   const struct symbol_site *site);

#endif
