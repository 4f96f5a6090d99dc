/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counts in windows -> rates per second. Pure.
 *
 * Hits slow the target inside a window, so count / window time is too low (by three quarters at a
 * million calls a second). A looked-at process is therefore measured against its own progress: calls
 * per net CPU second in windows times net CPU seconds per second over the span, net of what the
 * probes themselves took; without CPU figures, against the window's time less what was stolen.
 */
#ifndef HB_RATE_H
#define HB_RATE_H

#include "model/view.h"

/* Above this the correction no longer holds (measured: -17 % at 1.5 M/s): only a lower bound. */
#define RATE_LOWER_BOUND 200000.0

enum rate_quantity {
	RATE_CALLS,
	RATE_BYTES,
	RATE_FREES,
	RATE_VM_CALLS,
	RATE_VM_BYTES,
	RATE_MAX,
};

/* One window. */
struct rate_window {
	double counts[RATE_MAX];
	double observed_s;
	double cpu_s;	 /* of the process in the window; 0 unknown */
	double stolen_s; /* by hits inside it */
	bool look;	 /* a window under the budget: to be corrected */
};

/* Additive over windows. */
struct rate_sums {
	size_t windows, looks;
	size_t idle; /* windows that the process has slept through for the most part */
	double observed_s;
	double stolen_s;
	double time_s, time_sq; /* net of what was stolen in looks */
	double cpu_s, cpu_sq;	/* likewise */
	struct {
		double y, yy, y_time, y_cpu;
	} of[RATE_MAX];
};

void rate_sums__add(struct rate_sums *sums, const struct rate_window *window);

/* Observed throughout: count / observed time. BASIS_EXACT, or BASIS_UNKNOWN without time. */
struct figure rate__throughout(const struct rate_sums *sums, enum rate_quantity quantity);

/*
 * From windows. @cpu_ratio: net CPU seconds of the process per second of the span; negative if
 * unknown. The error joins the spread between windows (Student, 2 windows and more; else the count's
 * own) with 10 % of the correction. BASIS_WINDOW, or BASIS_UNKNOWN without time.
 */
struct figure rate__windowed(const struct rate_sums *sums, enum rate_quantity quantity,
			     double cpu_ratio);

#endif
