// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics.h"
#include "export/metrics_table.h"

#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

static size_t count(const char *text, const char *part)
{
	size_t cnt = 0;

	for (text = strstr(text, part); text; text = strstr(text + 1, part))
		cnt++;
	return cnt;
}

static bool is_name(const char *s)
{
	for (; *s; s++)
		if (!islower((unsigned char)*s) && *s != '_')
			return false;
	return true;
}

static bool ends_in(const char *name, const char *suffix)
{
	size_t len = strlen(name), suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(name + len - suffix_len, suffix);
}

static void assert_row(const struct metric_row *row)
{
	bool ours = !strncmp(row->name, "heapbeat_", 9);
	char unit[64];

	assert_true(is_name(row->name));
	assert_true(ours || !strncmp(row->name, "process_", 8));
	assert_int_equal(row->type == METRIC_COUNTER, ends_in(row->name, "_total"));
	snprintf(unit, sizeof(unit), "_%s%s", row->unit,
		 row->type == METRIC_COUNTER ? "_total" : "");
	assert_true(!*row->unit || ends_in(row->name, unit));
	for (const char *const *u = (const char *const[]){"bytes", "seconds", "ratio", NULL}; *u;
	     u++) {
		snprintf(unit, sizeof(unit), "_%s%s", *u,
			 row->type == METRIC_COUNTER ? "_total" : "");
		if (ends_in(row->name, unit))
			assert_string_equal(row->unit, *u);
	}
	assert_non_null(row->get);
	assert_true(strlen(row->help) > 20 || !ours);
	assert_true(ends_in(row->help, "."));
	/* What would have to be escaped differs between the formats. */
	assert_null(strpbrk(row->help, "\"\\\n|"));
	for (int l = 0; l < METRIC_OWN_LABELS && row->labels[l]; l++) {
		assert_true(is_name(row->labels[l]));
		assert_true(strcmp(row->labels[l], "le") && strcmp(row->labels[l], "pid"));
	}
}

static void the_table_is_sound(void **state)
{
	(void)state;
	for (int m = 0; m < METRIC_MAX; m++) {
		assert_non_null(metric_rows[m].name);
		assert_row(&metric_rows[m]);
		if (m)
			assert_true(strcmp(metric_rows[m - 1].name, metric_rows[m].name) < 0);
	}
}

/* The contract of names, and those left out until they can be filled. */
static void every_promised_name_is_there_and_no_other(void **state)
{
	static const char promised[] =
		" heapbeat_allocations_total heapbeat_frees_total heapbeat_allocated_bytes_total"
		" heapbeat_freed_bytes_total heapbeat_heap_live_bytes heapbeat_heap_live_objects"
		" heapbeat_target_resident_memory_bytes heapbeat_target_anonymous_memory_bytes"
		" heapbeat_allocation_size_bytes heapbeat_allocation_lifetime_seconds"
		" heapbeat_hotspot_allocated_bytes_total heapbeat_recommendations"
		" heapbeat_sampling_ratio heapbeat_estimate_relative_error_ratio"
		" heapbeat_observed_seconds_total heapbeat_vm_mapped_bytes_total"
		" heapbeat_vm_unmapped_bytes_total heapbeat_vm_calls_total"
		" heapbeat_allocation_failures_total heapbeat_heap_peak_bytes heapbeat_build_info"
		" heapbeat_config_last_reload_successful"
		" heapbeat_config_last_reload_success_timestamp_seconds heapbeat_events_total"
		" heapbeat_events_lost_total heapbeat_observation_cost_ratio "
		"heapbeat_coverage_ratio"
		" heapbeat_map_entries heapbeat_map_capacity heapbeat_map_memory_bytes"
		" heapbeat_map_update_errors_total heapbeat_bpf_program_runs_total"
		" heapbeat_bpf_program_run_seconds_total"
		" heapbeat_bpf_program_recursion_misses_total heapbeat_probes"
		" heapbeat_probe_attach_failures_total heapbeat_targets "
		"heapbeat_series_dropped_total"
		" heapbeat_collector_duration_seconds heapbeat_collector_success"
		" process_cpu_seconds_total process_resident_memory_bytes"
		" process_virtual_memory_bytes process_open_fds process_max_fds"
		" process_start_time_seconds heapbeat_go_live_heap_bytes heapbeat_go_goroutines"
		" heapbeat_go_gogc_ratio heapbeat_go_memory_limit_bytes heapbeat_go_gc_cpu_ratio"
		" heapbeat_gc_cycles_total heapbeat_gc_pause_seconds_total"
		" heapbeat_gc_heap_goal_bytes ";
	/* Beyond the contract: the daemon's own state, and what makes figures auditable. */
	static const char ours[] =
		" heapbeat_attach_backlog heapbeat_attaches_total heapbeat_bpf_memory_bytes"
		" heapbeat_group_attached_processes heapbeat_group_info heapbeat_group_processes"
		" heapbeat_heap_growing heapbeat_hotspot_live_bytes "
		"heapbeat_observation_age_seconds"
		" heapbeat_observation_cpu_seconds_total heapbeat_observation_intervals_total"
		" heapbeat_probe_cost_seconds heapbeat_ready heapbeat_releases_total"
		" heapbeat_target_cpu_seconds_total heapbeat_gc_forced_cycles_total"
		" heapbeat_gc_pause_duration_seconds heapbeat_go_goroutines_by_site"
		" heapbeat_go_goroutines_growing heapbeat_go_info"
		" heapbeat_go_size_class_allocated_bytes_total"
		" heapbeat_go_size_class_allocations_total heapbeat_go_stack_bytes ";
	/* Nothing fills it yet: the CPU view. */
	static const char left_out[] = " heapbeat_allocator_cpu_seconds_total ";
	char word[128];

	(void)state;
	for (int m = 0; m < METRIC_MAX; m++) {
		snprintf(word, sizeof(word), " %s ", metric_rows[m].name);
		assert_true(strstr(promised, word) || strstr(ours, word));
		assert_null(strstr(left_out, word));
	}
	assert_int_equal(count(promised, " ") - 1 + count(ours, " ") - 1, METRIC_MAX);
}

static void docs_are_what_the_table_says(void **state)
{
	bool write = getenv("HB_METRICS_DOC") != NULL;
	FILE *file = fopen("docs/metrics.md", write ? "w" : "r");
	static char found[65536];
	char *expected = NULL;
	size_t bytes;
	FILE *out = open_memstream(&expected, &bytes);

	(void)state;
	assert_true(file && out);
	assert_int_equal(metrics__write_reference(out), 0);
	fclose(out);
	if (write)
		fputs(expected, file);
	else
		found[fread(found, 1, sizeof(found) - 1, file)] = 0;
	fclose(file);
	if (!write && strcmp(found, expected) != 0)
		fail_msg("docs/metrics.md is not what the table says: run `make metrics-doc`");
	free(expected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_table_is_sound),
		cmocka_unit_test(every_promised_name_is_there_and_no_other),
		cmocka_unit_test(docs_are_what_the_table_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
