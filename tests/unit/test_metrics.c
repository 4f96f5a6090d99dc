// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics.h"
#include "export/metrics_table.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/wait.h>
#include <unistd.h>
#include <cmocka.h>

#include "advice/rule.h"
#include "fake_publication.h"

static char *render(const struct publication *publication, const struct metrics_options *options)
{
	char *text = NULL;
	size_t bytes;
	FILE *out = open_memstream(&text, &bytes);

	assert_non_null(out);
	assert_int_equal(metrics__render(out, publication, options), 0);
	assert_int_equal(fclose(out), 0);
	return text;
}

static const struct metrics_options plain;
static const struct metrics_options openmetrics = {.openmetrics = true};

static void assert_has(const char *text, const char *line)
{
	if (!strstr(text, line))
		fail_msg("no %s in:\n%s", line, text);
}

static size_t count(const char *text, const char *part)
{
	size_t cnt = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		cnt++;
	return cnt;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(name + len - suffix_len, suffix);
}

/* Feed @text to a program; its exit code, or -1 if there is no such program. */
static int judge(const char *command, const char *text)
{
	FILE *pipe;
	int status;

	fflush(stdout);
	pipe = popen(command, "w");
	assert_non_null(pipe);
	fputs(text, pipe);
	status = pclose(pipe);
	assert_true(WIFEXITED(status));
	return WEXITSTATUS(status) == 127 ? -1 : WEXITSTATUS(status);
}

static int by_promtool(const char *text)
{
	return judge("exec promtool check metrics >&2", text);
}

static int by_openmetrics_parser(const char *text)
{
	return judge("/usr/bin/python3 -c '\nimport sys\ntry:\n"
		     "  from prometheus_client.openmetrics.parser import "
		     "text_string_to_metric_families as p\n"
		     "except ImportError:\n  sys.exit(127)\n"
		     "f = list(p(sys.stdin.read()))\n"
		     "assert len(f) > 10\n' >&2",
		     text);
}

static void a_publication_reads_as_written_in_the_golden_text(void **state)
{
	struct publication *publication = fake_publication__new();
	static char golden[65536];
	char *text = render(publication, &plain);
	FILE *file = fopen("tests/unit/metrics.golden", "r");
	char *build = strstr(text, "revision=\"");
	size_t len;

	(void)state;
	/* The revision differs from build to build. */
	assert_non_null(build);
	build += strlen("revision=\"");
	len = strcspn(build, "\"");
	memmove(build, build + len, strlen(build + len) + 1);
	if (getenv("HB_METRICS_GOLDEN")) {
		FILE *out = fopen("tests/unit/metrics.golden", "w");

		assert_non_null(out);
		fputs(text, out);
		fclose(out);
	}
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = 0;
	fclose(file);
	assert_string_equal(text, golden);
	free(text);
	fake_publication__free(publication);
}

static void promtool_finds_nothing_to_say(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &plain);
	int code = by_promtool(text);

	(void)state;
	free(text);
	fake_publication__free(publication);
	if (code < 0)
		skip();
	assert_int_equal(code, 0);
	assert_int_equal(by_promtool("heapbeat_x_total{ 1\n"), 1);
}

static void openmetrics_is_parsed_by_its_own_parser(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &openmetrics);
	int code = by_openmetrics_parser(text);

	(void)state;
	assert_true(ends_in(text, "\n# EOF\n"));
	assert_has(text, "\n# TYPE heapbeat_allocated_bytes counter\n"
			 "# UNIT heapbeat_allocated_bytes bytes\n"
			 "heapbeat_allocated_bytes_total{comm=");
	assert_has(text, "le=\"63.0\"");
	free(text);
	fake_publication__free(publication);
	if (code < 0)
		skip();
	assert_int_equal(code, 0);
	assert_int_not_equal(by_openmetrics_parser("# TYPE a counter\na 1\n# EOF\n"), 0);
}

static void hostile_names_stay_within_their_label(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text, *om;

	(void)state;
	publication->host->groups[0].comm = "\xff\"\n\\";
	publication->host->groups[0].exe = "\x1b[31mred\r\xc3\x28";
	text = render(publication, &plain);
	assert_has(text, "heapbeat_group_processes{comm=\"\xef\xbf\xbd\\\"\\n\\\\\","
			 "exe=\"\xef\xbf\xbd[31mred\xef\xbf\xbd\xef\xbf\xbd(\",");
	assert_int_equal(count(text, "\x1b") + count(text, "\xff") + count(text, "\r"), 0);
	om = render(publication, &openmetrics);
	if (by_promtool(text) >= 0)
		assert_int_equal(by_promtool(text), 0);
	if (by_openmetrics_parser(om) >= 0)
		assert_int_equal(by_openmetrics_parser(om), 0);
	free(text);
	free(om);
	fake_publication__free(publication);
}

static void a_label_of_any_length_is_cut_at_a_rune(void **state)
{
	struct publication *publication = fake_publication__new();
	size_t len = 40000;
	char *name = malloc(len + 1), *text;

	(void)state;
	assert_non_null(name);
	for (size_t i = 0; i < len; i += 2)
		memcpy(name + i, "\xc3\xa9", 2);
	name[len] = 0;
	publication->host->groups[0].unit = name;
	text = render(publication, &plain);
	assert_has(text, "\xc3\xa9\",runtime=");
	if (by_promtool(text) >= 0)
		assert_int_equal(by_promtool(text), 0);
	free(text);
	free(name);
	fake_publication__free(publication);
}

/* A group of which nothing is known but that it is there. */
static void make_unknown(struct group *group)
{
	struct group none = {.comm = "new",
			     .exe = "",
			     .unit = "",
			     .runtime = "",
			     .allocator = "",
			     .sampling_ratio = -1,
			     .cost_ratio = -1,
			     .coverage_ratio = -1,
			     .age_s = -1,
			     .member_cnt = 1,
			     .id = "00000001"};

	*group = none;
}

static void what_is_unknown_has_no_series(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text;

	(void)state;
	make_unknown(&publication->host->groups[0]);
	publication->host->group_cnt = 1;
	publication->host->self.maps[0].entries = -1;
	publication->host->self.programs[0].runs = -1;
	publication->host->groups[0].bytes_rate = fake_figure_of(NAN, BASIS_WINDOW);
	publication->host->groups[0].bytes_rate.stderr_abs = NAN;
	publication->host->groups[0].age_s = NAN;
	text = render(publication, &plain);
	assert_has(text, "heapbeat_group_info{comm=\"new\",group=\"00000001\"} 1\n");
	assert_has(text, "heapbeat_target_resident_memory_bytes{comm=\"new\"} 0\n");
	for (int m = 0; m < METRIC_MAX; m++) {
		char line[128];
		bool there;

		if (metric_rows[m].scope == SCOPE_SELF)
			continue;
		snprintf(line, sizeof(line), "\n%s{", metric_rows[m].name);
		there = m == METRIC_GROUP_INFO || m == METRIC_GROUP_PROCESSES ||
			m == METRIC_GROUP_ATTACHED_PROCESSES ||
			m == METRIC_TARGET_ANONYMOUS_MEMORY || m == METRIC_RECOMMENDATIONS ||
			m == METRIC_TARGET_RESIDENT_MEMORY;
		assert_int_equal(strstr(text, line) != NULL, there);
	}
	assert_null(strstr(text, "heapbeat_map_entries{map=\"live\"}"));
	assert_null(strstr(text, "heapbeat_bpf_program_run_seconds_total{"));
	assert_null(strstr(text, "NaN"));
	assert_null(strstr(text, "nan"));
	free(text);
	fake_publication__free(publication);
}

static void before_the_first_tick_there_is_the_build_alone(void **state)
{
	char *text = render(NULL, &plain);

	(void)state;
	assert_int_equal(count(text, "# TYPE"), 1);
	assert_has(text, "heapbeat_build_info{version=");
	free(text);
}

static void every_family_has_one_help_one_type_and_stands_together(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &plain);

	(void)state;
	assert_int_equal(count(text, "# TYPE "), METRIC_MAX);
	for (int m = 0; m < METRIC_MAX; m++) {
		char line[128];

		snprintf(line, sizeof(line), "# TYPE %s ", metric_rows[m].name);
		assert_int_equal(count(text, line), 1);
		snprintf(line, sizeof(line), "# HELP %s ", metric_rows[m].name);
		assert_int_equal(count(text, line), 1);
	}
	free(text);
	fake_publication__free(publication);
}

static void recommendations_are_counted_by_group(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &plain), line[256];

	(void)state;
	snprintf(line, sizeof(line),
		 "\nheapbeat_recommendations{comm=\"redis-server\",exe=\"redis-check-rdb\","
		 "unit=\"redis.service\",runtime=\"native\",rule=\"%s\",severity=\"high\","
		 "state=\"new\"} 2\n",
		 rules[0]->id);
	assert_has(text, line);
	/* One of a process that has ended is no longer advice to anybody. */
	assert_int_equal(count(text, "\nheapbeat_recommendations{"), 1);
	free(text);
	fake_publication__free(publication);
}

static void what_is_resolved_is_counted_with_its_group(void **state)
{
	struct publication *publication = fake_publication__new();
	struct advice_list *list = publication->analysis->advice;
	struct advice_resolved resolved[] = {
		{.rule = rules[0],
		 .comm = "redis-server",
		 .exe = "redis-check-rdb",
		 .unit = "redis.service",
		 .severity = SEVERITY_LOW},
		{.rule = rules[0], .comm = "gone", .exe = "gone"},
	};
	char *text, line[256];

	(void)state;
	list->resolved = resolved;
	list->resolved_cnt = 2;
	text = render(publication, &plain);
	snprintf(line, sizeof(line), "rule=\"%s\",severity=\"low\",state=\"resolved\"} 1\n",
		 rules[0]->id);
	assert_has(text, line);
	assert_int_equal(count(text, "state=\"resolved\""), 1);
	free(text);
	list->resolved = NULL;
	list->resolved_cnt = 0;
	fake_publication__free(publication);
}

static void a_pid_is_shown_where_a_group_has_one(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text;

	(void)state;
	publication->host->groups[1].pid = 4242;
	text = render(publication, &plain);
	assert_has(text, "runtime=\"native\",pid=\"4242\"}");
	assert_has(text, "runtime=\"native\",pid=\"4242\",allocator=");
	free(text);
	fake_publication__free(publication);
}

static size_t group_lines(const char *text)
{
	return count(text, "{comm=\"") - count(text, "\nheapbeat_recommendations{");
}

static void series_are_counted_as_they_are_written_and_capped(void **state)
{
	struct publication *publication = fake_publication__new();
	struct host *host = publication->host;
	struct metrics_options capped = {0};
	size_t first = metrics__group_series(&host->groups[0]);
	size_t second = metrics__group_series(&host->groups[1]);
	char *text = render(publication, &plain);

	(void)state;
	assert_int_equal(group_lines(text), first + second);
	free(text);
	capped.max_series = first + second - 1;
	text = render(publication, &capped);
	assert_int_equal(group_lines(text), first);
	free(text);
	host->groups[0].detail = GROUP_BRIEF;
	host->groups[1].detail = GROUP_HIDDEN;
	text = render(publication, &plain);
	assert_int_equal(group_lines(text), metrics__group_series(&host->groups[0]));
	assert_null(strstr(text, "_bucket{"));
	assert_null(strstr(text, "heapbeat_hotspot"));
	assert_int_equal(metrics__group_series(&host->groups[1]), 0);
	free(text);
	fake_publication__free(publication);
}

static void its_own_process_can_be_left_out(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &(struct metrics_options){.no_self = true});

	(void)state;
	assert_null(strstr(text, "process_cpu_seconds"));
	assert_has(text, "heapbeat_events_total{stage=\"hit\"}");
	free(text);
	fake_publication__free(publication);
}

static void a_full_disk_is_an_error(void **state)
{
	struct publication *publication = fake_publication__new();
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(metrics__render(full, publication, &plain), -EIO);
	fclose(full);
	fake_publication__free(publication);
}

static void histograms_rise_to_their_count(void **state)
{
	struct publication *publication = fake_publication__new();
	char *text = render(publication, &plain);
	const char *at = text;
	double before = 0;
	size_t buckets = 0;

	(void)state;
	while ((at = strstr(at, "heapbeat_allocation_size_bytes_bucket{comm=\"redis"))) {
		double now = strtod(strstr(at, "} ") + 2, NULL);

		assert_true(now >= before);
		before = now;
		buckets++;
		at++;
	}
	assert_int_equal(buckets, GROUP_BUCKETS);
	at = strstr(text, "heapbeat_allocation_size_bytes_count{comm=\"redis");
	assert_true(fabs(strtod(strstr(at, "} ") + 2, NULL) - before) < 0.5);
	free(text);
	fake_publication__free(publication);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_publication_reads_as_written_in_the_golden_text),
		cmocka_unit_test(promtool_finds_nothing_to_say),
		cmocka_unit_test(openmetrics_is_parsed_by_its_own_parser),
		cmocka_unit_test(hostile_names_stay_within_their_label),
		cmocka_unit_test(a_label_of_any_length_is_cut_at_a_rune),
		cmocka_unit_test(what_is_unknown_has_no_series),
		cmocka_unit_test(before_the_first_tick_there_is_the_build_alone),
		cmocka_unit_test(every_family_has_one_help_one_type_and_stands_together),
		cmocka_unit_test(recommendations_are_counted_by_group),
		cmocka_unit_test(what_is_resolved_is_counted_with_its_group),
		cmocka_unit_test(a_pid_is_shown_where_a_group_has_one),
		cmocka_unit_test(series_are_counted_as_they_are_written_and_capped),
		cmocka_unit_test(its_own_process_can_be_left_out),
		cmocka_unit_test(a_full_disk_is_an_error),
		cmocka_unit_test(histograms_rise_to_their_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
