// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/go_point.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/file.h"
#include "target/elf_image.h"
#include "base/banned.h"

#define CHECK_BYTES 15 /* the longest instruction */
#define BREAKPOINT  0xcc

static void refuse(struct go_place *place, const char *reason)
{
	place->usable = false;
	snprintf(place->reason, sizeof(place->reason), "%s", reason);
}

static bool is_executable(const struct elf_image *image, uint64_t offset)
{
	const struct elf_header *header = elf_image__header(image);

	for (size_t i = 0; i < header->segment_cnt; i++) {
		const struct elf_segment *segment = &header->segments[i];

		if (offset >= segment->offset && offset - segment->offset < segment->file_bytes)
			return segment->executable;
	}
	return false;
}

/*
 * The place must be where the link will put it, and what runs must be what was decoded: the bytes at
 * its file offset, and those in the process, which a packer or another tracer may have changed. A
 * breakpoint of somebody else is fine.
 */
static void check_place(const struct go_point_source *source, const uint8_t *code, size_t bytes,
			struct go_place *place, uint64_t *ret_offset)
{
	const struct elf_image *image = go_program__image(source->program);
	uint8_t file[CHECK_BYTES], live[CHECK_BYTES];

	bytes = bytes < CHECK_BYTES ? bytes : CHECK_BYTES;
	if (elf_image__file_offset(image, place->probe_vaddr, bytes, ret_offset) ||
	    !is_executable(image, *ret_offset)) {
		refuse(place, "the probe's address lies in no code of the file");
		return;
	}
	if (pread(source->fd, file, bytes, (off_t)*ret_offset) != (ssize_t)bytes ||
	    memcmp(file, code, bytes)) {
		refuse(place, "the file changed while it was read");
		return;
	}
	if (file__read_memory(source->pid, place->probe_vaddr + source->bias, live, bytes)) {
		refuse(place, "the code cannot be read in the process");
		return;
	}
	if (live[0] == BREAKPOINT)
		live[0] = file[0];
	if (memcmp(file, live, bytes))
		refuse(place, "the code in the process is not the file's");
}

int go_point__find(const struct go_point_source *source, const struct go_function *function,
		   struct go_place *place, uint64_t *ret_offset)
{
	uint8_t *code;

	*place = (struct go_place){.function_vaddr = function->vaddr};
	if (!function->bytes || function->bytes > GO_PLACE_CODE_MAX) {
		refuse(place, "its length is not sound");
		return 0;
	}
	code = malloc(function->bytes);
	if (!code)
		return -ENOMEM;
	if (go_program__read(source->program, function->vaddr, code, function->bytes)) {
		refuse(place, "its code cannot be read from the file");
	} else {
		go_place__find(code, function->bytes, function->vaddr, place);
		if (place->usable)
			check_place(source, code + place->delta, function->bytes - place->delta,
				    place, ret_offset);
	}
	free(code);
	return 0;
}

int go_point__find_name(const struct go_point_source *source, const char *name,
			struct go_place *place, uint64_t *ret_offset)
{
	struct go_function function;

	*place = (struct go_place){0};
	if (!go_program__find(source->program, name, &function))
		return go_point__find(source, &function, place, ret_offset);
	refuse(place, "this program does not have it");
	return 0;
}
