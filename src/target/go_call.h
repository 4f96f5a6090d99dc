/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One call in a function of a Go program: which addresses its arguments are known to be, and what
 * comes behind it. Told by the instructions alone, from the function's first byte on; what a branch
 * may have changed is unknown. Pure; called by go_call_site.c.
 */
#ifndef HB_TARGET_GO_CALL_H
#define HB_TARGET_GO_CALL_H

#include <stddef.h>
#include <stdint.h>

#define GO_CALL_BYTES	  5 /* call rel32, the only one that compilers emit for a function */
#define GO_CALL_CODE_MAX  (256U << 10) /* bytes of a function */
#define GO_CALL_REGISTERS 16	       /* as enum hb_reg */
#define GO_CALL_AFTER_MAX 8
#define GO_CALL_NEXT_MAX  32

struct go_call {
	uint64_t target;
	/* Addresses that `lea` has put into registers and nothing has changed since; 0: unknown. */
	uint64_t registers[GO_CALL_REGISTERS];
	/* Addresses that `lea` takes behind it before any other call or branch, in order. */
	uint64_t after[GO_CALL_AFTER_MAX];
	size_t after_cnt;
	/* Targets of the calls that follow where no condition holds, in order; up to the first that is
	 * not known, to a return, or to itself. */
	uint64_t next[GO_CALL_NEXT_MAX];
	size_t next_cnt;
};

/* The call in @code (a whole function at link-time address @vaddr) that returns to @back. 0, -ENOENT if
 * there is none, -ENOMEM. */
int go_call__decode(const uint8_t *code, size_t bytes, uint64_t vaddr, uint64_t back,
		    struct go_call *ret);

#endif
