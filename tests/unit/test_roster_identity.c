// SPDX-License-Identifier: GPL-2.0-or-later
/* Who the processes of the host are, from sweep to sweep. */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <stdio.h>
#include <unistd.h>

#include "target/roster.h"

#include "base/banned.h"

#define SECOND 1000000000ULL

static void forget(void *ctx, struct roster_entry *entry)
{
	(void)entry;
	++*(int *)ctx;
}

/* One sweep that sees one process. */
static struct roster_entry *sweep(struct roster *roster, uint64_t now_ns, const char *comm,
				  uint64_t start_ns, uint64_t exec_id)
{
	struct hb_task_row row = {
		.tgid = (uint32_t)getpid(),
		.exec_id = exec_id,
		.start_boottime_ns = start_ns,
		.anon_pages = 3,
		.file_pages = 4,
	};
	int gone = 0;

	snprintf(row.comm, sizeof(row.comm), "%s", comm);
	roster__begin_sweep(roster, now_ns);
	assert_int_equal(roster__apply(roster, &row), 0);
	roster__end_sweep(roster, forget, &gone);
	assert_int_equal(gone, 0);
	return roster__find(roster, getpid());
}

static void name_is_the_one_it_has_when_it_is_identified(void **state)
{
	struct roster_entry *entry;
	struct roster roster;

	(void)state;
	roster__init(&roster);
	(void)sweep(&roster, 10 * SECOND, "python3", 9 * SECOND, 1);
	entry = sweep(&roster, 11 * SECOND, "gunicorn", 9 * SECOND, 1);
	assert_string_equal(entry->comm, "gunicorn");
	assert_int_equal(roster_entry__identify(entry), 0);
	entry = sweep(&roster, 12 * SECOND, "worker 7", 9 * SECOND, 1);
	assert_string_equal(entry->comm, "gunicorn");
	assert_int_equal(entry->rss_bytes, 7 * roster.page_bytes);
	roster__release(&roster);
}

static void exec_keeps_what_was_decided_about_the_process(void **state)
{
	struct roster_entry *entry;
	struct roster roster;

	(void)state;
	roster__init(&roster);
	entry = sweep(&roster, 10 * SECOND, "sh", 9 * SECOND, 1);
	assert_int_equal(roster_entry__identify(entry), 0);
	entry->asked = entry->named = entry->attached = true;
	entry = sweep(&roster, 11 * SECOND, "calls", 9 * SECOND, 2);
	assert_true(entry->asked && entry->named && entry->had);
	assert_false(entry->attached || entry->identified);
	assert_string_equal(entry->comm, "calls");
	roster__release(&roster);
}

static void number_used_again_is_another_process(void **state)
{
	struct roster_entry *entry;
	struct roster roster;

	(void)state;
	roster__init(&roster);
	entry = sweep(&roster, 10 * SECOND, "first", 9 * SECOND, 1);
	entry->asked = entry->named = entry->banished = entry->followed = entry->attached = true;
	entry = sweep(&roster, 20 * SECOND, "second", 15 * SECOND, 1);
	assert_false(entry->asked || entry->named || entry->banished || entry->followed ||
		     entry->had || entry->attached);
	roster__release(&roster);
}

static void who_is_not_seen_is_dropped(void **state)
{
	struct roster roster;
	int gone = 0;

	(void)state;
	roster__init(&roster);
	(void)sweep(&roster, 10 * SECOND, "first", 9 * SECOND, 1);
	roster__begin_sweep(&roster, 11 * SECOND);
	roster__end_sweep(&roster, forget, &gone);
	assert_int_equal(gone, 1);
	assert_null(roster__find(&roster, getpid()));
	roster__release(&roster);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(name_is_the_one_it_has_when_it_is_identified),
		cmocka_unit_test(exec_keeps_what_was_decided_about_the_process),
		cmocka_unit_test(number_used_again_is_another_process),
		cmocka_unit_test(who_is_not_seen_is_dropped),
	};

	return cmocka_run_group_tests_name("roster_identity", tests, NULL, NULL);
}
