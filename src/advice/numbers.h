/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Figures that several checks make. Pure; for the checks of advice/ alone. */
#ifndef HB_NUMBERS_H
#define HB_NUMBERS_H

#include "model/view.h"

/* A number of which no error is known. */
struct figure plain_figure(double value, uint64_t n, enum basis basis);

/* @rate times a share that lies between @low and @high, @value most likely. */
struct figure share_figure(const struct figure *rate, double value, double low, double high);

/*
 * p50 and p95 of the largest sizes of the blocks in @chains, with the intervals of their ranks over
 * the effective number of samples; @closed_only: of those that were freed. 0, or -ENOMEM.
 */
int size_quantiles(const struct chain *chains, size_t cnt, bool closed_only, enum basis basis,
		   struct figure *ret_p50, struct figure *ret_p95);

#endif
