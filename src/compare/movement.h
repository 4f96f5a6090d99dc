/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One figure before and after, and whether it has moved. The difference is tested against its standard
 * error (a z-test), which holds what the captures state of their estimates and what chance arrivals
 * add: n calls are n +- sqrt(n) in another capture of the same program. Among many figures some differ
 * by chance: Holm's correction keeps the chance of one false alarm among all of them at 5 %, whether or
 * not they depend on each other. Pure; for compare/ alone.
 */
#ifndef HB_MOVEMENT_H
#define HB_MOVEMENT_H

#include <stdbool.h>
#include <stddef.h>

#include "model/view.h"

#define MOVEMENT_ALPHA 0.05
/* Beyond chance, a movement must matter: of the figure itself, and of the program's total. Captures of
 * one program under one load differ by a few per cent. */
#define MOVEMENT_SHARE	     0.05
#define MOVEMENT_TOTAL_SHARE 0.01
#define MOVEMENT_SAMPLES     20 /* on both sides together, where not counted */

struct movement {
	struct figure before, after; /* BASIS_UNKNOWN: not known on that side */
	double change, stderr_abs;   /* after - before; NAN if a side is unknown */
	double p;		     /* two-sided; NAN: not tested */
	bool moved;		     /* significant, and large enough to matter */
};

/* Fill change, stderr_abs and p of @movement from its two figures. @calls_before and @calls_after: the
 * true calls behind them, for chance arrivals (0: unknown, none are added); @spread: variance of the
 * figure relative to that of a count, 1 for calls. */
void movement__test(struct movement *movement, double calls_before, double calls_after,
		    double spread);

/* Whether it is large enough: MOVEMENT_SHARE of itself, MOVEMENT_TOTAL_SHARE of @total (<= 0: any). */
bool movement__matters(const struct movement *movement, double total);

/* Holm: set moved of those of @cnt movements (with a p) that are significant together. Returns how
 * many were tested. Reorders the array of pointers. */
size_t movement__correct(struct movement **movements, size_t cnt);

#endif
