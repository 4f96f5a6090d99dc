// SPDX-License-Identifier: GPL-2.0-or-later
#include "advice/siblings.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "model/estimate.h"

#include "base/banned.h"

static bool same_text(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool are_siblings(const struct view_site *a, const struct view_site *b)
{
	return a->trait && b->trait && a->line == b->line && same_text(a->function, b->function) &&
	       same_text(a->trait->via, b->trait->via);
}

/* The errors of both are independent. */
static void add_figure(struct figure *to, const struct figure *from)
{
	double value = to->value + from->value;

	if (from->basis == BASIS_UNKNOWN)
		return;
	if (to->basis == BASIS_UNKNOWN) {
		*to = *from;
		return;
	}
	to->low = value - hypot(to->value - to->low, from->value - from->low);
	to->high = value + hypot(to->high - to->value, from->high - from->value);
	to->stderr_abs = hypot(to->stderr_abs, from->stderr_abs);
	to->value = value;
	to->n += from->n;
}

static void add_site(struct view_site *to, const struct view_site *from)
{
	add_figure(&to->calls, &from->calls);
	add_figure(&to->bytes, &from->bytes);
	add_figure(&to->calls_rate, &from->calls_rate);
	add_figure(&to->bytes_rate, &from->bytes_rate);
	add_figure(&to->bytes_share, &from->bytes_share);
	add_figure(&to->live_bytes, &from->live_bytes);
	add_figure(&to->live_objects, &from->live_objects);
}

static int by_size(const void *a, const void *b)
{
	const struct view_go_size *x = a, *y = b;

	return (x->size_bytes > y->size_bytes) - (x->size_bytes < y->size_bytes);
}

static int add_sizes(struct view_go_trait *to, const struct view_go_trait *from)
{
	struct view_go_size *sizes =
		reallocarray(to->sizes, to->size_cnt + from->size_cnt + 1, sizeof(*sizes));
	size_t cnt = 0;

	if (!sizes)
		return -ENOMEM;
	if (from->size_cnt)
		memcpy(sizes + to->size_cnt, from->sizes, from->size_cnt * sizeof(*sizes));
	qsort(sizes, to->size_cnt + from->size_cnt, sizeof(*sizes), by_size);
	for (size_t i = 0; i < to->size_cnt + from->size_cnt; i++) {
		if (!cnt || sizes[cnt - 1].size_bytes != sizes[i].size_bytes) {
			sizes[cnt++] = sizes[i];
			continue;
		}
		sample_sums__merge(&sizes[cnt - 1].sums, &sizes[i].sums);
		sizes[cnt - 1].live_objects += sizes[i].live_objects;
	}
	to->sizes = sizes;
	to->size_cnt = cnt;
	return 0;
}

int siblings__join(struct siblings *ret, const struct view_go *go, const struct view_site *site,
		   bool (*is_one)(const struct view_site *site))
{
	bool seen = false;
	int err;

	*ret = (struct siblings){.site = *site, .trait = *site->trait};
	ret->trait.sizes = NULL;
	ret->trait.size_cnt = 0;
	err = add_sizes(&ret->trait, site->trait);
	for (size_t i = 0; i < go->use_cnt && !err; i++) {
		const struct view_site *other = &go->uses[i];

		seen |= other == site;
		if (other == site || !is_one(other) || !are_siblings(site, other))
			continue;
		/* heaviest first: that one speaks for all */
		if (!seen)
			return 0;
		add_site(&ret->site, other);
		err = add_sizes(&ret->trait, other->trait);
	}
	ret->site.trait = &ret->trait;
	return err ? err : 1;
}

void siblings__release(struct siblings *siblings)
{
	free(siblings->trait.sizes);
	siblings->trait.sizes = NULL;
}
