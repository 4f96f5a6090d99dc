/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From weighted samples to figures. Pure; called by snapshot.c for processes and by symbol/ for the
 * sites that it folds.
 *
 * The totals of a family (heap or vm) are counted exactly per size class; a site is known only from
 * samples. So a site's figure is its share of the samples' estimate, class by class, times the exact
 * class total: what is lost in the ring and the luck of the draw cancel out of the share.
 */
#ifndef HB_ESTIMATE_H
#define HB_ESTIMATE_H

#include "model/view.h"

enum quantity { QUANTITY_CALLS, QUANTITY_BYTES };

/* Count one sampled call of @size_bytes, chosen with @probability in (0, 1], into @sums. */
void sample_sums__add(struct sample_sums *sums, double size_bytes, double probability);
/* Add @from to @sums. */
void sample_sums__merge(struct sample_sums *sums, const struct sample_sums *from);

/*
 * Calls or bytes of a site (or stack) within the observed time: @site and @family are arrays of
 * SIZE_CLASSES, @family over all samples of the same family (those of dropped stacks too), @exact
 * the counted totals.
 *
 *	Y = sum over groups of classes  B * Ys / Yf
 *	V = sum over groups  (B / Yf)^2 [(1-R)^2 Vs + R^2 (Vf - Vs + Vf / nf)],   R = Ys / Yf
 *
 * Neighbouring classes with fewer than 20 samples between them form one group, since a ratio over a
 * handful of samples is biased. Vf / nf is one imagined sample of somebody else: without it a site
 * that made the only sample of a group would be stated to be the whole group without any error.
 * BASIS_UNKNOWN if the site has no samples; BASIS_EXACT if every call was sampled.
 */
struct figure estimate__site(enum quantity quantity, const struct sample_sums *site,
			     const struct sample_sums *family, const struct view_class *exact);

/* Exact calls or bytes of the classes that no sample speaks for (estimate__site leaves them out). */
uint64_t estimate__unattributed(enum quantity quantity, const struct sample_sums *family,
				const struct view_class *exact);

/* Mean lifetime of the freed samples of a site: sums over them of 1/p, of lifetime/p and of
 * lifetime^2/p. Lives cut off by the end of observation are not in it. */
struct figure estimate__mean_lifetime(double objects, double sum_s, double square_sum_s2,
				      uint64_t n);

#endif
