// SPDX-License-Identifier: GPL-2.0-or-later
/* Publications: references, and who waits for which analysis. */
#include "fake_web.h"

#include <pthread.h>

static void a_reader_keeps_what_it_took(void **state)
{
	struct publisher *publisher = publisher__new();
	struct fake_names fake = {0};
	struct publication *taken;

	(void)state;
	assert_non_null(publisher);
	assert_null(publisher__get(publisher));
	publisher__put(publisher, fake_publication__new(&fake, 3));
	taken = publisher__get(publisher);
	publisher__put(publisher, fake_publication__new(&fake, 5));
	assert_int_equal(taken->host->group_cnt, 3);
	assert_string_equal(taken->analysis->view->processes[0].comm, "prog");
	publisher__free(publisher);
	assert_string_equal(taken->host->groups[0].comm, "prog");
	publication__unref(taken);
}

static void publications_share_an_analysis(void **state)
{
	struct fake_names fake = {0};
	struct analysis *analysis = fake_analysis__new(&fake, 1, 1);
	struct publication *first = publication__new(fake_host__new(1), analysis);
	struct publication *second = publication__new(fake_host__new(1), analysis);
	struct publication *bare = publication__new(fake_host__new(1), NULL);

	(void)state;
	analysis__unref(analysis);
	publication__unref(first);
	assert_ptr_equal(second->analysis, analysis);
	assert_int_equal(second->analysis->view->process_cnt, 1);
	publication__unref(second);
	assert_null(bare->analysis);
	publication__unref(bare);
	publication__unref(NULL);
	analysis__unref(NULL);
	publisher__free(NULL);
}

static void put(struct publisher *publisher, struct fake_names *fake, uint64_t number)
{
	struct analysis *analysis = fake_analysis__new(fake, number, number);

	publisher__put(publisher, publication__new(fake_host__new(1), analysis));
	analysis__unref(analysis);
}

static void who_asks_gets_an_analysis_made_from_then_on(void **state)
{
	struct publisher *publisher = publisher__new();
	struct fake_names fake = {0};

	(void)state;
	assert_false(publisher__is_wanted(publisher, 0));
	assert_int_equal(publisher__want_analysis(publisher), 1);
	assert_true(publisher__is_wanted(publisher, 0));
	/* number 1 is being made now: it may have looked before this one asks */
	assert_int_equal(publisher__want_analysis(publisher), 2);
	put(publisher, &fake, 1);
	assert_true(publisher__is_wanted(publisher, 1));
	put(publisher, &fake, 2);
	assert_false(publisher__is_wanted(publisher, 2));
	assert_int_equal(publisher__want_analysis(publisher), 3);
	assert_int_equal(publisher__want_analysis(publisher), 3);
	put(publisher, &fake, 3);
	assert_false(publisher__is_wanted(publisher, 3));
	publisher__free(publisher);
}

#define READERS 3
#define ROUNDS	307

static void *read_often(void *arg)
{
	struct publisher *publisher = arg;
	uint64_t last = 0, errors = 0;

	for (int i = 0; i < 20 * ROUNDS; i++) {
		struct publication *publication = publisher__get(publisher);

		errors += publication->analysis->number < last;
		last = publication->analysis->number;
		errors += publication->host->group_cnt != 1;
		publication__unref(publication);
	}
	return (void *)(uintptr_t)errors;
}

static void readers_and_the_loop_do_not_disturb_each_other(void **state)
{
	struct publisher *publisher = publisher__new();
	struct fake_names fake = {0};
	pthread_t threads[READERS];
	void *errors;

	(void)state;
	put(publisher, &fake, 1);
	for (int i = 0; i < READERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, read_often, publisher), 0);
	for (uint64_t i = 2; i < ROUNDS; i++)
		put(publisher, &fake, i);
	for (int i = 0; i < READERS; i++) {
		pthread_join(threads[i], &errors);
		assert_null(errors);
	}
	publisher__free(publisher);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_reader_keeps_what_it_took),
		cmocka_unit_test(publications_share_an_analysis),
		cmocka_unit_test(who_asks_gets_an_analysis_made_from_then_on),
		cmocka_unit_test(readers_and_the_loop_do_not_disturb_each_other),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
