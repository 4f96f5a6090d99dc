/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Go process whose uses are made by hand: what each allocates in a second, size by size. Samples are
 * what a profile of one in 512 kB has on average over 30 s; the runtime's own counts are exact.
 */
#ifndef HB_FAKE_GO_USE_H
#define HB_FAKE_GO_USE_H

#include "fake_advice.h"

#include "model/estimate.h"
#include "model/figure.h"
#include "model/go_profile.h"

#define FAKE_GO_SPAN_S 30.0
#define FAKE_GO_RATE   524288
#define FAKE_GO_USES   8
#define FAKE_GO_SIZES  128

static const uint64_t fake_go_classes[] = {
	8,     16,    24,    32,    48,	   64,	  80,	 96,	112,   128,   144,   160,
	176,   192,   208,   224,   240,   256,	  288,	 320,	352,   384,   416,   448,
	480,   512,   576,   640,   704,   768,	  896,	 1024,	1152,  1280,  1408,  1536,
	1792,  2048,  2304,  2688,  3072,  3200,  3456,	 4096,	4864,  5376,  6144,  6528,
	6784,  6912,  8192,  9472,  9728,  10240, 10880, 12288, 13568, 14336, 16384, 18432,
	19072, 20480, 21760, 24576, 27264, 28672, 32768, 0,
};

#define FAKE_GO_CLASSES (sizeof(fake_go_classes) / sizeof(*fake_go_classes))

static inline struct view *fake_go__new(void)
{
	struct view *view = fake_view__new();
	struct view_go *go = view__alloc(view, sizeof(*go));

	go->version = "go1.26.8";
	go->coverage = "";
	go->state_known = go->primary = true;
	go->state.cycles = 1000;
	go->state.procs = 2;
	go->profile_rate_bytes = FAKE_GO_RATE;
	go->site_basis = BASIS_BUCKET;
	go->span_s = go->site_span_s = FAKE_GO_SPAN_S;
	go->cycles_rate = fake_figure(5, 0, BASIS_EXACT);
	go->point_cnt = 10;
	go->at_s = view__alloc(view, go->point_cnt * sizeof(*go->at_s));
	go->live_points = view__alloc(view, go->point_cnt * sizeof(*go->live_points));
	for (size_t i = 0; i < go->point_cnt; i++) {
		go->at_s[i] = 3.0 * (double)i;
		go->live_points[i] = 4e6;
	}
	go->uses = view__alloc(view, FAKE_GO_USES * sizeof(*go->uses));
	go->classes = view__alloc(view, FAKE_GO_CLASSES * sizeof(*go->classes));
	go->class_cnt = FAKE_GO_CLASSES;
	for (size_t i = 0; i < FAKE_GO_CLASSES; i++)
		go->classes[i].size_bytes = fake_go_classes[i];
	view->processes->go = go;
	view->processes->window_cnt = 0;
	return view;
}

static inline struct view_go_trait *fake_go__use(struct view *view, enum go_construct by,
						 const char *via)
{
	struct view_go *go = view->processes->go;
	struct view_go_trait *trait = view__alloc(view, sizeof(*trait));
	struct view_site *site = &go->uses[go->use_cnt++];

	assert_true(go->use_cnt <= FAKE_GO_USES);
	trait->construct = by;
	trait->via = via;
	trait->sizes = view__alloc(view, FAKE_GO_SIZES * sizeof(*trait->sizes));
	*site = (struct view_site){
		.function = "main.work",
		.caller = "main.main",
		.file = "main.go",
		.line = 10,
		.module = "/usr/bin/prog",
		.go = true,
		.trait = trait,
		.share_freed = -1,
	};
	return trait;
}

/* @trait makes @per_s objects of @bytes a second, in ascending order. */
static inline void fake_go__size(struct view *view, struct view_go_trait *trait, uint64_t bytes,
				 double per_s)
{
	struct view_go *go = view->processes->go;
	double p = go_profile__probability(bytes, FAKE_GO_RATE), count = per_s * FAKE_GO_SPAN_S;
	uint64_t class = bytes;
	struct view_class *power;
	struct sample_sums sums = {0};

	go_profile__sum(&sums, (uint64_t)(count * p + 0.5), (double)bytes, p);
	for (size_t i = 0; i < FAKE_GO_CLASSES; i++)
		if (go->classes[i].size_bytes >= bytes) {
			class = go->classes[i].size_bytes;
			go->classes[i].mallocs_rate += per_s;
			break;
		}
	power = &go->heap_class[64 - __builtin_clzll(class)];
	power->calls += (uint64_t)count;
	power->bytes += (uint64_t)count * class;
	go->bytes_rate = fake_figure(go->bytes_rate.value + per_s * (double)class, 0, BASIS_EXACT);
	if (!sums.n)
		return;
	go->site_bytes += sums.bytes;
	assert_true(trait->size_cnt < FAKE_GO_SIZES);
	trait->sizes[trait->size_cnt++] = (struct view_go_size){.size_bytes = bytes, .sums = sums};
}

/* Fill in the figures of every use, of whose bytes @live_s seconds' worth are alive. */
static inline void fake_go__total(struct view *view, double live_s)
{
	struct view_go *go = view->processes->go;

	for (size_t i = 0; i < go->use_cnt; i++) {
		struct view_site *site = &go->uses[i];
		struct sample_sums sums = {0};

		for (size_t k = 0; k < site->trait->size_cnt; k++)
			sample_sums__merge(&sums, &site->trait->sizes[k].sums);
		site->calls = figure__estimate(sums.calls, 0, sums.calls_var, sums.n);
		site->bytes = figure__estimate(sums.bytes, 0, sums.bytes_var, sums.n);
		site->calls_rate = figure__scale(site->calls, 1 / FAKE_GO_SPAN_S);
		site->bytes_rate = figure__scale(site->bytes, 1 / FAKE_GO_SPAN_S);
		site->bytes_share = figure__scale(site->bytes, 1 / go->site_bytes);
		site->live_bytes = figure__scale(site->bytes_rate, live_s);
		site->live_objects = figure__scale(site->calls_rate, live_s);
	}
}

/* One row of looks at @trait; rows come one after the other. */
static inline void fake_go__call(struct view *view, struct view_go_trait *trait,
				 struct view_go_call call)
{
	struct view_go_call *copy = view__alloc(view, sizeof(*copy));

	if (!trait->calls)
		trait->calls = view__alloc(view, FAKE_GO_SIZES * sizeof(*trait->calls));
	assert_true(trait->call_cnt < FAKE_GO_SIZES);
	*copy = call;
	trait->calls[trait->call_cnt++] = copy;
}

static inline const struct figure *figure_named(const struct advice *advice, const char *key)
{
	const struct advice_number *number = advice__number(advice, key);

	if (!number)
		fail_msg("no number %s", key);
	return &number->figure;
}

static inline void assert_inside(double truth, const struct figure *figure)
{
	if (!(figure->low <= truth && truth <= figure->high))
		fail_msg("%g is not in %g to %g", truth, figure->low, figure->high);
}

/* All sentences of @advice as one text; free it. */
static inline char *all_text(const struct advice *advice)
{
	struct text text = {0};
	char *copy;

	for (size_t i = 0; i < prose_section_cnt; i++)
		prose__expand(&text, advice, prose__section(&prose_sections[i], advice));
	prose__expand(&text, advice, prose__sketch(advice));
	copy = strdup(text__str(&text));
	text__release(&text);
	assert_non_null(copy);
	return copy;
}

#endif
