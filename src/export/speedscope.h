/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Stacks in speedscope's own JSON format: one sampled profile per process, weights in bytes, frames
 * shared between them. Called by cmd/ and the HTTP server.
 */
#ifndef HB_SPEEDSCOPE_H
#define HB_SPEEDSCOPE_H

#include "export/flame.h"

/* Names are made valid UTF-8 without control bytes; inlined functions are frames of their own. A
 * source without stacks gives one empty profile, since the format wants one. 0, -EIO or -ENOMEM with
 * nothing written. */
int speedscope__write(FILE *file, const struct flame_source *source);

#endif
