// SPDX-License-Identifier: GPL-2.0-or-later
#include "compiled.h"

#include "target/roster.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "base/banned.h"

#define S 1000000000ULL

/* A roster, the rows of the sweep to come, and who was told to be gone. */
struct sight {
	struct roster roster;
	uint64_t now_ns;
	struct hb_task_row rows[16];
	size_t row_cnt;
	pid_t gone[16];
	size_t gone_cnt;
};

static int set_up(void **state)
{
	struct sight *sight = calloc(1, sizeof(*sight));

	*state = sight;
	if (!sight)
		return -1;
	roster__init(&sight->roster);
	sight->now_ns = 1000 * S;
	return 0;
}

static int tear_down(void **state)
{
	struct sight *sight = *state;

	roster__release(&sight->roster);
	free(sight);
	return 0;
}

static struct hb_task_row *add_row(struct sight *sight, uint32_t tgid, uint64_t start_s,
				   uint64_t exec_id, uint64_t cpu_ns)
{
	struct hb_task_row *row = &sight->rows[sight->row_cnt++];

	*row = (struct hb_task_row){
		.tgid = tgid,
		.exec_id = exec_id,
		.start_boottime_ns = start_s * S,
		.cpu_ns = cpu_ns,
	};
	memcpy(row->comm, "prog", 5);
	return row;
}

static void add_thread(struct sight *sight, uint32_t tgid, uint64_t cpu_ns)
{
	sight->rows[sight->row_cnt++] =
		(struct hb_task_row){.tgid = tgid, .flags = HB_TASK_THREAD, .cpu_ns = cpu_ns};
}

static void note_gone(void *ctx, struct roster_entry *entry)
{
	struct sight *sight = ctx;

	sight->gone[sight->gone_cnt++] = entry->pid;
}

static void apply_rows(struct sight *sight)
{
	roster__begin_sweep(&sight->roster, sight->now_ns);
	for (size_t i = 0; i < sight->row_cnt; i++)
		assert_int_equal(roster__apply(&sight->roster, &sight->rows[i]), 0);
	sight->row_cnt = 0;
}

/* Sweep the rows that were added, and let @after pass. */
static void sweep(struct sight *sight, uint64_t after_ns)
{
	apply_rows(sight);
	roster__end_sweep(&sight->roster, note_gone, sight);
	sight->now_ns += after_ns;
}

static void process_is_found_with_its_figures(void **state)
{
	struct sight *sight = *state;
	struct hb_task_row *row = add_row(sight, 42, 990, 7, 5 * S);
	struct roster_entry *entry;

	row->anon_pages = 3;
	row->file_pages = 5;
	row->shmem_pages = 11;
	sweep(sight, S);
	entry = roster__find(&sight->roster, 42);
	assert_non_null(entry);
	assert_int_equal(entry->anon_bytes, 3 * sight->roster.page_bytes);
	assert_int_equal(entry->rss_bytes, 19 * sight->roster.page_bytes);
	assert_int_equal(entry->start_ticks, 99000);
	assert_string_equal(entry->comm, "prog");
	assert_true(roster_entry__age_s(entry, 1000 * S) == 10);
	assert_true(roster_entry__age_s(entry, 0) == 0);
	assert_null(roster__find(&sight->roster, 43));
}

static void kernel_threads_and_threads_of_strangers_are_not_processes(void **state)
{
	struct sight *sight = *state;

	add_row(sight, 2, 0, 0, S)->flags = HB_TASK_KERNEL;
	add_thread(sight, 50, S);
	sweep(sight, S);
	assert_int_equal(sight->roster.cnt, 0);
}

static void cpu_of_threads_adds_up_and_is_smoothed(void **state)
{
	struct sight *sight = *state;
	struct roster_entry *entry;

	for (uint64_t second = 0; second < 30; second++) {
		add_row(sight, 42, 1, 7, second * S / 2);
		add_thread(sight, 42, 1000 * S + second * S);
		add_thread(sight, 42, second * S);
		sweep(sight, S);
		if (second == 1)
			assert_true(roster__find(&sight->roster, 42)->cpu_ratio > 0.74);
	}
	entry = roster__find(&sight->roster, 42);
	assert_true(entry->cpu_ratio > 2.49 && entry->cpu_ratio < 2.51);
	assert_int_equal(entry->cpu_ns, 1000 * S + 29 * S / 2 + 58 * S);
}

static void what_was_used_before_the_first_sight_is_not_use_now(void **state)
{
	struct sight *sight = *state;

	add_row(sight, 1, 0, 1, 3600 * S); /* started within the first tick of the clock */
	add_row(sight, 42, 1, 7, 100 * S);
	add_thread(sight, 42, 7200 * S);
	sweep(sight, S);
	assert_true(roster__find(&sight->roster, 1)->cpu_ratio == 0);
	assert_true(roster__find(&sight->roster, 42)->cpu_ratio == 0);
	assert_true(roster_entry__age_s(roster__find(&sight->roster, 1), 1000 * S) == 1000);
}

/* The sum dips while a thread's use is on its way to its leader's row. */
static void thread_that_ends_under_the_sweep_is_not_counted_twice(void **state)
{
	struct sight *sight = *state;
	const uint64_t thread[] = {900 * S, 0, 0}, leader[] = {S, S, 901 * S};
	uint64_t before = 0;

	for (int i = 0; i < 3; i++) {
		struct roster_entry *entry;

		add_row(sight, 42, 1, 7, leader[i]);
		if (thread[i])
			add_thread(sight, 42, thread[i]);
		sweep(sight, S);
		entry = roster__find(&sight->roster, 42);
		assert_true(entry->cpu_ratio < 0.01);
		assert_true(entry->cpu_ns >= before);
		before = entry->cpu_ns;
	}
}

static void sweep_that_failed_is_as_if_it_had_not_been(void **state)
{
	struct sight *sight = *state;
	struct roster_entry *entry;

	add_row(sight, 42, 1, 7, 500 * S);
	add_row(sight, 43, 1, 7, 500 * S);
	sweep(sight, S);
	/* Of two processes it met one, then broke off. */
	add_row(sight, 42, 1, 7, 500 * S + S / 4);
	apply_rows(sight);
	sight->now_ns += S;
	entry = roster__find(&sight->roster, 43);
	assert_non_null(entry);
	assert_int_equal(entry->cpu_ns, 500 * S);
	add_row(sight, 42, 1, 7, 500 * S + S / 2);
	add_row(sight, 43, 1, 7, 500 * S + S / 2);
	sweep(sight, S);
	assert_int_equal(sight->gone_cnt, 0);
	/* Half a second in two. */
	assert_true(entry->cpu_ratio > 0.05 && entry->cpu_ratio <= 0.25);
	assert_true(roster__find(&sight->roster, 42)->cpu_ratio == entry->cpu_ratio);
}

static void sweep_out_of_turn_weighs_little(void **state)
{
	struct sight *sight = *state;

	add_row(sight, 42, 1, 7, 0);
	sweep(sight, S);
	add_row(sight, 42, 1, 7, 0);
	sweep(sight, S / 1000);
	/* It ran for the whole of that millisecond. */
	add_row(sight, 42, 1, 7, S / 1000);
	sweep(sight, S);
	assert_true(roster__find(&sight->roster, 42)->cpu_ratio < 0.001);
}

static void exec_in_place_is_a_new_image_of_the_same_process(void **state)
{
	struct sight *sight = *state;
	struct roster_entry *entry, *same;
	struct hb_task_row *row;

	add_row(sight, 42, 1, 7, 10 * S);
	sweep(sight, S);
	entry = roster__find(&sight->roster, 42);
	entry->named = entry->attached = entry->identified = entry->selected = true;
	entry->exe = strdup("/bin/old");
	entry->cgroup = strdup("/old");
	entry->unit = strdup("old");
	entry->state = TARGET_REFUSED;
	entry->failures = 3;
	row = add_row(sight, 42, 1, 8, 10 * S + S / 2);
	memcpy(row->comm, "fresh", 6);
	sweep(sight, S);
	same = roster__find(&sight->roster, 42);
	assert_ptr_equal(same, entry);
	assert_true(entry->named);
	assert_false(entry->attached || entry->identified || entry->selected);
	assert_null(entry->exe);
	assert_null(entry->cgroup);
	assert_null(entry->unit);
	assert_int_equal(entry->state, TARGET_YOUNG);
	assert_int_equal(entry->failures, 0);
	assert_string_equal(entry->comm, "fresh");
	assert_int_equal(entry->exec_at_ns, 1001 * S);
	assert_int_equal(entry->cpu_ns, 10 * S + S / 2);
	/* What it used in the second of its exec, it used. */
	assert_true(entry->cpu_ratio > 0.14 && entry->cpu_ratio < 0.16);
	assert_int_equal(sight->gone_cnt, 0);
}

static void exec_does_not_end_a_detach_by_hand(void **state)
{
	struct sight *sight = *state;

	add_row(sight, 42, 1, 7, 0);
	sweep(sight, S);
	roster__find(&sight->roster, 42)->banished = true;
	add_row(sight, 42, 1, 8, 0);
	sweep(sight, S);
	assert_true(roster__find(&sight->roster, 42)->banished);
}

static void reused_pid_is_somebody_else(void **state)
{
	struct sight *sight = *state;
	struct roster_entry *entry;

	add_row(sight, 42, 1, 7, 100 * S);
	sweep(sight, S);
	entry = roster__find(&sight->roster, 42);
	entry->named = entry->banished = entry->attached = true;
	/* exec ids count per process: the same one says nothing. */
	add_row(sight, 42, 1000, 7, 200 * S);
	sweep(sight, S);
	entry = roster__find(&sight->roster, 42);
	assert_false(entry->named || entry->banished || entry->attached);
	assert_int_equal(entry->start_ticks, 100000);
	assert_int_equal(entry->exec_at_ns, 1000 * S);
	assert_true(entry->cpu_ratio == 0);
}

static void those_that_vanish_are_told_once(void **state)
{
	struct sight *sight = *state;

	for (uint32_t pid = 2; pid <= 8; pid++)
		add_row(sight, pid, 1, 1, 0);
	sweep(sight, S);
	add_row(sight, 3, 1, 1, 0);
	add_row(sight, 7, 1, 1, 0);
	add_thread(sight, 5, S); /* a thread alone is no process */
	sweep(sight, S);
	assert_int_equal(sight->gone_cnt, 5);
	assert_int_equal(sight->roster.cnt, 2);
	assert_non_null(roster__find(&sight->roster, 3));
	assert_non_null(roster__find(&sight->roster, 7));
	assert_null(roster__find(&sight->roster, 5));
	add_row(sight, 3, 1, 1, 0);
	add_row(sight, 7, 1, 1, 0);
	sweep(sight, S);
	assert_int_equal(sight->gone_cnt, 5);
}

static void zombie_is_told_as_one(void **state)
{
	struct sight *sight = *state;

	add_row(sight, 42, 1, 7, 0)->flags = HB_TASK_ZOMBIE;
	sweep(sight, S);
	assert_true(roster__find(&sight->roster, 42)->zombie);
}

static void comm_is_bounded_whatever_it_holds(void **state)
{
	struct sight *sight = *state;

	memset(add_row(sight, 42, 1, 7, 0)->comm, 0xff, 16);
	memcpy(add_row(sight, 43, 1, 7, 0)->comm, "a\n\"\x1b[2J\t\\{}", 12);
	memset(add_row(sight, 44, 1, 7, 0)->comm, 0, 16);
	sweep(sight, S);
	assert_int_equal(strlen(roster__find(&sight->roster, 42)->comm), 15);
	assert_string_equal(roster__find(&sight->roster, 43)->comm, "a\n\"\x1b[2J\t\\{}");
	assert_string_equal(roster__find(&sight->roster, 44)->comm, "");
}

static void beyond_65536_processes_are_counted(void **state)
{
	struct sight *sight = *state;
	struct roster *roster = &sight->roster;
	struct hb_task_row row = {.start_boottime_ns = S};

	roster__begin_sweep(roster, S);
	for (row.tgid = 1; row.tgid <= ROSTER_MAX + 7; row.tgid++)
		assert_int_equal(roster__apply(roster, &row), row.tgid <= ROSTER_MAX ? 0 : -ENOSPC);
	assert_int_equal(roster->cnt, ROSTER_MAX);
	assert_int_equal(roster->overflow, 7);
	/* Those that are known are followed all the same. */
	row.tgid = 1;
	assert_int_equal(roster__apply(roster, &row), 0);
	sight->gone_cnt = 0;
	roster__end_sweep(roster, note_gone, sight);
	assert_int_equal(sight->gone_cnt, 0);
	roster__begin_sweep(roster, 2 * S);
	assert_int_equal(roster->overflow, 0);
}

static bool runs(pid_t pid, const char *program)
{
	char name[64], exe[PATH_MAX];
	ssize_t len;

	snprintf(name, sizeof(name), "/proc/%d/exe", pid);
	len = readlink(name, exe, sizeof(exe) - 1);
	exe[len > 0 ? len : 0] = 0;
	return !strcmp(exe, program);
}

/* A child that runs @program by now, until it is killed. */
static pid_t start(const char *program)
{
	pid_t pid = fork();

	if (!pid) {
		execl(program, "sleep", "100", (char *)NULL);
		_exit(127);
	}
	for (int tries = 0; tries < 10000 && !runs(pid, program); tries++)
		usleep(1000);
	return pid;
}

static void stop(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static void program_that_was_replaced_keeps_its_path(void **state)
{
	struct roster_entry entry = {0};
	char program[PATH_MAX + 256];

	(void)state;
	assert_true(fixture__run("cp /bin/sleep prog"));
	snprintf(program, sizeof(program), "%s", fixture__path("prog"));
	entry.pid = start(program);
	assert_int_equal(unlink(program), 0);
	assert_int_equal(roster_entry__identify(&entry), 0);
	assert_string_equal(entry.exe, program);
	assert_true(entry.identified);
	stop(entry.pid);
	/* Who is gone is not asked again. */
	assert_int_equal(roster_entry__identify(&entry), 0);
	free(entry.exe);
	free(entry.cgroup);
	free(entry.unit);
}

static void process_that_is_gone_cannot_be_identified(void **state)
{
	struct roster_entry entry = {.pid = 0x3fffffff};

	(void)state;
	assert_int_equal(roster_entry__identify(&entry), -ESRCH);
	assert_false(entry.identified);
	assert_null(entry.exe);
}

#define WITH_SIGHT(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		WITH_SIGHT(process_is_found_with_its_figures),
		WITH_SIGHT(kernel_threads_and_threads_of_strangers_are_not_processes),
		WITH_SIGHT(cpu_of_threads_adds_up_and_is_smoothed),
		WITH_SIGHT(what_was_used_before_the_first_sight_is_not_use_now),
		WITH_SIGHT(thread_that_ends_under_the_sweep_is_not_counted_twice),
		WITH_SIGHT(sweep_that_failed_is_as_if_it_had_not_been),
		WITH_SIGHT(sweep_out_of_turn_weighs_little),
		WITH_SIGHT(exec_in_place_is_a_new_image_of_the_same_process),
		WITH_SIGHT(exec_does_not_end_a_detach_by_hand),
		WITH_SIGHT(reused_pid_is_somebody_else),
		WITH_SIGHT(those_that_vanish_are_told_once),
		WITH_SIGHT(zombie_is_told_as_one),
		WITH_SIGHT(comm_is_bounded_whatever_it_holds),
		WITH_SIGHT(beyond_65536_processes_are_counted),
		cmocka_unit_test_setup_teardown(program_that_was_replaced_keeps_its_path,
						fixture__make_dir, fixture__remove_dir),
		cmocka_unit_test(process_that_is_gone_cannot_be_identified),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
