// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/advice.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advice/rule.h"
#include "base/table.h"
#include "base/vec.h"
#include "symbol/wrapper.h"

#include "base/banned.h"

struct findings {
	struct {
		struct advice *items;
		size_t cnt, cap;
	} advice;
	struct {
		struct advice_note *items;
		size_t cnt, cap;
	} notes;
};

static uint64_t hash_string(uint64_t hash, const char *s)
{
	return hash__bytes(hash, s, strlen(s) + 1);
}

/* Names without clone suffixes, template arguments and parameters: what most rebuilds keep. Of a
 * process its program's name. The last part, a type, is empty for native code. */
static void set_id(struct advice *advice)
{
	const struct view_site *site = advice->site;
	uint64_t hash = hash_string(HASH_SEED, advice->rule->id);
	char name[256];

	if (advice->rule->scope == SCOPE_PROCESS) {
		const char *slash = strrchr(advice->process->exe, '/');

		hash = hash_string(hash, slash ? slash + 1 : advice->process->exe);
	} else {
		hash = hash_string(hash, wrapper__plain_name(name, sizeof(name), site->function));
		hash = hash_string(
			hash,
			site->caller ? wrapper__plain_name(name, sizeof(name), site->caller) : "");
	}
	hash = hash_string(hash, "");
	snprintf(advice->id, sizeof(advice->id), "HB-%06x",
		 (unsigned int)((hash ^ hash >> 24 ^ hash >> 48) & 0xffffff));
}

/* What the process as a whole lacks for @rule. */
static enum lack process_lack(const struct rule *rule, const struct view_process *process,
			      struct advice_note *note)
{
	const struct thresholds *floor = &rule->floor;

	if (rule->needs_frees && !process->frees_seen)
		return LACK_FREES;
	if (process->observed_s < floor->hold_s) {
		note->have = process->observed_s;
		note->need = floor->hold_s;
		return LACK_SPAN;
	}
	if (process->point_cnt < floor->points) {
		note->have = (double)process->point_cnt;
		note->need = (double)floor->points;
		return LACK_POINTS;
	}
	/* what holds for a process is counted, not sampled */
	if (rule->scope == SCOPE_SITE && process->sample_n < floor->samples) {
		note->have = (double)process->sample_n;
		note->need = (double)floor->samples;
		return LACK_SAMPLES;
	}
	return LACK_NONE;
}

/* Two calls in one function from one caller carry one id: say it once, for the heavier one. */
static bool merge(struct findings *found, const struct advice *advice)
{
	for (size_t i = found->advice.cnt; i-- > 0;) {
		struct advice *other = &found->advice.items[i];

		if (other->process != advice->process)
			return false;
		if (strcmp(other->id, advice->id))
			continue;
		if (advice->weight > other->weight) {
			size_t more = other->more_sites;

			*other = *advice;
			other->more_sites = more;
		}
		other->more_sites++;
		return true;
	}
	return false;
}

static int check_site(const struct rule *rule, const struct view_process *process,
		      const struct view_site *site, struct findings *found,
		      struct advice_note *ret_note)
{
	struct advice advice = {.rule = rule, .process = process, .site = site};
	struct advice_note note = {.rule = rule, .process = process, .site = site};

	switch (rule->check(rule, process, site, &advice, &note)) {
	case VERDICT_SPEAK:
		set_id(&advice);
		return merge(found, &advice) ? 0 : vec__add(&found->advice, advice);
	case VERDICT_LACKS:
		/* sites come heaviest first: the first one is the one to name */
		if (ret_note->lack == LACK_NONE)
			*ret_note = note;
		return 0;
	case VERDICT_NO_MEMORY:
		return -ENOMEM;
	case VERDICT_SILENT:
		return 0;
	}
	return 0;
}

static int apply_rule(const struct rule *rule, const struct view_process *process,
		      struct findings *found)
{
	struct advice_note note = {.rule = rule, .process = process};
	int err = 0;

	note.lack = process_lack(rule, process, &note);
	if (note.lack != LACK_NONE)
		return vec__add(&found->notes, note);
	if (rule->scope == SCOPE_PROCESS)
		err = check_site(rule, process, NULL, found, &note);
	for (size_t i = 0; rule->scope == SCOPE_SITE && i < process->site_cnt && !err; i++)
		/* what the rules ask of a site (lives, windows) is not known of Go's */
		if (!process->sites[i].vm && !process->sites[i].go)
			err = check_site(rule, process, &process->sites[i], found, &note);
	if (!err && note.lack != LACK_NONE)
		err = vec__add(&found->notes, note);
	return err;
}

static int heavier_first(const void *a, const void *b)
{
	const struct advice *x = a, *y = b;

	if (x->severity != y->severity)
		return (int)y->severity - (int)x->severity;
	if (x->weight != y->weight)
		return x->weight < y->weight ? 1 : -1;
	return strcmp(x->id, y->id);
}

static bool is_observed(const struct view_process *process)
{
	return !(process->refusal && *process->refusal) && process->window_cnt;
}

struct advice_list *advice__evaluate(const struct view *view)
{
	struct advice_list *list = calloc(1, sizeof(*list));
	struct findings found = {0};
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 0; i < view->process_cnt && !err; i++)
		for (size_t j = 0; j < rule_cnt && !err && is_observed(&view->processes[i]); j++)
			err = apply_rule(&rules[j], &view->processes[i], &found);
	if (err) {
		free(found.advice.items);
		free(found.notes.items);
		free(list);
		errno = -err;
		return NULL;
	}
	if (found.advice.cnt)
		qsort(found.advice.items, found.advice.cnt, sizeof(*found.advice.items),
		      heavier_first);
	*list = (struct advice_list){
		.view = view,
		.items = found.advice.items,
		.cnt = found.advice.cnt,
		.notes = found.notes.items,
		.note_cnt = found.notes.cnt,
	};
	return list;
}

void advice_list__free(struct advice_list *list)
{
	if (!list)
		return;
	free(list->items);
	free(list->notes);
	free(list);
}

const struct advice_number *advice__number(const struct advice *advice, const char *key)
{
	for (size_t i = 0; i < advice->number_cnt; i++)
		if (!strcmp(advice->numbers[i].key, key))
			return &advice->numbers[i];
	return NULL;
}

const char *severity__name(enum severity severity)
{
	static const char *const names[] = {"low", "medium", "high"};

	return names[severity];
}

const char *advice_state__name(enum advice_state state)
{
	static const char *const names[] = {"new"};

	return names[state];
}
