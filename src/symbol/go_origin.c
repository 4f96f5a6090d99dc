// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_origin.h"

#include "symbol/go_construct.h"
#include "symbol/go_decoder.h"
#include "symbol/go_std.h"

#include "base/banned.h"

#define RUNTIME_MAX 32 /* frames of the runtime that are looked at: an allocation has a dozen */

/* A walk from the innermost name outwards. */
struct walk {
	struct go_origin *origin;
	const char *functions[RUNTIME_MAX + 1];
	size_t cnt;
	const char *inner; /* the name before, unless it was the runtime's */
	bool owned;
};

static void find_construct(struct walk *walk)
{
	size_t site;

	walk->origin->construct = go_construct__find(walk->functions, walk->cnt, &site);
}

static void visit(struct walk *walk, struct place_in_stack place, const char *function)
{
	struct go_origin *origin = walk->origin;

	if (go_construct__is_runtime(function)) {
		if (!walk->inner && walk->cnt < RUNTIME_MAX)
			walk->functions[walk->cnt++] = function;
		return;
	}
	if (!walk->inner) {
		walk->functions[walk->cnt++] = function;
		origin->entry = place;
		find_construct(walk);
	}
	if (!origin->through && go_decoder__makes_any(function, origin->construct, !walk->inner))
		origin->through = go_decoder__of(function);
	origin->via = walk->inner;
	origin->owner = place;
	walk->owned = !go_std__has(function) && !go_decoder__of(function);
	walk->inner = function;
}

/* Profiles before Go 1.24 leave out the runtime's functions that allocate at once, and later ones those
 * for a single size: the call itself tells. */
static int ask_call(struct walk *walk, const struct view_stack *stack,
		    const struct name_source *names)
{
	const struct frame *frame = &stack->frames[walk->origin->entry.frame];
	const struct symbol_site *shown;
	int err = names__site_of_frame(names, frame, &shown);
	enum go_construct construct;
	size_t site;

	if (err || !shown || !shown->call)
		return err;
	construct = go_construct__find((const char *const[]){shown->call, "main."}, 2, &site);
	if (construct != GO_BY_UNKNOWN)
		walk->origin->construct = construct;
	return 0;
}

int go_origin__find(struct go_origin *ret, const struct view_stack *stack,
		    const struct name_source *names)
{
	struct walk walk = {.origin = ret};

	*ret = (struct go_origin){.construct = GO_BY_UNKNOWN};
	for (uint32_t i = 0; i < stack->frame_cnt && !walk.owned; i++) {
		const struct symbol_name *list;
		int cnt = names__of_frame(names, &stack->frames[i], &list);

		if (cnt < 0)
			return cnt;
		for (int k = 0; k < cnt && !walk.owned; k++)
			visit(&walk, (struct place_in_stack){i, (uint32_t)k}, list[k].function);
	}
	if (!walk.inner && walk.cnt)
		find_construct(&walk);
	return walk.inner ? ask_call(&walk, stack, names) : 0;
}
