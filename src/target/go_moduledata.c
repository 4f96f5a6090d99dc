// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_moduledata.h"

#include <elf.h>
#include <errno.h>
#include <string.h>

#include "target/go_relocations.h"
#include "base/banned.h"

/* Does @words start a moduledata of @tab? Nothing else in a program has these addresses in a row. */
static bool matches(const struct go_pclntab *tab, const uint64_t *words)
{
	return words[GO_WORD_HEADER] == tab->vaddr && words[GO_WORD_NAMES] == tab->names &&
	       words[GO_WORD_UNITS] == tab->units && words[GO_WORD_FILES] == tab->files &&
	       words[GO_WORD_PCS] == tab->pcs && words[GO_WORD_FUNCTIONS] == tab->functions &&
	       words[GO_WORD_TABLE] == tab->functions &&
	       words[GO_WORD_TABLE_CNT] == (uint64_t)tab->function_cnt + 1 &&
	       words[GO_WORD_MIN_PC] < words[GO_WORD_MAX_PC] &&
	       words[GO_WORD_TEXT] <= words[GO_WORD_MIN_PC];
}

static int read_words(const struct go_pclntab *tab, uint64_t vaddr, uint64_t words[GO_WORDS])
{
	return go_file__read(tab->file, vaddr, words, GO_WORDS * sizeof(*words));
}

struct search {
	struct go_moduledata *data;
	const struct go_pclntab *tab;
	unsigned found;
};

static int look_for_words(void *ctx, uint64_t vaddr, const uint8_t *data, size_t bytes)
{
	struct search *search = ctx;
	uint64_t words[GO_WORDS] = {0}, first;

	for (size_t i = -vaddr & 7; i + sizeof(first) <= bytes; i += sizeof(first)) {
		memcpy(&first, data + i, sizeof(first));
		if (first != search->tab->vaddr || read_words(search->tab, vaddr + i, words) ||
		    !matches(search->tab, words))
			continue;
		search->data->vaddr = vaddr + i;
		memcpy(search->data->words, words, sizeof(words));
		search->found++;
	}
	return search->found > 1;
}

/* Some linkers leave zeros where relocations will write: it is where the header's address goes. */
static int look_in_relocations(struct search *search)
{
	const struct go_pclntab *tab = search->tab;
	struct go_moduledata *data = search->data;
	uint64_t vaddr, words[GO_WORDS] = {0};
	int err = go_relocations__target(tab->file, tab->vaddr, &vaddr);

	if (!err)
		err = read_words(tab, vaddr, words);
	if (!err)
		err = go_relocations__apply(tab->file, vaddr, words, GO_WORDS);
	if (err || !matches(tab, words))
		return err ? err : -ENOENT;
	data->vaddr = vaddr;
	memcpy(data->words, words, sizeof(words));
	search->found = 1;
	return 0;
}

int go_moduledata__find(struct go_moduledata *data, const struct go_pclntab *tab,
			struct error *error)
{
	const struct elf_header *header = elf_image__header(tab->file->image);
	struct search search = {data, tab, 0};

	/* From Go 1.26 on a section that nothing else shares; elsewhere it lies with the data. */
	for (unsigned writable = 0; writable < 2 && !search.found; writable++)
		for (size_t i = 0; i < header->segment_cnt && search.found < 2; i++)
			if (!header->segments[i].executable &&
			    header->segments[i].writable == !writable)
				go_file__walk(tab->file, &header->segments[i], look_for_words,
					      &search);
	if (!search.found)
		look_in_relocations(&search);
	if (search.found == 1)
		return 0;
	return error__set(error, EXIT_RUNTIME, -ENOEXEC, "Go's moduledata %s",
			  search.found ? "is ambiguous" : "is not to be found");
}

static void set_range(uint64_t *ret_start, uint64_t *ret_end, uint64_t start, uint64_t end)
{
	if (start > end)
		return;
	*ret_start = start;
	*ret_end = end;
}

struct go_sections go_moduledata__sections(const struct go_moduledata *data,
					   const struct go_layout *layout)
{
	const uint64_t *words = data->words, *parts = words + GO_WORD_NOPTRDATA;
	struct go_sections ret = {0};

	set_range(&ret.text, &ret.etext, words[GO_WORD_TEXT], words[GO_WORD_ETEXT]);
	set_range(&ret.noptrdata, &ret.enoptrdata, parts[0], parts[1]);
	set_range(&ret.data, &ret.edata, parts[2], parts[3]);
	set_range(&ret.bss, &ret.ebss, parts[4], parts[5]);
	set_range(&ret.noptrbss, &ret.enoptrbss, parts[6], parts[7]);
	set_range(&ret.types, &ret.etypes, words[layout->types], words[layout->etypes]);
	ret.rodata = layout->rodata ? words[layout->rodata] : 0;
	ret.gofunc = layout->gofunc ? words[layout->gofunc] : 0;
	return ret;
}
