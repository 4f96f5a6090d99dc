// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/by_function.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "group_world.h"

#define SITES 100

static char names[SITES][16];

/* Sites f0, f1, ... of @process hold i + 1 bytes each, the lightest first. */
static void set_sites(struct view_process *process, struct view_site *sites)
{
	for (size_t i = 0; i < SITES; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		sites[i] = (struct view_site){
			.id = i,
			.function = names[i],
			.bytes = fake_figure_of(1000, BASIS_SAMPLED),
			.live_bytes = fake_figure_of((double)i + 1, BASIS_SAMPLED),
		};
	}
	process->sites = sites;
	process->site_cnt = SITES;
	process->live_bytes = fake_figure_of(5050, BASIS_SAMPLED);
}

static void values_of_one_function_are_one(void **state)
{
	struct by_function list = {.cnt = 0};

	(void)state;
	assert_int_equal(by_function__add(&list, "f", 23), 0);
	assert_int_equal(by_function__add(&list, "g\xff", 5), 0);
	assert_int_equal(by_function__add(&list, "f", 7), 0);
	assert_int_equal(by_function__add(&list, "libx.so+0x1234", 1), 0);
	assert_int_equal(list.cnt, 3);
	assert_int_equal(list.items[0].value, 30);
	assert_string_equal(list.items[1].name, "g\xef\xbf\xbd");
	assert_string_equal(list.items[2].name, "[libx.so]");
	by_function__release(&list);
	assert_int_equal(list.cnt, 0);
}

static void the_heaviest_live_sites_of_a_process_are_kept(void **state)
{
	struct view_process process = {0};
	struct by_function *list = NULL;
	struct view_site sites[SITES];

	(void)state;
	set_sites(&process, sites);
	sites[99].vm = true;
	sites[98].live_bytes.basis = BASIS_UNKNOWN;
	sites[97].live_bytes.value = 0;
	assert_int_equal(by_function__see_live(&list, &process), 0);
	assert_int_equal(list->cnt, BY_FUNCTION_MAX);
	assert_string_equal(list->items[0].name, "f96");
	assert_string_equal(list->items[31].name, "f65");
	process.site_cnt = 0;
	assert_int_equal(by_function__see_live(&list, &process), 0);
	assert_int_equal(list->cnt, 0);
	by_function__free(list);
	by_function__free(NULL);
}

static void a_group_sums_its_members_and_publishes_ten(void **state)
{
	static struct view_site sites[2][SITES];
	struct world w = world_of(&usual);
	const struct group *group;

	(void)state;
	for (uint32_t i = 0; i < 2; i++) {
		fake_host__add(w.fake, 11 + i, "a");
		set_sites(fake_host__see(w.fake, 11 + i, PLAN_EXACT, 100, 1), sites[i]);
	}
	tick(&w, 1, "a");
	assert_int_equal(fake_group(w.host, "a")->live.cnt, 0);
	w.fake->analysis_number = 1;
	group = tick(&w, 1, "a");
	assert_int_equal(group->live.cnt, GROUP_FUNCTIONS_MAX);
	assert_string_equal(group->live.items[0].function, "f99");
	assert_int_equal(group->live.items[0].value, 200);
	/* One member's live bytes are not known: neither are the group's. */
	w.fake->seen[1].live_bytes.basis = BASIS_UNKNOWN;
	assert_int_equal(tick(&w, 1, "a")->live.cnt, 0);
	w.fake->seen[1].live_bytes.basis = BASIS_SAMPLED;
	/* The dead keep nothing live. */
	fake_host__end(w.fake, 12);
	group = tick(&w, 1, "a");
	assert_int_equal(group->live.items[0].value, 100);
	end(&w);
}

static void what_is_published_stays_until_another_is_clearly_heavier(void **state)
{
	struct function_sums sums = {.cnt = 0};
	struct group_functions ret = {.cnt = 0};
	struct by_function list = {.cnt = 0};
	struct host *host = host__new();

	(void)state;
	assert_non_null(host);
	for (size_t i = 0; i < 11; i++) {
		snprintf(names[i], sizeof(names[i]), "f%zu", i);
		assert_int_equal(by_function__add(&list, names[i], i == 10 ? 99 : 100), 0);
	}
	function_sums__add(&sums, &list);
	assert_int_equal(function_sums__publish(&sums, host, &ret), 0);
	for (double next = 99; next < 125; next += 5) {
		list.items[10].value = next;
		function_sums__begin(&sums);
		function_sums__add(&sums, &list);
		assert_int_equal(function_sums__publish(&sums, host, &ret), 0);
		for (size_t i = 0; i < ret.cnt; i++)
			assert_string_not_equal(ret.items[i].function, "f10");
	}
	list.items[10].value = 126;
	function_sums__begin(&sums);
	function_sums__add(&sums, &list);
	assert_int_equal(function_sums__publish(&sums, host, &ret), 0);
	assert_string_equal(ret.items[0].function, "f10");
	assert_int_equal(ret.cnt, GROUP_FUNCTIONS_MAX);
	by_function__release(&list);
	host__free(host);
}

static void sums_have_a_bound(void **state)
{
	struct function_sums sums = {.cnt = 0};
	struct by_function lists[3] = {{.cnt = 0}};

	(void)state;
	for (size_t i = 0; i < 3 * BY_FUNCTION_MAX + 3; i++) {
		char name[16];

		snprintf(name, sizeof(name), "g%zu", i);
		assert_int_equal(by_function__add(&lists[i % 3], name, 1), 0);
	}
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(lists[i].cnt, BY_FUNCTION_MAX);
		function_sums__add(&sums, &lists[i]);
	}
	assert_int_equal(sums.cnt, FUNCTION_SUMS_MAX);
	for (size_t i = 0; i < 3; i++)
		by_function__release(&lists[i]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_of_one_function_are_one),
		cmocka_unit_test(the_heaviest_live_sites_of_a_process_are_kept),
		cmocka_unit_test(a_group_sums_its_members_and_publishes_ten),
		cmocka_unit_test(what_is_published_stays_until_another_is_clearly_heavier),
		cmocka_unit_test(sums_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
