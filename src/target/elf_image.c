// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/elf_image.h"

#include <elf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define PHDR_TABLE_MAX_BYTES (64U << 10)
#define NOTE_MAX_BYTES	     (64U << 10)
#define NAME_MAX_BYTES	     (1U << 20) /* section names */
#define VERSION_HIDDEN	     0x8000

struct elf_image {
	int fd;
	uint64_t file_bytes;
	struct elf_header header;
	Elf64_Shdr *sections;
	size_t section_cnt;
	char *names; /* section names, NUL behind the last byte */
	size_t names_bytes;
};

/* A table in memory, with a NUL behind its last byte. */
struct block {
	char *data;
	size_t bytes;
};

static int read_at(const struct elf_image *image, uint64_t offset, void *buf, size_t bytes)
{
	size_t done = 0;

	if (offset > image->file_bytes || bytes > image->file_bytes - offset)
		return -ENOEXEC;
	while (done < bytes) {
		ssize_t n =
			pread(image->fd, (char *)buf + done, bytes - done, (off_t)(offset + done));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO; /* 0: the file shrank meanwhile */
		done += (size_t)n;
	}
	return 0;
}

static int read_block(const struct elf_image *image, uint64_t offset, uint64_t bytes, uint64_t max,
		      struct block *ret_block)
{
	char *data;
	int err;

	if (offset > image->file_bytes || bytes > image->file_bytes - offset)
		return -ENOEXEC;
	if (bytes > max)
		return -EFBIG;
	data = malloc(bytes + 1);
	if (!data)
		return -ENOMEM;
	err = read_at(image, offset, data, bytes);
	if (err) {
		free(data);
		return err;
	}
	data[bytes] = 0;
	*ret_block = (struct block){data, bytes};
	return 0;
}

static int read_section(const struct elf_image *image, const Elf64_Shdr *section,
			struct block *ret_block)
{
	if (section->sh_type == SHT_NOBITS)
		return -ENOEXEC;
	return read_block(image, section->sh_offset, section->sh_size, ELF_TABLE_MAX_BYTES,
			  ret_block);
}

/* The GNU build-id of one note segment or section, if there is one. */
static void read_build_id(struct elf_image *image, uint64_t offset, uint64_t bytes)
{
	struct block notes;

	if (read_block(image, offset, bytes, NOTE_MAX_BYTES, &notes))
		return;
	for (size_t at = 0; at + sizeof(Elf64_Nhdr) <= notes.bytes;) {
		Elf64_Nhdr note;
		size_t name, desc, next;

		memcpy(&note, notes.data + at, sizeof(note));
		name = at + sizeof(note);
		desc = name + (((size_t)note.n_namesz + 3) & ~(size_t)3);
		next = desc + (((size_t)note.n_descsz + 3) & ~(size_t)3);
		if (desc > notes.bytes || note.n_descsz > notes.bytes - desc)
			break;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 &&
		    !memcmp(notes.data + name, "GNU", 4) && note.n_descsz &&
		    note.n_descsz <= ELF_BUILD_ID_MAX) {
			memcpy(image->header.build_id, notes.data + desc, note.n_descsz);
			image->header.build_id_bytes = note.n_descsz;
			break;
		}
		at = next;
	}
	free(notes.data);
}

static void apply_segment(struct elf_image *image, const Elf64_Phdr *phdr)
{
	struct elf_header *header = &image->header;

	switch (phdr->p_type) {
	case PT_INTERP:
		header->has_interpreter = true;
		break;
	case PT_DYNAMIC:
		header->dynamic_vaddr = phdr->p_vaddr;
		break;
	case PT_NOTE:
		if (!header->build_id_bytes)
			read_build_id(image, phdr->p_offset, phdr->p_filesz);
		break;
	case PT_LOAD:
		if (header->segment_cnt == ELF_SEGMENTS_MAX)
			break;
		header->segments[header->segment_cnt++] = (struct elf_segment){
			.offset = phdr->p_offset,
			.vaddr = phdr->p_vaddr,
			.file_bytes = phdr->p_filesz,
			.executable = phdr->p_flags & PF_X,
			.writable = phdr->p_flags & PF_W,
		};
		break;
	default:
		break;
	}
}

static int load_segments(struct elf_image *image, const Elf64_Ehdr *ehdr)
{
	struct block table;
	int err;

	if (!ehdr->e_phnum)
		return 0;
	if (ehdr->e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	err = read_block(image, ehdr->e_phoff, (uint64_t)ehdr->e_phnum * sizeof(Elf64_Phdr),
			 PHDR_TABLE_MAX_BYTES, &table);
	if (err)
		return err == -EFBIG ? -ENOEXEC : err;
	for (size_t i = 0; i < ehdr->e_phnum; i++) {
		Elf64_Phdr phdr;

		memcpy(&phdr, table.data + i * sizeof(phdr), sizeof(phdr));
		apply_segment(image, &phdr);
	}
	free(table.data);
	return 0;
}

/* A file without usable section headers is still an image: it just has no symbols for us. */
static int load_sections(struct elf_image *image, const Elf64_Ehdr *ehdr)
{
	uint64_t cnt = ehdr->e_shnum, names_index = ehdr->e_shstrndx;
	struct block table, names;
	Elf64_Shdr first;
	int err;

	if (!ehdr->e_shoff || ehdr->e_shentsize != sizeof(Elf64_Shdr))
		return 0;
	if (read_at(image, ehdr->e_shoff, &first, sizeof(first)))
		return 0;
	if (!cnt)
		cnt = first.sh_size;
	if (names_index == SHN_XINDEX)
		names_index = first.sh_link;
	if (!cnt || cnt > ELF_SECTIONS_MAX)
		return 0;
	err = read_block(image, ehdr->e_shoff, cnt * sizeof(Elf64_Shdr), UINT32_MAX, &table);
	if (err)
		return err == -ENOMEM ? err : 0;
	image->sections = (Elf64_Shdr *)table.data;
	image->section_cnt = cnt;
	if (names_index >= cnt)
		return 0;
	err = read_block(image, image->sections[names_index].sh_offset,
			 image->sections[names_index].sh_size, NAME_MAX_BYTES, &names);
	if (err)
		return err == -ENOMEM ? err : 0;
	image->names = names.data;
	image->names_bytes = names.bytes;
	return 0;
}

static int load(struct elf_image *image)
{
	unsigned char ident[EI_NIDENT];
	uint16_t type_machine[2];
	struct elf_section note;
	struct stat st;
	Elf64_Ehdr ehdr;
	int err;

	if (fstat(image->fd, &st))
		return -errno;
	image->file_bytes = (uint64_t)st.st_size;
	if (read_at(image, 0, ident, sizeof(ident)) ||
	    read_at(image, EI_NIDENT, type_machine, sizeof(type_machine)) ||
	    memcmp(ident, ELFMAG, SELFMAG) || ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	image->header.type = type_machine[0];
	image->header.machine = type_machine[1];
	image->header.is_64bit = ident[EI_CLASS] == ELFCLASS64;
	if (ident[EI_CLASS] == ELFCLASS32)
		return 0;
	if (!image->header.is_64bit)
		return -ENOEXEC;
	err = read_at(image, 0, &ehdr, sizeof(ehdr));
	if (err)
		return err;
	err = load_segments(image, &ehdr);
	if (!err)
		err = load_sections(image, &ehdr);
	/* Go's linker leaves it out of the note segment. */
	if (!err && !image->header.build_id_bytes &&
	    !elf_image__section(image, ".note.gnu.build-id", &note))
		read_build_id(image, note.offset, note.bytes);
	return err;
}

struct elf_image *elf_image__open(int fd)
{
	struct elf_image *image = calloc(1, sizeof(*image));
	int err;

	if (!image)
		return NULL;
	image->fd = fd;
	err = load(image);
	if (err) {
		elf_image__free(image);
		errno = -err;
		return NULL;
	}
	return image;
}

void elf_image__free(struct elf_image *image)
{
	if (!image)
		return;
	free(image->sections);
	free(image->names);
	free(image);
}

const struct elf_header *elf_image__header(const struct elf_image *image)
{
	return &image->header;
}

static const Elf64_Shdr *named_section(const struct elf_image *image, const char *name)
{
	for (size_t i = 0; image->names && i < image->section_cnt; i++)
		if (image->sections[i].sh_name < image->names_bytes &&
		    !strcmp(image->names + image->sections[i].sh_name, name))
			return &image->sections[i];
	return NULL;
}

bool elf_image__has_section(const struct elf_image *image, const char *name)
{
	return named_section(image, name);
}

int elf_image__section(const struct elf_image *image, const char *name,
		       struct elf_section *ret_section)
{
	const Elf64_Shdr *section = named_section(image, name);

	if (!section || section->sh_type == SHT_NOBITS || !(section->sh_flags & SHF_ALLOC))
		return -ENOENT;
	*ret_section = (struct elf_section){
		.vaddr = section->sh_addr,
		.offset = section->sh_offset,
		.bytes = section->sh_size,
	};
	return 0;
}

static const Elf64_Shdr *find_section(const struct elf_image *image, uint32_t type,
				      const Elf64_Shdr *linked_to)
{
	for (size_t i = 0; i < image->section_cnt; i++) {
		const Elf64_Shdr *section = &image->sections[i];

		if (section->sh_type != type)
			continue;
		if (!linked_to || section->sh_link == (size_t)(linked_to - image->sections))
			return section;
	}
	return NULL;
}

static void match_import(const char *name, const char *const *names, size_t cnt,
			 struct elf_symbol *ret)
{
	for (size_t i = 0; i < cnt; i++)
		if (!strcmp(name, names[i]))
			ret[i].imported = true;
}

/* One symbol against the wanted names. A default version replaces a hidden one found before. */
static void match_symbol(const Elf64_Sym *sym, const char *name, bool hidden, bool exported,
			 const char *const *names, size_t cnt, struct elf_symbol *ret)
{
	for (size_t i = 0; i < cnt; i++) {
		if (strcmp(names[i], name))
			continue;
		if (ret[i].found && (hidden || (ret[i].exported && !exported)))
			return;
		ret[i].found = true;
		ret[i].exported = exported;
		ret[i].vaddr = sym->st_value;
		ret[i].bytes = sym->st_size;
		return;
	}
}

static void match_symbols(const struct block *symbols, const struct block *strings,
			  const struct block *versions, bool exported, const char *const *names,
			  size_t cnt, struct elf_symbol *ret)
{
	for (size_t i = 1; i < symbols->bytes / sizeof(Elf64_Sym); i++) {
		Elf64_Sym sym;
		uint16_t version = 0;

		memcpy(&sym, symbols->data + i * sizeof(sym), sizeof(sym));
		if (exported && sym.st_shndx == SHN_UNDEF && sym.st_name < strings->bytes)
			match_import(strings->data + sym.st_name, names, cnt, ret);
		if (ELF64_ST_TYPE(sym.st_info) != STT_FUNC || sym.st_shndx == SHN_UNDEF ||
		    sym.st_name >= strings->bytes)
			continue;
		if (exported && ELF64_ST_BIND(sym.st_info) == STB_LOCAL)
			continue;
		if (versions->data && (i + 1) * sizeof(version) <= versions->bytes)
			memcpy(&version, versions->data + i * sizeof(version), sizeof(version));
		match_symbol(&sym, strings->data + sym.st_name, version & VERSION_HIDDEN, exported,
			     names, cnt, ret);
	}
}

static int find_in_table(const struct elf_image *image, uint32_t type, const char *const *names,
			 size_t cnt, struct elf_symbol *ret)
{
	const Elf64_Shdr *table = find_section(image, type, NULL), *versym;
	struct block symbols = {0}, strings = {0}, versions = {0};
	int err;

	if (!table)
		return 0;
	if (table->sh_link >= image->section_cnt)
		return -ENOEXEC;
	err = read_section(image, table, &symbols);
	if (!err)
		err = read_section(image, &image->sections[table->sh_link], &strings);
	if (err)
		goto out;
	versym = type == SHT_DYNSYM ? find_section(image, SHT_GNU_versym, table) : NULL;
	if (versym)
		err = read_section(image, versym, &versions);
	if (!err)
		match_symbols(&symbols, &strings, &versions, type == SHT_DYNSYM, names, cnt, ret);
out:
	free(symbols.data);
	free(strings.data);
	free(versions.data);
	return err;
}

int elf_image__find_functions(const struct elf_image *image, const char *const *names, size_t cnt,
			      struct elf_symbol *ret)
{
	bool all = true;
	int err;

	memset(ret, 0, cnt * sizeof(*ret));
	err = find_in_table(image, SHT_DYNSYM, names, cnt, ret);
	if (err)
		return err;
	for (size_t i = 0; i < cnt; i++)
		all = all && ret[i].found;
	return all ? 0 : find_in_table(image, SHT_SYMTAB, names, cnt, ret);
}

int elf_image__file_offset(const struct elf_image *image, uint64_t vaddr, uint64_t bytes,
			   uint64_t *ret_offset)
{
	for (size_t i = 0; i < image->header.segment_cnt; i++) {
		const struct elf_segment *segment = &image->header.segments[i];
		uint64_t into = vaddr - segment->vaddr;

		if (vaddr < segment->vaddr || into >= segment->file_bytes ||
		    bytes > segment->file_bytes - into)
			continue;
		if (segment->offset > UINT64_MAX - into)
			return -ENOENT;
		*ret_offset = segment->offset + into;
		return 0;
	}
	return -ENOENT;
}

int elf_image__read(const struct elf_image *image, uint64_t vaddr, void *buf, size_t bytes)
{
	uint64_t offset;
	int err = elf_image__file_offset(image, vaddr, bytes, &offset);

	return err ? err : read_at(image, offset, buf, bytes);
}

size_t elf_image__bytes(const struct elf_image *image)
{
	return sizeof(*image) + image->section_cnt * sizeof(*image->sections) + image->names_bytes;
}
