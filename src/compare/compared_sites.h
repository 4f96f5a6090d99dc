/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sites of one program in both captures, joined and tested. For compare/ alone. */
#ifndef HB_COMPARED_SITES_H
#define HB_COMPARED_SITES_H

#include "compare/compare.h"

/* Fill totals, sites and counts of @program, whose parts are set. 0 or -ENOMEM. */
int compared_sites__fill(struct compare_program *program);

/* The sites of @process that are compared: of Go those of the program's own code, where they are
 * known. Index from 0; NULL at the end. *ret_use: it is one of these. */
const struct view_site *compared_sites__at(const struct view_process *process, size_t index,
					   bool *ret_use);

#endif
