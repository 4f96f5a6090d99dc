/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a call into the runtime shows of an allocation: the compiler hands over the address of a type's
 * descriptor. Read from the executable, stripped or not; a type that is not certain is none.
 *
 * Called by symbol/ when frames are named.
 */
#ifndef HB_TARGET_GO_CALL_SITE_H
#define HB_TARGET_GO_CALL_SITE_H

#include "target/go_program.h"

#define GO_CALL_TYPE_MAX 512 /* bytes of a type's name; that of a struct without one may be any */

struct go_call_site {
	char type[GO_CALL_TYPE_MAX]; /* "main.User"; of slices an element's; "" unknown */
	uint64_t type_bytes;	     /* 0 unknown */
	const char *function;	     /* of the runtime, which is called; never NULL */
	const char
		*callee; /* of boxing: the function called next, not the runtime's; NULL unknown */
};

/* The call of @program that returns to link-time address @back. 0, -ENOENT where no call into the
 * runtime for memory ends, or -ENOMEM. Functions of @ret live as names of the program do. */
int go_call_site__read(struct go_program *program, uint64_t back, struct go_call_site *ret);

#endif
