// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_locations.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "symbol/fold.h"

#include "base/banned.h"

/*
 * The imagined address space. Unknown frames keep their own address, below 2^47 in user space;
 * modules lie above, 4 GiB each, all below 2^53 so that readers in JavaScript do not round them;
 * page 0, where no code is, has the invented frames.
 */
#define MODULES_START  (1ULL << 47)
#define MODULE_BYTES   (1ULL << 32)
#define ADDRESS_OTHER  1
#define ADDRESS_NONE   2 /* of an unknown frame at 0 */
#define SYNTHETIC      UINT32_MAX
#define BUILD_ID_CHARS (2 * BUILD_ID_MAX + 1)

void pprof_locations__release(struct pprof_locations *locations)
{
	free(locations->mappings.items);
	free(locations->locations.items);
	free(locations->functions.items);
	free(locations->places.items);
	table__release(&locations->by_module);
	table__release(&locations->by_name);
	table__release(&locations->by_address);
	*locations = (struct pprof_locations){0};
}

static uint64_t module_start(uint32_t module)
{
	return MODULES_START + module * MODULE_BYTES;
}

static const char *hex(char dst[BUILD_ID_CHARS], const struct view_module *module)
{
	uint32_t bytes =
		module->build_id_bytes < BUILD_ID_MAX ? module->build_id_bytes : BUILD_ID_MAX;

	dst[0] = 0;
	for (uint32_t i = 0; i < bytes; i++)
		snprintf(dst + 2 * i, 3, "%02x", module->build_id[i]);
	return dst;
}

int64_t pprof_locations__mapping(struct pprof_locations *l, uint32_t number)
{
	const struct view_module *module;
	Heapbeat__Pprof__Mapping *mapping;
	char build_id[BUILD_ID_CHARS];
	uint64_t found;

	if (table__get(&l->by_module, number, &found))
		return (int64_t)found;
	module = number ? fold__module(l->source->view, number) : NULL;
	if (!module)
		return 0;
	mapping = names__alloc(l->memory, sizeof(*mapping));
	if (!mapping)
		return -ENOMEM;
	heapbeat__pprof__mapping__init(mapping);
	mapping->id = l->mappings.cnt + 1;
	mapping->memory_start = module_start(number);
	mapping->memory_limit = mapping->memory_start + MODULE_BYTES;
	mapping->filename = pprof_strings__number(
		l->strings, module->path && *module->path ? module->path : "[unknown]");
	mapping->build_id = pprof_strings__number(l->strings, hex(build_id, module));
	/* names are as good here as they get: nobody needs to look again */
	mapping->has_functions = mapping->has_filenames = true;
	mapping->has_line_numbers = mapping->has_inline_frames = true;
	if (mapping->filename < 0 || mapping->build_id < 0 || vec__add(&l->mappings, mapping) ||
	    table__put(&l->by_module, number, mapping->id))
		return -ENOMEM;
	return (int64_t)mapping->id;
}

static int64_t function_id(struct pprof_locations *l, const char *name, const char *file)
{
	int64_t name_at = pprof_strings__number(l->strings, name && *name ? name : "?");
	int64_t file_at = pprof_strings__number(l->strings, file);
	Heapbeat__Pprof__Function *function;
	uint64_t key, found;

	if (name_at < 0 || file_at < 0)
		return -ENOMEM;
	key = (uint64_t)name_at << 32 | (uint64_t)file_at;
	if (table__get(&l->by_name, key, &found))
		return (int64_t)found;
	function = names__alloc(l->memory, sizeof(*function));
	if (!function)
		return -ENOMEM;
	heapbeat__pprof__function__init(function);
	function->id = l->functions.cnt + 1;
	function->name = function->system_name = name_at;
	function->filename = file_at;
	if (vec__add(&l->functions, function) || table__put(&l->by_name, key, function->id))
		return -ENOMEM;
	return (int64_t)function->id;
}

static int add_line(struct pprof_locations *l, Heapbeat__Pprof__Location *location,
		    const char *name, const char *file, uint32_t number)
{
	Heapbeat__Pprof__Line *line = names__alloc(l->memory, sizeof(*line));
	int64_t function = line ? function_id(l, name, file) : -ENOMEM;

	if (function < 0)
		return -ENOMEM;
	heapbeat__pprof__line__init(line);
	line->function_id = (uint64_t)function;
	line->line = number;
	location->line[location->n_line++] = line;
	return 0;
}

/* The lines of @frame, innermost inlined function first. */
static int add_lines(struct pprof_locations *l, Heapbeat__Pprof__Location *location,
		     const struct frame *frame)
{
	const struct symbol_name *names = NULL;
	int cnt = frame ? names__of_frame(l->source->names, frame, &names) : 0, err = 0;
	char unknown[24];

	if (cnt < 0)
		return cnt;
	location->line = names__alloc(l->memory, (size_t)(cnt + 1) * sizeof(*location->line));
	if (!location->line)
		return -ENOMEM;
	for (int i = 0; i < cnt && !err; i++)
		err = add_line(l, location, names[i].function, names[i].file, names[i].line);
	if (cnt)
		return err;
	/* stores drop a location without a name */
	snprintf(unknown, sizeof(unknown), "0x%" PRIx64, frame ? frame->offset : 0);
	return add_line(l, location, frame ? unknown : "(other)", NULL, 0);
}

static uint64_t address_of(struct pprof_place place)
{
	if (place.module == SYNTHETIC)
		return ADDRESS_OTHER;
	if (place.module)
		return module_start(place.module) + place.address % MODULE_BYTES;
	return place.address ? place.address : ADDRESS_NONE;
}

int64_t pprof_locations__id(struct pprof_locations *l, const struct frame *frame)
{
	struct pprof_place place = {.module = SYNTHETIC};
	Heapbeat__Pprof__Location *location;
	uint64_t address, found;
	int64_t mapping;

	if (frame)
		place = (struct pprof_place){frame->module, names__address(frame),
					     names__innermost(frame)};
	for (address = address_of(place); table__get(&l->by_address, address, &found); address++)
		if (l->places.items[found - 1].module == place.module &&
		    l->places.items[found - 1].address == place.address &&
		    l->places.items[found - 1].innermost == place.innermost)
			return (int64_t)found;
	location = names__alloc(l->memory, sizeof(*location));
	mapping = frame ? pprof_locations__mapping(l, frame->module) : 0;
	if (!location || mapping < 0)
		return -ENOMEM;
	heapbeat__pprof__location__init(location);
	location->id = l->locations.cnt + 1;
	location->mapping_id = (uint64_t)mapping;
	location->address = address ? address : ADDRESS_NONE;
	if (vec__add(&l->locations, location) || vec__add(&l->places, place) ||
	    table__put(&l->by_address, location->address, location->id))
		return -ENOMEM;
	if (add_lines(l, location, frame))
		return -ENOMEM;
	return (int64_t)location->id;
}
