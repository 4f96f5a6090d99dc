/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small Go executable made in memory, in the form of any supported version: six functions, of
 * which main.main has main.leaf inlined in main.mid inlined in it, one type, the linker's notes.
 *
 *   0 headers | 1000 code | 2000 .gopclntab | 4000 types, function data | 5000 data | 7000 sections
 */
#ifndef HB_TEST_GO_IMAGE_H
#define HB_TEST_GO_IMAGE_H

#include <elf.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "target/go_layout.h"

#define IMAGE_BYTES   0x8000
#define TEXT_AT	      0x1000
#define TAB_AT	      0x2000
#define TYPES_AT      0x4000
#define GOFUNC_AT     0x4800
#define DATA_AT	      0x5000
#define FUNCTION_STEP 0x100
#define FUNCTIONS     6

struct go_image {
	uint8_t bytes[IMAGE_BYTES];
	const struct go_layout *layout;
	uint64_t base; /* address of its first byte */
	bool sections;
	bool info;	 /* .go.buildinfo, not only runtime.buildVersion */
	bool in_place;	 /* the linker left values, not zeros, where relocations write */
	bool text_start; /* the table's header has it */
	size_t pcs_end;	 /* bytes used of the pc tables */
	size_t names_end;
};

enum {
	PART_NAMES = 0x80,
	PART_UNITS = 0x300,
	PART_FILES = 0x340,
	PART_PCS = 0x400,
	PART_FUNCTIONS = 0x600
};

static const char *const go_image_names[FUNCTIONS] = {
	"main.main",	   "runtime.mallocgc", "main.Map[go.shape.int].func1",
	"runtime.newproc", "runtime.newproc",  "runtime.mallocgcSmall",
};

static void put32(struct go_image *image, size_t at, uint32_t value)
{
	memcpy(image->bytes + at, &value, sizeof(value));
}

static void put64(struct go_image *image, size_t at, uint64_t value)
{
	memcpy(image->bytes + at, &value, sizeof(value));
}

static size_t add_string(struct go_image *image, size_t *end, size_t part, const char *s)
{
	size_t offset = *end;

	memcpy(image->bytes + TAB_AT + part + offset, s, strlen(s) + 1);
	*end += strlen(s) + 1;
	return offset;
}

/* A pc table of steps {value, up to this offset}, as the linker encodes it. Its offset. */
static uint32_t add_pcs(struct go_image *image, const int (*steps)[2], size_t cnt)
{
	uint8_t *to = image->bytes + TAB_AT + PART_PCS;
	uint32_t offset = (uint32_t)image->pcs_end;
	int value = -1, pc = 0;

	for (size_t i = 0; i < cnt; i++) {
		int delta = steps[i][0] - value, step = steps[i][1] - pc;

		to[image->pcs_end++] = (uint8_t)(delta < 0 ? ~(delta * 2) : delta * 2);
		for (; step >= 0x80; step >>= 7)
			to[image->pcs_end++] = (uint8_t)(step | 0x80);
		to[image->pcs_end++] = (uint8_t)step;
		value = steps[i][0];
		pc = steps[i][1];
	}
	to[image->pcs_end++] = 0;
	return offset;
}

static void put_header(struct go_image *image)
{
	static const uint32_t parts[] = {PART_NAMES, PART_UNITS, PART_FILES, PART_PCS,
					 PART_FUNCTIONS};

	put32(image, TAB_AT, image->layout->magic);
	image->bytes[TAB_AT + 6] = 1;
	image->bytes[TAB_AT + 7] = 8;
	put64(image, TAB_AT + 8, FUNCTIONS);
	put64(image, TAB_AT + 16, 2);
	if (!image->layout->absolute && image->text_start)
		put64(image, TAB_AT + 24, image->base + TEXT_AT);
	for (size_t i = 0; i < 5; i++)
		put64(image, TAB_AT + image->layout->header_offsets_at + i * 8, parts[i]);
}

static void put_inlined(struct go_image *image, size_t index, uint32_t name, uint32_t parent)
{
	size_t at = GOFUNC_AT + 0x20 + index * image->layout->inlined_bytes;

	put32(image, at + image->layout->inlined_name_at, name);
	put32(image, at + image->layout->inlined_parent_at, parent);
}

/* Function @index at TAB_AT + PART_FUNCTIONS + @row. */
static void put_function(struct go_image *image, uint32_t index, uint32_t row, uint32_t name)
{
	const struct go_layout *layout = image->layout;
	size_t table = TAB_AT + PART_FUNCTIONS, at = table + row, name_at;
	uint64_t vaddr = image->base + TEXT_AT + (uint64_t)index * FUNCTION_STEP;
	static const int lines[][2] = {{10, 0x10}, {20, 0x20}, {12, 0x30}, {30, 0x40}, {13, 0x100}};
	static const int files[][2] = {{0, 0x10}, {1, 0x20}, {0, 0x30}, {1, 0x40}, {0, 0x100}};
	static const int calls[][2] = {{-1, 0x10}, {1, 0x20}, {-1, 0x30}, {0, 0x40}, {-1, 0x100}};

	if (layout->absolute) {
		put64(image, table + index * 16, vaddr);
		put64(image, table + index * 16 + 8, row);
		put64(image, at, vaddr);
	} else {
		put32(image, table + index * 8, index * FUNCTION_STEP);
		put32(image, table + index * 8 + 4, row);
		put32(image, at, index * FUNCTION_STEP);
	}
	name_at = at + layout->function_name_at;
	put32(image, name_at, name);
	put32(image, name_at + 16, add_pcs(image, files, 5));
	put32(image, name_at + 20, add_pcs(image, lines, 5));
	image->bytes[at + layout->function_bytes - 4] = index == 4 ? layout->wrapper_id : 0;
	if (index)
		return;
	put32(image, name_at + 24, 3); /* pc tables of which the last has inlined calls */
	image->bytes[at + layout->function_bytes - 1] = 4;
	put32(image, at + layout->function_bytes + 8, add_pcs(image, calls, 5));
	at += layout->function_bytes + 12;
	if (layout->absolute)
		put64(image, ((at + 7) & ~7UL) + 24, image->base + GOFUNC_AT + 0x20);
	else
		put32(image, at + 12, 0x20);
}

static void put_table(struct go_image *image)
{
	uint32_t mid, leaf, row = 0x80, entry = image->layout->absolute ? 16 : 8;
	size_t table = TAB_AT + PART_FUNCTIONS, files_end = 0;

	image->pcs_end = image->names_end = 1;
	put_header(image);
	for (uint32_t i = 0; i < FUNCTIONS; i++, row += 0x80)
		put_function(image, i, row,
			     (uint32_t)add_string(image, &image->names_end, PART_NAMES,
						  go_image_names[i]));
	put32(image, table + FUNCTIONS * entry, FUNCTIONS * FUNCTION_STEP);
	if (image->layout->absolute)
		put64(image, table + FUNCTIONS * 16,
		      image->base + TEXT_AT + FUNCTIONS * FUNCTION_STEP);
	mid = (uint32_t)add_string(image, &image->names_end, PART_NAMES, "main.mid");
	leaf = (uint32_t)add_string(image, &image->names_end, PART_NAMES, "main.leaf");
	put_inlined(image, 0, mid, 0x05);
	put_inlined(image, 1, leaf, 0x35);
	put32(image, TAB_AT + PART_UNITS,
	      (uint32_t)add_string(image, &files_end, PART_FILES, "/m.go"));
	put32(image, TAB_AT + PART_UNITS + 4,
	      (uint32_t)add_string(image, &files_end, PART_FILES, "/lib/l.go"));
}

/* main.User, 48 bytes, whose name is kept as that of the pointer to it. */
static void put_type(struct go_image *image)
{
	static const char name[] = "\1\012*main.User";

	put64(image, TYPES_AT + 0x40, 48);
	image->bytes[TYPES_AT + 0x40 + 20] = 2;
	image->bytes[TYPES_AT + 0x40 + 21] = 8;
	image->bytes[TYPES_AT + 0x40 + 22] = 8;
	image->bytes[TYPES_AT + 0x40 + 23] = 25;
	put32(image, TYPES_AT + 0x40 + 40, 0x200);
	memcpy(image->bytes + TYPES_AT + 0x200, name, sizeof(name));
}

/* Word @number of moduledata: in place, or only as a relocation. */
static void put_word(struct go_image *image, size_t number, uint64_t value, bool address)
{
	size_t relocation = DATA_AT + 0x800 + number * sizeof(Elf64_Rela);
	Elf64_Rela rela = {
		.r_offset = image->base + DATA_AT + 0x100 + number * 8,
		.r_info = ELF64_R_INFO(0, R_X86_64_RELATIVE),
		.r_addend = (int64_t)value,
	};

	if (image->in_place || !address)
		put64(image, DATA_AT + 0x100 + number * 8, value);
	else
		memcpy(image->bytes + relocation, &rela, sizeof(rela));
}

static void put_moduledata(struct go_image *image)
{
	static const uint16_t parts[] = {PART_NAMES, PART_UNITS,     PART_FILES,
					 PART_PCS,   PART_FUNCTIONS, PART_FUNCTIONS};
	const struct go_layout *layout = image->layout;
	uint64_t base = image->base, text = base + TEXT_AT;

	put_word(image, GO_WORD_HEADER, base + TAB_AT, true);
	for (size_t i = 0; i < 6; i++)
		put_word(image, 1 + 3 * i, base + TAB_AT + parts[i], true);
	put_word(image, GO_WORD_TABLE_CNT, FUNCTIONS + 1, false);
	put_word(image, GO_WORD_MIN_PC, text, true);
	put_word(image, GO_WORD_MAX_PC, text + FUNCTIONS * FUNCTION_STEP, true);
	put_word(image, GO_WORD_TEXT, text, true);
	put_word(image, GO_WORD_ETEXT, text + FUNCTIONS * FUNCTION_STEP, true);
	for (size_t i = 0; i < 8; i++)
		put_word(image, GO_WORD_NOPTRDATA + i, base + DATA_AT + 0x100 * ((i + 1) / 2),
			 true);
	put_word(image, layout->types, base + TYPES_AT, true);
	put_word(image, layout->etypes, base + TYPES_AT + 0x400, true);
	if (layout->gofunc) {
		put_word(image, layout->rodata, base + TYPES_AT, true);
		put_word(image, layout->gofunc, base + GOFUNC_AT, true);
	}
}

static void put_version(struct go_image *image)
{
	char version[] = "\010go1.00.3";

	version[5] = (char)('0' + image->layout->minor / 10);
	version[6] = (char)('0' + image->layout->minor % 10);
	memcpy(image->bytes + TYPES_AT + 0x600, version, sizeof(version));
	put64(image, DATA_AT + 0x400, image->base + TYPES_AT + 0x601);
	put64(image, DATA_AT + 0x408, 8);
	if (!image->info)
		return;
	memcpy(image->bytes + DATA_AT, "\xff Go buildinf:", 14);
	image->bytes[DATA_AT + 14] = 8;
	if (image->layout->minor >= 18) {
		image->bytes[DATA_AT + 15] = 2;
		memcpy(image->bytes + DATA_AT + 32, version, sizeof(version));
	} else {
		put64(image, DATA_AT + 16, image->base + DATA_AT + 0x400);
	}
}

static void put_segments(struct go_image *image)
{
	static const struct {
		uint32_t type, flags, at, bytes;
	} rows[] = {
		{PT_LOAD, PF_R | PF_X, 0, TAB_AT},
		{PT_LOAD, PF_R, TAB_AT, DATA_AT - TAB_AT},
		{PT_LOAD, PF_R | PF_W, DATA_AT, 0x2000},
		{PT_DYNAMIC, PF_R | PF_W, DATA_AT + 0x700, 0x30},
	};
	Elf64_Ehdr ehdr = {
		.e_ident = {0x7f, 'E', 'L', 'F', ELFCLASS64, ELFDATA2LSB, EV_CURRENT},
		.e_type = image->base ? ET_EXEC : ET_DYN,
		.e_machine = EM_X86_64,
		.e_phoff = sizeof(ehdr),
		.e_phentsize = sizeof(Elf64_Phdr),
		.e_phnum = 4,
		.e_shoff = image->sections ? 0x7100 : 0,
		.e_shentsize = sizeof(Elf64_Shdr),
		.e_shnum = image->sections ? 3 : 0,
		.e_shstrndx = image->sections ? 2 : 0,
	};
	const Elf64_Dyn dynamic[] = {
		{DT_RELA, {.d_ptr = image->base + DATA_AT + 0x800}},
		{DT_RELASZ, {.d_val = GO_WORDS * sizeof(Elf64_Rela)}},
	};

	memcpy(image->bytes, &ehdr, sizeof(ehdr));
	for (size_t i = 0; i < 4; i++) {
		Elf64_Phdr phdr = {
			.p_type = rows[i].type,
			.p_flags = rows[i].flags,
			.p_offset = rows[i].at,
			.p_vaddr = image->base + rows[i].at,
			.p_filesz = rows[i].bytes,
			.p_memsz = rows[i].bytes,
		};

		memcpy(image->bytes + sizeof(ehdr) + i * sizeof(phdr), &phdr, sizeof(phdr));
	}
	memcpy(image->bytes + DATA_AT + 0x700, dynamic, sizeof(dynamic));
	memcpy(image->bytes + TEXT_AT, "\xff Go build ID: \"abc\"", 20);
}

static void put_sections(struct go_image *image)
{
	static const char names[] = "\0.gopclntab\0.shstrtab";
	Elf64_Shdr tab = {
		.sh_name = 1,
		.sh_type = SHT_PROGBITS,
		.sh_flags = SHF_ALLOC,
		.sh_addr = image->base + TAB_AT,
		.sh_offset = TAB_AT,
		.sh_size = 0x2000,
	};
	Elf64_Shdr strings = {.sh_name = 12,
			      .sh_type = SHT_STRTAB,
			      .sh_offset = 0x7000,
			      .sh_size = sizeof(names)};

	memcpy(image->bytes + 0x7000, names, sizeof(names));
	memcpy(image->bytes + 0x7100 + sizeof(tab), &tab, sizeof(tab));
	memcpy(image->bytes + 0x7100 + 2 * sizeof(tab), &strings, sizeof(strings));
}

/* Fill image->bytes by the other fields. */
static void go_image__build(struct go_image *image)
{
	memset(image->bytes, 0, sizeof(image->bytes));
	put_segments(image);
	if (image->sections)
		put_sections(image);
	put_table(image);
	put_type(image);
	put_moduledata(image);
	put_version(image);
}

/* As an executable of Go 1.@minor is by Go's own linker. */
static inline struct go_image go_image__of(unsigned minor)
{
	struct go_image image = {
		.layout = go_layout__find(minor),
		.base = 0x400000,
		.sections = true,
		.info = true,
		.in_place = true,
		.text_start = minor < 26,
	};

	go_image__build(&image);
	return image;
}

/* Its first @bytes as a file. */
static inline int go_image__file(const uint8_t *data, size_t bytes)
{
	int fd = memfd_create("go", MFD_CLOEXEC);

	return fd < 0 || write(fd, data, bytes) != (ssize_t)bytes ? -1 : fd;
}

#endif
