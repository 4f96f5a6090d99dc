// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_lines.h"

#include <errno.h>
#include <string.h>

#include "base/banned.h"

#define PCDATA_INLINED	 2 /* pc table: number of the inlined call */
#define FUNCDATA_INLINED 3 /* function data: the inlined calls */
/* Bytes of pc tables read for one address: the longest of real functions are a tenth of it. */
#define WORK_BYTES (4U << 20)

/* One question. */
struct walk {
	const struct go_pclntab *tab;
	struct go_function_row row;
	uint64_t inlined; /* where its inlined calls are; 0: it has none */
	uint32_t inlined_table;
	uint32_t work; /* bytes left */
};

/* A table being read, byte by byte. */
struct bytes {
	struct walk *walk;
	uint64_t at;
	const uint8_t *data;
	size_t left;
};

static int next_byte(struct bytes *bytes)
{
	if (!bytes->walk->work)
		return -ENOENT;
	if (!bytes->left) {
		bytes->data = go_file__at(bytes->walk->tab->file, bytes->at, &bytes->left);
		if (!bytes->data)
			return -ENOENT;
	}
	bytes->walk->work--;
	bytes->left--;
	bytes->at++;
	return *bytes->data++;
}

static int next_number(struct bytes *bytes, uint32_t *ret)
{
	uint32_t value = 0;

	for (unsigned shift = 0; shift < 35; shift += 7) {
		int byte = next_byte(bytes);

		if (byte < 0)
			return byte;
		value |= (uint32_t)(byte & 0x7f) << shift;
		if (!(byte & 0x80)) {
			*ret = value;
			return 0;
		}
	}
	return -ENOENT;
}

/* What pc table @offset says of @pc. -1 also where it says nothing. */
static int32_t value_at(struct walk *walk, uint32_t offset, uint64_t pc)
{
	struct bytes bytes = {.walk = walk, .at = walk->tab->pcs + offset};
	uint64_t at = walk->row.vaddr;
	uint32_t value = UINT32_MAX, delta, step;

	if (!offset)
		return -1;
	for (;;) {
		if (next_number(&bytes, &delta) || (!delta && at != walk->row.vaddr) ||
		    next_number(&bytes, &step))
			return -1;
		value += delta & 1 ? ~(delta >> 1) : delta >> 1;
		at += (uint64_t)step * walk->tab->quantum;
		if (pc < at)
			return (int32_t)value;
	}
}

/* Where the function's inlined calls are, if it has any. */
static void find_inlined(struct walk *walk, uint64_t gofunc)
{
	const struct go_pclntab *tab = walk->tab;
	uint64_t pcdata = walk->row.at + tab->layout->function_bytes, at, pointer;
	uint32_t offset;

	if (walk->row.pcdata_cnt <= PCDATA_INLINED || walk->row.funcdata_cnt <= FUNCDATA_INLINED ||
	    go_file__read(tab->file, pcdata + 4 * PCDATA_INLINED, &walk->inlined_table, 4))
		return;
	at = pcdata + 4 * (uint64_t)walk->row.pcdata_cnt;
	if (tab->layout->absolute) {
		at = ((at + 7) & ~7ULL) + 8 * FUNCDATA_INLINED;
		if (!go_file__read(tab->file, at, &pointer, sizeof(pointer)))
			walk->inlined = pointer;
	} else if (gofunc &&
		   !go_file__read(tab->file, at + 4 * FUNCDATA_INLINED, &offset, sizeof(offset)) &&
		   offset != UINT32_MAX) {
		walk->inlined = gofunc + offset;
	}
}

static const char *name_at(struct walk *walk, struct go_strings *strings, uint32_t offset)
{
	char name[GO_NAME_MAX];
	int len = go_pclntab__name(walk->tab, offset, name);

	return len < 0 ? "" : go_strings__add(strings, name, (size_t)len);
}

/* File and line of @pc. */
static void set_place(struct walk *walk, struct go_strings *strings, uint64_t pc,
		      struct go_line *line)
{
	int32_t number = value_at(walk, walk->row.pc_line, pc);
	int32_t in_unit = value_at(walk, walk->row.pc_file, pc);
	const struct go_pclntab *tab = walk->tab;
	char name[GO_NAME_MAX];
	uint32_t offset;
	int len;

	line->line = number > 0 ? (uint32_t)number : 0;
	if (in_unit < 0 ||
	    go_file__read(tab->file,
			  tab->units + 4 * ((uint64_t)walk->row.unit + (uint32_t)in_unit), &offset,
			  sizeof(offset)) ||
	    offset == UINT32_MAX)
		return;
	len = go_file__string(tab->file, tab->files + offset, name, sizeof(name));
	if (len <= 0)
		return;
	line->file = go_strings__add(strings, name, (size_t)len);
	if (!*line->file)
		line->file = NULL;
}

int go_lines__find(const struct go_pclntab *tab, uint64_t gofunc, struct go_strings *strings,
		   const struct go_function *function, uint64_t pc, struct go_line *ret, size_t max)
{
	const struct go_layout *layout = tab->layout;
	struct walk walk = {.tab = tab, .work = WORK_BYTES};
	size_t cnt = 0;

	if (go_pclntab__row(tab, function->index, &walk.row))
		return -ENOENT;
	find_inlined(&walk, gofunc);
	while (cnt < max && cnt < GO_INLINE_MAX) {
		int32_t number = walk.inlined ? value_at(&walk, walk.inlined_table, pc) : -1;
		uint64_t call = walk.inlined + (uint64_t)layout->inlined_bytes * (uint32_t)number;
		struct go_line *line = &ret[cnt++];
		uint32_t name, parent;

		*line = (struct go_line){0};
		set_place(&walk, strings, pc, line);
		if (number < 0 ||
		    go_file__read(tab->file, call + layout->inlined_name_at, &name, 4) ||
		    go_file__read(tab->file, call + layout->inlined_parent_at, &parent, 4)) {
			line->function = name_at(&walk, strings, walk.row.name);
			break;
		}
		line->function = name_at(&walk, strings, name);
		line->inlined = true;
		pc = function->vaddr + parent;
	}
	return (int)cnt;
}
