/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How unlike two words are: for "did you mean". Called by readers of options and configuration. */
#ifndef HB_NEAREST_H
#define HB_NEAREST_H

#include <stddef.h>

#define NEAREST_LEN_MAX 64

/* Letters to insert, remove or change to make @b of @a; SIZE_MAX if one is longer than
 * NEAREST_LEN_MAX. */
size_t nearest__distance(const char *a, const char *b);
/* The largest distance at which @word may be a slip of the pen for something known. */
size_t nearest__limit(const char *word);

#endif
