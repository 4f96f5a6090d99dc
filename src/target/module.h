/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that a process has mapped as ELF images, gathered from its maps. Pure; called by
 * target.c. Borrowed strings: the maps must outlive the modules.
 */
#ifndef HB_TARGET_MODULE_H
#define HB_TARGET_MODULE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/procfs.h"

#define MODULES_MAX 4096

struct module {
	uint64_t dev, ino; /* of the maps text */
	const char *path;
	const char *name; /* behind the last '/' */
	bool deleted;
	bool executable;     /* some mapping is */
	uint64_t start, end; /* a mapping to open the file by */
	unsigned image_cnt;  /* copies with executable code */
	/* Copies with data (a writable mapping) but no executable code: loaded, yet not by a loader
	 * that means to run them. A file that is only read, as debuggers do, is not counted. */
	unsigned unexecuted_cnt;
	/* of the copy being gathered */
	bool image_is_whole; /* it begins with the file's first byte, read-only */
	bool image_has_code, image_has_data;
	uint64_t image_offset, image_end;
};

struct modules {
	struct module *items;
	size_t cnt, cap;
	bool truncated;
};

/* 0 or -ENOMEM; release @modules in any case. */
int modules__build(const struct proc_maps *maps, struct modules *modules);
void modules__release(struct modules *modules);

/* The module that has @address mapped, or NULL. */
const struct module *modules__find(const struct modules *modules, const struct proc_maps *maps,
				   uint64_t address);
/* The module whose file is (dev, ino) of the maps text, or NULL. */
const struct module *modules__find_file(const struct modules *modules, uint64_t dev, uint64_t ino);

/* Is the byte at @file_offset of @module mapped executable? */
bool module__is_executable_at(const struct module *module, const struct proc_maps *maps,
			      uint64_t file_offset);

#endif
