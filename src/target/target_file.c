// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target_file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kernel/file.h"
#include "target/elf_image.h"
#include "target/place.h"

#include "base/banned.h"

static void refuse(struct place *place, const char *reason)
{
	place->usable = false;
	snprintf(place->reason, sizeof(place->reason), "%s", reason);
}

/* The longest instruction; what stands at a probe is compared over as much of it as there is. */
#define PROBE_BYTES 15

/*
 * The place must be where the link will put it: bytes read back at its file offset are the bytes
 * decoded, and the target has them mapped executable.
 */
static void check_probe(const struct target_file_request *request, const struct elf_image *image,
			int fd, const uint8_t *code, size_t code_bytes, struct place *place)
{
	size_t bytes = code_bytes - place->delta;
	uint8_t again[PROBE_BYTES];

	if (bytes > sizeof(again))
		bytes = sizeof(again);
	if (elf_image__file_offset(image, place->probe_vaddr, bytes, &place->file_offset))
		refuse(place, "the probe's address lies in no segment of the file");
	else if (pread(fd, again, bytes, (off_t)place->file_offset) != (ssize_t)bytes ||
		 memcmp(again, code + place->delta, bytes))
		refuse(place, "the file changed while it was read");
	else if (!request->options.at_exec &&
		 !module__is_executable_at(request->module, request->maps, place->file_offset))
		refuse(place, "the code is not mapped executable");
}

static int find_place(const struct target_file_request *request, const struct elf_image *image,
		      int fd, const struct allocator_function *function,
		      const struct elf_symbol *symbol, struct place *place)
{
	struct place_request wanted = {
		.code_bytes = symbol->bytes,
		.vaddr = symbol->vaddr,
		.arg_cnt = function->arg_cnt,
		.hook = function->hook,
		.allow_stepped = request->options.allow_stepped,
		.function_entry = request->options.function_entry,
	};
	uint8_t *code;

	place->function_vaddr = symbol->vaddr;
	place->probe_vaddr = symbol->vaddr;
	if (!symbol->bytes || symbol->bytes > PLACE_CODE_MAX) {
		refuse(place, symbol->bytes ? "the function is too large to decode"
					    : "the symbol table does not say how long it is");
		return 0;
	}
	code = malloc(symbol->bytes);
	if (!code)
		return -ENOMEM;
	if (elf_image__read(image, symbol->vaddr, code, symbol->bytes)) {
		refuse(place, "its code cannot be read from the file");
	} else {
		wanted.code = code;
		place__find(&wanted, place);
		if (place->usable)
			check_probe(request, image, fd, code, symbol->bytes, place);
	}
	free(code);
	return 0;
}

static bool is_alias(const struct target_file *file, const struct elf_symbol *symbol)
{
	for (size_t i = 0; i < file->place_cnt; i++)
		if (symbol->found && file->places[i].function_vaddr == symbol->vaddr)
			return true;
	return false;
}

static int find_places(const struct target_file_request *request, const struct elf_image *image,
		       struct target_file *file)
{
	const struct allocator *row = request->allocator;
	struct elf_symbol symbols[TARGET_PLACES_MAX] = {0};
	const char *names[TARGET_PLACES_MAX];
	const char *failure = NULL;
	int err = 0;

	for (size_t i = 0; i < row->function_cnt; i++)
		names[i] = row->functions[i].symbol;
	if (!image)
		failure = "the file is not readable as an ELF image";
	else if (elf_image__find_functions(image, names, row->function_cnt, symbols))
		failure = "its symbol table cannot be read";
	for (size_t i = 0; !err && i < row->function_cnt; i++) {
		struct place *place = &file->places[file->place_cnt];

		if (is_alias(file, &symbols[i]))
			continue;
		place->func = (uint16_t)row->functions[i].func;
		place->symbol = row->functions[i].symbol;
		if (failure || !symbols[i].found)
			refuse(place, failure ? failure : "no such symbol in the file");
		else
			err = find_place(request, image, file->fd, &row->functions[i], &symbols[i],
					 place);
		file->place_cnt++;
	}
	return err;
}

int target_file__open(const struct target_file_request *request, struct target_file *file)
{
	const struct module *module = request->module;
	struct elf_image *image = NULL;
	struct stat st;
	int err;

	*file = (struct target_file){
		.fd = -1,
		.dev = module->dev,
		.ino = module->ino,
		.allocator = request->allocator->name,
		.means = request->means,
		.family = request->allocator->family,
	};
	file->path = strdup(module->path);
	if (!file->path)
		return -ENOMEM;
	file->fd = file__open_mapped(request->pid, module->start, module->end,
				     module->deleted ? NULL : module->path);
	if (file->fd >= 0 && !fstat(file->fd, &st)) {
		file->dev = st.st_dev;
		file->ino = st.st_ino;
		image = elf_image__open(file->fd);
	}
	if (file->fd < 0)
		file->fd = -1;
	if (image) {
		file->build_id_bytes = elf_image__header(image)->build_id_bytes;
		memcpy(file->build_id, elf_image__header(image)->build_id, file->build_id_bytes);
	}
	err = find_places(request, image, file);
	elf_image__free(image);
	return err;
}

void target_file__release(struct target_file *file)
{
	if (file->fd >= 0)
		close(file->fd);
	file->fd = -1;
	free(file->path);
	file->path = NULL;
}
