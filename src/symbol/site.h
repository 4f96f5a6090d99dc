/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The figures of one site from those of its stacks. Called by symbol/fold.c alone; pure.
 */
#ifndef HB_SITE_H
#define HB_SITE_H

#include "model/view.h"

/* Sample sums over all stacks of a process: what the exact class totals are compared with. */
struct site_families {
	struct sample_sums heap[SIZE_CLASSES];
	struct sample_sums vm[SIZE_CLASSES];
	double heap_bytes, vm_bytes; /* exact, or estimated where no exact total is known */
};

void site__families(const struct view_process *process, struct site_families *ret);

/* Fill the figures, series and chains of @site, whose id, family and stacks are set. 0 or -ENOMEM. */
int site__sum(struct view *view, const struct view_process *process,
	      const struct site_families *families, struct view_site *site);

#endif
