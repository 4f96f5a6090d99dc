// SPDX-License-Identifier: GPL-2.0-or-later
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "base/random.h"
#include "base/table.h"
#include "base/vec.h"
#include "base/banned.h"

#define KEYS  509
#define TURNS 100003

static void empty_table_holds_nothing(void **state)
{
	struct table table = {0};
	uint64_t value = 7;

	(void)state;
	assert_false(table__get(&table, 0, &value));
	assert_false(table__remove(&table, 0, &value));
	assert_int_equal(value, 7);
	assert_null(table__next(&table, NULL));
	assert_int_equal(table__bytes(&table), 0);
	table__release(&table);
}

static void any_key_and_value_is_kept(void **state)
{
	static const uint64_t keys[] = {0, 1, UINT64_MAX, 1ULL << 63, 64, 128};
	struct table table = {0};
	uint64_t value;

	(void)state;
	for (size_t i = 0; i < 6; i++)
		assert_int_equal(table__put(&table, keys[i], ~keys[i]), 0);
	assert_int_equal(table.cnt, 6);
	for (size_t i = 0; i < 6; i++) {
		assert_true(table__get(&table, keys[i], &value));
		assert_int_equal(value, ~keys[i]);
		assert_true(table__get(&table, keys[i], NULL));
	}
	assert_false(table__get(&table, 2, NULL));
	table__release(&table);
	assert_int_equal(table.cnt, 0);
}

static void second_put_overwrites(void **state)
{
	struct table table = {0};
	uint64_t value;

	(void)state;
	table__put(&table, 5, 1);
	table__put(&table, 5, 2);
	assert_int_equal(table.cnt, 1);
	assert_true(table__remove(&table, 5, &value));
	assert_int_equal(value, 2);
	assert_int_equal(table.cnt, 0);
	assert_false(table__get(&table, 5, NULL));
	table__release(&table);
}

static void bytes_are_those_of_the_slots(void **state)
{
	struct table table = {0};

	(void)state;
	for (uint64_t i = 0; i < 10007; i++)
		assert_int_equal(table__put(&table, i, i), 0);
	assert_int_equal(table.cnt, 10007);
	assert_int_equal(table__bytes(&table), table.cap * sizeof(struct table_slot));
	/* never more than three quarters full, never larger than that asks for */
	assert_true(table.cnt * 4 <= table.cap * 3);
	assert_true(table.cap <= 16384);
	table__release(&table);
}

/* Removal moves entries back over the gap: every operation is compared with a plain array. */
static void random_operations_agree_with_an_array(void **state)
{
	struct random random = {4711};
	uint64_t values[KEYS] = {0};
	bool present[KEYS] = {0};
	struct table table = {0};
	size_t cnt = 0;

	(void)state;
	for (int turn = 0; turn < TURNS; turn++) {
		uint64_t draw = random__next(&random);
		size_t key = (size_t)(draw % KEYS);
		uint64_t value = 1;

		if (draw >> 63) {
			assert_int_equal(table__put(&table, key, draw), 0);
			cnt += !present[key];
			present[key] = true;
			values[key] = draw;
		} else {
			assert_int_equal(table__remove(&table, key, &value), present[key]);
			assert_int_equal(value, present[key] ? values[key] : 1);
			cnt -= present[key];
			present[key] = false;
		}
		assert_int_equal(table.cnt, cnt);
		key = (size_t)(draw >> 20) % KEYS;
		assert_int_equal(table__get(&table, key, &value), present[key]);
		if (present[key])
			assert_int_equal(value, values[key]);
	}
	for (size_t key = 0; key < KEYS; key++)
		assert_int_equal(table__get(&table, key, NULL), present[key]);
	table__release(&table);
}

static void next_comes_by_every_entry_once(void **state)
{
	unsigned char seen[KEYS] = {0};
	struct table table = {0};
	size_t cnt = 0;

	(void)state;
	for (uint64_t key = 0; key < KEYS; key++)
		table__put(&table, key, key * 3);
	for (uint64_t key = 0; key < KEYS; key += 2)
		table__remove(&table, key, NULL);
	for (const struct table_slot *slot = NULL; (slot = table__next(&table, slot)); cnt++) {
		assert_true(slot->key < KEYS);
		assert_int_equal(slot->value, slot->key * 3);
		assert_int_equal(seen[slot->key]++, 0);
	}
	assert_int_equal(cnt, KEYS / 2);
	for (size_t key = 0; key < KEYS; key++)
		assert_int_equal(seen[key], key % 2);
	table__release(&table);
}

/* Site ids are made of it and must be the same on every host: the published values of FNV-1a. */
static void hash_is_the_same_on_every_host(void **state)
{
	(void)state;
	assert_true(hash__bytes(HASH_SEED, "", 0) == 0xcbf29ce484222325ULL);
	assert_true(hash__bytes(HASH_SEED, "a", 1) == 0xaf63dc4c8601ec8cULL);
	assert_true(hash__bytes(HASH_SEED, "foobar", 6) == 0x85944171f73967e8ULL);
	assert_true(hash__bytes(hash__bytes(HASH_SEED, "foo", 3), "bar", 3) ==
		    hash__bytes(HASH_SEED, "foobar", 6));
}

static void vec_keeps_order_while_it_grows(void **state)
{
	struct {
		int *items;
		size_t cnt, cap;
	} list = {0};

	(void)state;
	for (int i = 0; i < 1009; i++)
		assert_int_equal(vec__add(&list, i * i), 0);
	assert_int_equal(list.cnt, 1009);
	assert_true(list.cap >= list.cnt);
	for (int i = 0; i < 1009; i++)
		assert_int_equal(list.items[i], i * i);
	free(list.items);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(empty_table_holds_nothing),
		cmocka_unit_test(any_key_and_value_is_kept),
		cmocka_unit_test(second_put_overwrites),
		cmocka_unit_test(bytes_are_those_of_the_slots),
		cmocka_unit_test(random_operations_agree_with_an_array),
		cmocka_unit_test(next_comes_by_every_entry_once),
		cmocka_unit_test(hash_is_the_same_on_every_host),
		cmocka_unit_test(vec_keeps_order_while_it_grows),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
