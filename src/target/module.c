// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/module.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/vec.h"

#include "base/banned.h"

static uint64_t file_key(uint64_t dev, uint64_t ino)
{
	return hash__bytes(hash__bytes(HASH_SEED, &dev, sizeof(dev)), &ino, sizeof(ino));
}

static void close_image(struct module *module)
{
	if (module->image_has_code)
		module->image_cnt++;
	else if (module->image_has_data)
		module->unexecuted_cnt++;
	module->image_has_code = false;
	module->image_has_data = false;
}

/*
 * Mappings come in address order: a falling offset begins another copy of the file. Data counts only
 * where a loader puts it, right behind the read-only part of the same copy: tools that read symbols
 * map parts of files privately writable, too.
 */
static void add_mapping(struct module *module, const struct proc_map *map)
{
	bool first = !module->image_end || map->offset <= module->image_offset;

	if (first) {
		close_image(module);
		module->image_is_whole = map->offset == 0 && !map->writable;
	}
	if (map->executable && !module->executable) {
		module->executable = true;
		module->start = map->start;
		module->end = map->end;
	}
	if (map->executable)
		module->image_has_code = true;
	if (!first && module->image_is_whole && map->start == module->image_end && map->writable &&
	    !map->shared)
		module->image_has_data = true;
	module->image_offset = map->offset;
	module->image_end = map->end;
}

static struct module *get_module(struct modules *modules, struct table *index,
				 const struct proc_map *map, int *ret_err)
{
	uint64_t key = file_key(map->dev, map->ino), at;
	const char *slash = strrchr(map->path, '/');

	*ret_err = 0;
	if (table__get(index, key, &at))
		return &modules->items[at];
	if (modules->cnt >= MODULES_MAX) {
		modules->truncated = true;
		return NULL;
	}
	*ret_err = vec__add(modules, (struct module){
					     .dev = map->dev,
					     .ino = map->ino,
					     .path = map->path,
					     .name = slash ? slash + 1 : map->path,
					     .deleted = map->deleted,
					     .start = map->start,
					     .end = map->end,
				     });
	if (!*ret_err)
		*ret_err = table__put(index, key, modules->cnt - 1);
	return *ret_err ? NULL : &modules->items[modules->cnt - 1];
}

int modules__build(const struct proc_maps *maps, struct modules *modules)
{
	struct table index = {0};
	int err = 0;

	*modules = (struct modules){0};
	for (size_t i = 0; !err && i < maps->cnt; i++) {
		struct module *module = get_module(modules, &index, &maps->items[i], &err);

		if (module)
			add_mapping(module, &maps->items[i]);
	}
	for (size_t i = 0; i < modules->cnt; i++)
		close_image(&modules->items[i]);
	modules->truncated = modules->truncated || maps->truncated;
	table__release(&index);
	return err;
}

void modules__release(struct modules *modules)
{
	free(modules->items);
	*modules = (struct modules){0};
}

const struct module *modules__find_file(const struct modules *modules, uint64_t dev, uint64_t ino)
{
	for (size_t i = 0; i < modules->cnt; i++)
		if (modules->items[i].dev == dev && modules->items[i].ino == ino)
			return &modules->items[i];
	return NULL;
}

const struct module *modules__find(const struct modules *modules, const struct proc_maps *maps,
				   uint64_t address)
{
	for (size_t i = 0; i < maps->cnt; i++) {
		const struct proc_map *map = &maps->items[i];

		if (address >= map->start && address < map->end)
			return modules__find_file(modules, map->dev, map->ino);
	}
	return NULL;
}

bool module__is_executable_at(const struct module *module, const struct proc_maps *maps,
			      uint64_t file_offset)
{
	for (size_t i = 0; i < maps->cnt; i++) {
		const struct proc_map *map = &maps->items[i];

		if (map->dev == module->dev && map->ino == module->ino && map->executable &&
		    file_offset >= map->offset && file_offset - map->offset < map->end - map->start)
			return true;
	}
	return false;
}
