/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What became of the blocks of a site, beyond what is live: freed at once, gained over the span, live at
 * the peak. Called by site.c and go_site.c when the site's sums and series are there. Pure. */
#ifndef HB_SITE_LIFE_H
#define HB_SITE_LIFE_H

#include "model/view.h"

/* temporary to failed_bytes. */
void site_life__fill(const struct view_process *process, struct view_site *site);

#endif
