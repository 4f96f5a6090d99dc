// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/lines.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <errno.h>
#include <stdlib.h>

#include "symbol/units.h"
#include "base/banned.h"

#define CHAIN_MAX      128    /* inlined calls followed inwards */
#define CHAIN_DIES_MAX 100000 /* visited on the way */
#define ORIGINS_MAX    8      /* abstract origins and specifications followed for a name */

struct lines {
	Dwarf *dwarf, *alt;
	struct units units;
	uint64_t bytes;
};

/* A function and what is inlined into it at one address, outermost first. */
struct chain {
	Dwarf_Die dies[CHAIN_MAX];
	size_t cnt;
};

/*
 * libdw hands out and measures strings that stand in these sections without looking for their end.
 * Every compiler ends each of them with a zero byte; where it is missing there are no lines.
 */
static bool strings_end(struct elf_file *file)
{
	static const char *const names[] = {".debug_info", ".debug_types", ".debug_str",
					    ".debug_line_str"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const Elf64_Shdr *shdr = elf_file__section(file, names[i]);
		Elf_Data *data;

		if (!shdr)
			continue;
		/* By libdw's own handle: a compressed section is unpacked in it by now. */
		data = elf_rawdata(elf_getscn(elf_file__elf(file), (size_t)(shdr - file->shdrs)),
				   NULL);
		if (!data || !data->d_size || ((const char *)data->d_buf)[data->d_size - 1])
			return false;
	}
	return true;
}

static Dwarf *open_dwarf(struct elf_file *file)
{
	Dwarf *dwarf = dwarf_begin_elf(elf_file__elf(file), DWARF_C_READ, NULL);

	if (dwarf && strings_end(file))
		return dwarf;
	dwarf_end(dwarf);
	return NULL;
}

struct lines *lines__new(struct elf_file *file, struct elf_file *alt)
{
	uint64_t bytes = elf_file__debug_bytes(file);
	uint64_t alt_bytes = alt ? elf_file__debug_bytes(alt) : 0;
	struct lines *lines;
	int err = ENODATA;

	if (!bytes) {
		errno = ENODATA;
		return NULL;
	}
	if (bytes > LINES_MAX_BYTES || alt_bytes > LINES_MAX_BYTES) {
		errno = EFBIG;
		return NULL;
	}
	lines = calloc(1, sizeof(*lines));
	if (!lines)
		return NULL;
	lines->bytes = bytes + alt_bytes;
	lines->dwarf = open_dwarf(file);
	if (lines->dwarf && alt) {
		lines->alt = open_dwarf(alt);
		if (!lines->alt)
			goto out;
		dwarf_setalt(lines->dwarf, lines->alt);
	}
	if (lines->dwarf) {
		err = -units__init(&lines->units, lines->dwarf);
		if (!err)
			return lines;
	}
out:
	lines__free(lines);
	errno = err;
	return NULL;
}

void lines__free(struct lines *lines)
{
	if (!lines)
		return;
	units__release(&lines->units);
	dwarf_end(lines->dwarf);
	dwarf_end(lines->alt);
	free(lines);
}

uint64_t lines__bytes(const struct lines *lines)
{
	return lines->bytes;
}

/* Attribute @name of @die or of what it is an instance of. */
static Dwarf_Attribute *find_attr(Dwarf_Die *die, unsigned int name, Dwarf_Attribute *mem)
{
	Dwarf_Die at = *die;

	for (int i = 0; i < ORIGINS_MAX; i++) {
		Dwarf_Attribute ref;

		if (dwarf_attr(&at, name, mem))
			return mem;
		if (!dwarf_attr(&at, DW_AT_abstract_origin, &ref) &&
		    !dwarf_attr(&at, DW_AT_specification, &ref))
			return NULL;
		if (!dwarf_formref_die(&ref, &at))
			return NULL;
	}
	return NULL;
}

static const char *string_attr(Dwarf_Die *die, unsigned int name)
{
	Dwarf_Attribute attr;

	return find_attr(die, name, &attr) ? dwarf_formstring(&attr) : NULL;
}

/* The child of @die that holds @address: an inlined function or a block. */
static bool step_in(Dwarf_Die *die, uint64_t address, size_t *visited)
{
	Dwarf_Die child;

	if (dwarf_child(die, &child))
		return false;
	do {
		int tag = dwarf_tag(&child);

		if (++*visited > CHAIN_DIES_MAX)
			return false;
		if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_lexical_block &&
		    tag != DW_TAG_try_block && tag != DW_TAG_catch_block)
			continue;
		if (dwarf_haspc(&child, address) == 1) {
			*die = child;
			return true;
		}
	} while (dwarf_siblingof(&child, &child) == 0);
	return false;
}

static void build_chain(struct chain *chain, const Dwarf_Die *function, uint64_t address)
{
	Dwarf_Die die = *function;
	size_t visited = 0;

	chain->dies[0] = die;
	chain->cnt = 1;
	while (chain->cnt < CHAIN_MAX && step_in(&die, address, &visited))
		if (dwarf_tag(&die) == DW_TAG_inlined_subroutine)
			chain->dies[chain->cnt++] = die;
}

/* Where the code at @address was written. */
static void set_line(struct line_frame *frame, Dwarf_Die *unit, uint64_t address)
{
	Dwarf_Line *line = dwarf_getsrc_die(unit, address);
	int number;

	if (!line)
		return;
	frame->file = dwarf_linesrc(line, NULL, NULL);
	if (dwarf_lineno(line, &number) == 0 && number > 0)
		frame->line = (uint32_t)number;
}

static bool number_attr(Dwarf_Die *die, unsigned int name, Dwarf_Word *ret_number)
{
	Dwarf_Attribute attr;

	return dwarf_attr(die, name, &attr) && dwarf_formudata(&attr, ret_number) == 0;
}

/* Where @inlined was called. */
static void set_call(struct line_frame *frame, Dwarf_Die *unit, Dwarf_Die *inlined)
{
	Dwarf_Word file, line;
	Dwarf_Files *files;
	size_t file_cnt;

	if (number_attr(inlined, DW_AT_call_file, &file) &&
	    dwarf_getsrcfiles(unit, &files, &file_cnt) == 0 && file < file_cnt)
		frame->file = dwarf_filesrc(files, file, NULL, NULL);
	if (number_attr(inlined, DW_AT_call_line, &line) && line <= UINT32_MAX)
		frame->line = (uint32_t)line;
}

static void set_names(struct line_frame *frame, Dwarf_Die *die)
{
	frame->linkage = string_attr(die, DW_AT_linkage_name);
	if (!frame->linkage)
		frame->linkage = string_attr(die, DW_AT_MIPS_linkage_name);
	frame->name = string_attr(die, DW_AT_name);
}

size_t lines__find(struct lines *lines, uint64_t address, struct line_frame frames[LINES_DEPTH_MAX])
{
	struct unit *unit = units__find(&lines->units, address);
	Dwarf_Die unit_die, function;
	struct chain chain;
	size_t cnt = 0;

	if (!unit || !dwarf_offdie(lines->dwarf, unit->die, &unit_die))
		return 0;
	if (!units__function(&lines->units, unit, address, &function)) {
		/* Assembler: lines without functions. */
		frames[0] = (struct line_frame){0};
		set_line(&frames[0], &unit_die, address);
		return frames[0].file ? 1 : 0;
	}
	build_chain(&chain, &function, address);
	for (size_t i = chain.cnt; i-- > 0;) {
		struct line_frame *frame = &frames[cnt];

		if (i && cnt == LINES_DEPTH_MAX - 1)
			continue;
		cnt++;
		*frame = (struct line_frame){.inlined = i > 0};
		set_names(frame, &chain.dies[i]);
		if (i == chain.cnt - 1)
			set_line(frame, &unit_die, address);
		else
			set_call(frame, &unit_die, &chain.dies[i + 1]);
	}
	return cnt;
}
