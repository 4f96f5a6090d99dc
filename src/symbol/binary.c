// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/binary.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "symbol/debug_file.h"
#include "symbol/go_names.h"
#include "target/go_program.h"
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

static void open_go(struct binary *binary)
{
	if (!binary->go && !binary->go_tried)
		binary->go = go_names__open(binary->main.fd);
	binary->go_tried = true;
}

bool binary__has_build_id(const struct binary *binary, const uint8_t *id, size_t bytes)
{
	return bytes && bytes == binary->build_id_bytes && !memcmp(binary->build_id, id, bytes);
}

/* Is it the build of this id? Older Go programs have none of their own. */
static bool check_build_id(struct binary *binary, const uint8_t *build_id, size_t build_id_bytes)
{
	memcpy(binary->build_id, binary->main.build_id, sizeof(binary->build_id));
	binary->build_id_bytes = binary->main.build_id_bytes;
	if (!build_id_bytes || binary__has_build_id(binary, build_id, build_id_bytes))
		return true;
	if (build_id_bytes == GO_BUILD_ID_BYTES)
		open_go(binary);
	if (!binary->go)
		return false;
	memcpy(binary->build_id, go_program__build_id(binary->go), GO_BUILD_ID_BYTES);
	binary->build_id_bytes = GO_BUILD_ID_BYTES;
	return binary__has_build_id(binary, build_id, build_id_bytes);
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
	if (!check_build_id(binary, build_id, build_id_bytes)) {
		go_program__free(binary->go);
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

size_t binary__go_lines(struct binary *binary, uint64_t address,
			struct line_frame frames[LINES_DEPTH_MAX])
{
	open_go(binary);
	return binary->go ? go_names__find(binary->go, address, frames) : 0;
}

int binary__go_site(struct binary *binary, uint64_t address, struct go_call_site *ret)
{
	open_go(binary);
	return binary->go ? go_names__site(binary->go, address, ret) : -ENOENT;
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

uint64_t binary__lines_bytes(const struct binary *binary)
{
	return (binary->lines ? lines__bytes(binary->lines) : 0) +
	       (binary->go ? go_program__bytes(binary->go) : 0);
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
	if (binary->go)
		binary->go_tried = false;
	go_program__free(binary->go);
	binary->go = NULL;
	/* What libdw has read lies in libelf's handles. */
	elf_file__drop_elf(&binary->main);
	if (binary->has_debug)
		elf_file__drop_elf(&binary->debug);
	if (binary->has_alt)
		elf_file__drop_elf(&binary->alt);
}
