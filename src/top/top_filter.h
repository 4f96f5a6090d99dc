/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is typed behind '/': an extended regular expression, case ignored; what is none is looked for
 * as it stands. Pure. Called by top_state.c and the fillers of grids. */
#ifndef HB_TOP_FILTER_H
#define HB_TOP_FILTER_H

#include <regex.h>
#include <stdbool.h>

#define FILTER_BYTES 64

struct top_filter {
	char pattern[FILTER_BYTES]; /* "": everything passes */
	bool is_regex;
	regex_t regex;
};

/* Zero-initialise to begin with. */
void top_filter__set(struct top_filter *filter, const char *pattern);
void top_filter__release(struct top_filter *filter);
bool top_filter__passes(const struct top_filter *filter, const char *s);

#endif
