/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the probe of one function goes, found by decoding its code from the first byte. Pure: bytes
 * in, struct place out; called by target.c and by the unit tests.
 *
 * Invariants of a usable place: it is an instruction boundary, reached exactly once by every call
 * (nothing before it branches, nothing in the function branches back to or before it), the wanted
 * arguments are in the registers that it names, and the function's frame is where sp_words says.
 * Emulated means: the kernel emulates the instruction instead of single-stepping it, 12 times
 * cheaper.
 */
#ifndef HB_TARGET_PLACE_H
#define HB_TARGET_PLACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "target/target.h"

#define PLACE_CODE_MAX (1U << 20) /* bytes of a function; a larger one is not decoded */

/* What a probe of this function needs from its return. */
enum place_return {
	RETURN_NEVER = 0,    /* never hooked */
	RETURN_OPTIONAL = 1, /* hooked where rsp has not moved */
	RETURN_NEEDED = 2,   /* a place where rsp has moved is of no use */
};

struct place_request {
	const uint8_t *code; /* the whole function */
	size_t code_bytes;
	uint64_t vaddr;	  /* link-time address of code[0] */
	unsigned arg_cnt; /* first arguments that must be in known registers, at most 3 */
	enum place_return hook;
	bool allow_stepped;
	bool function_entry;
};

/* Fill the fields of @ret_place that depend on the code: all but func, symbol and file_offset. */
void place__find(const struct place_request *request, struct place *ret_place);

#endif
