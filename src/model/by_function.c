// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/by_function.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "model/hotspots.h"

#include "base/banned.h"

int by_function__add(struct by_function *list, const char *function, double value)
{
	char name[HOTSPOT_NAME_BYTES + 4];
	struct function_value *item;
	uint64_t key;

	hotspot__name(name, sizeof(name), function);
	key = hash__bytes(HASH_SEED, name, strlen(name));
	for (size_t i = 0; i < list->cnt; i++) {
		if (list->items[i].key != key)
			continue;
		list->items[i].value += value;
		return 0;
	}
	if (list->cnt == BY_FUNCTION_MAX)
		return 0;
	item = &list->items[list->cnt];
	item->name = strdup(name);
	if (!item->name)
		return -ENOMEM;
	item->key = key;
	item->value = value;
	list->cnt++;
	return 0;
}

void by_function__release(struct by_function *list)
{
	for (size_t i = 0; i < list->cnt; i++)
		free(list->items[i].name);
	list->cnt = 0;
}

void by_function__free(struct by_function *list)
{
	if (list)
		by_function__release(list);
	free(list);
}

/* Sites stand by allocated bytes, not by live ones. */
static int live_first(const void *a, const void *b)
{
	const struct view_site *x = *(const struct view_site *const *)a;
	const struct view_site *y = *(const struct view_site *const *)b;

	if (x->live_bytes.value < y->live_bytes.value || x->live_bytes.value > y->live_bytes.value)
		return x->live_bytes.value < y->live_bytes.value ? 1 : -1;
	return x->id < y->id ? -1 : x->id > y->id;
}

int by_function__see_live(struct by_function **list, const struct view_process *process)
{
	const struct view_site **sites =
		calloc(process->site_cnt + 1, sizeof(const struct view_site *));
	struct by_function *live = calloc(1, sizeof(*live));
	int err = sites && live ? 0 : -ENOMEM;
	size_t cnt = 0;

	for (size_t i = 0; i < process->site_cnt && !err; i++) {
		const struct view_site *site = &process->sites[i];

		if (!site->vm && site->live_bytes.basis != BASIS_UNKNOWN &&
		    site->live_bytes.value > 0)
			sites[cnt++] = site;
	}
	if (cnt)
		qsort(sites, cnt, sizeof(const struct view_site *), live_first);
	for (size_t i = 0; i < cnt && !err; i++)
		err = by_function__add(live, sites[i]->function, sites[i]->live_bytes.value);
	free(sites);
	if (err) {
		by_function__free(live);
		return err;
	}
	by_function__free(*list);
	*list = live;
	return 0;
}

void function_sums__begin(struct function_sums *sums)
{
	sums->cnt = 0;
}

static void add(struct function_sums *sums, const struct function_value *item)
{
	for (size_t i = 0; i < sums->cnt; i++) {
		if (sums->items[i].key != item->key)
			continue;
		sums->items[i].value += item->value;
		return;
	}
	if (sums->cnt < FUNCTION_SUMS_MAX)
		sums->items[sums->cnt++] = *item;
}

void function_sums__add(struct function_sums *sums, const struct by_function *list)
{
	for (size_t i = 0; i < list->cnt; i++)
		add(sums, &list->items[i]);
}

/* A sum, with what it gets for being published already. */
struct choice {
	double weight;
	const struct function_value *of;
};

static int heavier_first(const void *a, const void *b)
{
	const struct choice *x = a, *y = b;

	if (x->weight < y->weight || x->weight > y->weight)
		return x->weight < y->weight ? 1 : -1;
	return x->of->key < y->of->key ? -1 : x->of->key > y->of->key;
}

static bool was_shown(const struct function_sums *sums, uint64_t key)
{
	for (size_t i = 0; i < GROUP_FUNCTIONS_MAX; i++)
		if (sums->shown[i] == key)
			return true;
	return false;
}

int function_sums__publish(struct function_sums *sums, struct host *host,
			   struct group_functions *ret)
{
	struct choice choices[FUNCTION_SUMS_MAX];

	for (size_t i = 0; i < sums->cnt; i++) {
		const struct function_value *item = &sums->items[i];
		double grace = was_shown(sums, item->key) ? HOTSPOT_HYSTERESIS : 1;

		choices[i] = (struct choice){item->value * grace, item};
	}
	if (sums->cnt)
		qsort(choices, sums->cnt, sizeof(*choices), heavier_first);
	memset(sums->shown, 0, sizeof(sums->shown));
	ret->cnt = 0;
	for (size_t i = 0; i < sums->cnt && i < GROUP_FUNCTIONS_MAX; i++) {
		struct group_function *to = &ret->items[i];

		sums->shown[i] = choices[i].of->key;
		to->value = choices[i].of->value;
		to->function = host__strdup(host, choices[i].of->name);
		if (!to->function)
			return -ENOMEM;
		ret->cnt++;
	}
	return 0;
}
