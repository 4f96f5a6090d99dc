// SPDX-License-Identifier: GPL-2.0-or-later
/* pool: fires on short-lived objects of one size, and holds what a pool would have had to. */
#include "fake_advice.h"

#include "base/random.h"
#include "model/lives.h"

#include "base/banned.h"

#define RUNS 100

struct load {
	double mean_s;		/* of exponential lives */
	double per_s;		/* births */
	double p;		/* of being sampled; 0: by its size, as looks do */
	double interval;	/* bytes between two samples then */
	unsigned int burst;	/* born at once, of which so many */
	uint64_t least, spread; /* sizes: least << (0..spread) */
	double stays;		/* share that is never freed */
};

static const struct load steady = {
	.mean_s = 0.001, .per_s = 20000, .p = 0.01, .burst = 1, .least = 512};

struct truth {
	double mean, most; /* outstanding on average, and at most */
};

static double exponential(struct random *random, double mean)
{
	return -mean * log(1 - random__unit(random));
}

/* Sample one block into the site, or not. */
static void offer_block(struct view_site *site, struct life_class *rows, const struct load *load,
			struct random *random, double at_s, double life_s)
{
	struct chain *chain = &site->chains[site->chain_cnt];
	bool stays = random__unit(random) < load->stays;
	uint64_t bytes = load->least << random__below(random, load->spread + 1);
	double p = load->p > 0 ? load->p : fmin(1, (double)bytes / load->interval);

	if (random__unit(random) >= p)
		return;
	*chain = (struct chain){
		.weight = 1 / p,
		.final_bytes = bytes,
		.closed = !stays,
		.born_ns = (uint64_t)(at_s * 1e9) + 1,
		.ended_ns = stays ? 0 : (uint64_t)((at_s + life_s) * 1e9) + 1,
	};
	site->chain_cnt++;
	if (stays)
		life_class__censor(&rows[life_class__of((uint64_t)((10 - at_s) * 1e9))],
				   chain->weight);
	else
		life_class__end(&rows[life_class__of((uint64_t)(life_s * 1e9))], chain->weight);
}

/* Ten seconds of @load, sampled; rates as if exact. */
static struct view *load_view(const struct load *load, uint64_t seed)
{
	struct view *view = site_view(20e6);
	struct view_site *site = view->processes->sites;
	struct life_class rows[LIFE_CLASSES] = {0};
	struct random random = {.state = seed};
	double bytes_s = load->per_s * (double)load->least, at_s = 0;
	double p = load->p > 0 ? load->p : 0.1;

	site->chains =
		view__alloc(view, (size_t)(load->per_s * 20 * p + 1000) * sizeof(*site->chains));
	while (at_s < 10) {
		double life_s = exponential(&random, load->mean_s);

		at_s += exponential(&random, load->burst / load->per_s);
		for (unsigned int i = 0; i < load->burst; i++)
			offer_block(site, rows, load, &random, at_s + i * life_s / load->burst / 2,
				    load->burst > 1 ? life_s * (1 - i / 2.0 / load->burst)
						    : life_s);
	}
	lifetimes__fit(rows, &site->lifetimes);
	site->calls_rate = fake_figure(load->per_s, load->per_s / 100, BASIS_SAMPLED);
	site->bytes_rate = fake_figure(bytes_s, bytes_s / 100, BASIS_SAMPLED);
	site->bytes_share = fake_figure(bytes_s / 20e6, 0.01, BASIS_SAMPLED);
	return view;
}

static void short_lived_objects_of_one_size_draw_a_pool(void **state)
{
	struct view *view = load_view(&steady, 1);
	struct advice_list *list = advice__evaluate(view);
	const struct advice *advice = only(list, "pool");
	const struct figure *avoided;

	(void)state;
	assert_non_null(advice);
	assert_filled_in(advice);
	assert_int_equal(advice->severity, SEVERITY_HIGH);
	assert_true(value(advice, "p50") == 512 && value(advice, "p95") == 512);
	/* Little: 20,000/s x 1 ms */
	assert_true(fabs(value(advice, "outstanding") - 20) < 3);
	assert_true(value(advice, "held") >= 28 && value(advice, "held") <= 100);
	assert_true(value(advice, "kept") == value(advice, "held") * 512);
	avoided = &advice__number(advice, "calls_avoided")->figure;
	assert_true(avoided->low > 0.85 * 20000 && avoided->low < 0.95 * 20000);
	assert_true(avoided->high > 20000);
	advice_list__free(list);
	view__free(view);
}

/* Serve every birth of @load from a list that keeps @kept objects: the share it serves. */
static double served(const struct load *load, size_t kept, uint64_t seed)
{
	static double ends[1 << 16];
	struct random random = {.state = seed};
	size_t live = 0, idle = 0, births = 0, hits = 0;
	double at_s = 0;

	while (at_s < 2) {
		double life_s = exponential(&random, load->mean_s);

		at_s += exponential(&random, load->burst / load->per_s);
		for (size_t i = 0; i < live;) {
			if (ends[i] > at_s) {
				i++;
				continue;
			}
			ends[i] = ends[--live];
			idle += idle < kept;
		}
		for (unsigned int i = 0; i < load->burst; i++, births++) {
			hits += idle > 0;
			idle -= idle > 0;
			assert_true(live < sizeof(ends) / sizeof(*ends));
			ends[live++] = at_s + life_s;
		}
	}
	return (double)hits / (double)births;
}

static void the_pool_that_is_advised_serves_what_is_predicted(void **state)
{
	static const struct load loads[] = {
		{.mean_s = 0.001, .per_s = 20000, .p = 0.01, .burst = 1, .least = 512},
		{.mean_s = 0.00001, .per_s = 50000, .p = 0.01, .burst = 1, .least = 128},
		{.mean_s = 0.05, .per_s = 20000, .p = 0.02, .burst = 1, .least = 512},
		/* bursts: the average says nothing of what is outstanding at once */
		{.mean_s = 0.0002, .per_s = 20000, .p = 0.01, .burst = 200, .least = 512},
		{.mean_s = 0.0002, .per_s = 20000, .p = 0.002, .burst = 100, .least = 512},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(loads) / sizeof(*loads); i++) {
		for (uint64_t seed = 1; seed <= 10; seed++) {
			struct view *view = load_view(&loads[i], seed);
			struct advice_list *list = advice__evaluate(view);
			const struct advice *advice = only(list, "pool");
			const struct figure *avoided;
			double share;

			assert_non_null(advice);
			share = served(&loads[i], (size_t)value(advice, "held"), seed + 99);
			avoided = &advice__number(advice, "calls_avoided")->figure;
			if (share * loads[i].per_s < avoided->low ||
			    share * loads[i].per_s > avoided->high)
				fail_msg("load %zu: %g of %g kept serve %g", i,
					 value(advice, "held"), value(advice, "outstanding"),
					 share);
			advice_list__free(list);
			view__free(view);
		}
	}
}

static void draws_none(struct load load)
{
	struct view *view = load_view(&load, 3);

	assert_false(fires(view, "pool"));
	view__free(view);
}

static void long_and_unending_lives_draw_none(void **state)
{
	struct load load = steady;

	(void)state;
	load.mean_s = 3;
	load.p = 0.001;
	draws_none(load);
	load = steady;
	load.stays = 0.3;
	draws_none(load);
}

static void sizes_that_vary_draw_none(void **state)
{
	struct load load = steady;

	(void)state;
	load.least = 16;
	load.spread = 10;
	load.per_s = 40000;
	draws_none(load);
}

/* How often `pool` fires on, and how often it wants more of, @load in RUNS runs. */
static void try_often(const struct load *load, unsigned int *ret_fired, unsigned int *ret_lacked)
{
	*ret_fired = *ret_lacked = 0;
	for (uint64_t seed = 1; seed <= RUNS; seed++) {
		struct view *view = load_view(load, seed);
		struct advice_list *list = advice__evaluate(view);
		const struct advice_note *note = note_of(list, "pool");

		*ret_fired += only(list, "pool") != NULL;
		*ret_lacked += note && note->need > note->have;
		advice_list__free(list);
		view__free(view);
	}
}

/* From 16 bytes to 16 kB in equal numbers; sampling by size shows mostly the largest three. */
static void sizes_that_vary_draw_none_however_few_small_ones_are_seen(void **state)
{
	struct load load = steady;
	unsigned int fired, lacked;

	(void)state;
	load.p = 0;
	load.least = 16;
	load.spread = 10;
	load.per_s = 14000;
	/* 60 samples to 500 */
	for (load.interval = 7e6; load.interval > 6e5; load.interval /= 2) {
		try_often(&load, &fired, &lacked);
		if (fired)
			fail_msg("%u fire at one sample a %g bytes", fired, load.interval);
	}
}

static void one_size_draws_a_pool_from_few_samples_by_size(void **state)
{
	static const uint64_t sizes[] = {24, 480, 4096, 8191};
	struct load load = steady;
	unsigned int fired, lacked;

	(void)state;
	load.p = 0;
	load.per_s = 12000;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(*sizes); i++) {
		load.least = sizes[i];
		/* 90 samples of 120,000 blocks */
		load.interval = (double)sizes[i] * 120000 / 90;
		try_often(&load, &fired, &lacked);
		if (fired != RUNS)
			fail_msg("%u fire at %llu bytes", fired, (unsigned long long)sizes[i]);
	}
}

static void sizes_within_the_spread_draw_it_once_there_is_enough(void **state)
{
	struct load load = steady;
	unsigned int fired, lacked;

	(void)state;
	/* 128 to 512 bytes; how many are smaller needs some more samples than one size would */
	load.p = 0;
	load.least = 128;
	load.spread = 2;
	load.per_s = 12000;
	load.interval = 120000 * 300.0 / 75;
	try_often(&load, &fired, &lacked);
	assert_int_equal(fired + lacked, RUNS);
	load.interval /= 6;
	try_often(&load, &fired, &lacked);
	assert_int_equal(fired, RUNS);
}

static void low_rates_and_shares_draw_none(void **state)
{
	struct load load = steady;
	struct view *view;

	(void)state;
	load.per_s = 1500;
	load.p = 0.1;
	draws_none(load);
	view = load_view(&steady, 3);
	view->processes->sites->bytes_share = fake_figure(0.005, 0.0001, BASIS_SAMPLED);
	assert_false(fires(view, "pool"));
	view__free(view);
}

static void growing_blocks_are_left_to_prealloc(void **state)
{
	struct view *view = load_view(&steady, 3);

	(void)state;
	for (size_t i = 0; i < view->processes->sites->chain_cnt; i += 2)
		view->processes->sites->chains[i].steps = 3;
	assert_false(fires(view, "pool"));
	view__free(view);
}

static void few_samples_are_said(void **state)
{
	struct load load = steady;
	const struct advice_note *note;
	struct advice_list *list;
	struct view *view;

	(void)state;
	load.p = 0.0001;
	view = load_view(&load, 3);
	list = advice__evaluate(view);
	assert_null(only(list, "pool"));
	note = note_of(list, "pool");
	assert_non_null(note);
	assert_int_equal(note->lack, LACK_SAMPLES);
	assert_true(note->have < 50 && note->need == 50);
	assert_ptr_equal(note->site, view->processes->sites);
	advice_list__free(list);
	view__free(view);
}

static void lives_cut_off_by_short_looks_still_draw_it(void **state)
{
	struct view *view = load_view(&steady, 3);
	struct life_class rows[LIFE_CLASSES] = {0};
	struct random random = {.state = 9};

	(void)state;
	/* looks of 20 ms: one life in twenty is cut off */
	for (int i = 0; i < 300; i++) {
		double life = exponential(&random, 0.001), left = 0.02 * random__unit(&random);

		if (life < left)
			life_class__end(&rows[life_class__of((uint64_t)(life * 1e9))], 100);
		else
			life_class__censor(&rows[life_class__of((uint64_t)(left * 1e9))], 100);
	}
	lifetimes__fit(rows, &view->processes->sites->lifetimes);
	assert_true(view->processes->sites->lifetimes.censored_n > 5);
	assert_true(fires(view, "pool"));
	/* looks of 1 ms: most are, and how long they live is not known */
	memset(rows, 0, sizeof(rows));
	for (int i = 0; i < 300; i++) {
		double life = exponential(&random, 0.01), left = 0.001 * random__unit(&random);

		if (life < left)
			life_class__end(&rows[life_class__of((uint64_t)(life * 1e9))], 100);
		else
			life_class__censor(&rows[life_class__of((uint64_t)(left * 1e9))], 100);
	}
	lifetimes__fit(rows, &view->processes->sites->lifetimes);
	assert_false(fires(view, "pool"));
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(short_lived_objects_of_one_size_draw_a_pool),
		cmocka_unit_test(the_pool_that_is_advised_serves_what_is_predicted),
		cmocka_unit_test(long_and_unending_lives_draw_none),
		cmocka_unit_test(sizes_that_vary_draw_none),
		cmocka_unit_test(sizes_that_vary_draw_none_however_few_small_ones_are_seen),
		cmocka_unit_test(one_size_draws_a_pool_from_few_samples_by_size),
		cmocka_unit_test(sizes_within_the_spread_draw_it_once_there_is_enough),
		cmocka_unit_test(low_rates_and_shares_draw_none),
		cmocka_unit_test(growing_blocks_are_left_to_prealloc),
		cmocka_unit_test(few_samples_are_said),
		cmocka_unit_test(lives_cut_off_by_short_looks_still_draw_it),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
