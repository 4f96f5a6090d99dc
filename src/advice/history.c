// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/history.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "advice/rule.h"
#include "base/table.h"

#include "base/banned.h"

struct entry {
	struct advice_resolved told; /* copies: what it was of may be gone */
	uint64_t owner;
	uint64_t setting;   /* build and settings under which it was last found */
	uint64_t last_ns;   /* found */
	uint64_t silent_ns; /* the first evaluation since in which its rule was silent; 0: none */
	enum advice_state state; /* ADVICE_NEW, OPEN, REGRESSED or RESOLVED */
	bool found;		 /* in the evaluation under way */
	bool muted;
};

struct advice_history {
	struct entry *items[HISTORY_MAX];
	size_t cnt;
};

/* What is asked of every process once. */
struct world {
	const struct advice_list *list;
	const struct advice_owner *owners;
	uint64_t *settings; /* of each process */
	uint64_t now_ns;
};

struct advice_history *advice_history__new(void)
{
	return calloc(1, sizeof(struct advice_history));
}

void advice_history__free(struct advice_history *history)
{
	if (!history)
		return;
	for (size_t i = 0; i < history->cnt; i++)
		free(history->items[i]);
	free(history);
}

size_t advice_history__cnt(const struct advice_history *history)
{
	return history->cnt;
}

/* Its executable's build and what its runtime was told. */
static uint64_t setting_of(const struct view *view, const struct view_process *process)
{
	uint64_t hash = HASH_SEED;

	for (size_t i = 0; i < view->module_cnt; i++)
		if (!strcmp(view->modules[i].path, process->exe))
			hash = hash__bytes(hash, view->modules[i].build_id,
					   view->modules[i].build_id_bytes);
	if (process->go && process->go->state_known) {
		const struct record_go_state *state = &process->go->state;

		hash = hash__bytes(hash, &state->gogc, sizeof(state->gogc));
		hash = hash__bytes(hash, &state->memory_limit_bytes,
				   sizeof(state->memory_limit_bytes));
	}
	return hash;
}

static size_t index_of(const struct advice_list *list, const struct view_process *process)
{
	return (size_t)(process - list->view->processes);
}

static struct entry *find(struct advice_history *history, const struct advice *advice,
			  const struct advice_owner *owner)
{
	for (size_t i = 0; i < history->cnt; i++) {
		struct entry *entry = history->items[i];

		if (strcmp(entry->told.id, advice->id))
			continue;
		/* of a process that has gone its program is all that is known */
		if (owner->key ? entry->owner == owner->key
			       : !strcmp(entry->told.comm, advice->process->comm))
			return entry;
	}
	return NULL;
}

/* Whether @a should make room before @b. */
static bool goes_first(const struct entry *a, const struct entry *b)
{
	bool a_resolved = a->state == ADVICE_RESOLVED, b_resolved = b->state == ADVICE_RESOLVED;

	if (a_resolved != b_resolved)
		return a_resolved;
	if (a_resolved)
		return a->told.resolved_ns < b->told.resolved_ns;
	return a->last_ns < b->last_ns;
}

static void drop(struct advice_history *history, size_t i)
{
	free(history->items[i]);
	history->items[i] = history->items[--history->cnt];
}

/* False if all are found now. */
static bool make_room(struct advice_history *history)
{
	size_t best = HISTORY_MAX;

	for (size_t i = 0; i < history->cnt; i++)
		if (!history->items[i]->found &&
		    (best == HISTORY_MAX || goes_first(history->items[i], history->items[best])))
			best = i;
	if (best == HISTORY_MAX)
		return false;
	drop(history, best);
	return true;
}

static struct entry *add(struct advice_history *history, const struct advice *advice,
			 const struct advice_owner *owner, uint64_t now_ns)
{
	struct entry *entry;

	if (history->cnt == HISTORY_MAX && !make_room(history))
		return NULL;
	entry = calloc(1, sizeof(*entry));
	if (!entry)
		return NULL;
	entry->owner = owner->key;
	entry->state = ADVICE_NEW;
	entry->told.rule = advice->rule;
	entry->told.since_ns = now_ns;
	snprintf(entry->told.id, sizeof(entry->told.id), "%s", advice->id);
	history->items[history->cnt++] = entry;
	return entry;
}

static void copy_words(struct advice_resolved *told, const struct advice *advice,
		       const struct advice_owner *owner)
{
	const struct view_site *site = advice->site;
	const char *file = site && site->file ? site->file : "";

	snprintf(told->comm, sizeof(told->comm), "%s", owner->comm);
	snprintf(told->exe, sizeof(told->exe), "%s", owner->exe);
	snprintf(told->unit, sizeof(told->unit), "%s", owner->unit);
	told->pid = owner->pid;
	told->severity = advice->severity;
	snprintf(told->function, sizeof(told->function), "%s", site ? site->function : "");
	snprintf(told->caller, sizeof(told->caller), "%s",
		 site && site->caller ? site->caller : "");
	snprintf(told->file, sizeof(told->file), "%s", file);
	told->line = site ? site->line : 0;
}

static void note_found(struct entry *entry, uint64_t now_ns)
{
	if (entry->state == ADVICE_RESOLVED) {
		entry->state = ADVICE_REGRESSED;
		entry->told.since_ns = now_ns;
	} else if (entry->state == ADVICE_NEW && now_ns - entry->told.since_ns >= HISTORY_OPEN_NS) {
		entry->state = ADVICE_OPEN;
	}
	entry->found = true;
	entry->last_ns = now_ns;
	entry->silent_ns = 0;
}

static void take(struct advice_history *history, const struct world *world, struct advice *advice)
{
	size_t at = index_of(world->list, advice->process);
	const struct advice_owner *owner = &world->owners[at];
	struct entry *entry = find(history, advice, owner);

	if (!entry && owner->key)
		entry = add(history, advice, owner, world->now_ns);
	if (!entry)
		return;
	if (owner->key) {
		note_found(entry, world->now_ns);
		entry->muted = advice->state == ADVICE_MUTED;
		entry->setting = world->settings[at];
		copy_words(&entry->told, advice, owner);
	}
	advice->since_ns = entry->told.since_ns;
	if (advice->state != ADVICE_MUTED)
		advice->state = entry->state;
}

static bool lacks(const struct advice_list *list, const struct rule *rule,
		  const struct view_process *process)
{
	for (size_t i = 0; i < list->note_cnt; i++)
		if (list->notes[i].rule == rule && list->notes[i].process == process)
			return true;
	return false;
}

/* What the processes of an entry's owner say by their silence. */
struct silence {
	bool alive, spoken, changed, unchanged;
};

static struct silence listen(const struct world *world, const struct entry *entry)
{
	const struct view *view = world->list->view;
	struct silence silence = {0};

	for (size_t i = 0; i < view->process_cnt; i++) {
		const struct view_process *process = &view->processes[i];
		bool same = world->settings[i] == entry->setting;

		if (world->owners[i].key != entry->owner || process->exited)
			continue;
		silence.alive = true;
		silence.unchanged |= same;
		if (!rule__observes(entry->told.rule, process) ||
		    lacks(world->list, entry->told.rule, process))
			continue;
		silence.spoken = true;
		silence.changed |= !same && process->span_s >= HISTORY_SETTLED_S;
	}
	return silence;
}

static void resolve(struct entry *entry, enum resolution why, uint64_t now_ns)
{
	entry->state = ADVICE_RESOLVED;
	entry->told.why = why;
	entry->told.resolved_ns = now_ns;
}

/* True: it is not worth keeping any more. */
static bool judge(const struct world *world, struct entry *entry)
{
	uint64_t now_ns = world->now_ns;
	struct silence silence;

	if (entry->found || entry->state == ADVICE_RESOLVED)
		return false;
	silence = listen(world, entry);
	if (!silence.alive)
		return now_ns - entry->last_ns >= HISTORY_LISTED_NS;
	if (!silence.spoken)
		return false;
	if (!entry->silent_ns)
		entry->silent_ns = now_ns;
	if (silence.changed && !silence.unchanged && entry->state != ADVICE_NEW) {
		resolve(entry, RESOLVED_BY_CHANGE, now_ns);
		return false;
	}
	if (now_ns - entry->silent_ns < HISTORY_SILENT_NS)
		return false;
	/* what never stood was chance */
	if (entry->state == ADVICE_NEW)
		return true;
	resolve(entry, RESOLVED_BY_SILENCE, now_ns);
	return false;
}

static bool is_listed(const struct entry *entry, uint64_t now_ns)
{
	return entry->state == ADVICE_RESOLVED && !entry->muted &&
	       now_ns - entry->told.resolved_ns < HISTORY_LISTED_NS;
}

/* The last to be resolved first. */
static int later_first(const void *a, const void *b)
{
	const struct advice_resolved *x = a, *y = b;

	if (x->resolved_ns != y->resolved_ns)
		return x->resolved_ns < y->resolved_ns ? 1 : -1;
	return strcmp(x->id, y->id);
}

static int list_resolved(const struct advice_history *history, struct advice_list *list,
			 uint64_t now_ns)
{
	size_t cnt = 0;

	for (size_t i = 0; i < history->cnt; i++)
		cnt += is_listed(history->items[i], now_ns);
	if (!cnt)
		return 0;
	list->resolved = calloc(cnt, sizeof(*list->resolved));
	if (!list->resolved)
		return -ENOMEM;
	for (size_t i = 0; i < history->cnt; i++)
		if (is_listed(history->items[i], now_ns))
			list->resolved[list->resolved_cnt++] = history->items[i]->told;
	qsort(list->resolved, list->resolved_cnt, sizeof(*list->resolved), later_first);
	return 0;
}

int advice_history__update(struct advice_history *history, struct advice_list *list,
			   const struct advice_owner *owners, uint64_t now_ns)
{
	const struct view *view = list->view;
	struct world world = {.list = list, .owners = owners, .now_ns = now_ns};

	list->at_ns = now_ns;
	world.settings = calloc(view->process_cnt + 1, sizeof(*world.settings));
	if (!world.settings)
		return -ENOMEM;
	for (size_t i = 0; i < view->process_cnt; i++)
		world.settings[i] = setting_of(view, &view->processes[i]);
	for (size_t i = 0; i < history->cnt; i++)
		history->items[i]->found = false;
	for (size_t i = 0; i < list->cnt; i++)
		take(history, &world, &list->items[i]);
	for (size_t i = history->cnt; i-- > 0;)
		if (judge(&world, history->items[i]))
			drop(history, i);
	free(world.settings);
	return list_resolved(history, list, now_ns);
}
