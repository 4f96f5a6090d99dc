/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sizes through which slices and maps of one Go place grow. Who ends at one size has passed all smaller
 * ones, so in a steady state the number of allocations a second falls from size to size, and each fall
 * is the number that ends there: the distribution of final sizes, without following a single one.
 * Small sizes are hardly sampled; what is not seen of them lies between what the next size needs and
 * what the runtime has counted of that class. Pure; for the checks of advice/ alone.
 */
#ifndef HB_LADDER_H
#define HB_LADDER_H

#include "advice/go_weight.h"

struct rung {
	double bytes;
	double rate, var; /* allocations per second, its variance */
	double most;	  /* upper bound of the rate */
	uint64_t n;	  /* samples, or calls of looks; 0: filled in */
};

struct ladder {
	struct rung *items; /* ascending */
	size_t cnt, cap;
};

/* What a ladder amounts to, per second. */
struct ladder_sums {
	double chains, chains_most; /* slices or maps that began */
	double calls, calls_low, calls_high;
	double bytes;
	double outgrown; /* bytes that were left behind for a larger size */
	double room; /* between the last size and the one before: what exact lengths save at most */
	double p50, p95; /* final sizes, bytes */
};

/* Zero-initialise to begin with. */
void ladder__release(struct ladder *ladder);

/* Sizes of @use by its samples. 0 or -ENOMEM. */
int ladder__read(struct ladder *ladder, const struct go_weight *use);

/* Add a rung at the end: in ascending order, or ladder__sort() follows. 0 or -ENOMEM. */
int ladder__add(struct ladder *ladder, const struct rung *rung);
/* In ascending order, equal sizes as one. */
void ladder__sort(struct ladder *ladder);

/*
 * Share of the bytes whose size is less than @ratio below another one's. What grows by doubling from
 * one beginning does not have such sizes.
 */
double ladder__crowded_share(const struct ladder *ladder, double ratio);

/* Make rates fall from size to size, by least squares. */
void ladder__smooth(struct ladder *ladder);

/* Fill in the sizes that were not sampled: halves, between others and down to @least_bytes, as far as
 * the runtime has counted so many. 0 or -ENOMEM. */
int ladder__fill(struct ladder *ladder, const struct view_go *go, double least_bytes);

/* The size that objects with @share of the number, or of the bytes, do not pass. */
double ladder__quantile(const struct ladder *ladder, double share, bool by_bytes);

struct ladder_sums ladder__sum(const struct ladder *ladder);

/* Bytes and allocations per second if each began with @bytes: as many chains as @chains. */
void ladder__with_room(const struct ladder *ladder, double chains, double bytes, double *ret_bytes,
		       double *ret_calls);

/* Standard error of outgrown / bytes. */
double ladder__outgrown_error(const struct ladder *ladder, const struct ladder_sums *sums);

#endif
