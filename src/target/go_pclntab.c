// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_pclntab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define HEADER_BYTES 72
#define HEADER_PARTS 5

static uint64_t word(const uint8_t *data, size_t at)
{
	uint64_t value;

	memcpy(&value, data + at, sizeof(value));
	return value;
}

static uint32_t half(const uint8_t *data, size_t at)
{
	uint32_t value;

	memcpy(&value, data + at, sizeof(value));
	return value;
}

/* The newest row of those with this magic, or NULL. */
static const struct go_layout *layout_of(uint32_t magic)
{
	const struct go_layout *rows, *found = NULL;
	size_t cnt;

	rows = go_layout__rows(&cnt);
	for (size_t i = 0; i < cnt; i++)
		if (rows[i].magic == magic)
			found = &rows[i];
	return found;
}

/* Do the first eight bytes look like the header of a 64-bit program? */
static bool starts_header(const uint8_t *data)
{
	return layout_of(half(data, 0)) && !data[4] && !data[5] &&
	       (data[6] == 1 || data[6] == 2 || data[6] == 4) && data[7] == 8;
}

static uint32_t entry_bytes(const struct go_pclntab *tab)
{
	return tab->layout->absolute ? 16 : 8;
}

int go_pclntab__init(struct go_pclntab *tab, struct go_file *file, uint64_t vaddr)
{
	uint64_t part[HEADER_PARTS], cnt, offset;
	uint8_t header[HEADER_BYTES];

	if (go_file__read(file, vaddr, header, sizeof(header)) || !starts_header(header))
		return -ENOENT;
	*tab = (struct go_pclntab){.file = file, .vaddr = vaddr, .quantum = header[6]};
	tab->layout = layout_of(half(header, 0));
	cnt = word(header, 8);
	for (size_t i = 0; i < HEADER_PARTS; i++) {
		part[i] = word(header, tab->layout->header_offsets_at + i * 8);
		/* They come in this order, behind the header, and fit in a file. */
		if (part[i] < (i ? part[i - 1] : 1) || part[i] > UINT32_MAX ||
		    vaddr > UINT64_MAX - part[i])
			return -ENOENT;
	}
	if (!cnt || cnt > GO_FUNCTIONS_MAX)
		return -ENOENT;
	tab->function_cnt = (uint32_t)cnt;
	tab->names = vaddr + part[0];
	tab->units = vaddr + part[1];
	tab->files = vaddr + part[2];
	tab->pcs = vaddr + part[3];
	tab->functions = vaddr + part[4];
	if (!tab->layout->absolute)
		tab->text = word(header, 24);
	return elf_image__file_offset(file->image, tab->functions,
				      (cnt + 1) * (uint64_t)entry_bytes(tab), &offset);
}

struct search {
	struct go_pclntab *tab;
	struct go_file *file;
};

static int look_for_header(void *ctx, uint64_t vaddr, const uint8_t *data, size_t bytes)
{
	const struct search *search = ctx;

	for (size_t i = -vaddr & 7; i + 8 <= bytes; i += 8)
		if (starts_header(data + i) &&
		    !go_pclntab__init(search->tab, search->file, vaddr + i))
			return 1;
	return 0;
}

int go_pclntab__locate(struct go_pclntab *tab, struct go_file *file)
{
	static const char *const names[] = {".gopclntab", ".data.rel.ro.gopclntab"};
	const struct elf_header *header = elf_image__header(file->image);
	struct search search = {tab, file};
	struct elf_section section;

	for (size_t i = 0; i < 2; i++)
		if (!elf_image__section(file->image, names[i], &section) &&
		    !go_pclntab__init(tab, file, section.vaddr))
			return 0;
	/* Linkers other than Go's merge it into .data.rel.ro, which is a part of a writable
	 * segment. */
	for (size_t i = 0; i < header->segment_cnt; i++)
		if (!header->segments[i].executable &&
		    go_file__walk(file, &header->segments[i], look_for_header, &search) == 1)
			return 0;
	return -ENOENT;
}

/* Entry @index of the table of functions; the last one is the end of the code. 0 or -ENOENT. */
static int read_entry(const struct go_pclntab *tab, uint32_t index, uint64_t *ret_vaddr,
		      uint64_t *ret_row)
{
	uint32_t bytes = entry_bytes(tab);
	uint8_t entry[16];

	if (go_file__read(tab->file, tab->functions + (uint64_t)index * bytes, entry, bytes))
		return -ENOENT;
	if (tab->layout->absolute) {
		*ret_vaddr = word(entry, 0);
		*ret_row = tab->functions + word(entry, 8);
	} else {
		*ret_vaddr = tab->text + half(entry, 0);
		*ret_row = tab->functions + half(entry, 4);
	}
	return 0;
}

int go_pclntab__row(const struct go_pclntab *tab, uint32_t index, struct go_function_row *ret)
{
	const struct go_layout *layout = tab->layout;
	uint32_t name_at = layout->function_name_at;
	uint8_t row[64];
	uint64_t vaddr, at;

	if (index >= tab->function_cnt || read_entry(tab, index, &vaddr, &at) ||
	    go_file__read(tab->file, at, row, layout->function_bytes))
		return -ENOENT;
	*ret = (struct go_function_row){
		.vaddr = layout->absolute ? word(row, 0) : tab->text + half(row, 0),
		.at = at,
		.name = half(row, name_at),
		.pc_file = half(row, name_at + 16),
		.pc_line = half(row, name_at + 20),
		.pcdata_cnt = half(row, name_at + 24),
		.unit = half(row, name_at + 28),
		.func_id = row[layout->function_bytes - 4],
		.funcdata_cnt = row[layout->function_bytes - 1],
	};
	return ret->vaddr == vaddr ? 0 : -ENOENT;
}

int go_pclntab__function(const struct go_pclntab *tab, uint32_t index, struct go_function *ret)
{
	struct go_function_row row;
	uint64_t next, ignored;

	if (go_pclntab__row(tab, index, &row) || read_entry(tab, index + 1, &next, &ignored) ||
	    next < row.vaddr)
		return -ENOENT;
	*ret = (struct go_function){
		.vaddr = row.vaddr,
		.bytes = next - row.vaddr,
		.index = index,
		.func_id = row.func_id,
	};
	return 0;
}

int go_pclntab__load(struct go_pclntab *tab, struct error *error)
{
	uint32_t cnt = tab->function_cnt / GO_TABLE_STEP + 1;
	struct go_function_row row;
	uint64_t ignored;

	tab->steps = calloc(cnt + 1, sizeof(*tab->steps));
	if (!tab->steps)
		return error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	tab->step_cnt = cnt + 1;
	for (uint32_t i = 0; i <= cnt; i++) {
		uint32_t index = i < cnt ? i * GO_TABLE_STEP : tab->function_cnt;

		if (read_entry(tab, index, &tab->steps[i], &ignored) ||
		    (i && tab->steps[i] < tab->steps[i - 1]))
			return error__set(error, EXIT_RUNTIME, -ENOEXEC,
					  "Go's table of functions is damaged");
	}
	/* A layout that does not fit reads other records than the table means. */
	for (uint32_t i = 0; i < 8; i++)
		if (go_pclntab__row(tab, (uint32_t)((uint64_t)tab->function_cnt * i / 8), &row))
			return error__set(error, EXIT_RUNTIME, -ENOEXEC,
					  "Go's table of functions is damaged, or of an unknown "
					  "form");
	return 0;
}

void go_pclntab__release(struct go_pclntab *tab)
{
	free(tab->steps);
	tab->steps = NULL;
	tab->step_cnt = 0;
}

/* Index of the last of @tab's steps that is not beyond @pc. */
static size_t find_step(const struct go_pclntab *tab, uint64_t pc)
{
	size_t low = 0, high = tab->step_cnt - 1;

	while (high - low > 1) {
		size_t middle = low + (high - low) / 2;

		if (tab->steps[middle] <= pc)
			low = middle;
		else
			high = middle;
	}
	return low;
}

int go_pclntab__at(const struct go_pclntab *tab, uint64_t pc, struct go_function *ret)
{
	uint64_t vaddr, ignored;
	uint32_t low, high;

	if (!tab->step_cnt || pc < tab->steps[0] || pc >= tab->steps[tab->step_cnt - 1])
		return -ENOENT;
	low = (uint32_t)find_step(tab, pc) * GO_TABLE_STEP;
	high = low + GO_TABLE_STEP;
	if (high > tab->function_cnt)
		high = tab->function_cnt;
	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;

		if (read_entry(tab, middle, &vaddr, &ignored))
			return -ENOENT;
		if (vaddr <= pc)
			low = middle;
		else
			high = middle;
	}
	if (go_pclntab__function(tab, low, ret) || pc < ret->vaddr || pc - ret->vaddr >= ret->bytes)
		return -ENOENT;
	return 0;
}

/* Copy @raw, of @len bytes, with what stands between outer brackets as "...": names of instances hold
 * shapes of types there, which Go's own tracebacks leave out too. Its new length. */
static int shorten(char name[GO_NAME_MAX], const char *raw, int len)
{
	int to = 0, depth = 0;

	for (int i = 0; i < len; i++) {
		depth -= raw[i] == ']' && depth;
		if (!depth && to < GO_NAME_MAX - 1)
			name[to++] = raw[i];
		depth += raw[i] == '[';
		if (raw[i] == '[' && depth == 1)
			for (int dots = 0; dots < 3 && to < GO_NAME_MAX - 1; dots++)
				name[to++] = '.';
	}
	name[to] = 0;
	return to;
}

int go_pclntab__name(const struct go_pclntab *tab, uint32_t offset, char name[GO_NAME_MAX])
{
	char raw[GO_NAME_MAX];
	int len = go_file__string(tab->file, tab->names + offset, name, GO_NAME_MAX);

	/* Before generics a bracket was part of the name. */
	if (len < 0 || tab->layout->absolute || !memchr(name, '[', (size_t)len))
		return len;
	memcpy(raw, name, (size_t)len);
	return shorten(name, raw, len);
}
