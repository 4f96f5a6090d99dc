// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/object.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/debug_file.h"
#include "base/banned.h"

#define DIR_MAX_BYTES 4096

/* Find the DWARF that the file with lines shares with others. */
static void find_alt(struct object *object, const char *path, pid_t root_pid)
{
	char dir[DIR_MAX_BYTES];
	const char *slash = strrchr(path, '/');
	int err;

	if (object->has_debug)
		debug_file__dir(dir, sizeof(dir), object->main.build_id,
				object->main.build_id_bytes);
	else
		snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 0, path);
	err = debug_file__open_alt(root_pid, object->has_debug ? &object->debug : &object->main,
				   dir, &object->alt);
	object->has_alt = !err;
	object->alt_missing = err && err != -ENODATA;
}

struct object *object__new(int fd, const char *path, const uint8_t *build_id, size_t build_id_bytes,
			   pid_t root_pid)
{
	struct object *object = calloc(1, sizeof(*object));
	int err;

	if (!object)
		return NULL;
	err = elf_file__init(&object->main, fd);
	if (err) {
		free(object);
		errno = -err;
		return NULL;
	}
	if (build_id_bytes && !elf_file__has_build_id(&object->main, build_id, build_id_bytes)) {
		elf_file__release(&object->main);
		free(object);
		errno = ESTALE;
		return NULL;
	}
	object->has_debug = !debug_file__open(root_pid, object->main.build_id,
					      object->main.build_id_bytes, &object->debug);
	find_alt(object, path, root_pid);
	return object;
}

void object__free(struct object *object)
{
	if (!object)
		return;
	object__drop_lines(object);
	object__drop_symtab(object);
	if (object->has_alt)
		elf_file__release(&object->alt);
	if (object->has_debug)
		elf_file__release(&object->debug);
	elf_file__release(&object->main);
	free(object);
}

static void load_symtab(struct object *object)
{
	int err = symtab__add(&object->symtab, &object->main);

	if (!err && object->has_debug)
		err = symtab__add(&object->symtab, &object->debug);
	/* A part of the symbols would give an inlined or nested name for its neighbour's code. */
	if (err || symtab__finish(&object->symtab))
		symtab__release(&object->symtab);
	object->symtab_loaded = true;
}

bool object__symbol(struct object *object, uint64_t address, char *name, size_t size)
{
	if (!object->symtab_loaded)
		load_symtab(object);
	return symtab__find(&object->symtab, address, name, size);
}

size_t object__lines(struct object *object, uint64_t address,
		     struct line_frame frames[LINES_DEPTH_MAX])
{
	struct elf_file *file = object->has_debug ? &object->debug : &object->main;

	if (!object->lines && !object->lines_tried) {
		object->lines_tried = true;
		if (!object->alt_missing)
			object->lines = lines__new(file, object->has_alt ? &object->alt : NULL);
	}
	return object->lines ? lines__find(object->lines, address, frames) : 0;
}

void object__drop_symtab(struct object *object)
{
	symtab__release(&object->symtab);
	object->symtab_loaded = false;
}

void object__drop_lines(struct object *object)
{
	if (object->lines)
		object->lines_tried = false;
	lines__free(object->lines);
	object->lines = NULL;
}
