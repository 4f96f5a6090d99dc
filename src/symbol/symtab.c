// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/symtab.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "base/banned.h"

#define NO_PARENT	  UINT32_MAX
#define STRINGS_MAX_BYTES (256ULL << 20)
#define CHUNK_ROWS	  4096

/* String tables in memory, only while names are compared. */
struct sorter {
	char *strings[SYMTAB_SOURCES_MAX];
};

static bool is_function(const struct elf_file *file, const Elf64_Sym *sym)
{
	int type = ELF64_ST_TYPE(sym->st_info);

	if (!sym->st_size || !sym->st_name || sym->st_shndx == SHN_UNDEF)
		return false;
	if (sym->st_value > UINT64_MAX - sym->st_size)
		return false;
	if (type == STT_FUNC || type == STT_GNU_IFUNC)
		return true;
	/* Assembler functions often have no type; data may have none as well. */
	return type == STT_NOTYPE && sym->st_shndx < file->shdr_cnt &&
	       (file->shdrs[sym->st_shndx].sh_flags & SHF_EXECINSTR);
}

static int add_row(struct symtab *symtab, struct symtab_row row)
{
	if (symtab->cnt == symtab->cap) {
		int err = vec__grow((void **)&symtab->rows, &symtab->cap, sizeof(row));

		if (err)
			return err;
	}
	symtab->rows[symtab->cnt++] = row;
	return 0;
}

static int add_chunk(struct symtab *symtab, const struct elf_file *file, const Elf64_Sym *syms,
		     size_t cnt)
{
	const struct symtab_source *source = &symtab->sources[symtab->source_cnt - 1];

	for (size_t i = 0; i < cnt; i++) {
		const Elf64_Sym *sym = &syms[i];
		struct symtab_row row = {
			.address = sym->st_value,
			.bytes = sym->st_size < UINT32_MAX ? (uint32_t)sym->st_size : UINT32_MAX,
			.name = sym->st_name,
			.source = (uint8_t)(symtab->source_cnt - 1),
			.local = ELF64_ST_BIND(sym->st_info) == STB_LOCAL,
		};
		int err;

		if (!is_function(file, sym) || sym->st_name >= source->strings_bytes)
			continue;
		if (symtab->cnt >= SYMTAB_ROWS_MAX)
			return -EFBIG;
		err = add_row(symtab, row);
		if (err)
			return err;
	}
	return 0;
}

static int add_table(struct symtab *symtab, const struct elf_file *file, const Elf64_Shdr *table)
{
	const Elf64_Shdr *strings = &file->shdrs[table->sh_link];
	uint64_t left = table->sh_size / sizeof(Elf64_Sym), at = table->sh_offset;
	Elf64_Sym *chunk;
	int err = 0;

	if (strings->sh_type != SHT_STRTAB || strings->sh_size > STRINGS_MAX_BYTES)
		return 0;
	if (symtab->source_cnt == SYMTAB_SOURCES_MAX)
		return 0;
	if (left > SYMTAB_ROWS_MAX)
		return -EFBIG;
	chunk = malloc(CHUNK_ROWS * sizeof(*chunk));
	if (!chunk)
		return -ENOMEM;
	symtab->sources[symtab->source_cnt++] =
		(struct symtab_source){file, strings->sh_offset, strings->sh_size};
	while (left && !err) {
		size_t cnt = left < CHUNK_ROWS ? left : CHUNK_ROWS;

		/* The file has shrunk since it was checked: what was read so far stands. */
		if (elf_file__read(file, at, chunk, cnt * sizeof(*chunk)))
			break;
		err = add_chunk(symtab, file, chunk, cnt);
		at += cnt * sizeof(*chunk);
		left -= cnt;
	}
	free(chunk);
	return err;
}

int symtab__add(struct symtab *symtab, const struct elf_file *file)
{
	for (size_t i = 1; i < file->shdr_cnt; i++) {
		const Elf64_Shdr *shdr = &file->shdrs[i];
		int err;

		if (shdr->sh_type != SHT_SYMTAB && shdr->sh_type != SHT_DYNSYM)
			continue;
		err = add_table(symtab, file, shdr);
		if (err)
			return err;
	}
	return 0;
}

static const char *name_of(const struct sorter *sorter, const struct symtab_row *row)
{
	return sorter->strings[row->source] + row->name;
}

/* Of two names of one function: the exported one, the one with fewer underscores in front, the
 * shorter one. So malloc before __libc_malloc and __malloc. */
static int compare_names(const struct sorter *sorter, const struct symtab_row *a,
			 const struct symtab_row *b)
{
	const char *na = name_of(sorter, a), *nb = name_of(sorter, b);
	size_t ua = strspn(na, "_"), ub = strspn(nb, "_"), la, lb;

	if (a->local != b->local)
		return a->local ? 1 : -1;
	if (ua != ub)
		return ua < ub ? -1 : 1;
	la = strlen(na);
	lb = strlen(nb);
	if (la != lb)
		return la < lb ? -1 : 1;
	return strcmp(na, nb);
}

/* By address; at one address the larger first, so that the smaller lies within it. */
static int compare_rows(const void *va, const void *vb, void *arg)
{
	const struct symtab_row *a = va, *b = vb;

	if (a->address != b->address)
		return a->address < b->address ? -1 : 1;
	if (a->bytes != b->bytes)
		return a->bytes > b->bytes ? -1 : 1;
	return compare_names(arg, a, b);
}

static int read_strings(const struct symtab *symtab, struct sorter *sorter)
{
	for (size_t i = 0; i < symtab->source_cnt; i++) {
		const struct symtab_source *source = &symtab->sources[i];

		sorter->strings[i] = calloc(1, source->strings_bytes + 1);
		if (!sorter->strings[i])
			return -ENOMEM;
		/* On failure the names are empty: the order is then by extent alone. */
		elf_file__read(source->file, source->strings, sorter->strings[i],
			       source->strings_bytes);
	}
	return 0;
}

static void drop_aliases(struct symtab *symtab)
{
	size_t kept = 0;

	for (size_t i = 0; i < symtab->cnt; i++) {
		const struct symtab_row *row = &symtab->rows[i];

		if (kept && symtab->rows[kept - 1].address == row->address &&
		    symtab->rows[kept - 1].bytes == row->bytes)
			continue;
		symtab->rows[kept++] = *row;
	}
	symtab->cnt = kept;
}

static uint64_t end_of(const struct symtab_row *row)
{
	return row->address + row->bytes;
}

/* The rows still open at each address form a stack through their parents. */
static void link_parents(struct symtab *symtab)
{
	uint32_t top = NO_PARENT;

	for (uint32_t i = 0; i < symtab->cnt; i++) {
		struct symtab_row *row = &symtab->rows[i];

		while (top != NO_PARENT && end_of(&symtab->rows[top]) <= row->address)
			top = symtab->rows[top].parent;
		row->parent = top;
		top = i;
	}
}

int symtab__finish(struct symtab *symtab)
{
	struct sorter sorter = {0};
	int err = read_strings(symtab, &sorter);

	if (!err && symtab->cnt) {
		struct symtab_row *trimmed;

		qsort_r(symtab->rows, symtab->cnt, sizeof(*symtab->rows), compare_rows, &sorter);
		drop_aliases(symtab);
		link_parents(symtab);
		trimmed = realloc(symtab->rows, symtab->cnt * sizeof(*symtab->rows));
		if (trimmed) {
			symtab->rows = trimmed;
			symtab->cap = symtab->cnt;
		}
	}
	for (size_t i = 0; i < SYMTAB_SOURCES_MAX; i++)
		free(sorter.strings[i]);
	return err;
}

void symtab__release(struct symtab *symtab)
{
	free(symtab->rows);
	*symtab = (struct symtab){0};
}

static bool read_name(const struct symtab *symtab, const struct symtab_row *row, char *name,
		      size_t size)
{
	const struct symtab_source *source = &symtab->sources[row->source];
	uint64_t left = source->strings_bytes - row->name;
	size_t bytes = left < size - 1 ? left : size - 1;

	if (elf_file__read(source->file, source->strings + row->name, name, bytes))
		return false;
	name[bytes] = 0;
	return name[0] != 0;
}

bool symtab__find(const struct symtab *symtab, uint64_t address, char *name, size_t size)
{
	size_t low = 0, high = symtab->cnt;
	uint32_t at;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (symtab->rows[mid].address <= address)
			low = mid + 1;
		else
			high = mid;
	}
	for (at = low ? (uint32_t)low - 1 : NO_PARENT; at != NO_PARENT;
	     at = symtab->rows[at].parent)
		if (address < end_of(&symtab->rows[at]))
			return read_name(symtab, &symtab->rows[at], name, size);
	return false;
}
