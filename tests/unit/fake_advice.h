/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A process with one site, and what the tests of the rules ask of a list of advice. */
#ifndef HB_FAKE_ADVICE_H
#define HB_FAKE_ADVICE_H

#include "fake_view.h"

#include "advice/advice.h"
#include "advice/rule.h"
#include "export/prose.h"

/* One site f <- g of a process that allocates @bytes_per_s in all for 100 s. */
static inline struct view *site_view(double bytes_per_s)
{
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;
	struct view_site *site = view__alloc(view, 2 * sizeof(*site));

	process->sites = site;
	process->site_cnt = 1;
	process->sample_n = 1000;
	process->bytes = fake_figure(bytes_per_s * 100, 0, BASIS_EXACT);
	process->bytes_rate = fake_figure(bytes_per_s, 0, BASIS_EXACT);
	process->calls = fake_figure(1e6, 0, BASIS_EXACT);
	process->calls_rate = fake_figure(1e4, 0, BASIS_EXACT);
	process->at_s = view__alloc(view, 40 * sizeof(double));
	process->point_cnt = 40;
	for (int i = 0; i < 40; i++)
		process->at_s[i] = 2.5 * i;
	*site = (struct view_site){.function = "f", .caller = "g", .module = "/usr/bin/prog"};
	site->live.points = view__alloc(view, 40 * sizeof(double));
	site->live.cnt = 40;
	site->share_freed = -1;
	return view;
}

static inline const struct advice *only(const struct advice_list *list, const char *rule)
{
	const struct advice *found = NULL;

	assert_non_null(list);
	for (size_t i = 0; i < list->cnt; i++)
		if (!strcmp(list->items[i].rule->id, rule)) {
			assert_null(found);
			found = &list->items[i];
		}
	return found;
}

static inline const struct advice_note *note_of(const struct advice_list *list, const char *rule)
{
	for (size_t i = 0; i < list->note_cnt; i++)
		if (!strcmp(list->notes[i].rule->id, rule))
			return &list->notes[i];
	return NULL;
}

static inline double value(const struct advice *advice, const char *key)
{
	const struct advice_number *number = advice__number(advice, key);

	if (!number)
		fail_msg("no number %s", key);
	return number->figure.value;
}

/* Every placeholder of every sentence of @advice names something. */
static inline void assert_filled_in(const struct advice *advice)
{
	struct text text = {0};

	for (size_t i = 0; i < prose_section_cnt; i++)
		assert_int_equal(
			prose__expand(&text, advice, prose__section(&prose_sections[i], advice)),
			0);
	assert_int_equal(prose__expand(&text, advice, prose__sketch(advice)), 0);
	assert_null(strstr(text__str(&text), "{?"));
	assert_null(strstr(text__str(&text), "{/}"));
	text__release(&text);
}

static inline bool fires(struct view *view, const char *rule)
{
	struct advice_list *list = advice__evaluate(view);
	bool found = only(list, rule);

	advice_list__free(list);
	return found;
}

#endif
