/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The string table of a profile: number 0 is "", equal strings have one number. For pprof_message. */
#ifndef HB_PPROF_STRINGS_H
#define HB_PPROF_STRINGS_H

#include "symbol/names.h"

struct pprof_strings {
	struct names *memory; /* the caller's */
	char **items;
	size_t cnt, cap;
	struct table numbers; /* interned string -> number */
};

/* Begin with "". 0 or -ENOMEM; release in either case. */
int pprof_strings__init(struct pprof_strings *strings, struct names *memory);
void pprof_strings__release(struct pprof_strings *strings);
/* Number of @s, made valid UTF-8 without control bytes and cut at NAME_BYTES; 0 for NULL; -ENOMEM. */
int64_t pprof_strings__number(struct pprof_strings *strings, const char *s);

#endif
