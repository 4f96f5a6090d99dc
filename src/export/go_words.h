/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names of what Go's runtime says of itself, for every writer. Pure. */
#ifndef HB_EXPORT_GO_WORDS_H
#define HB_EXPORT_GO_WORDS_H

#include <stdbool.h>

#include "model/view.h"

/* "state", "classes", "buckets", "goroutines", "cycles", "samples", "refills", "types"; "" for no
 * single part that is known. */
const char *go_part__name(uint32_t part);
/* "heap", "time", "forced"; "" where it is unknown. */
const char *go_cause__name(enum go_cause cause);
/* "alloc", "grow", "map_grow", "concat"; "" where it is unknown. */
const char *go_call_kind__name(enum go_call_kind kind);
/* Whether GOMEMLIMIT is set: unset it is the largest number there is, of 63 or of 64 bits. */
bool go_state__has_limit(const struct record_go_state *state);

#endif
