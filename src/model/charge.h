/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether observation keeps within its budget, in intervals of 10 s. Pure; called by groups.c for
 * each observed image.
 */
#ifndef HB_CHARGE_H
#define HB_CHARGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHARGE_INTERVAL_S 10.0
#define CHARGES_KEPT	  128

/* The running interval of one image. */
struct charge {
	uint64_t begun_ns;	 /* 0: none yet */
	double charged_s, cpu_s; /* when it began */
	double carried_s;	 /* budget that the interval before left */
	bool settled;		 /* an interval is over: carried_s is known */
};

struct charge_budget {
	double ratio; /* of the process's CPU; negative: none */
	double floor; /* of one core */
};

/* The last intervals of a group's members. */
struct charges {
	double ratios[CHARGES_KEPT];
	size_t cnt, next;
	uint32_t intervals, kept;
};

/*
 * Both sums are cumulative, of one image. An interval is over every 10 s and is entered in
 * @charges. It kept within the budget if it charged no more than what accrued in it and what the
 * interval before left: a look pays for its span at a random moment of it, and so two may fall into
 * one interval.
 */
void charge__advance(struct charge *charge, struct charges *charges,
		     const struct charge_budget *budget, uint64_t now_ns, double charged_s,
		     double cpu_s);

/* 95th percentile of the ratios; negative before the first. */
double charges__p95(const struct charges *charges);

#endif
