// SPDX-License-Identifier: GPL-2.0-or-later
/* The dynamic linker's list, read from memory that the target controls. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "target/link_order.h"

/* Addresses are offsets into this memory, BASE up. */
#define BASE  0x10000
#define WORDS 512

struct memory {
	uint64_t words[WORDS];
	unsigned reads;
};

static int read_memory(void *context, uint64_t address, void *buf, size_t bytes)
{
	struct memory *memory = context;

	memory->reads++;
	if (address < BASE || address - BASE > sizeof(memory->words) - bytes)
		return -EFAULT;
	memcpy(buf, (char *)memory->words + (address - BASE), bytes);
	return 0;
}

static uint64_t address_of(size_t word)
{
	return BASE + 8 * word;
}

/* Dynamic section at word 0, r_debug at 20, link maps of four words from 100 on. */
static struct memory new_memory(unsigned objects)
{
	struct memory memory = {.words = {DT_NEEDED, 1, DT_DEBUG, address_of(20), DT_NULL, 0}};

	memory.words[20] = 1;
	memory.words[21] = address_of(100);
	for (unsigned i = 0; i < objects; i++) {
		memory.words[100 + 4 * i + 2] = 0x5000 + i;
		memory.words[100 + 4 * i + 3] = i + 1 < objects ? address_of(100 + 4 * (i + 1)) : 0;
	}
	return memory;
}

static void the_list_is_read_in_order(void **state)
{
	struct memory memory = new_memory(23);
	uint64_t found[64];

	(void)state;
	assert_int_equal(link_order__read(read_memory, &memory, BASE, found, 64), 23);
	for (unsigned i = 0; i < 23; i++)
		assert_int_equal(found[i], 0x5000 + i);
}

static void a_list_not_filled_yet_is_empty(void **state)
{
	struct memory early = new_memory(3), without = new_memory(3), empty = new_memory(3);
	uint64_t found[4];

	(void)state;
	early.words[3] = 0;
	without.words[2] = DT_NULL;
	empty.words[21] = 0;
	assert_int_equal(link_order__read(read_memory, &early, BASE, found, 4), 0);
	assert_int_equal(link_order__read(read_memory, &without, BASE, found, 4), 0);
	assert_int_equal(link_order__read(read_memory, &empty, BASE, found, 4), 0);
}

static void a_ring_ends_at_the_bound(void **state)
{
	struct memory memory = new_memory(2);
	uint64_t found[LINK_ORDER_MAX];

	(void)state;
	memory.words[100 + 4 + 3] = address_of(100);
	assert_int_equal(link_order__read(read_memory, &memory, BASE, found, LINK_ORDER_MAX),
			 LINK_ORDER_MAX);
	assert_true(memory.reads < LINK_ORDER_MAX + 10);
}

static void a_dynamic_section_without_end_is_bounded(void **state)
{
	struct memory memory = {{0}, 0};
	uint64_t found[4];

	(void)state;
	for (size_t i = 0; i < WORDS; i++)
		memory.words[i] = DT_NEEDED;
	assert_int_equal(link_order__read(read_memory, &memory, BASE, found, 4), 0);
	assert_true(memory.reads <= 256);
}

static void wild_pointers_are_errors(void **state)
{
	struct memory debug = new_memory(2), map = new_memory(2), next = new_memory(2);
	uint64_t found[4];

	(void)state;
	debug.words[3] = UINT64_MAX;
	map.words[21] = 0x7fffffffe000;
	next.words[103] = 8;
	assert_int_equal(link_order__read(read_memory, &debug, BASE, found, 4), -EFAULT);
	assert_int_equal(link_order__read(read_memory, &map, BASE, found, 4), -EFAULT);
	assert_int_equal(link_order__read(read_memory, &next, BASE, found, 4), -EFAULT);
	assert_int_equal(link_order__read(read_memory, &next, 0, found, 4), -EFAULT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_is_read_in_order),
		cmocka_unit_test(a_list_not_filled_yet_is_empty),
		cmocka_unit_test(a_ring_ends_at_the_bound),
		cmocka_unit_test(a_dynamic_section_without_end_is_bounded),
		cmocka_unit_test(wild_pointers_are_errors),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
