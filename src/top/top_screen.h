/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The terminal: the one place that knows curses. Used by top_run.c, from one thread. */
#ifndef HB_TOP_SCREEN_H
#define HB_TOP_SCREEN_H

#include "top/top_frame.h"

/* Take the terminal over, which top_terminal__probe() has looked at. 0 or -ENODEV. */
int top_screen__open(void);
/* Give it back as it was; may be called at any time. */
void top_screen__close(void);
/* Its size has changed, or may have. */
void top_screen__fit(size_t *ret_rows, size_t *ret_columns);
void top_screen__draw(const struct top_frame *frame);
/* Draw all of it anew at the next draw: others have written on it. */
void top_screen__spoil(void);
/* The next key that waits: a character or enum top_key; 0: none, or one that means nothing here. */
bool top_screen__key(uint32_t *ret_key);

#endif
