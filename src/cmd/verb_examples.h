/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What to type for what: the last part of each verb's help. */
#ifndef HB_VERB_EXAMPLES_H
#define HB_VERB_EXAMPLES_H

#include "cmd/options.h"

struct verb_example {
	enum verb verb;
	const char *what, *command; /* the command without "heapbeat " */
};

extern const struct verb_example verb_examples[];
extern const size_t verb_example_cnt;

#endif
