/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What makes two sites of two builds one: names without clone suffixes, as in the ids of advice, and of
 * Go the construct, the type and the library's function in between. Pure; for compare/ alone.
 */
#ifndef HB_SITE_KEY_H
#define HB_SITE_KEY_H

#include <stdint.h>

#include "model/view.h"

enum compare_family { COMPARE_MALLOC, COMPARE_GO, COMPARE_PAGES, COMPARE_FAMILIES };

enum compare_family site_key__family(const struct view_site *site);
/* @use: of view_go.uses, where the library's function stands for the caller, who may be any. */
uint64_t site_key__of(const struct view_site *site, bool use);
/* The place that a change of one of its constructs stays within: of Go the function alone. */
uint64_t site_key__place(const struct view_site *site, bool use);

#endif
