// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/fold_place.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/table.h"
#include "symbol/fold.h"

#include "base/banned.h"

uint64_t fold_place__id(const struct view *view, const struct frame *frame)
{
	const struct view_module *module = fold__module(view, frame->module);
	uint64_t address = names__address(frame), hash = HASH_SEED;

	if (module && module->build_id_bytes)
		hash = hash__bytes(hash, module->build_id, module->build_id_bytes);
	else if (module && module->path)
		hash = hash__bytes(hash, module->path, strlen(module->path));
	hash = hash__bytes(hash, &address, sizeof(address));
	/* Such a frame may be another function's than all of the names there are. */
	return names__innermost(frame) ? hash__bytes(hash, "innermost", 9) : hash;
}

/* NULL in *ret if the stack ends at @place. */
static int caller_name(const struct name_source *source, const struct view_stack *stack,
		       struct place_in_stack place, const char **ret)
{
	const struct symbol_name *names;
	int cnt = names__of_frame(source, &stack->frames[place.frame], &names);

	*ret = NULL;
	if (cnt > 0 && place.name + 1 < (uint32_t)cnt) {
		*ret = names[place.name + 1].function;
		return 0;
	}
	if (cnt < 0 || place.frame + 1 >= stack->frame_cnt)
		return cnt < 0 ? cnt : 0;
	cnt = names__of_frame(source, &stack->frames[place.frame + 1], &names);
	if (cnt > 0)
		*ret = names[0].function;
	return cnt < 0 ? cnt : 0;
}

static char *raw_address(struct view *view, uint64_t address)
{
	char text[32];

	snprintf(text, sizeof(text), "0x%llx", (unsigned long long)address);
	return view__strdup(view, text);
}

int fold_place__name(struct view *view, const struct name_source *source,
		     const struct view_stack *stack, struct place_in_stack place,
		     struct view_site *site)
{
	const struct view_module *module;
	const struct symbol_name *names = NULL;
	const char *caller;
	int cnt, err = caller_name(source, stack, place, &caller);

	if (err)
		return err;
	site->frame = stack->frames[place.frame];
	module = fold__module(view, site->frame.module);
	site->module = module && module->path ? module->path : "";
	cnt = names__of_frame(source, &site->frame, &names);
	if (cnt > (int)place.name) {
		site->function = view__strdup(view, names[place.name].function);
		site->line = names[place.name].line;
		if (names[place.name].file)
			site->file = view__strdup(view, names[place.name].file);
	} else {
		site->function = raw_address(view, site->frame.offset);
	}
	site->caller = caller ? view__strdup(view, caller) : NULL;
	return site->function && (!caller || site->caller) ? 0 : -ENOMEM;
}
