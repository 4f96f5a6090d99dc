/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Two captures made by hand, and their comparison: for the tests of compare/. */
#ifndef HB_COMPARE_WORLD_H
#define HB_COMPARE_WORLD_H

#include "fake_advice.h"

#include "compare/compare.h"

/* One of the two captures: a process of 100 s and 50 CPU seconds with some sites. */
struct side {
	struct view *view;
	struct view_site sites[8];
	struct advice items[4];
	struct advice_note note;
	struct advice_list list;
};

static inline void side__open(struct side *side)
{
	struct view_process *process;

	*side = (struct side){.view = fake_view__new()};
	process = side->view->processes;
	process->interval_bytes = 1024;
	process->charged_s = 0;
	process->sites = side->sites;
	process->bytes_rate = fake_figure(1e6, 0, BASIS_EXACT);
	process->calls_rate = fake_figure(1e4, 0, BASIS_EXACT);
	side->list = (struct advice_list){
		.view = side->view, .items = side->items, .notes = &side->note};
}

/* @rate bytes/s in objects of 100 bytes, from @n samples. */
static inline struct view_site *side__site(struct side *side, const char *function, double rate,
					   uint64_t n)
{
	struct view_process *process = side->view->processes;
	struct view_site *site = &side->sites[process->site_cnt++];
	double error = n ? rate / sqrt((double)n) : 0;
	enum basis basis = n ? BASIS_SAMPLED : BASIS_EXACT;

	*site = (struct view_site){.function = function, .caller = "main"};
	site->bytes_rate = fake_figure(rate, error, basis);
	site->calls_rate = fake_figure(rate / 100, error / 100, basis);
	site->bytes_rate.n = site->calls_rate.n = n;
	return site;
}

static inline struct advice *side__advise(struct side *side, const char *id,
					  const struct rule *rule, const struct view_site *site)
{
	struct advice *advice = &side->items[side->list.cnt++];

	*advice = (struct advice){.rule = rule,
				  .process = side->view->processes,
				  .site = site,
				  .severity = SEVERITY_MEDIUM};
	snprintf(advice->id, sizeof(advice->id), "%s", id);
	return advice;
}

static inline void predict(struct advice *advice, const char *key, enum advice_unit unit,
			   double low, double high)
{
	struct figure figure = {.value = (low + high) / 2,
				.low = low,
				.high = high,
				.n = 100,
				.basis = BASIS_SAMPLED};

	advice__set(advice, key, unit, ROLE_PREDICTION, figure);
}

static inline struct comparison *compare(struct side sides[2], double before_ops, double after_ops)
{
	struct compare_options options = {.ops = {before_ops, after_ops}};
	struct comparison *comparison =
		comparison__new(&sides[BEFORE].list, &sides[AFTER].list, &options);

	assert_non_null(comparison);
	return comparison;
}

static inline void open_both(struct side sides[2])
{
	side__open(&sides[BEFORE]);
	side__open(&sides[AFTER]);
}

static inline void close_both(struct comparison *comparison, struct side sides[2])
{
	comparison__free(comparison);
	view__free(sides[BEFORE].view);
	view__free(sides[AFTER].view);
}

static inline const struct compare_site *site_of(const struct comparison *comparison,
						 const char *function)
{
	const struct compare_program *program = comparison->programs;

	for (size_t i = 0; i < program->site_cnt; i++) {
		const struct view_site *site =
			program->sites[i].sites[BEFORE] ?: program->sites[i].sites[AFTER];

		if (!strcmp(site->function, function))
			return &program->sites[i];
	}
	fail_msg("no site %s", function);
	return NULL;
}

static inline const struct compare_prediction *prediction_of(const struct comparison *comparison,
							     const char *id, const char *key)
{
	const struct compare_program *program;
	const struct compare_advice *item = comparison__find(comparison, id, &program);

	assert_non_null(item);
	for (size_t i = 0; i < item->prediction_cnt; i++)
		if (!strcmp(item->predictions[i].key, key))
			return &item->predictions[i];
	fail_msg("no prediction %s", key);
	return NULL;
}

static inline enum advice_outcome outcome_of(const struct comparison *comparison, const char *id)
{
	const struct compare_program *program;
	const struct compare_advice *item = comparison__find(comparison, id, &program);

	assert_non_null(item);
	return item->outcome;
}

#endif
