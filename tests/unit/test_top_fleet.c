// SPDX-License-Identifier: GPL-2.0-or-later
/* Documents of processes: what is read of them, rates between two, changes since the first. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "fake_top.h"
#include "base/banned.h"

static struct top_fleet fleet;

static int empty(void **state)
{
	(void)state;
	top_fleet__release(&fleet);
	return 0;
}

static void take(const char *items)
{
	assert_int_equal(top_fleet__take(&fleet, processes_of(items)), 0);
}

static void close_to(double value, double expected)
{
	if (!(fabs(value - expected) < 1e-6 * fmax(1, fabs(expected))))
		fail_msg("%.9g is not %.9g", value, expected);
}

static void figures_are_read(void **state)
{
	const struct top_process *redis, *service;

	(void)state;
	take(THREE);
	assert_int_equal(fleet.cnt, 3);
	assert_int_equal(fleet.attached, 2);
	redis = top_fleet__find(&fleet, 11);
	service = top_fleet__find(&fleet, SERVICE_PID);
	assert_string_equal(redis->comm, "redis-server");
	assert_string_equal(redis->how, "look");
	close_to(redis->values[TOP_BYTES], 2e6);
	assert_true(redis->at_least[TOP_BYTES] && !redis->at_least[TOP_CALLS]);
	close_to(redis->values[TOP_GROWTH], 3.6e6);
	assert_true(redis->growing);
	close_to(redis->values[TOP_SEEN], 0.01);
	close_to(redis->values[TOP_COST], 0.004);
	/* of live bytes where they are known, even if RSS is known as well */
	close_to(service->values[TOP_GROWTH], -36000);
	assert_false(service->growing);
	assert_string_equal(service->how, "read");
	close_to(service->values[TOP_SEEN], 1);
	close_to(service->values[TOP_GC], 0.05);
	assert_null(top_fleet__find(&fleet, 23));
}

static void growth_within_its_error_is_none(void **state)
{
	(void)state;
	take("[{\"pid\":7,\"id\":\"7-1-1\",\"rss_growth\":{\"value\":9e5,\"low\":-2e6,\"high\":"
	     "1e6}},{\"pid\":8,\"id\":\"8-1-1\",\"rss_growth\":{\"value\":9e5,\"low\":8e5,"
	     "\"high\":1e6}}]");
	assert_true(fleet.items[0].steady && fleet.items[0].values[TOP_GROWTH] == 0);
	assert_false(fleet.items[1].steady);
	close_to(fleet.items[1].values[TOP_GROWTH], 3.24e9);
}

static void what_is_unknown_is_no_number(void **state)
{
	const struct top_process *shell;

	(void)state;
	take(THREE);
	shell = top_fleet__find(&fleet, 99);
	assert_string_equal(shell->how, "unwanted");
	assert_string_equal(shell->unit, "");
	for (int i = 0; i < TOP_VALUES; i++)
		if (i != TOP_RSS && i != TOP_CPU)
			assert_true(isnan(shell->values[i]));
	assert_true(shell->values[TOP_CPU] == 0);
}

static void hostile_documents_are_survived(void **state)
{
	static const char *const items[] = {
		"[]",
		"[null, 7, \"x\", [], {}]",
		"[{\"pid\":0}, {\"pid\":-1}, {\"pid\":1e30}, {\"pid\":\"7\"}]",
		"[{\"pid\":7,\"comm\":3,\"id\":{},\"go\":[],\"counted\":7,\"span_s\":\"\","
		"\"recent_calls_rate\":1,\"live_growth\":null,\"state\":[],\"mode\":{}}]",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(items) / sizeof(items[0]); i++)
		take(items[i]);
	assert_int_equal(fleet.cnt, 1);
	assert_true(isnan(fleet.items[0].values[TOP_CALLS]));
	assert_int_equal(top_fleet__take(&fleet, json_of("{\"items\":{}}")), -EBADMSG);
	assert_int_equal(top_fleet__take(&fleet, json_of("[1]")), -EBADMSG);
	assert_int_equal(fleet.cnt, 1);
}

/* A process that is seen throughout: the document's rate is a mean since the attach. */
static void take_exact(double calls, double bytes, double observed_s)
{
	char item[512];

	snprintf(item, sizeof(item),
		 "[{\"pid\":7,\"id\":\"7-1-1\",\"state\":\"attached\",\"mode\":\"exact\","
		 "\"recent_calls_rate\":{\"value\":1000},\"recent_bytes_rate\":{\"value\":5},"
		 "\"counted\":{\"calls\":%.0f,\"bytes\":%.0f,\"observed_s\":%g}}]",
		 calls, bytes, observed_s);
	take(item);
}

static void rate_is_that_of_now(void **state)
{
	(void)state;
	take_exact(10000, 1e6, 10);
	close_to(fleet.items[0].values[TOP_CALLS], 1000);
	take_exact(10046, 1e6 + 92, 12);
	close_to(fleet.items[0].values[TOP_CALLS], 23);
	close_to(fleet.items[0].values[TOP_BYTES], 46);
	/* the same analysis again: no time has passed */
	take_exact(10046, 1e6 + 92, 12);
	close_to(fleet.items[0].values[TOP_CALLS], 23);
	take_exact(10046, 1e6 + 92, 14);
	assert_true(fleet.items[0].values[TOP_CALLS] == 0);
}

static void sums_that_fall_give_no_rate(void **state)
{
	(void)state;
	take_exact(10000, 1e6, 10);
	take_exact(7, 7, 1);
	close_to(fleet.items[0].values[TOP_CALLS], 1000);
	take_exact(20, 20, 2);
	close_to(fleet.items[0].values[TOP_CALLS], 13);
}

static void changes_are_since_the_first_known_figure(void **state)
{
	const struct top_process *process;
	bool is_new;

	(void)state;
	take("[{\"pid\":7,\"id\":\"7-1-1\"}]");
	take("[{\"pid\":7,\"id\":\"7-1-1\",\"rss_bytes\":100}]");
	take("[{\"pid\":7,\"id\":\"7-1-1\",\"rss_bytes\":300},{\"pid\":9,\"id\":\"9-1-1\","
	     "\"rss_bytes\":50}]");
	process = top_fleet__find(&fleet, 7);
	close_to(top_fleet__then(&fleet, process, TOP_RSS, &is_new), 100);
	assert_false(is_new);
	assert_true(isnan(top_fleet__then(&fleet, process, TOP_LIVE, &is_new)));
	close_to(top_fleet__then(&fleet, top_fleet__find(&fleet, 9), TOP_RSS, &is_new), 50);
	assert_true(is_new);
}

static void dead_processes_are_forgotten(void **state)
{
	char item[64];

	(void)state;
	for (int pid = 1; pid < 1000; pid++) {
		snprintf(item, sizeof(item), "[{\"pid\":%d,\"id\":\"%d-1-1\"}]", pid, pid);
		take(item);
		assert_int_equal(fleet.memories.cnt, 1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(figures_are_read, empty),
		cmocka_unit_test_teardown(growth_within_its_error_is_none, empty),
		cmocka_unit_test_teardown(what_is_unknown_is_no_number, empty),
		cmocka_unit_test_teardown(hostile_documents_are_survived, empty),
		cmocka_unit_test_teardown(rate_is_that_of_now, empty),
		cmocka_unit_test_teardown(sums_that_fall_give_no_rate, empty),
		cmocka_unit_test_teardown(changes_are_since_the_first_known_figure, empty),
		cmocka_unit_test_teardown(dead_processes_are_forgotten, empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
