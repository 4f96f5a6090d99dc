/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files that frames point into, numbered for the whole session: the same (device, inode,
 * build-id) is the same number in every process. A file is open while images map it; its number
 * outlives them.
 *
 * Called by image.c and worker.c, in the worker's thread.
 */
#ifndef HB_UNWIND_FILES_H
#define HB_UNWIND_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"
#include "symbol/elf_file.h"

#define UNWIND_FILES_MAX 16384

struct unwind_file {
	uint32_t module; /* from 1 */
	uint64_t dev, ino;
	uint8_t build_id[BUILD_ID_MAX];
	uint32_t build_id_bytes;
	bool announced; /* an answer has carried it */
	uint32_t refs;	/* images that map it; 0: elf is released */
	struct elf_file elf;
	char *path; /* by which it was mapped first */
	pid_t pid;  /* that mapped it last */
};

/* Zero-initialise to begin with. */
struct files {
	struct unwind_file **items;
	size_t cnt, cap;
	struct table by_identity;
};

/* The file behind @fd (which stays the caller's), with one more reference. NULL with errno: ENOEXEC
 * (not an ELF file of this machine), ENOSPC beyond UNWIND_FILES_MAX, ENOMEM. */
struct unwind_file *files__get(struct files *files, int fd, const char *path, pid_t pid);
/* Give the reference back. */
void files__put(struct unwind_file *file);
/* All references must have been given back. */
void files__release(struct files *files);

#endif
