// SPDX-License-Identifier: GPL-2.0-or-later
/* ELF images: one that is sound, and what a hostile file may claim. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cmocka.h>

#include "target/elf_image.h"

/* A small image: two segments, a build-id, versioned .dynsym and a .symtab. */
struct sample {
	Elf64_Ehdr ehdr;
	Elf64_Phdr phdr[5];
	Elf64_Shdr shdr[7];
	char shstr[48];
	char strings[32];
	Elf64_Sym dynsym[4];
	Elf64_Half versym[4];
	Elf64_Sym symtab[3];
	struct {
		Elf64_Nhdr head;
		char name[4];
		uint8_t id[20];
	} note;
	uint8_t code[64];
};

#define AT(field)  offsetof(struct sample, field)
#define TEXT_VADDR 0x401000

enum { DYNSYM = 1, DYNSTR, VERSYM, SYMTAB, SHSTR, GO };

static void fill_sections(struct sample *s)
{
	static const char names[] = "\0.dynsym\0.dynstr\0.go.buildinfo";

	memcpy(s->shstr, names, sizeof(names));
	s->shdr[DYNSYM] = (Elf64_Shdr){.sh_name = 1,
				       .sh_type = SHT_DYNSYM,
				       .sh_link = DYNSTR,
				       .sh_offset = AT(dynsym),
				       .sh_size = sizeof(s->dynsym)};
	s->shdr[DYNSTR] = (Elf64_Shdr){.sh_name = 9,
				       .sh_type = SHT_STRTAB,
				       .sh_offset = AT(strings),
				       .sh_size = sizeof(s->strings)};
	s->shdr[VERSYM] = (Elf64_Shdr){.sh_type = SHT_GNU_versym,
				       .sh_link = DYNSYM,
				       .sh_offset = AT(versym),
				       .sh_size = sizeof(s->versym)};
	s->shdr[SYMTAB] = (Elf64_Shdr){.sh_type = SHT_SYMTAB,
				       .sh_link = DYNSTR,
				       .sh_offset = AT(symtab),
				       .sh_size = sizeof(s->symtab)};
	s->shdr[SHSTR] = (Elf64_Shdr){
		.sh_type = SHT_STRTAB, .sh_offset = AT(shstr), .sh_size = sizeof(s->shstr)};
	s->shdr[GO] = (Elf64_Shdr){.sh_name = 17, .sh_type = SHT_PROGBITS};
}

static Elf64_Sym function(uint32_t name, uint16_t section, uint64_t value)
{
	return (Elf64_Sym){.st_name = name,
			   .st_info = ELF64_ST_INFO(STB_GLOBAL, STT_FUNC),
			   .st_shndx = section,
			   .st_value = value,
			   .st_size = 16};
}

static struct sample new_sample(void)
{
	static const char strings[] = "\0malloc\0free\0hidden";
	struct sample s = {
		.ehdr = {.e_type = ET_DYN,
			 .e_machine = EM_X86_64,
			 .e_phoff = AT(phdr),
			 .e_shoff = AT(shdr),
			 .e_phentsize = sizeof(Elf64_Phdr),
			 .e_phnum = 5,
			 .e_shentsize = sizeof(Elf64_Shdr),
			 .e_shnum = 7,
			 .e_shstrndx = SHSTR},
		.phdr = {{.p_type = PT_INTERP},
			 {.p_type = PT_LOAD, .p_vaddr = 0x400000, .p_filesz = AT(code)},
			 {.p_type = PT_LOAD,
			  .p_flags = PF_X,
			  .p_vaddr = TEXT_VADDR,
			  .p_offset = AT(code),
			  .p_filesz = sizeof(s.code)},
			 {.p_type = PT_NOTE, .p_offset = AT(note), .p_filesz = sizeof(s.note)},
			 {.p_type = PT_DYNAMIC, .p_vaddr = 0x402000}},
		/* free stands undefined; malloc has an old version before its default one */
		.dynsym = {{0},
			   function(1, 5, TEXT_VADDR),
			   function(1, 5, TEXT_VADDR + 16),
			   function(8, SHN_UNDEF, 0)},
		.versym = {0, 0x8002, 3, 1},
		.symtab = {{0}, function(13, 5, TEXT_VADDR + 32), function(1, 5, 0x999)},
		.note = {.head = {4, 20, NT_GNU_BUILD_ID}, .name = "GNU", .id = {0xab, 0xcd}},
	};

	memcpy(s.ehdr.e_ident, ELFMAG, SELFMAG);
	s.ehdr.e_ident[EI_CLASS] = ELFCLASS64;
	s.ehdr.e_ident[EI_DATA] = ELFDATA2LSB;
	memcpy(s.strings, strings, sizeof(strings));
	for (size_t i = 0; i < sizeof(s.code); i++)
		s.code[i] = (uint8_t)i;
	fill_sections(&s);
	return s;
}

static int new_file(const void *bytes, size_t cnt)
{
	int fd = memfd_create("image", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, bytes, cnt), cnt);
	return fd;
}

static const char *const wanted[] = {"malloc", "free", "hidden", "absent"};

static void a_sound_image_is_read(void **state)
{
	struct sample s = new_sample();
	int fd = new_file(&s, sizeof(s));
	struct elf_image *image = elf_image__open(fd);
	const struct elf_header *header;
	struct elf_symbol found[4];
	uint8_t code[4];

	(void)state;
	assert_non_null(image);
	header = elf_image__header(image);
	assert_true(header->is_64bit && header->has_interpreter);
	assert_int_equal(header->machine, EM_X86_64);
	assert_int_equal(header->segment_cnt, 2);
	assert_int_equal(header->dynamic_vaddr, 0x402000);
	assert_int_equal(header->build_id_bytes, 20);
	assert_int_equal(header->build_id[1], 0xcd);
	assert_true(elf_image__has_section(image, ".go.buildinfo"));
	assert_false(elf_image__has_section(image, ".go"));
	assert_int_equal(elf_image__find_functions(image, wanted, 4, found), 0);
	assert_true(found[0].found && found[0].exported);
	assert_int_equal(found[0].vaddr, TEXT_VADDR + 16); /* the default version */
	assert_int_equal(found[0].bytes, 16);
	assert_false(found[1].found);
	assert_true(found[2].found && !found[2].exported);
	assert_false(found[3].found);
	assert_int_equal(elf_image__read(image, TEXT_VADDR + 16, code, 4), 0);
	assert_int_equal(code[0], 16);
	elf_image__free(image);
	close(fd);
}

static void addresses_outside_the_segments_have_no_offset(void **state)
{
	struct sample s = new_sample();
	int fd = new_file(&s, sizeof(s));
	struct elf_image *image = elf_image__open(fd);
	uint64_t offset;

	(void)state;
	assert_int_equal(elf_image__file_offset(image, TEXT_VADDR + 63, 1, &offset), 0);
	assert_int_equal(offset, AT(code) + 63);
	assert_int_equal(elf_image__file_offset(image, TEXT_VADDR + 63, 2, &offset), -ENOENT);
	assert_int_equal(elf_image__file_offset(image, TEXT_VADDR + 64, 1, &offset), -ENOENT);
	assert_int_equal(elf_image__file_offset(image, TEXT_VADDR, UINT64_MAX, &offset), -ENOENT);
	assert_int_equal(elf_image__file_offset(image, 0, 1, &offset), -ENOENT);
	assert_int_equal(elf_image__file_offset(image, UINT64_MAX, 1, &offset), -ENOENT);
	elf_image__free(image);
	close(fd);
}

/* The error of opening, or of looking up, or 0; nothing may be found then but by luck of the cut. */
static int try_image(const void *bytes, size_t cnt)
{
	int fd = new_file(bytes, cnt), err;
	struct elf_image *image = elf_image__open(fd);
	struct elf_symbol found[4];
	uint8_t code[4];

	err = image ? 0 : -errno;
	if (image) {
		err = elf_image__find_functions(image, wanted, 4, found);
		elf_image__has_section(image, ".dynsym");
		elf_image__read(image, TEXT_VADDR, code, sizeof(code));
	}
	elf_image__free(image);
	close(fd);
	return err;
}

static void what_is_no_elf_is_refused(void **state)
{
	struct sample big_endian = new_sample(), no_class = new_sample();

	(void)state;
	big_endian.ehdr.e_ident[EI_DATA] = ELFDATA2MSB;
	no_class.ehdr.e_ident[EI_CLASS] = 9;
	assert_int_equal(try_image("", 0), -ENOEXEC);
	assert_int_equal(try_image("#!/bin/sh\n", 10), -ENOEXEC);
	assert_int_equal(try_image(&big_endian, sizeof(big_endian)), -ENOEXEC);
	assert_int_equal(try_image(&no_class, sizeof(no_class)), -ENOEXEC);
}

static void a_32bit_image_tells_its_class_alone(void **state)
{
	struct sample s = new_sample();
	struct elf_image *image;
	int fd;

	(void)state;
	s.ehdr.e_ident[EI_CLASS] = ELFCLASS32;
	fd = new_file(&s, 52);
	image = elf_image__open(fd);
	assert_non_null(image);
	assert_false(elf_image__header(image)->is_64bit);
	assert_int_equal(elf_image__header(image)->machine, EM_X86_64);
	elf_image__free(image);
	close(fd);
}

static void every_truncation_is_survived(void **state)
{
	struct sample s = new_sample();

	(void)state;
	for (size_t cnt = 0; cnt < sizeof(s); cnt++)
		try_image(&s, cnt);
	assert_int_equal(try_image(&s, sizeof(s.ehdr) - 1), -ENOEXEC);
	assert_int_equal(try_image(&s, sizeof(s)), 0);
}

static void sizes_beyond_the_file_are_errors(void **state)
{
	static const uint64_t claims[] = {sizeof(struct sample), 1ULL << 63, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < 3; i++) {
		struct sample symbols = new_sample(), strings = new_sample(), offset = new_sample();
		struct sample headers = new_sample();

		symbols.shdr[DYNSYM].sh_size = claims[i];
		strings.shdr[DYNSTR].sh_size = claims[i];
		offset.shdr[VERSYM].sh_offset = claims[i];
		headers.ehdr.e_phoff = claims[i];
		assert_int_equal(try_image(&symbols, sizeof(symbols)), -ENOEXEC);
		assert_int_equal(try_image(&strings, sizeof(strings)), -ENOEXEC);
		assert_int_equal(try_image(&offset, sizeof(offset)), -ENOEXEC);
		assert_int_equal(try_image(&headers, sizeof(headers)), -ENOEXEC);
	}
}

static void unusable_section_headers_mean_no_symbols(void **state)
{
	struct sample past = new_sample(), none = new_sample(), many = new_sample();

	(void)state;
	past.ehdr.e_shoff = 1ULL << 62;
	none.ehdr.e_shnum = 0; /* the first header's size is then the count: 0 */
	many.ehdr.e_shnum = 0;
	many.shdr[0].sh_size = 60000000; /* a table that libelf would allocate */
	assert_int_equal(try_image(&past, sizeof(past)), 0);
	assert_int_equal(try_image(&none, sizeof(none)), 0);
	assert_int_equal(try_image(&many, sizeof(many)), 0);
}

static void links_and_names_out_of_range_are_survived(void **state)
{
	struct sample link = new_sample(), name = new_sample(), names = new_sample();
	struct sample nobits = new_sample(), nul = new_sample();

	(void)state;
	link.shdr[DYNSYM].sh_link = 4711;
	name.dynsym[1].st_name = UINT32_MAX;
	names.shdr[GO].sh_name = UINT32_MAX;
	names.ehdr.e_shstrndx = 0xfff0;
	nobits.shdr[DYNSTR].sh_type = SHT_NOBITS;
	memset(nul.strings, 'm', sizeof(nul.strings));
	memset(nul.shstr, '.', sizeof(nul.shstr));
	assert_int_equal(try_image(&link, sizeof(link)), -ENOEXEC);
	assert_int_equal(try_image(&name, sizeof(name)), 0);
	assert_int_equal(try_image(&names, sizeof(names)), 0);
	assert_int_equal(try_image(&nobits, sizeof(nobits)), -ENOEXEC);
	assert_int_equal(try_image(&nul, sizeof(nul)), 0);
}

static void hostile_notes_are_survived(void **state)
{
	static const uint32_t sizes[] = {0, 5, 21, 4096, 0x7fffffff, UINT32_MAX - 2, UINT32_MAX};

	(void)state;
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		struct sample name = new_sample(), desc = new_sample();

		name.note.head.n_namesz = sizes[i];
		desc.note.head.n_descsz = sizes[i];
		assert_int_equal(try_image(&name, sizeof(name)), 0);
		assert_int_equal(try_image(&desc, sizeof(desc)), 0);
	}
}

static void a_table_above_the_bound_is_not_read(void **state)
{
	struct sample s = new_sample();
	struct elf_symbol found[4];
	struct elf_image *image;
	int fd;

	(void)state;
	s.shdr[DYNSYM].sh_size = ELF_TABLE_MAX_BYTES + 1;
	fd = new_file(&s, sizeof(s));
	assert_int_equal(ftruncate(fd, 1LL << 32), 0); /* sparse */
	image = elf_image__open(fd);
	assert_non_null(image);
	assert_int_equal(elf_image__find_functions(image, wanted, 4, found), -EFBIG);
	elf_image__free(image);
	close(fd);
}

static void a_file_that_shrinks_is_an_error(void **state)
{
	struct sample s = new_sample();
	int fd = new_file(&s, sizeof(s));
	struct elf_image *image = elf_image__open(fd);
	struct elf_symbol found[4];

	(void)state;
	assert_non_null(image);
	assert_int_equal(ftruncate(fd, 100), 0);
	assert_int_equal(elf_image__find_functions(image, wanted, 4, found), -EIO);
	elf_image__free(image);
	close(fd);
}

static void flipped_bytes_are_survived(void **state)
{
	uint32_t seed = 23;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct sample s = new_sample();
		uint8_t *bytes = (uint8_t *)&s;

		for (int i = 0; i < 4; i++) {
			seed = seed * 1664525 + 1013904223;
			bytes[(seed >> 8) % offsetof(struct sample, code)] = (uint8_t)(seed >> 3);
		}
		try_image(&s, sizeof(s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_sound_image_is_read),
		cmocka_unit_test(addresses_outside_the_segments_have_no_offset),
		cmocka_unit_test(what_is_no_elf_is_refused),
		cmocka_unit_test(a_32bit_image_tells_its_class_alone),
		cmocka_unit_test(every_truncation_is_survived),
		cmocka_unit_test(sizes_beyond_the_file_are_errors),
		cmocka_unit_test(unusable_section_headers_mean_no_symbols),
		cmocka_unit_test(links_and_names_out_of_range_are_survived),
		cmocka_unit_test(hostile_notes_are_survived),
		cmocka_unit_test(a_table_above_the_bound_is_not_read),
		cmocka_unit_test(a_file_that_shrinks_is_an_error),
		cmocka_unit_test(flipped_bytes_are_survived),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
