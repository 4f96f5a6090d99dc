// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_build_id.h"

#include <string.h>

#include "base/table.h"
#include "base/banned.h"

/* At the start of the code and of the data, by Go's own linker. */
#define CODE_MARK "\xff Go build ID: \""
#define DATA_MARK "\xff Go buildinf:"
#define HEAD_MAX  8192U /* bytes of a segment that are looked at: the headers may come first */
/* Of the tables, evenly spread: a change anywhere moves what follows it. */
#define SAMPLES	     64U
#define SAMPLE_BYTES 4096U

/* The first bytes of @segment: their number. */
static size_t read_head(const struct elf_image *image, const struct elf_segment *segment,
			uint8_t head[HEAD_MAX])
{
	size_t bytes = segment->file_bytes < HEAD_MAX ? (size_t)segment->file_bytes : HEAD_MAX;

	return elf_image__read(image, segment->vaddr, head, bytes) ? 0 : bytes;
}

bool go_build_id__has_mark(const struct elf_image *image)
{
	const struct elf_header *header = elf_image__header(image);
	uint8_t head[HEAD_MAX];

	for (size_t i = 0; i < header->segment_cnt; i++) {
		size_t bytes = read_head(image, &header->segments[i], head);

		if (memmem(head, bytes, CODE_MARK, sizeof(CODE_MARK) - 1) ||
		    memmem(head, bytes, DATA_MARK, sizeof(DATA_MARK) - 1))
			return true;
	}
	return false;
}

/* Chain Go's own build id: a note, or before the code, where it ends with a quote. */
static uint64_t hash_own(const struct elf_image *image, uint64_t hash)
{
	const struct elf_header *header = elf_image__header(image);
	struct elf_section note;
	uint8_t head[HEAD_MAX];

	if (!elf_image__section(image, ".note.go.buildid", &note) && note.bytes <= HEAD_MAX &&
	    !elf_image__read(image, note.vaddr, head, (size_t)note.bytes))
		return hash__bytes(hash, head, (size_t)note.bytes);
	for (size_t i = 0; i < header->segment_cnt; i++) {
		size_t bytes = header->segments[i].executable
				       ? read_head(image, &header->segments[i], head)
				       : 0;
		const uint8_t *mark = memmem(head, bytes, CODE_MARK, sizeof(CODE_MARK) - 1), *end;

		if (!mark)
			continue;
		mark += sizeof(CODE_MARK) - 1;
		end = memchr(mark, '"', bytes - (size_t)(mark - head));
		if (end)
			return hash__bytes(hash, mark, (size_t)(end - mark));
	}
	return hash;
}

static uint64_t hash_tables(struct go_file *file, const struct go_pclntab *tab, uint64_t hash)
{
	struct go_function_row last;
	uint64_t bytes;

	if (go_pclntab__row(tab, tab->function_cnt - 1, &last) || last.at < tab->vaddr)
		return hash;
	bytes = last.at - tab->vaddr;
	for (uint64_t i = 0; i < SAMPLES; i++) {
		size_t n;
		const uint8_t *data = go_file__at(file, tab->vaddr + bytes / SAMPLES * i, &n);

		if (data)
			hash = hash__bytes(hash, data, n < SAMPLE_BYTES ? n : SAMPLE_BYTES);
	}
	return hash__bytes(hash, tab->steps, tab->step_cnt * sizeof(*tab->steps));
}

void go_build_id__make(struct go_file *file, const struct go_pclntab *tab,
		       uint8_t ret[GO_BUILD_ID_BYTES])
{
	const struct elf_header *header = elf_image__header(file->image);
	uint64_t hash[3];

	memset(ret, 0, GO_BUILD_ID_BYTES);
	if (header->build_id_bytes) {
		memcpy(ret, header->build_id, header->build_id_bytes);
		return;
	}
	hash[0] = hash_own(file->image, HASH_SEED);
	hash[1] = hash_tables(file, tab, hash[0]);
	hash[2] = hash__bytes(hash[1], hash, 2 * sizeof(*hash));
	memcpy(ret, hash, GO_BUILD_ID_BYTES);
}
