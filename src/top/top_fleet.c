// SPDX-License-Identifier: GPL-2.0-or-later
#include "top/top_fleet.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define SPAN_LEAST_S 0.5 /* below, a rate would be noise */

struct memory {
	double first[TOP_VALUES];
	struct top_counted counted; /* of the last rate */
	double calls_rate, bytes_rate;
	bool is_new; /* came after the first document */
	uint64_t round;
};

static uint64_t key_of(const struct top_process *process)
{
	return hash__bytes(HASH_SEED, process->id, strlen(process->id));
}

static struct memory *find_memory(const struct top_fleet *fleet, const struct top_process *process)
{
	uint64_t found;

	return table__get(&fleet->memories, key_of(process), &found)
		       ? (struct memory *)(uintptr_t)found
		       : NULL;
}

static struct memory *get_memory(struct top_fleet *fleet, const struct top_process *process)
{
	struct memory *memory = find_memory(fleet, process);

	if (memory)
		return memory;
	memory = malloc(sizeof(*memory));
	if (!memory)
		return NULL;
	*memory = (struct memory){.counted = process->counted,
				  .calls_rate = NAN,
				  .bytes_rate = NAN,
				  .is_new = fleet->round > 1};
	for (int i = 0; i < TOP_VALUES; i++)
		memory->first[i] = NAN;
	if (!table__put(&fleet->memories, key_of(process), (uintptr_t)memory))
		return memory;
	free(memory);
	return NULL;
}

static void update_rate(struct memory *memory, struct top_process *process)
{
	struct top_counted now = process->counted, then = memory->counted;
	double span_s = now.observed_s - then.observed_s;

	if (now.observed_s < 0 || then.observed_s < 0 || span_s < 0) {
		memory->calls_rate = memory->bytes_rate = NAN;
		memory->counted = now;
		return;
	}
	if (span_s < SPAN_LEAST_S)
		return;
	memory->calls_rate = now.calls >= then.calls ? (now.calls - then.calls) / span_s : NAN;
	memory->bytes_rate = now.bytes >= then.bytes ? (now.bytes - then.bytes) / span_s : NAN;
	memory->counted = now;
}

static void remember(struct top_fleet *fleet, struct top_process *process)
{
	struct memory *memory = get_memory(fleet, process);

	if (!memory)
		return;
	memory->round = fleet->round;
	update_rate(memory, process);
	if (process->throughout && isfinite(memory->calls_rate)) {
		process->values[TOP_CALLS] = memory->calls_rate;
		process->values[TOP_BYTES] = memory->bytes_rate;
	}
	for (int i = 0; i < TOP_VALUES; i++)
		if (!isfinite(memory->first[i]))
			memory->first[i] = process->values[i];
}

/* Of processes that are gone. */
static void forget(struct top_fleet *fleet)
{
	const struct table_slot *slot = NULL;
	struct table kept = {0};

	while ((slot = table__next(&fleet->memories, slot))) {
		struct memory *memory = (struct memory *)(uintptr_t)slot->value;

		if (memory->round != fleet->round || table__put(&kept, slot->key, slot->value))
			free(memory);
	}
	table__release(&fleet->memories);
	fleet->memories = kept;
}

int top_fleet__take(struct top_fleet *fleet, json_t *document)
{
	const json_t *list = json_object_get(document, "items"), *item;
	struct top_process *items = calloc(json_array_size(list) + 1, sizeof(*items));
	size_t i, cnt = 0;

	if (!json_is_array(list) || !items) {
		int err = items ? -EBADMSG : -ENOMEM;

		json_decref(document);
		free(items);
		return err;
	}
	json_array_foreach((json_t *)list, i, item)
	{
		if (cnt < TOP_PROCESSES_MAX && top_process__read(&items[cnt], item))
			cnt++;
	}
	json_decref(fleet->document);
	free(fleet->items);
	fleet->document = document;
	fleet->items = items;
	fleet->cnt = cnt;
	fleet->attached = 0;
	fleet->round++;
	for (i = 0; i < cnt; i++) {
		remember(fleet, &items[i]);
		fleet->attached += items[i].attached;
	}
	forget(fleet);
	return 0;
}

double top_fleet__then(const struct top_fleet *fleet, const struct top_process *process,
		       enum top_value value, bool *ret_new)
{
	const struct memory *memory = find_memory(fleet, process);

	*ret_new = memory && memory->is_new;
	return memory ? memory->first[value] : NAN;
}

const struct top_process *top_fleet__find(const struct top_fleet *fleet, uint32_t pid)
{
	for (size_t i = 0; i < fleet->cnt; i++)
		if (fleet->items[i].pid == pid)
			return &fleet->items[i];
	return NULL;
}

void top_fleet__release(struct top_fleet *fleet)
{
	const struct table_slot *slot = NULL;

	while ((slot = table__next(&fleet->memories, slot)))
		free((struct memory *)(uintptr_t)slot->value);
	table__release(&fleet->memories);
	json_decref(fleet->document);
	free(fleet->items);
	*fleet = (struct top_fleet){0};
}
