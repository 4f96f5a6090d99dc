// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "symbol/elf_file.h"
#include "symbol/symbolizer.h"
#include "base/banned.h"

static void addresses_beyond_the_bound_share_one_answer(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	const struct symbol_name *names, *more;

	(void)state;
	for (uint64_t i = 0; i < 300000; i++)
		assert_int_equal(symbolizer__lookup(symbolizer, 9, i, &names), 1);
	assert_string_equal(names[0].function, "[unknown]");
	assert_true(names[0].no_name);
	assert_int_equal(symbolizer__lookup(symbolizer, 9, 1ULL << 40, &more), 1);
	assert_ptr_equal(names, more);
	assert_int_equal(symbolizer__lookup(symbolizer, 9, 23, &more), 1);
	assert_string_equal(more[0].function, "[unknown]+0x17");
	symbolizer__free(symbolizer);
}

/* Give the symbolizer @bytes as a module; whatever they are, it answers. */
static void ask_hostile(const unsigned char *bytes, size_t len)
{
	struct symbolizer *symbolizer = symbolizer__new();
	const struct symbol_name *names;
	int fd;

	assert_true(fixture__write("hostile", bytes, len));
	fd = open(fixture__path("hostile"), O_RDONLY | O_CLOEXEC);
	symbolizer__add_module(symbolizer, 1, fd, "/hostile", NULL, 0, 0);
	close(fd);
	for (size_t i = 0; i < return_cnt; i++)
		assert_true(symbolizer__lookup(symbolizer, 1, returns[i], &names) >= 1);
	for (uint64_t i = 0x1000; i < 0x1200; i += 17)
		assert_true(symbolizer__lookup(symbolizer, 1, i, &names) >= 1);
	symbolizer__free(symbolizer);
}

static unsigned char *read_fixture(const char *name, size_t *ret_len)
{
	FILE *file = fopen(fixture__path(name), "r");
	unsigned char *bytes = malloc(1 << 20);

	assert_non_null(file);
	*ret_len = fread(bytes, 1, 1 << 20, file);
	fclose(file);
	return bytes;
}

static void hostile_files_do_no_harm(void **state)
{
	unsigned char *bytes, *broken;
	size_t len;

	(void)state;
	make_c_library("victim.so", "");
	run_library("victim.so");
	bytes = read_fixture("victim.so", &len);
	broken = malloc(len);
	for (size_t cut = 0; cut < len; cut += len / 61 + 1)
		ask_hostile(bytes, cut);
	for (size_t at = 0; at < len; at += len / 97 + 1) {
		size_t span = len - at < 256 ? len - at : 256;

		memcpy(broken, bytes, len);
		memset(broken + at, 0xff, span);
		ask_hostile(broken, len);
	}
	srand(23);
	for (int round = 0; round < 300; round++) {
		/* Headers get a share of their own: they are a small part of the file. */
		size_t range = round % 3 == 0 ? 1024 : len;
		size_t from = round % 3 == 1 ? len - 3000 : 0;

		memcpy(broken, bytes, len);
		for (int i = 0; i < 1 + round % 20; i++)
			broken[from + (size_t)rand() % (range - from)] = (unsigned char)rand();
		ask_hostile(broken, len);
	}
	free(broken);
	free(bytes);
}

/* Sizes that would take all memory are refused by looking at headers only. */
static void huge_sections_are_refused(void **state)
{
	struct elf_file file;
	unsigned char *bytes;
	Elf64_Ehdr ehdr;
	Elf64_Shdr *shdrs;
	size_t len;
	int fd;

	(void)state;
	make_c_library("huge.so", "");
	bytes = read_fixture("huge.so", &len);
	memcpy(&ehdr, bytes, sizeof(ehdr));
	shdrs = (Elf64_Shdr *)(bytes + ehdr.e_shoff);
	shdrs[3].sh_size = UINT64_MAX / 2;
	assert_true(fixture__write("huge.so", bytes, len));
	fd = open(fixture__path("huge.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file__init(&file, fd), -ENOEXEC);
	close(fd);
	ehdr.e_shnum = 0;
	memcpy(bytes, &ehdr, sizeof(ehdr));
	assert_true(fixture__write("huge.so", bytes, len));
	fd = open(fixture__path("huge.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file__init(&file, fd), -ENOEXEC);
	close(fd);
	free(bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_beyond_the_bound_share_one_answer),
		cmocka_unit_test(hostile_files_do_no_harm),
		cmocka_unit_test(huge_sections_are_refused),
	};

	return cmocka_run_group_tests(tests, fixture__make_dir, fixture__remove_dir);
}
