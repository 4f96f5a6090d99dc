/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The page behind h: keys, and what the columns mean, from the tables of columns. Pure. */
#ifndef HB_TOP_HELP_H
#define HB_TOP_HELP_H

#include "top/top_page.h"

void top_help__fill(struct page *page);

#endif
