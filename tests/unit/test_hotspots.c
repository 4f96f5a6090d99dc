// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/hotspots.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <cmocka.h>

#include "fake_host.h"

#define SITES 200

struct bench {
	struct view_process process;
	struct view_site sites[SITES];
	char names[SITES][16];
	struct image_hotspots *image;
	struct hotspots group;
};

static struct bench *begin(void)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->process.sites = bench->sites;
	return bench;
}

static void end(struct bench *bench)
{
	image_hotspots__free(bench->image);
	hotspots__release(&bench->group);
	free(bench);
}

/* Sites of functions f0, f1, ... with these bytes. */
static void set_sites(struct bench *bench, size_t cnt, double (*bytes)(size_t))
{
	double whole = 0;

	for (size_t i = 0; i < cnt; i++) {
		snprintf(bench->names[i], sizeof(bench->names[i]), "f%zu", i);
		bench->sites[i] = (struct view_site){
			.function = bench->names[i],
			.bytes = fake_figure_of(bytes(i), BASIS_SAMPLED),
		};
		whole += bytes(i);
	}
	bench->process.site_cnt = cnt;
	bench->process.bytes = fake_figure_of(whole, BASIS_EXACT);
}

static void share(struct bench *bench, double allocated)
{
	assert_int_equal(image_hotspots__share(&bench->image, &bench->process, allocated), 0);
}

static const struct hotspot *find(const struct bench *bench, const char *name)
{
	for (size_t i = 0; i < bench->group.cnt; i++)
		if (!strcmp(bench->group.items[i].name, name))
			return &bench->group.items[i];
	return NULL;
}

static size_t count_shown(const struct bench *bench)
{
	size_t shown = 0;

	for (size_t i = 0; i < bench->group.cnt; i++)
		shown += bench->group.items[i].shown;
	return shown;
}

static double lighter_and_lighter(size_t i)
{
	return 1000.0 / (double)(i + 1);
}

static double heavier_and_heavier(size_t i)
{
	return 1.0 + (double)i;
}

static double equal(size_t i)
{
	(void)i;
	return 1;
}

static double mostly_the_last(size_t i)
{
	return i == 30 ? 1000 : 1;
}

static void bytes_are_shared_out_and_add_up(void **state)
{
	struct bench *b = begin();
	double sum = 0;

	(void)state;
	set_sites(b, 10, lighter_and_lighter);
	share(b, 0);
	for (int t = 1; t <= 10; t++) {
		assert_int_equal(hotspots__add(&b->group, b->image, t * 1e6), 0);
		sum = 0;
		for (size_t i = 0; i < b->group.cnt; i++)
			sum += b->group.items[i].bytes;
		assert_true(fabs(sum - t * 1e6) < 1);
	}
	assert_true(find(b, "f0")->bytes > find(b, "f9")->bytes * 9.9);
	end(b);
}

static void sites_of_one_function_are_one(void **state)
{
	struct bench *b = begin();

	(void)state;
	set_sites(b, 3, equal);
	b->sites[1].function = b->sites[0].function;
	b->sites[2].vm = true;
	b->process.bytes.value = 2;
	share(b, 0);
	assert_int_equal(hotspots__add(&b->group, b->image, 1000), 0);
	assert_int_equal(b->group.cnt, 1);
	assert_true(fabs(find(b, "f0")->bytes - 1000) < 1e-6);
	end(b);
}

static void revised_shares_never_step_back(void **state)
{
	struct bench *b = begin();
	double before[SITES] = {0};

	(void)state;
	for (int t = 1; t <= 40; t++) {
		set_sites(b, 60, t & 1 ? lighter_and_lighter : heavier_and_heavier);
		share(b, t * 1e5);
		assert_int_equal(hotspots__add(&b->group, b->image, t * 1e5), 0);
		for (size_t i = 0; i < 60; i++) {
			char name[16];

			snprintf(name, sizeof(name), "f%zu", i);
			assert_true(find(b, name)->bytes >= before[i]);
			before[i] = find(b, name)->bytes;
		}
	}
	end(b);
}

static void twenty_are_published_and_they_do_not_flap(void **state)
{
	struct bench *b = begin();
	size_t replaced = 0;

	(void)state;
	set_sites(b, 40, equal);
	share(b, 0);
	for (uint64_t t = 1; t <= 100; t++) {
		/* Who is ahead changes all the time, but by little. */
		for (size_t i = 0; i < 40; i++)
			b->sites[i].bytes.value = 1 + 0.05 * (double)((i * 7 + t * 3) % 5);
		share(b, (double)t * 1e6);
		assert_int_equal(hotspots__add(&b->group, b->image, (double)t * 1e6), 0);
		replaced += hotspots__choose(&b->group, t * FAKE_SECOND);
		assert_int_equal(count_shown(b), GROUP_HOTSPOTS_MAX);
	}
	assert_int_equal(replaced, 0);
	end(b);
}

static void one_that_has_become_clearly_heavier_takes_a_place(void **state)
{
	struct bench *b = begin();

	(void)state;
	set_sites(b, 31, lighter_and_lighter);
	share(b, 0);
	hotspots__add(&b->group, b->image, 1e6);
	assert_int_equal(hotspots__choose(&b->group, FAKE_SECOND), 0);
	assert_false(find(b, "f30")->shown);
	set_sites(b, 31, mostly_the_last);
	share(b, 2e6);
	hotspots__add(&b->group, b->image, 3e6);
	assert_int_equal(hotspots__choose(&b->group, 2 * FAKE_SECOND), 1);
	assert_true(find(b, "f30")->shown);
	assert_int_equal(count_shown(b), GROUP_HOTSPOTS_MAX);
	end(b);
}

static void the_set_is_bounded(void **state)
{
	struct bench *b = begin();

	(void)state;
	set_sites(b, SITES, lighter_and_lighter);
	for (int t = 1; t <= 50; t++) {
		for (size_t i = 0; i < SITES; i++)
			snprintf(b->names[i], sizeof(b->names[i]), "g%zu", i + (size_t)t * 10);
		share(b, t * 1e6);
		assert_int_equal(hotspots__add(&b->group, b->image, t * 1e6), 0);
		hotspots__choose(&b->group, (uint64_t)t * FAKE_SECOND);
		assert_true(b->group.cnt <= HOTSPOTS_KEPT && b->image->cnt <= HOTSPOTS_KEPT);
		assert_int_equal(count_shown(b), GROUP_HOTSPOTS_MAX);
	}
	end(b);
}

static void names_are_valid_short_and_without_addresses(void **state)
{
	char name[HOTSPOT_NAME_BYTES + 4], long_name[1000];

	(void)state;
	hotspot__name(name, sizeof(name), "prog+0xdead");
	assert_string_equal(name, "[prog]");
	hotspot__name(name, sizeof(name), "operator+0xq");
	assert_string_equal(name, "operator+0xq");
	hotspot__name(name, sizeof(name), "\xff\x1b[2J");
	assert_string_equal(name, "\xef\xbf\xbd\xef\xbf\xbd[2J");
	memset(long_name, 'x', sizeof(long_name) - 1);
	long_name[sizeof(long_name) - 1] = 0;
	hotspot__name(name, sizeof(name), long_name);
	assert_int_equal(strlen(name), HOTSPOT_NAME_BYTES - 1);
}

/* The way of a folded view through groups: shares, and the trends that only it knows. */
static void a_folded_view_gives_a_group_functions_and_trends(void **state)
{
	static const struct groups_options options = {.budget_ratio = 0.01, .floor_ratio = 0.0005};
	struct groups *groups = groups__new(&options);
	struct fake_host *fake = fake_host__new();
	struct bench *b = begin();
	struct view_process *seen;
	const struct group *group;
	struct host *host;

	(void)state;
	assert_non_null(groups);
	set_sites(b, 2, equal);
	b->sites[0].bytes.value = 15000;
	b->sites[1].bytes.value = 5000;
	fake_host__add(fake, 11, "a");
	fake_host__see(fake, 11, PLAN_EXACT, 100, 1);
	host__free(fake_host__tick(fake, groups, 1));
	seen = fake_host__see(fake, 11, PLAN_EXACT, 200, 2);
	seen->sites = b->sites;
	seen->site_cnt = 2;
	seen->live_growth = fake_figure_of(1000, BASIS_SAMPLED);
	seen->rss_growth = fake_figure_of(1, BASIS_SAMPLED);
	seen->growing = true;
	for (fake->analysis_number = 1; fake->analysis_number < 3; fake->analysis_number++)
		host__free(fake_host__tick(fake, groups, 1));
	host = fake_host__tick(fake, groups, 1);
	group = fake_group(host, "a");
	assert_int_equal(group->hotspot_cnt, 2);
	assert_string_equal(group->hotspots[0].function, "f0");
	assert_true(fabs(group->hotspots[0].allocated_bytes - 15000) < 1);
	assert_int_equal(group->growth[GROWTH_LIVE], TREND_GROWING);
	assert_int_equal(group->growth[GROWTH_RESIDENT], TREND_FLAT);
	host__free(host);
	/* Let go: its points go on no more. */
	fake->processes[0].state = TARGET_WAITING;
	host = fake_host__tick(fake, groups, 1);
	assert_int_equal(fake_group(host, "a")->growth[GROWTH_LIVE], TREND_UNKNOWN);
	assert_int_equal(fake_group(host, "a")->hotspot_cnt, 2);
	host__free(host);
	groups__free(groups);
	free(fake);
	end(b);
}

static void a_process_without_known_bytes_shares_nothing(void **state)
{
	struct bench *b = begin();

	(void)state;
	set_sites(b, 3, equal);
	b->process.bytes = (struct figure){0};
	share(b, 1e6);
	hotspots__add(&b->group, b->image, 1e6);
	assert_int_equal(b->group.cnt, 0);
	end(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_are_shared_out_and_add_up),
		cmocka_unit_test(sites_of_one_function_are_one),
		cmocka_unit_test(revised_shares_never_step_back),
		cmocka_unit_test(twenty_are_published_and_they_do_not_flap),
		cmocka_unit_test(one_that_has_become_clearly_heavier_takes_a_place),
		cmocka_unit_test(the_set_is_bounded),
		cmocka_unit_test(names_are_valid_short_and_without_addresses),
		cmocka_unit_test(a_folded_view_gives_a_group_functions_and_trends),
		cmocka_unit_test(a_process_without_known_bytes_shares_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
