// SPDX-License-Identifier: GPL-2.0-or-later
/* What each key does, without a terminal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "fake_top.h"
#include "base/banned.h"

static struct top_state top;

static int set_up(void **state)
{
	(void)state;
	begin(&top);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	top_state__release(&top);
	return 0;
}

static void expect_order(const char *first, const char *second, const char *third)
{
	assert_int_equal(top_state__fill(&top), 0);
	assert_string_equal(comm_at(&top, 0), first);
	assert_string_equal(comm_at(&top, 1), second);
	assert_string_equal(comm_at(&top, 2), third);
}

static void letters_sort(void **state)
{
	(void)state;
	expect_order("service", "redis-server", "bash");
	press(&top, "R");
	expect_order("redis-server", "service", "bash");
	press(&top, "r");
	expect_order("bash", "service", "redis-server");
	press(&top, "A");
	expect_order("redis-server", "service", "bash");
	press(&top, "M");
	expect_order("bash", "redis-server", "service");
	press(&top, "P");
	expect_order("redis-server", "bash", "service");
	press(&top, "Z");
	assert_int_equal(top.processes.sort, PROCESS_PID);
}

static void angles_step_over_columns_and_round_the_end(void **state)
{
	(void)state;
	press(&top, ">");
	assert_int_equal(top.processes.sort, PROCESS_LIVE);
	press(&top, "<<");
	assert_int_equal(top.processes.sort, PROCESS_CALLS);
	/* the column of changes is not there unless it is shown */
	press(&top, "G>");
	assert_int_equal(top.processes.sort, PROCESS_RSS);
	press(&top, "c<");
	assert_int_equal(top.processes.sort, PROCESS_CHANGE);
	press(&top, "c");
	assert_int_equal(top.processes.sort, PROCESS_RSS);
	press(&top, "P<");
	assert_int_equal(top.processes.sort, PROCESS_COMMAND);
	press(&top, ">");
	assert_int_equal(top.processes.sort, PROCESS_PID);
}

static void filter_narrows_as_it_is_typed(void **state)
{
	(void)state;
	press(&top, "/RED");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 1);
	/* a key of the prompt is no command */
	press(&top, "q");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 0);
	top_state__key(&top, TOP_KEY_BACK);
	press(&top, "\r");
	assert_int_equal(top.prompt, PROMPT_NONE);
	assert_string_equal(top.processes.filter.pattern, "RED");
	top_state__key(&top, TOP_KEY_ESCAPE);
	expect_order("service", "redis-server", "bash");
}

static void filter_is_an_expression_or_else_a_text(void **state)
{
	(void)state;
	press(&top, "/^(bash|service)$\r");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 2);
	press(&top, "/");
	top_state__key(&top, TOP_KEY_ESCAPE);
	press(&top, "/red[\r");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 0);
	/* by unit, too */
	top_state__key(&top, TOP_KEY_ESCAPE);
	press(&top, "/redis.service\r");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 1);
}

static void filter_takes_any_character_and_no_more_than_it_holds(void **state)
{
	(void)state;
	press(&top, "/");
	top_state__key(&top, 0xe9);
	top_state__key(&top, 0x6f22);
	top_state__key(&top, 0x1f600);
	top_state__key(&top, '\t');
	assert_string_equal(top.typed, "\xc3\xa9\xe6\xbc\xa2\xf0\x9f\x98\x80");
	top_state__key(&top, TOP_KEY_BACK);
	top_state__key(&top, TOP_KEY_BACK);
	assert_string_equal(top.typed, "\xc3\xa9");
	for (int i = 0; i < 1000; i++)
		press(&top, "(");
	assert_int_equal(strlen(top.typed), FILTER_BYTES - 1);
}

static void cursor_moves_and_stays_with_its_process(void **state)
{
	(void)state;
	top_state__key(&top, TOP_KEY_DOWN);
	assert_int_equal(top.processes.at, 1);
	press(&top, "R");
	assert_int_equal(top_state__fill(&top), 0);
	/* redis is now the first */
	assert_int_equal(top.processes.at, 0);
	top_state__key(&top, TOP_KEY_END);
	assert_int_equal(top.processes.at, 2);
	press(&top, "kkkkj");
	assert_int_equal(top.processes.at, 1);
	top_state__key(&top, TOP_KEY_HOME);
	assert_string_equal(top.processes.selected, "");
}

static void cursor_stays_in_its_place_when_the_process_goes(void **state)
{
	(void)state;
	press(&top, "jj");
	bring(&top, processes_of("[" REDIS "," SERVICE "]"), 0);
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.at, 1);
	bring(&top, processes_of("[]"), 0);
	assert_int_equal(top_state__fill(&top), 0);
	press(&top, "jke");
	assert_int_equal(top_state__key(&top, TOP_KEY_ENTER), TOP_NOTHING);
	assert_int_equal(top.view, VIEW_PROCESSES);
}

static void enter_goes_down_and_escape_up(void **state)
{
	(void)state;
	assert_int_equal(top_state__key(&top, TOP_KEY_ENTER), TOP_ASK);
	assert_int_equal(top.view, VIEW_SITES);
	assert_int_equal(top_state__wants(&top), SERVICE_PID);
	bring(&top, processes_of(THREE), SERVICE_PID);
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.sites.grid.cnt, 2);
	press(&top, "A\r");
	assert_int_equal(top.view, VIEW_SITE);
	assert_string_equal(top.site, "00000000000000bb-heap-0");
	press(&top, "e");
	assert_int_equal(top.view, VIEW_ADVICE);
	top_state__key(&top, TOP_KEY_ESCAPE);
	assert_int_equal(top.view, VIEW_SITES);
	top_state__key(&top, TOP_KEY_BACK);
	assert_int_equal(top.view, VIEW_PROCESSES);
	assert_int_equal(top_state__wants(&top), 0);
	top_state__key(&top, TOP_KEY_ESCAPE);
	assert_int_equal(top.view, VIEW_PROCESSES);
}

/* What is shown of one process must not be shown of the next. */
static void details_of_another_process_are_not_taken(void **state)
{
	(void)state;
	press(&top, "R\r");
	assert_int_equal(top_state__wants(&top), 11);
	bring(&top, processes_of(THREE), SERVICE_PID);
	assert_null(top.details.process);
	assert_null(top.advice);
}

static void pause_holds_what_is_shown(void **state)
{
	(void)state;
	assert_int_equal(top_state__key(&top, ' '), TOP_NOTHING);
	assert_true(top.paused);
	bring(&top, processes_of("[]"), 0);
	expect_order("service", "redis-server", "bash");
	/* what is opened meanwhile is fetched once */
	assert_int_equal(top_state__key(&top, TOP_KEY_ENTER), TOP_ASK);
	bring(&top, processes_of("[]"), SERVICE_PID);
	assert_non_null(top.details.process);
	assert_int_equal(top.fleet.cnt, 3);
	assert_int_equal(top_state__key(&top, 'p'), TOP_ASK);
	bring(&top, processes_of("[]"), 0);
	assert_int_equal(top.fleet.cnt, 0);
}

static void only_what_is_observed_is_shown_on_request(void **state)
{
	(void)state;
	press(&top, "o");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 2);
	press(&top, "o");
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 3);
}

static void delay_is_taken_within_bounds(void **state)
{
	(void)state;
	press(&top, "d0.5\r");
	assert_true(top.delay_s == 0.5);
	press(&top, "d0\r");
	assert_true(top.delay_s == TOP_DELAY_LEAST_S);
	press(&top, "d99999\r");
	assert_true(top.delay_s == TOP_DELAY_MOST_S);
	press(&top, "d5x\r");
	press(&top, "dnan\r");
	press(&top, "d\r");
	press(&top, "d7");
	top_state__key(&top, TOP_KEY_ESCAPE);
	assert_true(top.delay_s == TOP_DELAY_MOST_S);
}

static void help_returns_to_where_it_was_opened(void **state)
{
	(void)state;
	press(&top, "\r");
	press(&top, "?");
	assert_int_equal(top.view, VIEW_HELP);
	press(&top, "Rr/"); /* no table is shown */
	assert_int_equal(top.prompt, PROMPT_NONE);
	assert_int_equal(top.sites.sort, SITE_BYTES);
	press(&top, "h");
	assert_int_equal(top.view, VIEW_SITES);
	assert_int_equal(top_state__key(&top, 'q'), TOP_QUIT);
}

static void processes_that_were_named_are_shown_alone(void **state)
{
	static const pid_t pids[] = {99, 11};

	(void)state;
	top.pids = pids;
	top.pid_cnt = 2;
	assert_int_equal(top_state__fill(&top), 0);
	assert_int_equal(top.processes.grid.cnt, 2);
	assert_string_equal(comm_at(&top, 0), "redis-server");
}

static void answers_that_make_no_sense_change_nothing(void **state)
{
	struct top_news news = {.processes = json_of("{\"items\":7}")};

	(void)state;
	top_state__take(&top, &news);
	assert_true(*top.problem);
	expect_order("service", "redis-server", "bash");
	bring(&top, processes_of(THREE), 0);
	assert_string_equal(top.problem, "");
	/* every key, on every view, with nothing there */
	bring(&top, processes_of("[]"), 0);
	for (uint32_t key = 1; key < 128; key++)
		if (key != 'q')
			(void)top_state__key(&top, key);
	for (uint32_t key = TOP_KEY_UP; key <= TOP_KEY_HELP; key++)
		(void)top_state__key(&top, key);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(letters_sort),
		TEST(angles_step_over_columns_and_round_the_end),
		TEST(filter_narrows_as_it_is_typed),
		TEST(filter_is_an_expression_or_else_a_text),
		TEST(filter_takes_any_character_and_no_more_than_it_holds),
		TEST(cursor_moves_and_stays_with_its_process),
		TEST(cursor_stays_in_its_place_when_the_process_goes),
		TEST(enter_goes_down_and_escape_up),
		TEST(details_of_another_process_are_not_taken),
		TEST(pause_holds_what_is_shown),
		TEST(only_what_is_observed_is_shown_on_request),
		TEST(delay_is_taken_within_bounds),
		TEST(help_returns_to_where_it_was_opened),
		TEST(processes_that_were_named_are_shown_alone),
		TEST(answers_that_make_no_sense_change_nothing),
	};

	return cmocka_run_group_tests(tests, use_utf8, NULL);
}
