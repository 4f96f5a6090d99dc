/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One process image as the unwinder sees it: which file lies where, and libdw's view of it. Built
 * from the mappings while the process lives, then good without it. Never unmaps what a sample may
 * still need: a look at a process that has ended or has become another leaves the image as it is.
 *
 * Called by walk.c and worker.c, in the worker's thread.
 */
#ifndef HB_UNWIND_IMAGE_H
#define HB_UNWIND_IMAGE_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/table.h"
#include "unwind/files.h"

/* An executable mapping. */
struct image_part {
	uint64_t start, end;
	uint64_t bias; /* address = link-time address + bias */
	struct unwind_file *file;
	Dwfl_Module *module;
};

/* What is known of one code address. */
struct image_place {
	const struct image_part *part; /* NULL: in no file */
	bool has_cfi;		       /* the step to the caller follows from .eh_frame */
	bool is_signal;		       /* the frame above was interrupted, not calling */
	bool is_outermost;	       /* there is no caller */
};

struct image {
	uint32_t number;
	pid_t pid;
	uint64_t start_ticks, vdso, maps_hash; /* of the last look */
	uint64_t looked_ns;		       /* CLOCK_MONOTONIC; 0 never */
	uint64_t used;			       /* order of use among images */
	Dwfl *dwfl;			       /* NULL: nothing to unwind with */
	struct image_part *parts;	       /* by address */
	size_t part_cnt;
	struct table places; /* address -> packed struct image_place */
	void *walk;	     /* of walk.c: the sample under way */
};

/* @callbacks of libdw for thread state; their argument is the image. */
void image__init(struct image *image, uint32_t number, pid_t pid);
void image__release(struct image *image);

/* Read the mappings again, and build anew if they differ. 0 or -errno, the image then unchanged. */
int image__look(struct image *image, struct files *files, const Dwfl_Thread_Callbacks *callbacks);

/* The part that holds @address, or NULL. */
const struct image_part *image__part(const struct image *image, uint64_t address);
struct image_place image__place(struct image *image, uint64_t address);

#endif
