/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of a Go executable from the table that its runtime needs for tracebacks: there in stripped
 * files too, with lines and inlined calls, which .symtab lacks. Code that is not Go's (cgo) is not in
 * it.
 *
 * Called by binary.c.
 */
#ifndef HB_GO_NAMES_H
#define HB_GO_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include "symbol/lines.h"

struct go_call_site;
struct go_program;

/* The program behind @fd (duplicated); NULL if it is none that can be read. Free it by
 * go_program__free(). */
struct go_program *go_names__open(int fd);
/* As go_call_site__read(), of the call that ends behind @address; strings until the next call. */
int go_names__site(struct go_program *program, uint64_t address, struct go_call_site *ret);
/* As lines__find(), strings until the next call. */
size_t go_names__find(struct go_program *program, uint64_t address,
		      struct line_frame frames[LINES_DEPTH_MAX]);

#endif
