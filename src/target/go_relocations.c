// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_relocations.h"

#include <elf.h>
#include <errno.h>
#include <stdbool.h>

#include "base/banned.h"

#define DYNAMIC_MAX	1024
#define RELOCATIONS_MAX (16U << 20)

struct relocations {
	uint64_t vaddr;
	uint64_t cnt;
};

static int find_table(struct go_file *file, struct relocations *ret)
{
	uint64_t at = elf_image__header(file->image)->dynamic_vaddr;
	uint64_t bytes = 0, offset;
	Elf64_Dyn dyn;

	*ret = (struct relocations){0};
	for (unsigned i = 0; at && i < DYNAMIC_MAX; i++, at += sizeof(dyn)) {
		if (go_file__read(file, at, &dyn, sizeof(dyn)) || dyn.d_tag == DT_NULL)
			break;
		if (dyn.d_tag == DT_RELA)
			ret->vaddr = dyn.d_un.d_ptr;
		if (dyn.d_tag == DT_RELASZ)
			bytes = dyn.d_un.d_val;
	}
	ret->cnt = bytes / sizeof(Elf64_Rela);
	if (ret->cnt > RELOCATIONS_MAX)
		ret->cnt = RELOCATIONS_MAX;
	return ret->vaddr && ret->cnt
		       ? elf_image__file_offset(file->image, ret->vaddr,
						ret->cnt * sizeof(Elf64_Rela), &offset)
		       : -ENOENT;
}

/* Relocation @index, if it is a relative one. */
static bool get_relative(struct go_file *file, const struct relocations *table, uint64_t index,
			 Elf64_Rela *ret)
{
	uint64_t type;

	if (go_file__read(file, table->vaddr + index * sizeof(*ret), ret, sizeof(*ret)))
		return false;
	type = ELF64_R_TYPE(ret->r_info);
	return type == (elf_image__header(file->image)->machine == EM_AARCH64 ? R_AARCH64_RELATIVE
									      : R_X86_64_RELATIVE);
}

int go_relocations__target(struct go_file *file, uint64_t addend, uint64_t *ret_vaddr)
{
	struct relocations table;
	Elf64_Rela rela;

	if (find_table(file, &table))
		return -ENOENT;
	for (uint64_t i = 0; i < table.cnt; i++)
		if (get_relative(file, &table, i, &rela) && (uint64_t)rela.r_addend == addend) {
			*ret_vaddr = rela.r_offset;
			return 0;
		}
	return -ENOENT;
}

int go_relocations__apply(struct go_file *file, uint64_t vaddr, uint64_t *words, size_t cnt)
{
	struct relocations table;
	Elf64_Rela rela;

	if (find_table(file, &table))
		return -ENOENT;
	for (uint64_t i = 0; i < table.cnt; i++) {
		uint64_t into;

		if (!get_relative(file, &table, i, &rela))
			continue;
		into = rela.r_offset - vaddr;
		if (rela.r_offset >= vaddr && into / 8 < cnt && !(into % 8))
			words[into / 8] = (uint64_t)rela.r_addend;
	}
	return 0;
}
