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

/* The go statement of goroutines as a site, so that it is named like all others. */
struct advice_place {
	struct view_site site;
	struct advice_place *next;
};

struct findings {
	struct {
		struct advice *items;
		size_t cnt, cap;
	} advice;
	struct {
		struct advice_note *items;
		size_t cnt, cap;
	} notes;
	struct advice_place *places;
};

static bool is_of_go(const struct rule *rule)
{
	return rule->scope >= SCOPE_GO_SITE;
}

static bool is_of_process(const struct rule *rule)
{
	return rule->scope == SCOPE_PROCESS || rule->scope == SCOPE_GO_PROCESS;
}

static const char *trait_via(const struct view_site *site)
{
	return site->trait ? site->trait->via : NULL;
}

/* Of uses alone: other ids were given before types were known. */
static const char *trait_type(const struct advice *advice)
{
	const struct view_site *site = advice->site;

	if (advice->apart || advice->rule->scope != SCOPE_GO_USE || !site->trait ||
	    !site->trait->type)
		return "";
	return site->trait->type;
}

static uint64_t hash_string(uint64_t hash, const char *s)
{
	return hash__bytes(hash, s, strlen(s) + 1);
}

/* Names without clone suffixes, template arguments and parameters: what most rebuilds keep. Of a
 * process its program's name. The last part, a type, is empty for native code. Where the library's
 * function allocates, it stands for the caller: that may be any. */
static void set_id(struct advice *advice)
{
	const struct view_site *site = advice->site;
	uint64_t hash = hash_string(HASH_SEED, advice->rule->id);
	char name[256];

	if (is_of_process(advice->rule)) {
		const char *slash = strrchr(advice->process->exe, '/');

		hash = hash_string(hash, slash ? slash + 1 : advice->process->exe);
	} else {
		const char *beside =
			advice->rule->scope == SCOPE_GO_USE ? trait_via(site) : site->caller;

		beside = advice->apart ?: beside;
		hash = hash_string(hash, wrapper__plain_name(name, sizeof(name), site->function));
		hash = hash_string(hash,
				   beside ? wrapper__plain_name(name, sizeof(name), beside) : "");
	}
	hash = hash_string(hash, trait_type(advice));
	snprintf(advice->id, sizeof(advice->id), "HB-%06x",
		 (unsigned int)((hash ^ hash >> 24 ^ hash >> 48) & 0xffffff));
}

static bool needs_profile(const struct rule *rule)
{
	return rule->scope == SCOPE_GO_SITE || rule->scope == SCOPE_GO_USE;
}

/* As below, by the readings of the runtime. */
static enum lack go_lack(const struct rule *rule, const struct view_go *go,
			 struct advice_note *note)
{
	if (go->span_s < rule->floor.hold_s) {
		note->have = go->span_s;
		note->need = rule->floor.hold_s;
		return LACK_SPAN;
	}
	if (needs_profile(rule) && go->site_basis != BASIS_BUCKET)
		return LACK_PROFILE;
	if (go->point_cnt < rule->floor.points) {
		note->have = (double)go->point_cnt;
		note->need = (double)rule->floor.points;
		return LACK_POINTS;
	}
	return LACK_NONE;
}

/* What the process as a whole lacks for @rule. */
static enum lack process_lack(const struct rule *rule, const struct view_process *process,
			      struct advice_note *note)
{
	const struct thresholds *floor = &rule->floor;

	if (is_of_go(rule))
		return go_lack(rule, process->go, note);
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

static int check_place(const struct rule *rule, const struct view_process *process,
		       const struct view_site *site, const struct view_go_site *place,
		       struct findings *found, struct advice_note *ret_note)
{
	struct advice advice = {.rule = rule, .process = process, .site = site, .place = place};
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

static int check_site(const struct rule *rule, const struct view_process *process,
		      const struct view_site *site, struct findings *found,
		      struct advice_note *ret_note)
{
	return check_place(rule, process, site, NULL, found, ret_note);
}

static int check_routines(const struct rule *rule, const struct view_process *process,
			  const struct view_go_site *from, struct findings *found,
			  struct advice_note *ret_note)
{
	struct advice_place *place;

	if (!from->growing || !from->function)
		return 0;
	place = calloc(1, sizeof(*place));
	if (!place)
		return -ENOMEM;
	place->site = (struct view_site){
		.id = from->created.offset,
		.frame = from->created,
		.function = from->function,
		.file = from->file,
		.line = from->line,
	};
	place->next = found->places;
	found->places = place;
	return check_place(rule, process, &place->site, from, found, ret_note);
}

/* What the rules of malloc ask of a site (lives, windows) is not known of Go's, nor the reverse. */
static bool is_in_scope(const struct rule *rule, const struct view_site *site)
{
	if (rule->scope == SCOPE_GO_SITE)
		return site->go;
	return rule->scope == SCOPE_SITE && !site->vm && !site->go;
}

static int check_all(const struct rule *rule, const struct view_process *process,
		     struct findings *found, struct advice_note *ret_note)
{
	int err = 0;

	if (is_of_process(rule))
		return check_site(rule, process, NULL, found, ret_note);
	if (rule->scope == SCOPE_GO_ROUTINES) {
		for (size_t i = 0; i < process->go->goroutine_site_cnt && !err; i++)
			err = check_routines(rule, process, &process->go->goroutines[i], found,
					     ret_note);
		return err;
	}
	if (rule->scope == SCOPE_GO_USE) {
		for (size_t i = 0; i < process->go->use_cnt && !err; i++)
			err = check_site(rule, process, &process->go->uses[i], found, ret_note);
		return err;
	}
	for (size_t i = 0; i < process->site_cnt && !err; i++)
		if (is_in_scope(rule, &process->sites[i]))
			err = check_site(rule, process, &process->sites[i], found, ret_note);
	return err;
}

static int apply_rule(const struct rule *rule, const struct view_process *process,
		      struct findings *found)
{
	struct advice_note note = {.rule = rule, .process = process};
	int err;

	note.lack = process_lack(rule, process, &note);
	if (note.lack != LACK_NONE)
		return vec__add(&found->notes, note);
	err = check_all(rule, process, found, &note);
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

bool rule__observes(const struct rule *rule, const struct view_process *process)
{
	if (process->refusal && *process->refusal)
		return false;
	return is_of_go(rule) ? process->go && process->go->state_known : process->window_cnt > 0;
}

static void free_places(struct advice_place *place)
{
	while (place) {
		struct advice_place *next = place->next;

		free(place);
		place = next;
	}
}

struct advice_list *advice__evaluate(const struct view *view)
{
	struct advice_list *list = calloc(1, sizeof(*list));
	struct findings found = {0};
	int err = list ? 0 : -ENOMEM;

	for (size_t i = 0; i < view->process_cnt && !err; i++)
		for (size_t j = 0; j < rule_cnt && !err; j++)
			if (rule__observes(rules[j], &view->processes[i]))
				err = apply_rule(rules[j], &view->processes[i], &found);
	if (err) {
		free(found.advice.items);
		free(found.notes.items);
		free_places(found.places);
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
		.places = found.places,
	};
	return list;
}

void advice_list__free(struct advice_list *list)
{
	if (!list)
		return;
	free(list->items);
	free(list->notes);
	free(list->resolved);
	free_places(list->places);
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

int severity__parse(const char *name, enum severity *ret_severity)
{
	for (enum severity s = SEVERITY_LOW; s <= SEVERITY_HIGH; s++)
		if (!strcmp(name, severity__name(s))) {
			*ret_severity = s;
			return 0;
		}
	return -EINVAL;
}

bool advice_list__reaches(const struct advice_list *list, enum severity least)
{
	for (size_t i = 0; i < list->cnt; i++)
		if (list->items[i].severity >= least && list->items[i].state != ADVICE_MUTED)
			return true;
	return false;
}

const char *advice_state__name(enum advice_state state)
{
	static const char *const names[] = {"new", "open", "regressed", "resolved", "muted"};

	return names[state];
}

const char *resolution__name(enum resolution why)
{
	static const char *const names[RESOLUTIONS] = {"changed", "silent"};

	return names[why];
}
