/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The heap profile that a Go program keeps of itself: buckets (a stack and a size) with raw counts of
 * samples. Called by go.c; read by go_view.c. Stacks live in the program's own struct stacks, whose
 * live sums and points follow the counts that the last GC has published.
 *
 * Go samples a byte in @rate_bytes, so an allocation of size s is in the profile with probability
 * p = 1 - exp(-s / rate), and each sample stands for 1/p of them.
 */
#ifndef HB_MODEL_GO_BUCKETS_H
#define HB_MODEL_GO_BUCKETS_H

#include "model/go_counter.h"
#include "model/stacks.h"
#include "model/thinning.h"

#define GO_BUCKETS_KEPT 65536
#define GO_TICKS_MAX	256 /* points of the live series */

struct go_bucket_item {
	uint64_t size_bytes;
	uint64_t allocs, frees, pending; /* of the last reading that was sound */
	struct go_counter total;	 /* allocs + pending */
	uint32_t stack;
};

struct go_buckets {
	struct go_bucket_item *items;
	size_t cnt, cap;
	struct table by_number;
	uint64_t rate_bytes;	    /* of the last reading */
	uint64_t first_ns, last_ns; /* of the readings; 0: none is complete yet */
	uint64_t dropped;	    /* buckets without a place: their counts are not known */
	struct thinning thinning;
	double *t_s; /* GO_TICKS_MAX; NULL: no tick yet */
};

/* Zero-initialise to begin with. */
void go_buckets__release(struct go_buckets *buckets);
/* A new bucket; its stack is made in @stacks if it @may_grow. 0 or -ENOMEM. */
int go_buckets__add(struct go_buckets *buckets, struct stacks *stacks, size_t stacks_max,
		    bool may_grow, const struct record_go_bucket *record);
/* Counts of the buckets that have changed. */
void go_buckets__count(struct go_buckets *buckets, const struct record_go_counts *record);
/* One point of every live series, @at_s, after a GC. 0 or -ENOMEM. */
int go_buckets__tick(struct go_buckets *buckets, struct stacks *stacks, double at_s);
/* Bytes held beside the struct, without the stacks. */
size_t go_buckets__bytes(const struct go_buckets *buckets);

/* Probability with which an allocation of @size_bytes is in a profile of @rate_bytes: in (0, 1]. */
double go_profile__probability(uint64_t size_bytes, uint64_t rate_bytes);
/* Add @n samples of @size_bytes, each with @probability, to @sums. */
void go_profile__add(struct sample_sums *sums, uint64_t n, double size_bytes, double probability);
/* What Go's own profile writes for @n samples of @size_bytes, rounded as it rounds. */
void go_profile__scale(uint64_t n, uint64_t size_bytes, uint64_t rate_bytes, uint64_t *ret_objects,
		       uint64_t *ret_bytes);

#endif
