/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the probe of one function of a Go program goes, found by decoding its prologue. Pure: bytes
 * in, struct go_place out; called by go_watch.c and by the unit tests.
 *
 * A Go function begins with a check of its stack: where there is too little, it calls for more and
 * starts again from its first byte. What lies behind the check is reached once by every call, the
 * check itself once more after each growth:
 *
 *	cmp 0x10(%r14),%rsp		lea -0x60(%rsp),%r12
 *	jbe grow	<- up to 1.20	cmp 0x10(%r14),%r12
 *	push %rbp	<- from 1.21	jbe grow ...
 *	...
 * grow:	spill; call runtime.morestack; reload; jmp first byte
 *
 * Invariants of a usable place: an instruction boundary whose instruction the kernel emulates; no
 * argument register of ABIInternal is written before it; nothing but the growth leads back to it;
 * rsp points at the return address. Never a return probe: Go moves its stacks.
 */
#ifndef HB_TARGET_GO_PLACE_H
#define HB_TARGET_GO_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GO_PLACE_CODE_MAX (256U << 10) /* bytes of a function; a larger one is not decoded */

struct go_place {
	uint64_t function_vaddr; /* link-time */
	uint64_t probe_vaddr;
	uint32_t delta; /* probe_vaddr - function_vaddr */
	bool usable;
	/* The probe stands on the check: a hit with CF or ZF set will come again. */
	bool at_check;
	char instruction[64]; /* text of the instruction at the probe */
	char reason[128];     /* why it is not usable */
};

/* @code: the whole function, @bytes of it, linked at @vaddr; padding behind it does no harm. */
void go_place__find(const uint8_t *code, size_t bytes, uint64_t vaddr, struct go_place *ret_place);

#endif
