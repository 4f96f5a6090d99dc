/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of one site from those of its stacks. Called by symbol/fold.c alone; pure.
 */
#ifndef HB_SITE_H
#define HB_SITE_H

#include "model/view.h"

/* Fill the figures, series and chains of @site, whose id, family and stacks are set. 0 or -ENOMEM. */
int site__sum(struct view *view, const struct view_process *process, struct view_site *site);

#endif
