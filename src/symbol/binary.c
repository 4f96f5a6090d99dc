// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/binary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/debug_file.h"
#include "base/banned.h"

#define DIR_MAX_BYTES 4096

/* Find the DWARF that the file with lines shares with others. */
static void find_alt(struct binary *binary, const char *path, pid_t root_pid)
{
	char dir[DIR_MAX_BYTES];
	const char *slash = strrchr(path, '/');
	int err;

	if (binary->has_debug)
		debug_file__dir(dir, sizeof(dir), binary->main.build_id,
				binary->main.build_id_bytes);
	else
		snprintf(dir, sizeof(dir), "%.*s", slash ? (int)(slash - path) : 0, path);
	err = debug_file__open_alt(root_pid, binary->has_debug ? &binary->debug : &binary->main,
				   dir, &binary->alt);
	binary->has_alt = !err;
	binary->alt_missing = err && err != -ENODATA;
}

struct binary *binary__new(int fd, const char *path, const uint8_t *build_id, size_t build_id_bytes,
			   pid_t root_pid)
{
	struct binary *binary = calloc(1, sizeof(*binary));
	int err;

	if (!binary)
		return NULL;
	err = elf_file__init(&binary->main, fd);
	if (err) {
		free(binary);
		errno = -err;
		return NULL;
	}
	if (build_id_bytes && !elf_file__has_build_id(&binary->main, build_id, build_id_bytes)) {
		elf_file__release(&binary->main);
		free(binary);
		errno = ESTALE;
		return NULL;
	}
	binary->has_debug = !debug_file__open(root_pid, binary->main.build_id,
					      binary->main.build_id_bytes, &binary->debug);
	find_alt(binary, path, root_pid);
	return binary;
}

void binary__free(struct binary *binary)
{
	if (!binary)
		return;
	binary__drop_lines(binary);
	binary__drop_symtab(binary);
	if (binary->has_alt)
		elf_file__release(&binary->alt);
	if (binary->has_debug)
		elf_file__release(&binary->debug);
	elf_file__release(&binary->main);
	free(binary);
}

static void load_symtab(struct binary *binary)
{
	int err = symtab__add(&binary->symtab, &binary->main);

	if (!err && binary->has_debug)
		err = symtab__add(&binary->symtab, &binary->debug);
	/* A part of the symbols would give an inlined or nested name for its neighbour's code. */
	if (err || symtab__finish(&binary->symtab))
		symtab__release(&binary->symtab);
	binary->symtab_loaded = true;
}

bool binary__symbol(struct binary *binary, uint64_t address, char *name, size_t size)
{
	if (!binary->symtab_loaded)
		load_symtab(binary);
	return symtab__find(&binary->symtab, address, name, size);
}

size_t binary__lines(struct binary *binary, uint64_t address, uint64_t most_bytes,
		     struct line_frame frames[LINES_DEPTH_MAX])
{
	struct elf_file *file = binary->has_debug ? &binary->debug : &binary->main;

	if (!binary->lines && !binary->lines_tried) {
		binary->lines_tried = true;
		if (!binary->alt_missing && elf_file__debug_bytes(file) <= most_bytes)
			binary->lines = lines__new(file, binary->has_alt ? &binary->alt : NULL);
	}
	return binary->lines ? lines__find(binary->lines, address, frames) : 0;
}

void binary__drop_symtab(struct binary *binary)
{
	symtab__release(&binary->symtab);
	binary->symtab_loaded = false;
}

void binary__drop_lines(struct binary *binary)
{
	if (binary->lines)
		binary->lines_tried = false;
	lines__free(binary->lines);
	binary->lines = NULL;
	/* What libdw has read lies in libelf's handles. */
	elf_file__drop_elf(&binary->main);
	if (binary->has_debug)
		elf_file__drop_elf(&binary->debug);
	if (binary->has_alt)
		elf_file__drop_elf(&binary->alt);
}
