// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-typed-decode: a text that a decoder turns into maps, slices and boxes of interface type, although
 * the program knows what it is about to read. What one call of the decoder makes is one finding, by
 * whatever construct.
 */
#include "advice/rule.h"

#include <math.h>

#include "advice/go_group.h"
#include "advice/go_tiny.h"
#include "advice/go_weight.h"
#include "advice/numbers.h"

#include "base/banned.h"

/*
 * What a struct makes unnecessary: maps and boxes for certain, but for what members of map or
 * interface type the struct keeps; strings where they are keys, or members that nobody reads; slices
 * remain, of other elements. Of seven documents decoded both ways, 31 to 91 % of the bytes went.
 */
#define BOXES_LEAST 0.5 /* of maps and boxes */
#define REST_LIKELY 0.5 /* of strings and slices */
#define ALL_MOST    0.99

static bool is_map(enum go_construct construct)
{
	return construct == GO_BY_REFLECT || construct == GO_BY_MAP_INSERT ||
	       construct == GO_BY_MAKE_MAP;
}

/* Maps that the decoder fills by reflection belong to it where the same call boxes as well. */
static bool takes(const struct view_site *use, const void *key)
{
	const struct view_site *leader = key;

	if (!use->trait || !(use->trait->through || is_map(use->trait->construct)))
		return false;
	return go_group__same_function(use, leader) &&
	       go_group__same_name(use->trait->via, leader->trait->via);
}

/* The heaviest of the group that went through the decoder: of a group that has none, nobody. */
static bool leads(const struct view_go *go, const struct view_site *site)
{
	if (!site->trait || !site->trait->through || !site->trait->via)
		return false;
	for (const struct view_site *use = go->uses; use < site; use++)
		if (takes(use, site) && use->trait->through)
			return false;
	return true;
}

/* Share of the group's bytes and objects that are maps and boxes. */
static void box_shares(const struct view_go *go, const struct view_site *leader, double *ret_bytes,
		       double *ret_calls)
{
	double bytes = 0, calls = 0, all_bytes = 0, all_calls = 0;

	for (size_t i = 0; i < go->use_cnt; i++) {
		const struct view_site *use = &go->uses[i];
		enum go_construct construct;

		if (!takes(use, leader))
			continue;
		construct = use->trait->construct;
		all_bytes += use->bytes.value;
		all_calls += use->calls.value;
		if (!is_map(construct) && construct != GO_BY_INTERFACE && construct != GO_BY_NEW)
			continue;
		bytes += use->bytes.value;
		calls += use->calls.value;
	}
	*ret_bytes = all_bytes > 0 ? bytes / all_bytes : 0;
	*ret_calls = all_calls > 0 ? calls / all_calls : 0;
}

static struct figure saved(const struct figure *rate, double boxes)
{
	return share_figure(rate, boxes + REST_LIKELY * (1 - boxes), BOXES_LEAST * boxes, ALL_MOST);
}

static void speak(struct advice *advice, struct go_weight *use, const struct go_group *group,
		  const struct view_site *site)
{
	double bytes, calls;

	box_shares(use->go, site, &bytes, &calls);
	go_tiny__count(use);
	go_weight__set_evidence(advice, use);
	advice__set(advice, "boxes_share", UNIT_RATIO, ROLE_EVIDENCE,
		    plain_figure(bytes, use->bytes.n, BASIS_BUCKET));
	go_weight__set_savings(advice, use, saved(&use->calls, calls), saved(&use->bytes, bytes));
	advice->apart = site->trait->via;
	advice->more_sites = group->lines - 1;
}

enum verdict go_typed_decode__check(const struct rule *rule, const struct view_process *process,
				    const struct view_site *site, struct advice *advice,
				    struct advice_note *note)
{
	struct go_group group;
	enum verdict verdict;
	struct go_weight use;

	if (!leads(process->go, site))
		return VERDICT_SILENT;
	if (go_group__make(&group, process->go, takes, site))
		return VERDICT_NO_MEMORY;
	verdict = go_weight__weigh(rule, process, &group.site, &use, note);
	if (verdict == VERDICT_SPEAK)
		speak(advice, &use, &group, site);
	go_group__release(&group);
	return verdict;
}
