// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hotspots.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/text.h"
#include "base/vec.h"

#include "base/banned.h"

#define HALF_LIFE_S 3600.0

void hotspot__name(char *dst, size_t size, const char *function)
{
	char valid[HOTSPOT_NAME_BYTES];
	char *plus;

	text__label(valid, sizeof(valid), function);
	plus = strstr(valid, "+0x");
	if (plus && plus[3 + strspn(plus + 3, "0123456789abcdef")] == 0) {
		*plus = 0;
		snprintf(dst, size, "[%s]", valid);
	} else {
		snprintf(dst, size, "%s", valid);
	}
}

/* Functions of a process with their bytes; names borrowed from sites. */
struct functions {
	struct function_bytes {
		uint64_t key;
		double bytes;
		const char *name;
	} * items;
	size_t cnt, cap;
	struct table by_key;
};

static int functions__add(struct functions *functions, const struct view_site *site)
{
	char name[HOTSPOT_NAME_BYTES + 4];
	uint64_t key, at;
	int err;

	hotspot__name(name, sizeof(name), site->function);
	key = hash__bytes(HASH_SEED, name, strlen(name));
	if (table__get(&functions->by_key, key, &at)) {
		functions->items[at].bytes += site->bytes.value;
		return 0;
	}
	err = table__put(&functions->by_key, key, functions->cnt);
	if (err)
		return err;
	return vec__add(functions, (struct function_bytes){key, site->bytes.value, site->function});
}

static int heavier_first(const void *a, const void *b)
{
	const struct function_bytes *x = a, *y = b;

	if (x->bytes < y->bytes || x->bytes > y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return x->key < y->key ? -1 : x->key > y->key;
}

static int functions__fill(struct functions *functions, const struct view_process *process)
{
	int err = 0;

	for (size_t i = 0; i < process->site_cnt && !err; i++) {
		const struct view_site *site = &process->sites[i];

		if (!site->vm && site->bytes.basis != BASIS_UNKNOWN && site->bytes.value > 0)
			err = functions__add(functions, site);
	}
	if (!err && functions->cnt)
		qsort(functions->items, functions->cnt, sizeof(*functions->items), heavier_first);
	return err;
}

void image_hotspots__free(struct image_hotspots *hotspots)
{
	if (!hotspots)
		return;
	for (size_t i = 0; i < hotspots->cnt; i++)
		free(hotspots->items[i].name);
	free(hotspots);
}

static struct image_hotspot *image_hotspots__find(struct image_hotspots *hotspots, uint64_t key)
{
	for (size_t i = 0; i < hotspots->cnt; i++)
		if (hotspots->items[i].key == key)
			return &hotspots->items[i];
	return NULL;
}

/* One more function of the image. Where @old was full it may have been there before and given its
 * bytes: it starts from now. */
static int image_hotspots__add(struct image_hotspots *to, struct image_hotspots *old,
			       const struct function_bytes *function, double share,
			       double allocated)
{
	struct image_hotspot *item = &to->items[to->cnt];
	struct image_hotspot *before = image_hotspots__find(old, function->key);
	char name[HOTSPOT_NAME_BYTES + 4];

	hotspot__name(name, sizeof(name), function->name);
	item->name = strdup(name);
	if (!item->name)
		return -ENOMEM;
	item->key = function->key;
	item->share = share;
	if (before)
		item->given = before->given;
	else if (old->cnt == HOTSPOTS_KEPT)
		item->given = share * allocated;
	to->cnt++;
	return 0;
}

/* Those of @old that have no place among the heaviest keep theirs while there is room. */
static void keep_light_ones(struct image_hotspots *to, struct image_hotspots *old)
{
	for (size_t i = 0; i < old->cnt && to->cnt < HOTSPOTS_KEPT; i++) {
		struct image_hotspot *item = &old->items[i];

		if (image_hotspots__find(to, item->key))
			continue;
		to->items[to->cnt] = *item;
		to->items[to->cnt++].share = 0;
		item->name = NULL;
	}
}

int image_hotspots__share(struct image_hotspots **hotspots, const struct view_process *process,
			  double allocated)
{
	struct image_hotspots *to = calloc(1, sizeof(*to)), *old = *hotspots, none = {.cnt = 0};
	struct functions functions = {0};
	double whole = process->bytes.value;
	int err = to ? functions__fill(&functions, process) : -ENOMEM;

	for (size_t i = 0; i < functions.cnt && i < HOTSPOTS_KEPT && whole > 0 && !err; i++)
		err = image_hotspots__add(to, old ? old : &none, &functions.items[i],
					  fmin(1, functions.items[i].bytes / whole), allocated);
	free(functions.items);
	table__release(&functions.by_key);
	if (err) {
		image_hotspots__free(to);
		return err;
	}
	if (old)
		keep_light_ones(to, old);
	image_hotspots__free(old);
	*hotspots = to;
	return 0;
}

/* The row of @item in @group, or a free one, or one to be replaced because it is lighter than what
 * has come together for @item; NULL if there is none. */
static struct hotspot *find_row(struct hotspots *group, const struct image_hotspot *item,
				double bytes)
{
	struct hotspot *lightest = NULL;

	for (size_t i = 0; i < group->cnt; i++) {
		struct hotspot *row = &group->items[i];

		if (row->key == item->key)
			return row;
		if (!row->shown && (!lightest || row->weight < lightest->weight))
			lightest = row;
	}
	if (group->cnt < HOTSPOTS_KEPT)
		return &group->items[group->cnt];
	return lightest && lightest->weight < bytes ? lightest : NULL;
}

int hotspots__add(struct hotspots *group, struct image_hotspots *image, double allocated)
{
	for (size_t i = 0; i < image->cnt; i++) {
		struct image_hotspot *item = &image->items[i];
		double bytes = item->share * allocated - item->given;
		struct hotspot *row;

		if (bytes <= 0)
			continue;
		row = find_row(group, item, bytes);
		if (!row)
			continue;
		if (!row->name || row->key != item->key) {
			char *name = strdup(item->name);

			if (!name)
				return -ENOMEM;
			free(row->name);
			*row = (struct hotspot){.key = item->key, .name = name};
			group->cnt += row == &group->items[group->cnt];
		}
		row->bytes += bytes;
		row->weight += bytes;
		item->given += bytes;
	}
	return 0;
}

/* The heaviest that is not published, or the lightest that is; NULL: there is none. */
static struct hotspot *extreme(struct hotspots *group, bool shown)
{
	struct hotspot *found = NULL;

	for (size_t i = 0; i < group->cnt; i++) {
		struct hotspot *row = &group->items[i];

		if (row->shown != shown)
			continue;
		if (!found || (shown ? row->weight < found->weight : row->weight > found->weight))
			found = row;
	}
	return found;
}

size_t hotspots__choose(struct hotspots *group, uint64_t now_ns)
{
	double fade = 1;
	size_t shown = 0, replaced = 0;

	if (group->faded_ns && now_ns > group->faded_ns)
		fade = exp2(-(double)(now_ns - group->faded_ns) / 1e9 / HALF_LIFE_S);
	group->faded_ns = now_ns;
	for (size_t i = 0; i < group->cnt; i++) {
		group->items[i].weight *= fade;
		shown += group->items[i].shown;
	}
	for (size_t i = 0; i < HOTSPOTS_KEPT; i++) {
		struct hotspot *in = extreme(group, false);
		struct hotspot *out = shown < GROUP_HOTSPOTS_MAX ? NULL : extreme(group, true);

		if (!in || (out && in->weight <= out->weight * HOTSPOT_HYSTERESIS))
			break;
		in->shown = true;
		if (out)
			out->shown = false;
		replaced += out != NULL;
		shown += out == NULL;
	}
	return replaced;
}

void hotspots__release(struct hotspots *group)
{
	for (size_t i = 0; i < group->cnt; i++)
		free(group->items[i].name);
	*group = (struct hotspots){0};
}
