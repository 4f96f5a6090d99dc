// SPDX-License-Identifier: GPL-2.0-or-later
#include "unwind/image.h"

#include <errno.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "kernel/file.h"
#include "unwind/maps.h"
#include "base/banned.h"

#define PLACES_MAX	 65536 /* remembered; then they are forgotten and learned anew */
#define RETURN_REG	 16
#define ENTRY_CODE_BYTES 64 /* of _start, where it has no CFI */

enum place_bit { PLACE_CFI = 1, PLACE_SIGNAL = 2, PLACE_OUTERMOST = 4, PLACE_PART_SHIFT = 3 };

/* libdw gets the file that the worker has checked, and no chance to look for another. */
static int find_elf(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
		    char **file_name, Elf **ret_elf)
{
	struct unwind_file *file = *userdata;
	Elf *elf = file ? elf_file__elf(&file->elf) : NULL;

	(void)module, (void)name, (void)base;
	*file_name = NULL;
	/* A reference: every image that maps the file shares what libelf has read of it. */
	*ret_elf = elf ? elf_begin(-1, ELF_C_READ, elf) : NULL;
	return -1;
}

static int find_debuginfo(Dwfl_Module *module, void **userdata, const char *name, Dwarf_Addr base,
			  const char *file_name, const char *debuglink, GElf_Word crc,
			  char **ret_name)
{
	(void)module, (void)userdata, (void)name, (void)base;
	(void)file_name, (void)debuglink, (void)crc, (void)ret_name;
	return -1;
}

static const Dwfl_Callbacks dwfl_callbacks = {
	.find_elf = find_elf,
	.find_debuginfo = find_debuginfo,
};

void image__init(struct image *image, uint32_t number, pid_t pid)
{
	*image = (struct image){.number = number, .pid = pid};
}

static void drop(struct image *image)
{
	if (image->dwfl)
		dwfl_end(image->dwfl);
	for (size_t i = 0; i < image->part_cnt; i++)
		files__put(image->parts[i].file);
	free(image->parts);
	table__release(&image->places);
	image->dwfl = NULL;
	image->parts = NULL;
	image->part_cnt = 0;
}

void image__release(struct image *image)
{
	drop(image);
	*image = (struct image){0};
}

/* Where the first segment of @file lies, which is what libdw takes as the module's start. */
static uint64_t first_address(const struct elf_file *file, uint64_t bias)
{
	for (size_t i = 0; i < file->phdr_cnt; i++)
		if (file->phdrs[i].p_type == PT_LOAD)
			return bias + (file->phdrs[i].p_vaddr & -file->phdrs[i].p_align);
	return bias;
}

/* Tell libdw of parts[at]; the parts of one file that follow belong to the same module. */
static void report(Dwfl *dwfl, struct image_part *parts, size_t cnt, size_t at)
{
	struct image_part *part = &parts[at];
	uint64_t end = part->end;
	void **userdata;

	if (part->module)
		return;
	for (size_t i = at + 1; i < cnt; i++)
		if (parts[i].file == part->file && parts[i].bias == part->bias)
			end = parts[i].end;
	part->module = dwfl_report_module(dwfl, part->file->path,
					  first_address(&part->file->elf, part->bias), end);
	if (!part->module)
		return;
	dwfl_module_info(part->module, &userdata, NULL, NULL, NULL, NULL, NULL, NULL);
	*userdata = part->file;
	for (size_t i = at + 1; i < cnt; i++)
		if (parts[i].file == part->file && parts[i].bias == part->bias)
			parts[i].module = part->module;
}

static void build_dwfl(struct image *image, const Dwfl_Thread_Callbacks *callbacks)
{
	Dwfl *dwfl = dwfl_begin(&dwfl_callbacks);

	if (!dwfl)
		return;
	dwfl_report_begin(dwfl);
	for (size_t i = 0; i < image->part_cnt; i++)
		report(dwfl, image->parts, image->part_cnt, i);
	if (dwfl_report_end(dwfl, NULL, NULL) ||
	    !dwfl_attach_state(dwfl, NULL, image->pid, callbacks, image)) {
		for (size_t i = 0; i < image->part_cnt; i++)
			image->parts[i].module = NULL;
		dwfl_end(dwfl);
		return;
	}
	image->dwfl = dwfl;
}

/* Open what @maps names. Mappings that are no ELF file of this machine stay unknown. */
static void build_parts(struct image *image, struct files *files, const struct maps *maps)
{
	image->parts = calloc(maps->cnt, sizeof(*image->parts));
	for (size_t i = 0; image->parts && i < maps->cnt; i++) {
		const struct mapping *mapping = &maps->items[i];
		struct image_part part = {.start = mapping->start, .end = mapping->end};
		int fd = file__open_mapped(image->pid, mapping->start, mapping->end, mapping->path);

		if (fd < 0)
			continue;
		part.file = files__get(files, fd, mapping->path, image->pid);
		close(fd);
		if (!part.file)
			continue;
		if (elf_file__bias(&part.file->elf, part.start, mapping->offset, &part.bias))
			image->parts[image->part_cnt++] = part;
		else
			files__put(part.file);
	}
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

int image__look(struct image *image, struct files *files, const Dwfl_Thread_Callbacks *callbacks)
{
	uint64_t start_ticks = maps__start_ticks(image->pid);
	struct image before = *image;
	struct maps maps;
	int err;

	image->looked_ns = now_ns();
	err = maps__read(&maps, image->pid);
	if (err)
		return err;
	/* The number may belong to another process by now, or the process may have called exec. */
	if (before.start_ticks && (before.start_ticks != start_ticks || before.vdso != maps.vdso)) {
		maps__release(&maps);
		return -ESRCH;
	}
	if (before.start_ticks && before.maps_hash == maps.hash) {
		maps__release(&maps);
		return 0;
	}
	image->dwfl = NULL;
	image->parts = NULL;
	image->part_cnt = 0;
	image->places = (struct table){0};
	build_parts(image, files, &maps);
	build_dwfl(image, callbacks);
	image->start_ticks = start_ticks;
	image->vdso = maps.vdso;
	image->maps_hash = maps.hash;
	/* Last, so that files in both stay open. */
	drop(&before);
	maps__release(&maps);
	return 0;
}

const struct image_part *image__part(const struct image *image, uint64_t address)
{
	size_t low = 0, high = image->part_cnt;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (image->parts[mid].end <= address)
			low = mid + 1;
		else
			high = mid;
	}
	if (low == image->part_cnt || address < image->parts[low].start)
		return NULL;
	return &image->parts[low];
}

/* What .eh_frame says of @address. */
static uint64_t learn_place(const struct image_part *part, uint64_t address)
{
	Dwarf_Op ops_mem[3], *ops;
	uint64_t entry = part->file->elf.ehdr.e_entry + part->bias, bits = PLACE_CFI;
	Dwarf_Frame *frame;
	Dwarf_Addr bias;
	Dwarf_CFI *cfi;
	bool is_signal = false;
	size_t cnt;

	cfi = part->module ? dwfl_module_eh_cfi(part->module, &bias) : NULL;
	if (!cfi || dwarf_cfi_addrframe(cfi, address - bias, &frame))
		/* musl's _start has no CFI; nothing calls the code at the entry point. */
		return part->file->elf.ehdr.e_entry && address - entry < ENTRY_CODE_BYTES
			       ? PLACE_OUTERMOST
			       : 0;
	dwarf_frame_info(frame, NULL, NULL, &is_signal);
	if (is_signal)
		bits |= PLACE_SIGNAL;
	if (!dwarf_frame_register(frame, RETURN_REG, ops_mem, &ops, &cnt) && !cnt && ops == ops_mem)
		bits |= PLACE_OUTERMOST;
	free(frame);
	return bits;
}

struct image_place image__place(struct image *image, uint64_t address)
{
	const struct image_part *found;
	uint64_t packed;

	if (!table__get(&image->places, address, &packed)) {
		found = image__part(image, address);
		if (!found)
			return (struct image_place){0};
		packed = learn_place(found, address) | (uint64_t)(found - image->parts)
							       << PLACE_PART_SHIFT;
		if (image->places.cnt >= PLACES_MAX)
			table__release(&image->places);
		/* Out of memory: it is learned again the next time. */
		table__put(&image->places, address, packed);
	}
	return (struct image_place){
		.part = &image->parts[packed >> PLACE_PART_SHIFT],
		.has_cfi = packed & PLACE_CFI,
		.is_signal = packed & PLACE_SIGNAL,
		.is_outermost = packed & PLACE_OUTERMOST,
	};
}
