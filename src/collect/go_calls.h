/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the looks at one Go program have summed up so far, and what of it has changed: addresses of its
 * types become names, addresses in its code become frames. Kept by go_worker.c in its thread; what
 * has changed goes into the stream by go_records.h.
 */
#ifndef HB_COLLECT_GO_CALLS_H
#define HB_COLLECT_GO_CALLS_H

#include <stdbool.h>

#include "base/table.h"
#include "collect/record.h"
#include "kernel/go_calls_map.h"

struct go_program;

#define GO_CALLS_MAX 4096 /* rows of one program; calls beyond have none */

struct go_calls_item {
	struct hb_go_call_key key;
	uint64_t type_bytes;
	uint32_t name;		 /* of its type: offset into names, 0 none */
	struct hb_go_call ended; /* of looks that are over */
	struct hb_go_call sum;	 /* of all */
};

struct go_calls {
	struct {
		struct go_calls_item *items;
		size_t cnt, cap;
	} rows;
	struct table index; /* hash of the key -> index */
	struct table types; /* address -> index of a row that has it */
	struct {
		char *items; /* the first byte is 0 */
		size_t cnt, cap;
	} names;
	uint64_t dropped; /* calls without a row, of looks that are over */
};

/* Rows whose sums have changed. Frames of module 1 are of the program's executable. */
struct go_calls_news {
	struct go_call_row *rows; /* type: offset into names, 0 none */
	size_t cnt;
	char *names;
	uint64_t dropped; /* calls of all looks that have no row for want of room here */
};

/* Zero-initialise to begin with. */
void go_calls__release(struct go_calls *calls);
void go_calls_news__release(struct go_calls_news *news);

/*
 * Take in the @cnt rows of a look: its sums so far, final if it is @over; a look may be taken in
 * several times before. Sorts @rows. @bias: live less link-time addresses of @program. 0 with @ret_news filled, or
 * -ENOMEM.
 */
int go_calls__take(struct go_calls *calls, struct go_program *program, uint64_t bias,
		   struct go_calls_row *rows, size_t cnt, bool over,
		   struct go_calls_news *ret_news);

#endif
