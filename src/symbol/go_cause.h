/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a Go program allocates at a place: the language construct, told by the runtime's function that
 * the program's own code called. Pure; one table. Called by symbol/ when stacks of sampled
 * allocations are named.
 */
#ifndef HB_GO_CAUSE_H
#define HB_GO_CAUSE_H

#include <stdbool.h>
#include <stddef.h>

enum go_cause_kind {
	GO_BY_UNKNOWN = 0, /* no runtime frame, or one that the table does not know */
	GO_BY_NEW,	   /* newobject: a variable moved to the heap, &T{}, new(T), a closure */
	GO_BY_MAKE_SLICE,
	GO_BY_APPEND,	  /* growslice */
	GO_BY_INTERFACE,  /* convT*: boxing */
	GO_BY_CONCAT,	  /* string + */
	GO_BY_TO_STRING,  /* []byte or []rune -> string, rune -> string */
	GO_BY_TO_BYTES,	  /* string -> []byte or []rune */
	GO_BY_MAP_INSERT, /* an insert that made a bucket, or made the map grow */
	GO_BY_MAKE_MAP,
	GO_BY_MAKE_CHAN,
	GO_BY_GOROUTINE, /* the go statement: its g, its stack */
	GO_BY_DEFER,
	GO_BY_REFLECT,
	GO_BY_RUNTIME, /* the runtime for itself */
	GO_CAUSE_KINDS,
};

/* "moved to heap", "append", ... static. */
const char *go_cause__name(enum go_cause_kind kind);

/* Does @function belong to the runtime, or to what it shares with reflect: nothing that a program's
 * author has written? */
bool go_cause__is_runtime(const char *function);

/*
 * The construct for which @functions, innermost first, allocate: of the runtime's frames above the
 * program's own code the outermost one tells. *ret_site is the index of that code's first frame, @cnt
 * if there is none.
 */
enum go_cause_kind go_cause__find(const char *const *functions, size_t cnt, size_t *ret_site);

#endif
