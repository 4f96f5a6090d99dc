// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/go_group.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/stats.h"

#include "base/banned.h"

bool go_group__same_name(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

bool go_group__same_function(const struct view_site *a, const struct view_site *b)
{
	return go_group__same_name(a->function, b->function) &&
	       go_group__same_name(a->module, b->module);
}

/* Uses are sampled apart from each other: their variances add up. */
static void add(struct figure *to, const struct figure *figure)
{
	double error = figure->stderr_abs > 0 ? figure->stderr_abs : 0;

	if (figure->basis == BASIS_UNKNOWN)
		return;
	to->value += figure->value;
	to->stderr_abs = hypot(to->stderr_abs, error);
	to->low = fmax(0, to->value - STATS_Z95 * to->stderr_abs);
	to->high = to->value + STATS_Z95 * to->stderr_abs;
	to->n += figure->n;
	to->basis = figure->basis;
}

static void add_use(struct go_group *group, const struct view_site *use)
{
	struct view_site *site = &group->site;

	add(&site->calls, &use->calls);
	add(&site->bytes, &use->bytes);
	add(&site->calls_rate, &use->calls_rate);
	add(&site->bytes_rate, &use->bytes_rate);
	add(&site->bytes_share, &use->bytes_share);
	add(&site->live_bytes, &use->live_bytes);
	add(&site->live_objects, &use->live_objects);
	if (!use->trait || !use->trait->size_cnt)
		return;
	memcpy(group->trait.sizes + group->trait.size_cnt, use->trait->sizes,
	       use->trait->size_cnt * sizeof(*group->trait.sizes));
	group->trait.size_cnt += use->trait->size_cnt;
}

static bool is_new_line(const struct view_go *go, size_t at,
			bool (*takes)(const struct view_site *, const void *), const void *key)
{
	const struct view_site *use = &go->uses[at];

	for (size_t i = 0; i < at; i++)
		if (go->uses[i].line == use->line && takes(&go->uses[i], key))
			return false;
	return true;
}

int go_group__make(struct go_group *group, const struct view_go *go,
		   bool (*takes)(const struct view_site *use, const void *key), const void *key)
{
	size_t sizes = 0;

	*group = (struct go_group){0};
	for (size_t i = 0; i < go->use_cnt; i++)
		if (takes(&go->uses[i], key) && go->uses[i].trait)
			sizes += go->uses[i].trait->size_cnt;
	group->trait.sizes = calloc(sizes + 1, sizeof(*group->trait.sizes));
	if (!group->trait.sizes)
		return -ENOMEM;
	for (size_t i = 0; i < go->use_cnt; i++) {
		const struct view_site *use = &go->uses[i];

		if (!takes(use, key))
			continue;
		if (!group->leader) /* uses stand heaviest first */
			group->leader = use;
		group->lines += is_new_line(go, i, takes, key);
		add_use(group, use);
	}
	if (!group->leader)
		return 0;
	group->site.function = group->leader->function;
	group->site.trait = &group->trait;
	if (group->leader->trait) {
		group->trait.construct = group->leader->trait->construct;
		group->trait.type = group->leader->trait->type;
	}
	return 0;
}

void go_group__release(struct go_group *group)
{
	free(group->trait.sizes);
	*group = (struct go_group){0};
}
