// SPDX-License-Identifier: GPL-2.0-or-later
/* Go executables of every form that linkers have written since 1.17. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "go_image.h"
#include "symbol/symbolizer.h"
#include "target/elf_image.h"
#include "target/go_program.h"
#include "target/go_version.h"
#include "base/banned.h"

#define CODE(image, function, at) ((image)->base + TEXT_AT + (function)*FUNCTION_STEP + (at))

static struct go_program *open_image(const struct go_image *image)
{
	int fd = go_image__file(image->bytes, sizeof(image->bytes));
	struct error error = {0};
	struct go_program *program = go_program__open(fd, &error);

	close(fd);
	if (!program)
		print_error("Go 1.%u: %s\n", image->layout->minor, error.text);
	assert_non_null(program);
	return program;
}

static void assert_line(const struct go_line *line, const char *function, const char *file,
			uint32_t number, bool inlined)
{
	assert_string_equal(line->function, function);
	assert_string_equal(line->file, file);
	assert_int_equal(line->line, number);
	assert_int_equal(line->inlined, inlined);
}

static void check_lines(struct go_program *program, const struct go_image *image)
{
	struct go_line lines[GO_INLINE_MAX];

	assert_int_equal(go_program__lines(program, CODE(image, 0, 0x0f), lines, 4), 1);
	assert_line(&lines[0], "main.main", "/m.go", 10, false);
	assert_int_equal(go_program__lines(program, CODE(image, 0, 0x10), lines, 4), 3);
	assert_line(&lines[0], "main.leaf", "/lib/l.go", 20, true);
	assert_line(&lines[1], "main.mid", "/lib/l.go", 30, true);
	assert_line(&lines[2], "main.main", "/m.go", 10, false);
	assert_int_equal(go_program__lines(program, CODE(image, 0, 0x3f), lines, 4), 2);
	assert_line(&lines[0], "main.mid", "/lib/l.go", 30, true);
	assert_int_equal(go_program__lines(program, CODE(image, 0, 0x1f), lines, 1), 1);
	assert_line(&lines[0], "main.leaf", "/lib/l.go", 20, true);
	assert_int_equal(go_program__lines(program, CODE(image, 5, 0xff), lines, 4), 1);
	assert_line(&lines[0], "runtime.mallocgcSmall", "/m.go", 13, false);
	assert_int_equal(go_program__lines(program, CODE(image, 6, 0), lines, 4), -ENOENT);
	assert_int_equal(go_program__lines(program, CODE(image, 0, 0) - 1, lines, 4), -ENOENT);
}

static void check_functions(struct go_program *program, const struct go_image *image)
{
	struct go_function function, found[8];

	assert_int_equal(go_program__find(program, "runtime.mallocgc", &function), 0);
	assert_int_equal(function.vaddr, CODE(image, 1, 0));
	assert_int_equal(function.bytes, FUNCTION_STEP);
	assert_int_equal(go_program__find(program, "runtime.newproc", &function), 0);
	assert_int_equal(function.index, 3);
	assert_int_equal(go_program__find(program, "runtime.malloc", &function), -ENOENT);
	assert_int_equal(go_program__function_at(program, CODE(image, 2, 0xff), &function), 0);
	assert_int_equal(function.index, 2);
	assert_string_equal(go_program__name(program, &function),
			    image->layout->absolute ? "main.Map[go.shape.int].func1"
						    : "main.Map[...].func1");
	assert_int_equal(go_program__find_prefix(program, "runtime.mallocgc", found, 8), 2);
	assert_int_equal(found[1].index, 5);
	assert_int_equal(go_program__find_prefix(program, "runtime.newproc", found, 8), 1);
	assert_int_equal(go_program__find_prefix(program, "", found, 3), 3);
}

static void check(const struct go_image *image)
{
	struct go_program *program = open_image(image);
	const struct go_sections *sections = go_program__sections(program);
	uint64_t base = image->base, size, first = 1;
	char name[32], version[16];

	snprintf(version, sizeof(version), "go1.%u.3", image->layout->minor);
	assert_string_equal(go_program__version(program), version);
	assert_int_equal(go_program__minor(program), image->layout->minor);
	assert_ptr_equal(go_program__layout(program), image->layout);
	assert_true(go_program__is_go(go_program__image(program)));
	assert_int_equal(go_program__is_pie(program, &first), !base);
	assert_int_equal(first, base ? 1 : 0);
	assert_int_equal(sections->text, base + TEXT_AT);
	assert_int_equal(sections->types, base + TYPES_AT);
	assert_int_equal(sections->etypes, base + TYPES_AT + 0x400);
	assert_int_equal(sections->gofunc, image->layout->gofunc ? base + GOFUNC_AT : 0);
	assert_int_equal(sections->enoptrbss, base + DATA_AT + 0x400);
	check_functions(program, image);
	check_lines(program, image);
	assert_int_equal(
		go_program__type(program, base + TYPES_AT + 0x40, name, sizeof(name), &size), 0);
	assert_string_equal(name, "main.User");
	assert_int_equal(size, 48);
	assert_int_equal(go_program__type(program, base + TYPES_AT + 0x40, name, 5, NULL), 0);
	assert_string_equal(name, "main");
	assert_int_equal(go_program__type(program, base + TYPES_AT + 0x48, name, 5, NULL), -ENOENT);
	assert_int_equal(go_program__type(program, 0xc000012000, name, 5, NULL), -ENOENT);
	assert_true(go_program__bytes(program) < GO_PROGRAM_MAX_BYTES);
	go_program__rest(program);
	check_lines(program, image);
	check_functions(program, image);
	go_program__free(program);
}

static void every_version_is_read(void **state)
{
	const struct go_layout *rows;
	size_t cnt;

	(void)state;
	rows = go_layout__rows(&cnt);
	assert_int_equal(rows[0].minor, GO_OLDEST_MINOR);
	for (size_t i = 0; i < cnt; i++) {
		struct go_image image = go_image__of(rows[i].minor);

		check(&image);
		assert_true(!i || rows[i].minor == rows[i - 1].minor + 1);
	}
}

static void tables_are_found_by_content_where_sections_are_missing(void **state)
{
	(void)state;
	for (unsigned minor = 17; minor <= 27; minor++) {
		struct go_image image = go_image__of(minor);

		image.sections = false;
		go_image__build(&image);
		check(&image);
		image.base = 0;
		go_image__build(&image);
		check(&image);
	}
}

static void version_is_read_from_the_runtime_where_build_info_is_removed(void **state)
{
	(void)state;
	for (unsigned minor = 17; minor <= 27; minor++) {
		struct go_image image = go_image__of(minor);

		image.info = false;
		go_image__build(&image);
		check(&image);
	}
}

static void relocations_stand_in_where_the_linker_left_zeros(void **state)
{
	(void)state;
	for (unsigned minor = 18; minor <= 27; minor++) {
		struct go_image image = go_image__of(minor);

		image.base = 0;
		image.in_place = false;
		go_image__build(&image);
		check(&image);
	}
}

static void a_newer_go_is_read_as_the_newest_known(void **state)
{
	struct go_image image = go_image__of(27);
	struct go_program *program;
	struct go_function function;

	(void)state;
	memcpy(image.bytes + DATA_AT + 33, "go1.31.9", 8);
	program = open_image(&image);
	assert_string_equal(go_program__version(program), "go1.31.9");
	assert_int_equal(go_program__minor(program), 31);
	assert_int_equal(go_program__layout(program)->minor, 27);
	assert_int_equal(go_program__find(program, "main.main", &function), 0);
	go_program__free(program);
}

static void a_version_that_the_tables_belie_does_not_choose_the_layout(void **state)
{
	struct go_image image = go_image__of(26);
	struct go_program *program;

	(void)state;
	memcpy(image.bytes + DATA_AT + 33, "go1.17.1", 8);
	program = open_image(&image);
	assert_int_equal(go_program__layout(program)->minor, 26);
	check_lines(program, &image);
	go_program__free(program);
}

static void only_one_moduledata_is_believed(void **state)
{
	struct go_image image = go_image__of(22);
	struct error error = {0};
	int fd;

	(void)state;
	memcpy(image.bytes + DATA_AT + 0x1800, image.bytes + DATA_AT + 0x100, GO_WORDS * 8);
	fd = go_image__file(image.bytes, sizeof(image.bytes));
	assert_null(go_program__open(fd, &error));
	assert_int_equal(errno, ENOEXEC);
	assert_string_equal(error.text, "Go's moduledata is ambiguous");
	close(fd);
}

static void no_go_program_is_refused_in_words(void **state)
{
	struct go_image image = go_image__of(22);
	struct error error = {0};
	struct elf_image *elf;
	int fd;

	(void)state;
	memset(image.bytes + TEXT_AT, 0, 0x4000);
	memset(image.bytes + DATA_AT, 0, 0x2000);
	image.bytes[0x7002] = 'x';
	fd = go_image__file(image.bytes, sizeof(image.bytes));
	elf = elf_image__open(fd);
	assert_false(go_program__is_go(elf));
	elf_image__free(elf);
	assert_null(go_program__open(fd, &error));
	assert_string_equal(error.text, "Go's table of functions is not to be found, or damaged");
	close(fd);
	fd = go_image__file((const uint8_t *)"#!/bin/sh\n", 10);
	assert_null(go_program__open(fd, NULL));
	assert_int_equal(errno, ENOEXEC);
	close(fd);
}

static void build_id_is_the_same_for_equal_builds_only(void **state)
{
	struct go_image image = go_image__of(22);
	struct go_program *a = open_image(&image), *b, *c;

	(void)state;
	b = open_image(&image);
	image.bytes[TEXT_AT + 17] ^= 1; /* Go's own */
	c = open_image(&image);
	assert_memory_equal(go_program__build_id(a), go_program__build_id(b), GO_BUILD_ID_BYTES);
	assert_memory_not_equal(go_program__build_id(a), go_program__build_id(c),
				GO_BUILD_ID_BYTES);
	go_program__free(c);
	image = go_image__of(22);
	image.bytes[TAB_AT + PART_NAMES + 2] ^= 1;
	c = open_image(&image);
	assert_memory_not_equal(go_program__build_id(a), go_program__build_id(c),
				GO_BUILD_ID_BYTES);
	go_program__free(a);
	go_program__free(b);
	go_program__free(c);
}

static void versions_are_parsed(void **state)
{
	(void)state;
	assert_int_equal(go_version__minor("go1.26.4"), 26);
	assert_int_equal(go_version__minor("go1.18"), 18);
	assert_int_equal(go_version__minor("devel go1.28-0123abc Mon"), 28);
	assert_int_equal(go_version__minor("go1.27rc1"), 27);
	assert_int_equal(go_version__minor("go2.0"), 0);
	assert_int_equal(go_version__minor(""), 0);
	assert_true(go_version__minor("go1.99999999999999") <= 10000);
}

static void symbolizer_prefers_the_table_and_checks_the_made_build_id(void **state)
{
	struct go_image image = go_image__of(23);
	struct symbolizer *symbolizer = symbolizer__new();
	struct go_program *program = open_image(&image);
	int fd = go_image__file(image.bytes, sizeof(image.bytes));
	const struct symbol_name *names;
	uint8_t id[GO_BUILD_ID_BYTES];

	(void)state;
	memcpy(id, go_program__build_id(program), sizeof(id));
	go_program__free(program);
	assert_int_equal(symbolizer__add_module(symbolizer, 1, fd, "/go", id, sizeof(id), 0), 0);
	id[0] ^= 1;
	assert_int_equal(symbolizer__add_module(symbolizer, 2, fd, "/go", id, sizeof(id), 0),
			 -ESTALE);
	close(fd);
	for (int round = 0; round < 2; round++) {
		uint64_t at = CODE(&image, 0, 0x10 + (uint64_t)round);

		assert_int_equal(symbolizer__lookup(symbolizer, 1, at, &names), 3);
		assert_string_equal(names[0].function, "main.leaf");
		assert_string_equal(names[1].function, "main.mid");
		assert_string_equal(names[1].file, "/lib/l.go");
		assert_int_equal(names[1].line, 30);
		assert_true(names[1].inlined);
		assert_string_equal(names[2].function, "main.main");
		assert_false(names[2].inlined);
		symbolizer__rest(symbolizer);
	}
	/* C code beside it has no name here. */
	assert_int_equal(symbolizer__lookup(symbolizer, 1, CODE(&image, 9, 0), &names), 1);
	assert_true(names[0].no_name);
	symbolizer__free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_version_is_read),
		cmocka_unit_test(tables_are_found_by_content_where_sections_are_missing),
		cmocka_unit_test(version_is_read_from_the_runtime_where_build_info_is_removed),
		cmocka_unit_test(relocations_stand_in_where_the_linker_left_zeros),
		cmocka_unit_test(a_newer_go_is_read_as_the_newest_known),
		cmocka_unit_test(a_version_that_the_tables_belie_does_not_choose_the_layout),
		cmocka_unit_test(only_one_moduledata_is_believed),
		cmocka_unit_test(no_go_program_is_refused_in_words),
		cmocka_unit_test(build_id_is_the_same_for_equal_builds_only),
		cmocka_unit_test(versions_are_parsed),
		cmocka_unit_test(symbolizer_prefers_the_table_and_checks_the_made_build_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
