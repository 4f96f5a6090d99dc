/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Instruction -> source line and inlined calls, from the tables that .gopclntab holds for each
 * function. Where a call is inlined, the tables name the instruction that stands for it in the caller;
 * its line and its own inlining are looked up in turn.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_LINES_H
#define HB_TARGET_GO_LINES_H

#include <stddef.h>
#include <stdint.h>

#include "target/go_pclntab.h"
#include "target/go_program.h"
#include "target/go_strings.h"

/* As go_program__lines() for a @pc within @function; @gofunc is where function data is (0: unknown,
 * so inlined calls are as well). Strings go to @strings. */
int go_lines__find(const struct go_pclntab *tab, uint64_t gofunc, struct go_strings *strings,
		   const struct go_function *function, uint64_t pc, struct go_line *ret,
		   size_t max);

#endif
