// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/estimate.h"

#include <math.h>

#include "model/figure.h"

#include "base/banned.h"

#define GROUP_SAMPLES 20

/* One side of a group: estimate, its variance, samples. */
struct side {
	double y;
	double v;
	uint64_t n;
};

struct group {
	struct side site, family;
	double exact;
	uint64_t exact_calls;
};

enum class_kind {
	CLASS_EMPTY,
	CLASS_CERTAIN,	/* every sample has p = 1 */
	CLASS_RANDOM,	/* joins a group */
	CLASS_UNSPOKEN, /* p = 1 and yet no sample: all lost */
};

void sample_sums__add(struct sample_sums *sums, double size_bytes, double probability)
{
	double weight = 1 / probability, spread = (1 - probability) * weight * weight;

	sums->n++;
	sums->calls += weight;
	sums->bytes += size_bytes * weight;
	sums->calls_var += spread;
	sums->bytes_var += size_bytes * size_bytes * spread;
}

void sample_sums__merge(struct sample_sums *sums, const struct sample_sums *from)
{
	sums->n += from->n;
	sums->calls += from->calls;
	sums->bytes += from->bytes;
	sums->calls_var += from->calls_var;
	sums->bytes_var += from->bytes_var;
}

static struct side side_of(enum quantity quantity, const struct sample_sums *sums)
{
	if (quantity == QUANTITY_CALLS)
		return (struct side){sums->calls, sums->calls_var, sums->n};
	return (struct side){sums->bytes, sums->bytes_var, sums->n};
}

static double exact_of(enum quantity quantity, const struct view_class *exact)
{
	return (double)(quantity == QUANTITY_CALLS ? exact->calls : exact->bytes);
}

/* Probability grows with size: whether calls of an unsampled @class must all have been chosen. */
static bool must_be_certain(size_t class, const struct sample_sums *family)
{
	for (size_t below = class; below-- > 0;) {
		const struct sample_sums *f = &family[below];

		if (f->n)
			return ldexp((double)f->n / f->calls, (int)(class - below)) >= 1;
	}
	return false;
}

static enum class_kind kind_of(size_t class, const struct sample_sums *family,
			       const struct view_class *exact)
{
	if (!family[class].n && !exact[class].calls)
		return CLASS_EMPTY;
	if (family[class].n)
		return family[class].calls_var > 0 ? CLASS_RANDOM : CLASS_CERTAIN;
	return must_be_certain(class, family) ? CLASS_UNSPOKEN : CLASS_RANDOM;
}

static void group__add(struct group *group, const struct group *from)
{
	group->site.y += from->site.y;
	group->site.v += from->site.v;
	group->site.n += from->site.n;
	group->family.y += from->family.y;
	group->family.v += from->family.v;
	group->family.n += from->family.n;
	group->exact += from->exact;
	group->exact_calls += from->exact_calls;
}

/* Add a group's share of its exact total, and that share's variance. */
static void group__settle(const struct group *group, double *value, double *variance)
{
	const struct side *s = &group->site, *f = &group->family;
	double gain, share, others;

	if (!(f->y > 0) || !s->n)
		return;
	/* Samples may be ahead of the counters' first reading. */
	gain = group->exact > 0 ? group->exact / f->y : 1;
	share = s->y / f->y;
	others = fmax(0, f->v - s->v) + f->v / (double)f->n;
	*value += gain * s->y;
	*variance += gain * gain * ((1 - share) * (1 - share) * s->v + share * share * others);
}

/* A certain class is a sum, unless samples were lost: then each stands for calls / samples. */
static void settle_certain(const struct group *group, double *value, double *certain,
			   double *variance)
{
	struct group thinned = *group;
	double kept = (double)group->family.n / (double)group->exact_calls;
	double mean;

	if (!group->site.n)
		return;
	if (group->family.n >= group->exact_calls) {
		*value += group->site.y;
		*certain += group->site.y;
		return;
	}
	mean = group->family.y / (double)group->family.n;
	thinned.site.v = (double)group->site.n * mean * mean * (1 - kept) / (kept * kept);
	thinned.family.v = (double)group->family.n * mean * mean * (1 - kept) / (kept * kept);
	thinned.site.y /= kept;
	thinned.family.y /= kept;
	group__settle(&thinned, value, variance);
}

struct figure estimate__site(enum quantity quantity, const struct sample_sums *site,
			     const struct sample_sums *family, const struct view_class *exact)
{
	double value = 0, certain = 0, variance = 0, total = 0;
	struct group last = {0}, open = {0};
	struct figure figure;
	uint64_t n = 0;

	for (size_t c = 0; c < SIZE_CLASSES; c++) {
		enum class_kind kind = kind_of(c, family, exact);
		struct group one = {side_of(quantity, &site[c]), side_of(quantity, &family[c]),
				    exact_of(quantity, &exact[c]), exact[c].calls};

		n += site[c].n;
		total += one.exact;
		if (kind == CLASS_CERTAIN)
			settle_certain(&one, &value, &certain, &variance);
		if (kind != CLASS_RANDOM)
			continue;
		group__add(&open, &one);
		if (open.family.n < GROUP_SAMPLES)
			continue;
		group__settle(&last, &value, &variance);
		last = open;
		open = (struct group){0};
	}
	/* What is left over at the top joins the group below it. */
	group__add(&last, &open);
	group__settle(&last, &value, &variance);
	if (!n)
		return (struct figure){0};
	figure = figure__estimate(value, certain, variance, n);
	if (total >= value)
		figure.high = fmin(figure.high, total);
	return figure;
}

uint64_t estimate__unattributed(enum quantity quantity, const struct sample_sums *family,
				const struct view_class *exact)
{
	uint64_t unattributed = 0, random = 0;
	bool sampled = false;

	for (size_t c = 0; c < SIZE_CLASSES; c++) {
		enum class_kind kind = kind_of(c, family, exact);
		uint64_t counted = quantity == QUANTITY_CALLS ? exact[c].calls : exact[c].bytes;

		if (kind == CLASS_UNSPOKEN)
			unattributed += counted;
		if (kind == CLASS_RANDOM) {
			random += counted;
			sampled |= family[c].n > 0;
		}
	}
	/* Without one random sample there is no group whose shares could be carried over. */
	return unattributed + (sampled ? 0 : random);
}

struct figure estimate__mean_lifetime(double objects, double sum_s, double square_sum_s2,
				      uint64_t n)
{
	double mean, error;

	if (!n || !(objects > 0))
		return (struct figure){0};
	mean = sum_s / objects;
	/* Spread over n samples; one sample alone has no spread, so at least mean / sqrt(n) there. */
	error = sqrt(fmax(0, square_sum_s2 / objects - mean * mean) / (double)n);
	if (n < GROUP_SAMPLES)
		error = fmax(error, mean / sqrt((double)n));
	return figure__estimate(mean, 0, error * error, n);
}
