/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Go puts small objects without pointers into blocks of 16 bytes that they share, and its profile knows
 * the blocks. How many objects there are the runtime counts, for the program as a whole. Pure; for the
 * checks of advice/ alone.
 */
#ifndef HB_GO_TINY_H
#define HB_GO_TINY_H

#include "advice/go_weight.h"

/* Raise the calls of @use, which are blocks, to the objects in them: each block of 16 bytes is taken to
 * hold as many as those of the whole program, at least one and at most twice that many. */
void go_tiny__count(struct go_weight *use);

#endif
