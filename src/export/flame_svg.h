/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A flame graph as one SVG file: no script, no style sheet, no font or image from elsewhere, so that
 * it shows in a browser, in a mail, and under a strict content security policy. Outermost functions
 * at the top; the width of a frame is its share of the bytes; its tooltip has the whole name, the
 * bytes and the share. Called by cmd/ and the HTTP server.
 *
 * The same view gives the same bytes: siblings are in the order of their names, and a function's
 * colour comes from its name. The background is transparent and text outside frames is mid-grey, so
 * it can be read on light and dark pages.
 */
#ifndef HB_FLAME_SVG_H
#define HB_FLAME_SVG_H

#include "export/flame.h"

#define FLAME_SVG_WIDTH 1200 /* units; the file scales to its page */
#define FLAME_SVG_MIN	0.3  /* narrower frames are left out */

/* 0, -EIO or -ENOMEM. A source without stacks is a picture that says so. */
int flame_svg__write(FILE *file, const struct flame_source *source);

#endif
