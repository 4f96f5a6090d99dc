// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_weight.h"

#include <math.h>
#include <string.h>

#include "advice/numbers.h"
#include "model/estimate.h"
#include "model/figure.h"

#include "base/banned.h"

#define RAW_OF_FLOOR  0.4 /* a raw estimate below this share of a floor is not weighed any closer */
#define KNOWN_SHARE   0.98 /* of the sampled bytes: shares are of what is known to be everything */
#define LARGE_POWER   16   /* from 32 kB on: the largest class is counted among large ones */
#define TINY_BYTES    16   /* pointer-free objects below it share a block: no class counts them */
#define LOAD_ERROR    0.02 /* of the load itself, from one minute to the next */
#define CYCLE_ERROR   0.1  /* of how collections follow the bytes: what is live moves, too */
#define CYCLES_FORCED 0.1  /* above this share of forced ones they do not follow the bytes */

bool go_weight__is(const struct view_site *site, enum go_construct construct)
{
	return site->trait && site->trait->construct == construct && !site->trait->via;
}

static size_t power_of(uint64_t bytes)
{
	return bytes ? 64 - (size_t)__builtin_clzll(bytes) : 0;
}

static const struct view_go_class *class_of(const struct view_go *go, double size_bytes)
{
	const struct view_go_class *found = NULL;

	for (size_t i = 0; i < go->class_cnt; i++) {
		const struct view_go_class *class = &go->classes[i];

		if ((double)class->size_bytes >= size_bytes &&
		    (!found || class->size_bytes < found->size_bytes))
			found = class;
	}
	return found;
}

double go_weight__class_bytes(const struct view_go *go, double size_bytes)
{
	const struct view_go_class *class = class_of(go, size_bytes);

	return class ? (double)class->size_bytes : size_bytes;
}

/* Large objects have no class of their own size: their number is known of all together. */
static size_t stratum_of(const struct view_go *go, uint64_t bytes)
{
	size_t power = power_of((uint64_t)go_weight__class_bytes(go, (double)bytes));

	return power < LARGE_POWER ? power : LARGE_POWER;
}

static double add_sizes(const struct view_go *go, struct sample_sums *to,
			const struct view_go_trait *trait)
{
	double bytes = 0;

	for (size_t i = 0; trait && i < trait->size_cnt; i++) {
		const struct view_go_size *size = &trait->sizes[i];

		sample_sums__merge(&to[stratum_of(go, size->size_bytes)], &size->sums);
		bytes += size->sums.bytes;
	}
	return bytes;
}

/* Figures per second by shares of what the runtime has counted; as the profile alone has them where
 * that cannot be told. */
static void sharpen(struct go_weight *use)
{
	struct sample_sums all[SIZE_CLASSES] = {0}, own[SIZE_CLASSES] = {0};
	struct view_class counted[SIZE_CLASSES] = {0};
	const struct view_go *go = use->go;
	double known = 0;
	struct figure calls, bytes;

	for (size_t i = 0; i < go->use_cnt; i++)
		known += add_sizes(go, all, go->uses[i].trait);
	if (!(go->span_s > 0) || known < KNOWN_SHARE * go->site_bytes ||
	    !(add_sizes(go, own, use->trait) > 0) || go->bytes_rate.basis == BASIS_UNKNOWN)
		return;
	for (size_t i = 0; i < SIZE_CLASSES; i++) {
		struct view_class *to = &counted[i < LARGE_POWER ? i : LARGE_POWER];

		to->calls += go->heap_class[i].calls;
		to->bytes += go->heap_class[i].bytes;
	}
	calls = estimate__site(QUANTITY_CALLS, own, all, counted);
	bytes = estimate__site(QUANTITY_BYTES, own, all, counted);
	if (calls.basis == BASIS_UNKNOWN || bytes.basis == BASIS_UNKNOWN || !(bytes.value > 0))
		return;
	use->calls = figure__scale(calls, 1 / go->span_s);
	use->bytes = figure__scale(bytes, 1 / go->span_s);
	use->calls.basis = use->bytes.basis = BASIS_BUCKET;
	if (go->bytes_rate.value > 0)
		use->share = figure__scale(use->bytes, 1 / go->bytes_rate.value);
	use->share.value = fmin(1, use->share.value);
	use->share.high = fmin(1, use->share.high);
}

static struct go_weight raw(const struct view_process *process, const struct view_site *site)
{
	return (struct go_weight){
		.go = process->go,
		.site = site,
		.trait = site->trait,
		.calls = site->calls_rate,
		.bytes = site->bytes_rate,
		.share = site->bytes_share,
	};
}

void go_weight__of(const struct view_process *process, const struct view_site *site,
		   struct go_weight *ret_use)
{
	*ret_use = raw(process, site);
	if (site->trait && site->bytes_rate.basis != BASIS_UNKNOWN)
		sharpen(ret_use);
}

static bool passes(const struct thresholds *floor, const struct go_weight *use, double of)
{
	return use->share.value >= of * floor->share &&
	       (use->bytes.value >= of * floor->bytes_per_s ||
		use->calls.value >= of * floor->calls_per_s);
}

enum verdict go_weight__weigh(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct go_weight *ret_use,
			      struct advice_note *note)
{
	*ret_use = raw(process, site);
	if (!site->trait || site->bytes_rate.basis == BASIS_UNKNOWN ||
	    !passes(&rule->floor, ret_use, RAW_OF_FLOOR))
		return VERDICT_SILENT;
	sharpen(ret_use);
	if (!passes(&rule->floor, ret_use, 1))
		return VERDICT_SILENT;
	if (site->bytes.n < rule->floor.samples) {
		note->lack = LACK_SAMPLES;
		note->have = (double)site->bytes.n;
		note->need = (double)rule->floor.samples;
		return VERDICT_LACKS;
	}
	return VERDICT_SPEAK;
}

void go_weight__set_evidence(struct advice *advice, const struct go_weight *use)
{
	advice__set(advice, "calls_rate", UNIT_PER_S, ROLE_EVIDENCE, use->calls);
	advice__set(advice, "bytes_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE, use->bytes);
	advice__set(advice, "bytes_share", UNIT_RATIO, ROLE_EVIDENCE, use->share);
}

/* The number of a second's collections is known to about one within the span. */
static bool cycles_of(const struct view_go *go, const struct figure *share, struct figure *ret)
{
	const struct record_go_state *state = &go->state;
	double error;

	if (go->cycles_rate.basis == BASIS_UNKNOWN || !(go->cycles_rate.value > 0) ||
	    !(go->span_s > 0) ||
	    (double)state->forced_cycles > CYCLES_FORCED * (double)state->cycles)
		return false;
	error = 1 / go->span_s;
	*ret = (struct figure){
		.value = go->cycles_rate.value * share->value,
		.low = fmax(0, (go->cycles_rate.value - error) * share->low * (1 - CYCLE_ERROR)),
		.high = (go->cycles_rate.value * (1 + LOAD_ERROR) + error) *
			fmin(1, share->high * (1 + CYCLE_ERROR)),
		.n = share->n,
		.basis = BASIS_BUCKET,
	};
	ret->stderr_abs = (ret->high - ret->low) / 4;
	return true;
}

void go_weight__set_savings(struct advice *advice, const struct go_weight *use, struct figure calls,
			    struct figure bytes)
{
	const struct figure *all = &use->go->bytes_rate;
	struct figure share = use->share, cycles;

	calls.low = fmax(0, calls.low - LOAD_ERROR * use->calls.value);
	calls.high += LOAD_ERROR * use->calls.value;
	bytes.low = fmax(0, bytes.low - LOAD_ERROR * use->bytes.value);
	bytes.high += LOAD_ERROR * use->bytes.value;
	calls.n = bytes.n = use->bytes.n;
	calls.basis = bytes.basis = BASIS_BUCKET;
	advice__set(advice, "calls_avoided", UNIT_PER_S, ROLE_PREDICTION, calls);
	advice__set(advice, "bytes_avoided", UNIT_BYTES_PER_S, ROLE_PREDICTION, bytes);
	if (all->basis != BASIS_UNKNOWN && all->value > 0)
		share = figure__scale(bytes, 1 / all->value);
	else
		share = figure__scale(share, bytes.value / use->bytes.value);
	share.value = fmin(1, share.value);
	share.high = fmin(1, share.high);
	advice__set(advice, "bytes_avoided_share", UNIT_RATIO, ROLE_PREDICTION, share);
	if (cycles_of(use->go, &share, &cycles)) {
		advice__set(advice, "cycles_rate", UNIT_PER_S, ROLE_EVIDENCE, use->go->cycles_rate);
		advice__set(advice, "cycles_avoided", UNIT_PER_S, ROLE_PREDICTION, cycles);
	}
	advice->weight = share.value;
	advice->severity = rule__severity(advice->rule, share.value);
}

/* Before Go 1.24 a profile has the size that was asked for, not that of its class. */
static uint64_t samples_of(const struct view_go *go, const struct view_go_class *class)
{
	uint64_t below = 0, n = 0;

	for (size_t i = 0; i < go->class_cnt; i++)
		if (go->classes[i].size_bytes < class->size_bytes &&
		    go->classes[i].size_bytes > below)
			below = go->classes[i].size_bytes;
	for (size_t i = 0; i < go->use_cnt; i++) {
		const struct view_go_trait *trait = go->uses[i].trait;

		for (size_t j = 0; trait && j < trait->size_cnt; j++)
			if (trait->sizes[j].size_bytes > below &&
			    trait->sizes[j].size_bytes <= class->size_bytes)
				n += trait->sizes[j].sums.n;
	}
	return n;
}

double go_weight__class_rate(const struct view_go *go, uint64_t size_bytes, uint64_t *ret_samples)
{
	const struct view_go_class *class =
		size_bytes < TINY_BYTES ? NULL : class_of(go, (double)size_bytes);

	*ret_samples = 0;
	if (!class || class->mallocs_rate < 0)
		return INFINITY;
	*ret_samples = samples_of(go, class);
	return class->mallocs_rate;
}

double go_weight__mean_life_s(const struct go_weight *use)
{
	const struct figure *live = &use->site->live_bytes;

	return live->basis == BASIS_UNKNOWN || !(use->bytes.value > 0)
		       ? NAN
		       : live->value / use->bytes.value;
}
