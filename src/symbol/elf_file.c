// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/elf_file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/banned.h"

#define PHDR_MAX	512
#define SHDR_MAX	16384
#define NAMES_MAX_BYTES (1U << 20)
#define NOTES_MAX_BYTES (64U << 10)
/* libdw reads this section whole; the largest seen (a browser) has 30 MB. */
#define EH_FRAME_MAX_BYTES (96ULL << 20)
/* Without section headers libdw may read from .eh_frame to the end of the file. */
#define HEADERLESS_MAX_BYTES (256ULL << 20)

static bool in_file(const struct elf_file *file, uint64_t offset, uint64_t bytes)
{
	return offset <= file->bytes && bytes <= file->bytes - offset;
}

int elf_file__read(const struct elf_file *file, uint64_t offset, void *buf, size_t bytes)
{
	size_t got = 0;

	if (!in_file(file, offset, bytes))
		return -EIO;
	while (got < bytes) {
		ssize_t n = pread(file->fd, (char *)buf + got, bytes - got, (off_t)(offset + got));

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return -EIO;
		got += (size_t)n;
	}
	return 0;
}

/* @cnt rows of @row bytes at @offset, on the heap, with a zero byte behind them. */
static int read_table(const struct elf_file *file, uint64_t offset, size_t cnt, size_t row,
		      void *ret_table)
{
	char *table = malloc(cnt * row + 1);
	int err;

	if (!table)
		return -ENOMEM;
	err = elf_file__read(file, offset, table, cnt * row);
	if (err) {
		free(table);
		return -ENOEXEC;
	}
	table[cnt * row] = 0;
	*(void **)ret_table = table;
	return 0;
}

static int read_header(struct elf_file *file)
{
	const unsigned char *ident = file->ehdr.e_ident;

	if (elf_file__read(file, 0, &file->ehdr, sizeof(file->ehdr)))
		return -ENOEXEC;
	if (memcmp(ident, ELFMAG, SELFMAG) || ident[EI_CLASS] != ELFCLASS64 ||
	    ident[EI_DATA] != ELFDATA2LSB)
		return -ENOEXEC;
	/* The shared debug files of dwz have no segments. */
	if (!file->ehdr.e_phnum)
		return 0;
	if (file->ehdr.e_phentsize != sizeof(Elf64_Phdr))
		return -ENOEXEC;
	if (file->ehdr.e_phnum > PHDR_MAX)
		return -EFBIG;
	file->phdr_cnt = file->ehdr.e_phnum;
	return read_table(file, file->ehdr.e_phoff, file->phdr_cnt, sizeof(Elf64_Phdr),
			  &file->phdrs);
}

static int check_sections(const struct elf_file *file)
{
	for (size_t i = 1; i < file->shdr_cnt; i++) {
		const Elf64_Shdr *shdr = &file->shdrs[i];

		if (shdr->sh_type == SHT_NOBITS || shdr->sh_type == SHT_NULL)
			continue;
		if (!in_file(file, shdr->sh_offset, shdr->sh_size))
			return -ENOEXEC;
		/* What readers index with this must not read past the table's end. */
		if (shdr->sh_type != SHT_SYMTAB && shdr->sh_type != SHT_DYNSYM)
			continue;
		if (shdr->sh_link >= file->shdr_cnt || shdr->sh_entsize != sizeof(Elf64_Sym))
			return -ENOEXEC;
	}
	return 0;
}

static int read_sections(struct elf_file *file)
{
	const Elf64_Ehdr *ehdr = &file->ehdr;
	const Elf64_Shdr *names;
	int err;

	if (!ehdr->e_shoff && !ehdr->e_shnum)
		return file->bytes > HEADERLESS_MAX_BYTES ? -EFBIG : 0;
	/* e_shnum 0 with a table would mean "see section 0": no linker that is met here does so. */
	if (ehdr->e_shentsize != sizeof(Elf64_Shdr) || !ehdr->e_shoff || !ehdr->e_shnum ||
	    ehdr->e_shstrndx >= ehdr->e_shnum)
		return -ENOEXEC;
	if (ehdr->e_shnum > SHDR_MAX)
		return -EFBIG;
	err = read_table(file, ehdr->e_shoff, ehdr->e_shnum, sizeof(Elf64_Shdr), &file->shdrs);
	if (err)
		return err;
	file->shdr_cnt = ehdr->e_shnum;
	err = check_sections(file);
	if (err)
		return err;
	names = &file->shdrs[ehdr->e_shstrndx];
	if (names->sh_type != SHT_STRTAB)
		return -ENOEXEC;
	if (names->sh_size > NAMES_MAX_BYTES)
		return -EFBIG;
	file->names_bytes = names->sh_size;
	return read_table(file, names->sh_offset, names->sh_size, 1, &file->names);
}

/* Look for the build-id in the notes at [offset, offset + bytes). */
static bool find_build_id(struct elf_file *file, uint64_t offset, uint64_t bytes)
{
	char notes[4096];
	Elf64_Nhdr note;
	uint64_t at = 0;

	if (bytes > NOTES_MAX_BYTES)
		return false;
	/* The build-id is the first or second note of its kind: one buffer reaches it. */
	if (bytes > sizeof(notes))
		bytes = sizeof(notes);
	if (elf_file__read(file, offset, notes, bytes))
		return false;
	while (bytes - at >= sizeof(note)) {
		uint64_t name_bytes, desc_bytes;

		memcpy(&note, notes + at, sizeof(note));
		at += sizeof(note);
		name_bytes = ((uint64_t)note.n_namesz + 3) & ~3ULL;
		desc_bytes = ((uint64_t)note.n_descsz + 3) & ~3ULL;
		if (name_bytes + desc_bytes > bytes - at)
			return false;
		if (note.n_type == NT_GNU_BUILD_ID && note.n_namesz == 4 && note.n_descsz &&
		    !memcmp(notes + at, "GNU", 4)) {
			file->build_id_bytes =
				note.n_descsz < BUILD_ID_MAX ? note.n_descsz : BUILD_ID_MAX;
			memcpy(file->build_id, notes + at + name_bytes, file->build_id_bytes);
			return true;
		}
		at += name_bytes + desc_bytes;
	}
	return false;
}

static void read_build_id(struct elf_file *file)
{
	/* Sections first: in a separate debug file the segments' offsets point at other bytes. */
	for (size_t i = 1; i < file->shdr_cnt; i++) {
		const Elf64_Shdr *shdr = &file->shdrs[i];

		if (shdr->sh_type == SHT_NOTE &&
		    find_build_id(file, shdr->sh_offset, shdr->sh_size))
			return;
	}
	for (size_t i = 0; i < file->phdr_cnt; i++) {
		const Elf64_Phdr *phdr = &file->phdrs[i];

		if (phdr->p_type == PT_NOTE && !file->shdr_cnt &&
		    find_build_id(file, phdr->p_offset, phdr->p_filesz))
			return;
	}
}

int elf_file__init(struct elf_file *file, int fd)
{
	struct elf_file made = {.fd = fcntl(fd, F_DUPFD_CLOEXEC, 0)};
	const Elf64_Shdr *eh_frame;
	struct stat st;
	int err;

	if (made.fd < 0)
		return -errno;
	if (fstat(made.fd, &st)) {
		err = -errno;
		goto out;
	}
	made.bytes = (uint64_t)st.st_size;
	err = read_header(&made);
	if (!err)
		err = read_sections(&made);
	if (err)
		goto out;
	eh_frame = elf_file__section(&made, ".eh_frame");
	if (eh_frame && eh_frame->sh_size > EH_FRAME_MAX_BYTES) {
		err = -EFBIG;
		goto out;
	}
	read_build_id(&made);
	*file = made;
	return 0;
out:
	elf_file__release(&made);
	return err;
}

void elf_file__release(struct elf_file *file)
{
	elf_file__drop_elf(file);
	if (file->fd >= 0)
		close(file->fd);
	free(file->phdrs);
	free(file->shdrs);
	free(file->names);
	*file = (struct elf_file){.fd = -1};
}

Elf *elf_file__elf(struct elf_file *file)
{
	if (!file->elf && elf_version(EV_CURRENT) != EV_NONE)
		file->elf = elf_begin(file->fd, ELF_C_READ, NULL);
	return file->elf;
}

void elf_file__drop_elf(struct elf_file *file)
{
	if (file->elf)
		elf_end(file->elf);
	file->elf = NULL;
}

const Elf64_Shdr *elf_file__section(const struct elf_file *file, const char *name)
{
	for (size_t i = 1; i < file->shdr_cnt; i++) {
		const Elf64_Shdr *shdr = &file->shdrs[i];

		if (shdr->sh_type != SHT_NOBITS && shdr->sh_name < file->names_bytes &&
		    !strcmp(file->names + shdr->sh_name, name))
			return shdr;
	}
	return NULL;
}

bool elf_file__bias(const struct elf_file *file, uint64_t start, uint64_t offset,
		    uint64_t *ret_bias)
{
	uint64_t page = 4096;

	for (size_t i = 0; i < file->phdr_cnt; i++) {
		const Elf64_Phdr *phdr = &file->phdrs[i];
		uint64_t first = phdr->p_offset & ~(page - 1);

		if (phdr->p_type != PT_LOAD || !(phdr->p_flags & PF_X))
			continue;
		if (offset < first || offset - first >= phdr->p_filesz + page)
			continue;
		*ret_bias = start - offset + phdr->p_offset - phdr->p_vaddr;
		return true;
	}
	return false;
}

/* Bytes of one debug section once unpacked; UINT64_MAX if its header is cut. */
static uint64_t unpacked_bytes(const struct elf_file *file, const Elf64_Shdr *shdr)
{
	Elf64_Chdr chdr;

	if (!(shdr->sh_flags & SHF_COMPRESSED))
		return shdr->sh_size;
	if (shdr->sh_size < sizeof(chdr) ||
	    elf_file__read(file, shdr->sh_offset, &chdr, sizeof(chdr)))
		return UINT64_MAX;
	return chdr.ch_size;
}

/* Other spellings that libdw understands: they would bypass the checks on the plain names. */
static bool is_odd_debug_name(const char *name)
{
	size_t len = strlen(name);

	return !strncmp(name, ".zdebug_", 8) || !strncmp(name, ".gnu.debuglto_", 14) ||
	       (!strncmp(name, ".debug_", 7) && len > 4 && !strcmp(name + len - 4, ".dwo"));
}

uint64_t elf_file__debug_bytes(const struct elf_file *file)
{
	uint64_t sum = 0;

	for (size_t i = 1; i < file->shdr_cnt; i++) {
		const Elf64_Shdr *shdr = &file->shdrs[i];
		const char *name;
		uint64_t bytes;

		if (shdr->sh_type == SHT_NOBITS || shdr->sh_name >= file->names_bytes)
			continue;
		name = file->names + shdr->sh_name;
		if (is_odd_debug_name(name))
			return UINT64_MAX;
		if (strncmp(name, ".debug_", 7))
			continue;
		bytes = unpacked_bytes(file, shdr);
		if (bytes > UINT64_MAX - sum)
			return UINT64_MAX;
		sum += bytes;
	}
	return sum;
}

bool elf_file__has_build_id(const struct elf_file *file, const uint8_t *id, size_t bytes)
{
	return bytes && bytes == file->build_id_bytes && !memcmp(file->build_id, id, bytes);
}
