// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go-value-slice: objects made one by one whose pointers go straight into a slice of pointers, made in
 * the same function or in the one that calls it.
 */
#include "advice/rule.h"

#include <math.h>
#include <string.h>

#include "advice/go_group.h"
#include "advice/go_weight.h"
#include "advice/numbers.h"

#include "base/banned.h"

#define POINTER_BYTES  8.0
#define SIZE_MOST      512.0 /* bytes: moving larger elements as a slice grows costs what was saved */
#define PER_SLOT_LEAST 0.5 /* objects per pointer that the slices took: fewer come from elsewhere */
#define KEPT_MOST      0.1 /* objects that some slice of values still costs, each */

/* Is @slice_type, an element's or the slice's, that of pointers to @type? */
static bool points_to(const char *slice_type, const char *type)
{
	if (!slice_type || !type)
		return false;
	if (!strncmp(slice_type, "[]", 2))
		slice_type += 2;
	return slice_type[0] == '*' && !strcmp(slice_type + 1, type);
}

static bool is_slice(const struct view_site *use)
{
	return go_weight__is(use, GO_BY_APPEND) || go_weight__is(use, GO_BY_MAKE_SLICE);
}

static bool takes_slice(const struct view_site *use, const void *key)
{
	const struct view_site *object = key;

	if (!is_slice(use) || !points_to(use->trait->type, object->trait->type))
		return false;
	return go_group__same_function(use, object) ||
	       go_group__same_name(use->function, object->caller);
}

/* Bytes of an object of the place, as the runtime rounds them. */
static double object_bytes(const struct go_weight *use)
{
	return use->calls.value > 0 ? use->bytes.value / use->calls.value : 0;
}

static enum verdict weigh(const struct rule *rule, const struct view_process *process,
			  const struct view_site *site, const struct view_site *slices,
			  struct advice *advice, struct advice_note *note)
{
	struct figure more = slices->calls_rate;
	struct figure saved;
	enum verdict verdict;
	struct go_weight use;

	verdict = go_weight__weigh(rule, process, site, &use, note);
	if (verdict != VERDICT_SPEAK)
		return verdict;
	/* Slots that were made hold all that was doubled over, so there are at least as many. */
	if (object_bytes(&use) > SIZE_MOST ||
	    slices->bytes_rate.value < PER_SLOT_LEAST * POINTER_BYTES * use.calls.value)
		return VERDICT_SILENT;
	go_weight__set_evidence(advice, &use);
	advice__set(advice, "size", UNIT_BYTES, ROLE_EVIDENCE,
		    plain_figure(object_bytes(&use), use.bytes.n, BASIS_BUCKET));
	advice__set(advice, "slices_rate", UNIT_BYTES_PER_S, ROLE_EVIDENCE, slices->bytes_rate);
	saved = share_figure(&use.calls, 1, 1 - KEPT_MOST, 1);
	saved.high += more.high;
	advice__set(advice, "calls_avoided", UNIT_PER_S, ROLE_PREDICTION, saved);
	advice->weight = use.share.value;
	advice->severity = rule__severity(rule, advice->weight);
	return VERDICT_SPEAK;
}

enum verdict go_value_slice__check(const struct rule *rule, const struct view_process *process,
				   const struct view_site *site, struct advice *advice,
				   struct advice_note *note)
{
	enum verdict verdict = VERDICT_SILENT;
	struct go_group slices;

	if (!go_weight__is(site, GO_BY_NEW) || !site->trait->type)
		return VERDICT_SILENT;
	if (go_group__make(&slices, process->go, takes_slice, site))
		return VERDICT_NO_MEMORY;
	if (slices.leader)
		verdict = weigh(rule, process, site, &slices.site, advice, note);
	go_group__release(&slices);
	return verdict;
}
