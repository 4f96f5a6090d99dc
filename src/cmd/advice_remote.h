/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recommendations that the running daemon stands by, with how each has stood: `advise` without a
 * capture or a process.
 */
#ifndef HB_ADVICE_REMOTE_H
#define HB_ADVICE_REMOTE_H

#include "cmd/options.h"

/* Print them as options->format asks. 0 with *ret_found (advice at or above options->fail_on that is
 * not muted), or -errno with @error filled. */
int advice_remote__print(const struct options *options, bool *ret_found, struct error *error);

#endif
