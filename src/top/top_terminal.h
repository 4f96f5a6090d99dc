/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether a screen can be drawn at all. A file of its own: what terminals can do is described in a
 * header whose macros are called lines, columns and the like. Called by top_run.c. */
#ifndef HB_TOP_TERMINAL_H
#define HB_TOP_TERMINAL_H

/* 0, -ENOTTY (standard input or output is no terminal), or -ENODEV (its type is not known, or cannot
 * move its cursor). */
int top_terminal__probe(void);

#endif
