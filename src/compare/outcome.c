// SPDX-License-Identifier: GPL-2.0-or-later
#include "compare/outcome.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "advice/rule.h"
#include "base/vec.h"
#include "compare/prediction.h"

#include "base/banned.h"

/* A place with less than this left has gone. */
#define LEFT_MOST 0.5

struct outcomes {
	struct compare_advice *items;
	size_t cnt, cap;
};

static bool holds(const struct compare_part *part, const struct view_process *process)
{
	for (size_t i = 0; i < part->process_cnt; i++)
		if (part->processes[i] == process)
			return true;
	return false;
}

static struct compare_advice *find(struct outcomes *outcomes, const char *id)
{
	for (size_t i = 0; i < outcomes->cnt; i++) {
		struct compare_advice *item = &outcomes->items[i];

		if (!strcmp((item->sides[BEFORE] ?: item->sides[AFTER])->id, id))
			return item;
	}
	return NULL;
}

/* Lists come severest and heaviest first, so the first of an id stays. */
static int take_side(struct outcomes *outcomes, const struct compare_part *part,
		     const struct advice_list *list, int side)
{
	for (size_t i = 0; i < list->cnt; i++) {
		const struct advice *advice = &list->items[i];
		struct compare_advice *item;

		if (!holds(part, advice->process))
			continue;
		item = find(outcomes, advice->id);
		if (!item) {
			struct compare_advice fresh = {0};

			if (vec__add(outcomes, fresh))
				return -ENOMEM;
			item = &outcomes->items[outcomes->cnt - 1];
		}
		if (!item->sides[side])
			item->sides[side] = advice;
	}
	return 0;
}

static bool is_observed(const struct compare_part *part, const struct rule *rule)
{
	for (size_t i = 0; i < part->process_cnt; i++)
		if (rule__observes(rule, part->processes[i]))
			return true;
	return false;
}

static const struct advice_note *note_on(const struct advice_list *list,
					 const struct compare_part *part, const struct rule *rule)
{
	for (size_t i = 0; i < list->note_cnt; i++)
		if (list->notes[i].rule == rule && holds(part, list->notes[i].process))
			return &list->notes[i];
	return NULL;
}

/* Whether what @advice is about has surely gone, though its rule had too little left to judge by. */
static bool has_gone(const struct compare_program *program, const struct advice *advice)
{
	bool use = advice->rule->scope == SCOPE_GO_USE, moved = false;
	double before = 0, after = 0;
	uint64_t place;

	if (!advice->site)
		return false;
	place = site_key__place(advice->site, use);
	for (size_t i = 0; i < program->site_cnt; i++) {
		const struct compare_site *site = &program->sites[i];

		if (site->place != place || isnan(site->bytes.change))
			continue;
		before += site->bytes.before.value;
		after += site->bytes.after.value;
		moved |= site->bytes.moved && site->bytes.change < 0;
	}
	return moved && after < LEFT_MOST * before;
}

/* Whether the silence of the rule after the change is a verdict. */
static void judge_silence(const struct comparison *comparison,
			  const struct compare_program *program, struct compare_advice *item)
{
	const struct advice *advice = item->sides[BEFORE];
	const struct compare_part *part = &program->parts[AFTER];
	bool sparse;

	item->outcome = OUTCOME_UNKNOWN;
	if (!is_observed(part, advice->rule))
		return;
	item->lack = note_on(comparison->lists[AFTER], part, advice->rule);
	/* few samples are what is left where a change has worked */
	sparse = item->lack && item->lack->lack == LACK_SAMPLES;
	if (item->lack && !(sparse && has_gone(program, advice)))
		return;
	item->lack = NULL;
	item->outcome = OUTCOME_RESOLVED;
}

static void judge(const struct comparison *comparison, const struct compare_program *program,
		  struct compare_advice *item)
{
	if (item->sides[BEFORE] && item->sides[AFTER])
		item->outcome = OUTCOME_OPEN;
	else if (item->sides[BEFORE])
		judge_silence(comparison, program, item);
	else {
		item->outcome = OUTCOME_NEW;
		item->lack = note_on(comparison->lists[BEFORE], &program->parts[BEFORE],
				     item->sides[AFTER]->rule);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct compare_advice *x = a, *y = b;
	const struct advice *of_x = x->sides[BEFORE] ?: x->sides[AFTER];
	const struct advice *of_y = y->sides[BEFORE] ?: y->sides[AFTER];

	if (x->outcome != y->outcome)
		return (int)x->outcome - (int)y->outcome;
	if (of_x->severity != of_y->severity)
		return (int)of_y->severity - (int)of_x->severity;
	if (of_x->weight != of_y->weight)
		return of_x->weight < of_y->weight ? 1 : -1;
	return strcmp(of_x->id, of_y->id);
}

int outcome__fill(struct comparison *comparison, struct compare_program *program)
{
	struct outcomes outcomes = {0};
	int err = 0;

	for (int side = 0; side < COMPARE_SIDES && !err; side++)
		err = take_side(&outcomes, &program->parts[side], comparison->lists[side], side);
	if (err) {
		free(outcomes.items);
		return err;
	}
	program->advice = outcomes.items;
	program->advice_cnt = outcomes.cnt;
	for (size_t i = 0; i < outcomes.cnt; i++)
		judge(comparison, program, &outcomes.items[i]);
	for (size_t i = 0; i < outcomes.cnt; i++)
		prediction__hold(comparison, program, &outcomes.items[i]);
	if (outcomes.cnt)
		qsort(outcomes.items, outcomes.cnt, sizeof(*outcomes.items), in_order);
	return 0;
}
