/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One sample and its stack copy -> frames. Steps only where .eh_frame says how; libdw's guess by
 * frame pointer is never taken, since a wrong frame is worse than a missing one. Registers and stack
 * may hold anything.
 *
 * Called by worker.c, in the worker's thread.
 */
#ifndef HB_UNWIND_WALK_H
#define HB_UNWIND_WALK_H

#include <elfutils/libdwfl.h>
#include <stdbool.h>
#include <stdint.h>

#include "bpf/abi.h"
#include "unwind/image.h"
#include "unwind/unwind.h"

/* A frame before files have numbers for readers. */
struct walk_frame {
	const struct image_part *part; /* NULL: in no file */
	uint64_t pc;		       /* return address, or where execution stood */
	bool is_exact;
};

struct walk {
	/* in */
	const struct hb_sample *sample;
	const unsigned char *stack; /* from regs[HB_REG_SP] up */
	uint64_t stack_bytes;
	/* out */
	struct walk_frame frames[FRAMES_MAX];
	uint32_t frame_cnt;
	bool complete;
	bool strayed; /* met an address outside every file: the mappings may have changed */
	uint64_t caller_cfa;
	/* under way */
	uint64_t regs[HB_REG_MAX];
	uint32_t skip, seen;	     /* frames left out at the start; frames met */
	uint64_t frame_sp;	     /* of the last frame met */
	bool after_signal;	     /* the next frame was interrupted */
	bool read_failed, read_zero; /* since the last frame */
	bool at_end;		     /* the last frame has no caller */
};

/* What libdw asks for the thread's state; to be given to image__look(). */
extern const Dwfl_Thread_Callbacks walk_callbacks;

/* Fill the out part of @walk. Frame 0 is always the caller. */
void walk__run(struct walk *walk, struct image *image);

#endif
