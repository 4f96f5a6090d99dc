// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/group_list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"

#include "base/banned.h"

static void group_list__free_group(struct group_state *group)
{
	hotspots__release(&group->hotspots);
	free(group->go);
	free(group->live);
	free(group);
}

void group_list__release(struct group_list *list)
{
	for (size_t i = 0; i < list->cnt; i++)
		group_list__free_group(list->items[i]);
	free(list->items);
	table__release(&list->by_key);
	table__release(&list->refused);
	*list = (struct group_list){0};
}

/* Ids are 32 bits of the hash: two groups must not share one. */
static uint32_t free_id(const struct group_list *list, uint64_t key)
{
	uint32_t id = (uint32_t)key;

	for (size_t i = 0; i < list->cnt; i++) {
		if (list->items[i]->id != id)
			continue;
		id++;
		i = (size_t)-1;
	}
	return id;
}

static struct group_state *add_group(struct group_list *list, const struct group_identity *identity,
				     uint64_t key)
{
	struct group_state *group = calloc(1, sizeof(*group));

	if (!group)
		return NULL;
	group->identity = *identity;
	group->key = key;
	group->id = free_id(list, key);
	group->number = ++list->admitted;
	group_state__begin(group);
	if (table__put(&list->by_key, key, (uint64_t)(uintptr_t)group))
		goto fail;
	if (vec__add(list, group)) {
		table__remove(&list->by_key, key, NULL);
		goto fail;
	}
	list->used += GROUP_FIRST_SERIES;
	return group;
fail:
	free(group);
	return NULL;
}

/* Each identity is counted once, or again after very many others. */
static void count_refused(struct group_list *list, uint64_t key)
{
	if (table__get(&list->refused, key, NULL))
		return;
	list->dropped += GROUP_FIRST_SERIES;
	if (list->refused.cnt >= GROUP_REFUSALS_KEPT)
		table__release(&list->refused);
	table__put(&list->refused, key, 1);
}

static struct group_state *other_group(struct group_list *list)
{
	static const struct group_identity identity = {.comm = GROUP_OTHER};
	uint64_t key = group_identity__hash(&identity), value;

	if (table__get(&list->by_key, key, &value))
		return (struct group_state *)(uintptr_t)value;
	return add_group(list, &identity, key);
}

struct group_state *group_list__admit(struct group_list *list,
				      const struct group_identity *identity)
{
	uint64_t key = group_identity__hash(identity), value;
	/* Room is kept for the group of all others. */
	bool full = list->max_series && list->used + 2 * GROUP_FIRST_SERIES > list->max_series;

	if (table__get(&list->by_key, key, &value)) {
		struct group_state *group = (struct group_state *)(uintptr_t)value;

		if (!memcmp(&group->identity, identity, sizeof(*identity)))
			return group;
		full = true; /* two identities of one 64-bit hash */
	}
	if (!full)
		return add_group(list, identity, key);
	count_refused(list, key);
	return other_group(list);
}

void group_list__begin(struct group_list *list)
{
	for (size_t i = 0; i < list->cnt; i++)
		group_state__begin(list->items[i]);
}

void group_list__end(struct group_list *list, uint64_t now_ns, bool choose)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->cnt; i++) {
		struct group_state *group = list->items[i];

		if (group->alive_ns && now_ns - group->alive_ns > GROUP_IDLE_NS) {
			table__remove(&list->by_key, group->key, NULL);
			group_list__free_group(group);
			continue;
		}
		if (choose)
			list->dropped += hotspots__choose(&group->hotspots, now_ns);
		group_state__end(group, now_ns);
		list->items[kept++] = group;
	}
	list->cnt = kept;
}

static int by_id(const void *a, const void *b)
{
	const struct group_state *x = *(struct group_state *const *)a;
	const struct group_state *y = *(struct group_state *const *)b;

	return x->id < y->id ? -1 : x->id > y->id;
}

static size_t series_of(const struct group_list *list, const struct group *group)
{
	return list->series ? list->series(group) : GROUP_FIRST_SERIES;
}

/* As much of each group as there is room for, the oldest first. */
static void limit_detail(struct group_list *list, struct group *groups)
{
	list->used = 0;
	for (size_t i = 0; i < list->cnt; i++) {
		struct group *group = &groups[list->items[i]->index];
		enum group_detail before = group->detail;
		size_t all, series;

		group->detail = GROUP_ALL;
		all = series = series_of(list, group);
		while (list->max_series && list->used + series > list->max_series &&
		       group->detail < GROUP_HIDDEN) {
			group->detail++;
			series = group->detail == GROUP_HIDDEN ? 0 : series_of(list, group);
		}
		if (group->detail > before)
			list->dropped += all - series;
		list->items[i]->now.detail = group->detail;
		list->used += series;
	}
}

int group_list__publish(struct group_list *list, struct host *host)
{
	struct group_state **order = calloc(list->cnt + 1, sizeof(*order));
	struct group *groups = host__alloc(host, list->cnt * sizeof(*groups));
	int err = order && groups ? 0 : -ENOMEM;

	if (!err && list->cnt) {
		memcpy(order, list->items, list->cnt * sizeof(*order));
		qsort(order, list->cnt, sizeof(*order), by_id);
	}
	for (size_t i = 0; i < list->cnt && !err; i++) {
		order[i]->index = (uint32_t)i;
		err = group_state__publish(order[i], host, &groups[i]);
	}
	free(order);
	host->groups = err ? NULL : groups;
	host->group_cnt = err ? 0 : list->cnt;
	if (!err)
		limit_detail(list, groups);
	host->self.series_dropped = list->dropped;
	return err;
}

size_t group_list__bytes(const struct group_list *list)
{
	size_t bytes = list->cap * sizeof(*list->items) + table__bytes(&list->by_key) +
		       table__bytes(&list->refused) + list->cnt * sizeof(struct group_state);

	for (size_t i = 0; i < list->cnt; i++) {
		bytes += list->items[i]->hotspots.cnt * HOTSPOT_NAME_BYTES;
		bytes += list->items[i]->go ? sizeof(*list->items[i]->go) : 0;
		bytes += list->items[i]->live ? sizeof(*list->items[i]->live) : 0;
	}
	return bytes;
}
