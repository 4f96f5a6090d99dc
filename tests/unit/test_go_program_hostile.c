// SPDX-License-Identifier: GPL-2.0-or-later
/* Go executables that are cut, flipped, or say what they must not be believed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "go_ask.h"
#include "target/go_strings.h"
#include "base/banned.h"

#define ROUNDS 1000

/* One of each form of table, and one that is found by content and relocations. */
static struct go_image sample(unsigned i)
{
	static const unsigned minors[] = {17, 19, 25, 27, 26};
	struct go_image image = go_image__of(minors[i]);

	if (i < 4)
		return image;
	image.sections = image.info = image.in_place = false;
	image.base = 0;
	go_image__build(&image);
	return image;
}

static struct go_program *open_bytes(const uint8_t *data, size_t bytes)
{
	int fd = go_image__file(data, bytes);
	struct go_program *program = go_program__open(fd, NULL);

	close(fd);
	return program;
}

static void cut_files_do_no_harm(void **state)
{
	unsigned opened = 0;

	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		struct go_image image = sample(i);

		for (size_t cut = 0; cut < IMAGE_BYTES; cut += 61)
			opened += ask_all(image.bytes, cut);
		assert_true(ask_all(image.bytes, IMAGE_BYTES));
	}
	assert_true(opened); /* what lies behind the tables is not missed */
}

/* A place where there is something to break. */
static size_t pick(const struct go_image *image)
{
	for (;;) {
		size_t at = (size_t)rand() % IMAGE_BYTES;

		if (image->bytes[at] || rand() % 16 == 0)
			return at;
	}
}

static void flipped_bits_do_no_harm(void **state)
{
	unsigned opened = 0;

	(void)state;
	srand(23);
	for (unsigned i = 0; i < 5; i++) {
		const struct go_image sound = sample(i);

		for (unsigned round = 0; round < ROUNDS; round++) {
			struct go_image image = sound;

			for (unsigned flips = 1 + (unsigned)rand() % 4; flips--;)
				image.bytes[pick(&sound)] ^= (uint8_t)(1 << rand() % 8);
			opened += ask_all(image.bytes, IMAGE_BYTES);
		}
	}
	assert_true(opened > ROUNDS && opened < 5 * ROUNDS);
}

static void words_of_ones_do_no_harm(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++)
		for (size_t at = 0; at < IMAGE_BYTES - 8; at += 8) {
			struct go_image image = sample(i);

			if (at > 0x1000 && !memcmp(image.bytes + at, "\0\0\0\0\0\0\0", 8))
				continue;
			memset(image.bytes + at, 0xff, 8);
			ask_all(image.bytes, IMAGE_BYTES);
			memset(image.bytes + at + 4, 0x7f, 4);
			ask_all(image.bytes, IMAGE_BYTES);
		}
}

static void a_call_inlined_in_itself_ends(void **state)
{
	struct go_image image = go_image__of(24);
	struct go_line lines[2 * GO_INLINE_MAX];
	struct go_program *program;

	(void)state;
	put32(&image, GOFUNC_AT + 0x20 + 16 + 8, 0x10); /* leaf is called where leaf is */
	program = open_bytes(image.bytes, IMAGE_BYTES);
	assert_non_null(program);
	assert_int_equal(
		go_program__lines(program, image.base + TEXT_AT + 0x10, lines, 2 * GO_INLINE_MAX),
		GO_INLINE_MAX);
	assert_string_equal(lines[GO_INLINE_MAX - 1].function, "main.leaf");
	go_program__free(program);
}

static void counts_beyond_the_file_are_refused(void **state)
{
	static const uint64_t counts[] = {0, FUNCTIONS + 0x4000, 1ULL << 31, UINT64_MAX};

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		struct go_image image = go_image__of(24);

		put64(&image, TAB_AT + 8, counts[i]);
		assert_null(open_bytes(image.bytes, IMAGE_BYTES));
	}
}

static void a_pc_table_without_end_is_given_up(void **state)
{
	struct go_image image = go_image__of(24);
	size_t bytes = 16U << 20, at = TAB_AT + PART_FUNCTIONS + 0x80 + 4 + 20;
	uint8_t *data = calloc(1, bytes);
	struct go_line line;
	struct go_program *program;

	(void)state;
	/* The code's segment grows over 16 MB of steps that never reach the instruction. */
	put32(&image, at, 0x10000);
	put64(&image, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 32, bytes - TAB_AT);
	memcpy(data, image.bytes, IMAGE_BYTES);
	for (size_t i = TAB_AT + PART_PCS + 0x10000; i < bytes; i += 2)
		data[i] = 2;
	program = open_bytes(data, bytes);
	assert_non_null(program);
	assert_int_equal(go_program__lines(program, image.base + TEXT_AT + 0x50, &line, 1), 1);
	assert_string_equal(line.function, "main.main");
	assert_int_equal(line.line, 0);
	go_program__free(program);
	free(data);
}

static void strings_handed_out_are_bounded(void **state)
{
	struct go_strings strings = {0};
	char name[GO_NAME_MAX];
	unsigned refused = 0;

	(void)state;
	memset(name, 'x', sizeof(name));
	for (uint32_t i = 0; i < 1000; i++) {
		memcpy(name + 8, &i, sizeof(i));
		refused += !*go_strings__add(&strings, name, sizeof(name) - 1);
	}
	assert_true(refused > 500 && refused < 1000);
	assert_true(go_strings__bytes(&strings) <= GO_STRINGS_MAX_BYTES);
	go_strings__release(&strings);
	assert_int_equal(go_strings__bytes(&strings), 0);
}

static void a_name_without_end_is_cut(void **state)
{
	struct go_image image = go_image__of(24);
	size_t bytes = 1U << 20;
	uint8_t *data = malloc(bytes);
	struct go_function function = {0};
	struct go_program *program;

	(void)state;
	put64(&image, sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr) + 32, bytes - TAB_AT);
	put32(&image, TAB_AT + PART_FUNCTIONS + 0x80 + 4, 0x10000);
	memset(data, '[', bytes);
	memcpy(data, image.bytes, IMAGE_BYTES);
	program = open_bytes(data, bytes);
	assert_non_null(program);
	assert_string_equal(go_program__name(program, &function), "[...");
	memset(data + IMAGE_BYTES, 'y', bytes - IMAGE_BYTES);
	go_program__free(program);
	program = open_bytes(data, bytes);
	assert_int_equal(strlen(go_program__name(program, &function)), GO_NAME_MAX - 1);
	go_program__free(program);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cut_files_do_no_harm),
		cmocka_unit_test(flipped_bits_do_no_harm),
		cmocka_unit_test(words_of_ones_do_no_harm),
		cmocka_unit_test(a_call_inlined_in_itself_ends),
		cmocka_unit_test(counts_beyond_the_file_are_refused),
		cmocka_unit_test(a_pc_table_without_end_is_given_up),
		cmocka_unit_test(strings_handed_out_are_bounded),
		cmocka_unit_test(a_name_without_end_is_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
