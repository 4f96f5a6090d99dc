// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/rate.h"

#include <math.h>

#include "base/stats.h"
#include "model/figure.h"

#include "base/banned.h"

/* The cost per hit is calibrated on an own child: its error, as a share of what it corrects. */
#define CALIBRATION_ERROR 0.10
/* Above this share of a window that went into probes, its rate is not corrected any more. */
#define STOLEN_MOST 0.85
/* Cores that a process with time to spare uses in a window, probes included. */
#define IDLE_CORES 0.5
/* Of what probes cost, how much may be missing where a process's CPU should have grown by it. */
#define GROWN_SHORT 0.75
/* A window that seems to be all stolen still has some time of its own. */
#define NET_LEAST 0.01

void rate_sums__add(struct rate_sums *sums, const struct rate_window *window)
{
	double stolen = window->look ? window->stolen_s : 0;
	bool idle = window->cpu_s > 0 && window->cpu_s < IDLE_CORES * window->observed_s;
	double time = idle ? window->observed_s
			   : fmax(window->observed_s - stolen, NET_LEAST * window->observed_s);
	double cpu = fmax(window->cpu_s - stolen, NET_LEAST * window->cpu_s);

	sums->windows++;
	sums->looks += window->look;
	sums->idle += idle;
	sums->observed_s += window->observed_s;
	sums->stolen_s += stolen;
	sums->time_s += time;
	sums->time_sq += time * time;
	sums->cpu_s += cpu;
	sums->cpu_sq += cpu * cpu;
	for (int q = 0; q < RATE_MAX; q++) {
		double y = window->counts[q];

		sums->of[q].y += y;
		sums->of[q].yy += y * y;
		sums->of[q].y_time += y * time;
		sums->of[q].y_cpu += y * cpu;
	}
}

struct figure rate__throughout(const struct rate_sums *sums, enum rate_quantity quantity)
{
	double y = sums->of[quantity].y, rate;

	if (!(sums->observed_s > 0))
		return (struct figure){0};
	rate = y / sums->observed_s;
	return (struct figure){.value = rate,
			       .low = rate,
			       .high = rate,
			       .n = figure__count(y),
			       .basis = BASIS_EXACT};
}

/* Standard error of y / base over windows, relative to it (ratio of sums over a random sample). */
static double spread(const struct rate_sums *sums, enum rate_quantity quantity, double base,
		     double base_sq, double y_base)
{
	double k = (double)sums->windows, r = sums->of[quantity].y / base;
	double squares = sums->of[quantity].yy - 2 * r * y_base + r * r * base_sq;

	return sqrt(fmax(0, squares) * k / (k - 1)) / (base * r);
}

/*
 * Did the probes take from the process's sleep? Then its CPU has grown by what they cost. That of a
 * process which waits for a busy core has not: it was slowed.
 */
static bool has_slept(const struct rate_sums *sums, double cpu_ratio)
{
	return sums->idle == sums->windows &&
	       sums->cpu_s + GROWN_SHORT * sums->stolen_s >= cpu_ratio * sums->observed_s;
}

struct figure rate__windowed(const struct rate_sums *sums, enum rate_quantity quantity,
			     double cpu_ratio)
{
	bool has_cpu = sums->looks && cpu_ratio >= 0 && sums->cpu_s > 0;
	bool slept = has_cpu && has_slept(sums, cpu_ratio), by_cpu = has_cpu && !slept;
	double base = by_cpu ? sums->cpu_s : sums->time_s;
	double own = slept ? sums->cpu_s : base; /* what probes can have slowed */
	double y = sums->of[quantity].y, factor = by_cpu ? cpu_ratio : 1;
	double drawn, reach, chance, calibration, certain;
	struct figure f = {.n = figure__count(y), .basis = BASIS_WINDOW};

	if (!(base > 0))
		return (struct figure){0};
	if (!(y > 0)) {
		/* Nothing seen: up to 3.84 calls could have been missed. Bytes have no such bound. */
		stats__score_interval(0, &f.low, &f.high);
		f.high *= factor / base;
		f.stderr_abs = factor / base;
		return f;
	}
	calibration = CALIBRATION_ERROR * sums->stolen_s / base;
	if (sums->windows >= 2) {
		drawn = spread(sums, quantity, base, by_cpu ? sums->cpu_sq : sums->time_sq,
			       by_cpu ? sums->of[quantity].y_cpu : sums->of[quantity].y_time);
		chance = stats__student95(sums->windows - 1) * drawn;
		reach = hypot(chance, STATS_Z95 * calibration);
		drawn = hypot(drawn, calibration);
	} else {
		drawn = 1 / sqrt(fmax(1, sums->of[RATE_CALLS].y + sums->of[RATE_VM_CALLS].y));
		chance = STATS_Z95 * drawn;
		drawn = fmax(calibration, drawn);
		reach = STATS_Z95 * drawn;
	}
	f.value = y / base * factor;
	f.stderr_abs = f.value * drawn;
	/* Even if nothing had been stolen from the program, it would have called this often. */
	certain = y / (slept ? base : base + sums->stolen_s) * factor;
	f.low = fmax(f.value * (1 - reach), certain * (1 - fmin(1, reach)));
	f.high = f.value * (1 + reach);
	/* In a few ms, waiting for a core can look like sleep: then the rate by CPU is the right one. */
	if (slept)
		f.high = fmax(f.high, y / sums->cpu_s * cpu_ratio);
	if (sums->stolen_s > STOLEN_MOST * (own + sums->stolen_s)) {
		/* What is left of the window is smaller than the correction's error; that the window
		 * was a busy moment by chance remains. */
		f.value = certain;
		f.low = certain * fmax(0, 1 - chance);
		f.high = f.stderr_abs = NAN;
		f.lower_bound = true;
	}
	return f;
}
