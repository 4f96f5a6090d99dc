// SPDX-License-Identifier: GPL-2.0-or-later
/* The report of a Go program, from readings to text, JSON and profiles. */
#include "unpacked.h"

#include <jansson.h>

#include "advice/advice.h"
#include "advice/rule.h"
#include "export/folded.h"
#include "export/go_words.h"
#include "export/report_json.h"
#include "export/report_text.h"
#include "go_fixture.h"
#include "model/go_profile.h"

#include "base/banned.h"

#define GOLDEN	 "tests/unit/report_go.golden"
#define READINGS 31

static struct frame frames_grow[] = {{1, 0, 16 + 1},
				     {1, 0, 4 * 16 + 1},
				     {1, 0, 5 * 16 + 1},
				     {1, 0, 6 * 16 + 1},
				     {1, 0, 9 * 16 + 1}};
/* the same but for the runtime's own call: one row of a profile */
static struct frame frames_grow_other[] = {{1, 0, 2 * 16 + 1},
					   {1, 0, 4 * 16 + 1},
					   {1, 0, 5 * 16 + 1},
					   {1, 0, 6 * 16 + 1},
					   {1, 0, 9 * 16 + 1}};
static struct frame frames_handle[] = {{1, 0, 2 * 16 + 1}, {1, 0, 5 * 16 + 1}, {1, 0, 6 * 16 + 1}};
static struct go_bucket buckets[] = {{1, 5, 48, frames_grow},
				     {2, 5, 1024, frames_grow},
				     {3, 5, 48, frames_grow_other},
				     {4, 3, 600000, frames_handle}};

static void name_program(struct fake_names *gopher)
{
	fake_names__set(gopher, 1, "runtime.mallocgc", NULL);
	fake_names__set(gopher, 2, "runtime.growslice", NULL);
	fake_names__set(gopher, 4, "strings.(*Builder).grow", NULL);
	fake_names__set(gopher, 5, "main.(*Server).handle", NULL);
	fake_names__set(gopher, 6, "main.main", NULL);
	fake_names__set(gopher, 7, "main.spawn.func1", NULL);
	fake_names__set(gopher, 9, "runtime.goexit", NULL);
}

/* READINGS seconds of a program that allocates and lets go at a steady rate, and forgets goroutines. */
static void read_on(struct feed *feed)
{
	struct go_class_row classes[] = {{48, 0, 0, 0, 0}, {1024, 0, 0, 0, 0}, {0, 0, 0, 0, 0}};
	struct go_goroutine_row rows[] = {
		{{1, 0, 5 * 16 + 1}, {1, FRAME_EXACT_PC, 7 * 16}, 0, {0}, 90 * SECOND},
		{{0, 0, 0}, {1, FRAME_EXACT_PC, 6 * 16}, 1, {1, 0, 0, 0}, 0}};

	for (uint64_t i = 0; i < READINGS; i++) {
		struct go_count_row counts[] = {{1, 0, 100 + 10 * i, 90 + 10 * i, 5},
						{2, 0, 50 + i, 20, 0},
						{3, 0, 7, 7, 0},
						{4, 0, 11 + i, 1 + i, 2}};
		struct record_go_cycle cycle = {.cycle = 600 + i,
						.cause = GO_CAUSE_UNKNOWN,
						.ended_wall_ns = (1010 + i) * SECOND,
						.pause_ns = 52000 + i};
		struct go_reading reading = {
			.time_ns = (10 + i) * SECOND,
			.parts = GO_PARTS,
			.profile_rate_bytes = GO_RATE,
			.classes = classes,
			.class_cnt = 3,
			.buckets = buckets,
			.bucket_cnt = i ? 0 : 4,
			.counts = counts,
			.count_cnt = 4,
			.goroutines = rows,
			.goroutine_cnt = 2,
			.goroutine_total = 4 + 3 * i,
			.cycles = &cycle,
			.cycle_cnt = 1,
		};

		rows[0].cnt = rows[0].by_status[GO_STATUS_WAITING] = 3 + 3 * i;
		for (size_t k = 0; k < 3; k++) {
			uint64_t size = classes[k].size_bytes ? classes[k].size_bytes : 600000;

			classes[k].mallocs = 1000 * (k + 1) + i * 1000 / (k + 1);
			classes[k].frees = classes[k].mallocs - 100;
			classes[k].allocated_bytes = classes[k].mallocs * size;
			classes[k].freed_bytes = classes[k].frees * size;
		}
		reading.state = go_state(1000000 + 12300 * i, 900000 + 12200 * i,
					 1000000000 + 98100000 * i, 954800000 + 98100000 * i);
		reading.state.cycles = 608 + i;
		reading.state.heap_marked_bytes = 25000000;
		reading.state.goroutines = reading.goroutine_total;
		go_feed__read(feed, &reading);
	}
}

static struct view *program_view(struct fake_names *gopher, const char *allocator)
{
	static const struct counters_row row = {
		.func = HB_MALLOC, .size_class = 7, .calls = 23, .bytes = 2300};
	struct feed feed = go_feed__start(allocator, GO_PARTS);
	struct name_source source = fake_names__source(gopher);
	struct record_module module = {.module = 1};
	struct view *view;

	name_program(gopher);
	feed__record(&feed, record_buffer__module(&feed.buffer, &module, "/usr/bin/server"));
	if (*allocator) {
		struct record_plan plan = {
			.epoch = 1, .mode = PLAN_EXACT, .interval_bytes = 1, .opened_ns = SECOND};

		feed__plan(&feed, plan, SECOND);
		for (int i = 0; i < 23; i++)
			feed__sample(&feed, (struct record_sample){.epoch = 1, .size_bytes = 100},
				     6 * 16 + 1, 2 * SECOND);
		feed__counters(&feed, (struct record_counters){.epoch = 1}, &row, 1, 11 * SECOND);
	}
	read_on(&feed);
	view = model__build(feed.model);
	assert_non_null(view);
	assert_int_equal(fold__sites(view, &source), 0);
	feed__release(&feed);
	return view;
}

static char *text_of(struct view *view, struct fake_names *gopher, enum report_by by, bool verbose)
{
	struct report_options options = {.by = by, .limit = 20, .width = 100, .verbose = verbose};
	struct name_source source = fake_names__source(gopher);
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_text__write(file, view, &source, &options), 0);
	fclose(file);
	return out;
}

#define assert_in(text, part)                                    \
	do {                                                     \
		if (!strstr(text, part))                         \
			fail_msg("no '%s' in:\n%s", part, text); \
	} while (0)

/* HB_REPORT_GOLDEN=1 writes it anew. */
static void the_report_reads_as_written_in_the_golden_text(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "");
	char *text = text_of(view, &gopher, BY_RATE, true), golden[32768];
	FILE *file;

	(void)state;
	view->truncated = false;
	free(text);
	text = text_of(view, &gopher, BY_RATE, true);
	if (getenv("HB_REPORT_GOLDEN")) {
		file = fopen(GOLDEN, "w");
		assert_non_null(file);
		fputs(text, file);
		fclose(file);
	}
	file = fopen(GOLDEN, "r");
	assert_non_null(file);
	golden[fread(golden, 1, sizeof(golden) - 1, file)] = 0;
	fclose(file);
	assert_string_equal(text, golden);
	free(text);
	view__free(view);
}

static void sites_are_listed_by_what_they_keep_alive(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "");
	char *text = text_of(view, &gopher, BY_LIVE, false);
	const char *grow = strstr(text, "strings.(*Builder).grow (");

	(void)state;
	assert_non_null(grow);
	assert_true(grow < strstr(text, "main.(*Server).handle ("));
	assert_null(strstr(text, "not every free was seen"));
	free(text);
	view__free(view);
}

static void with_cgo_both_heaps_are_shown_and_never_added(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "glibc");
	char *text = text_of(view, &gopher, BY_RATE, false);

	(void)state;
	assert_in(text, "  go heap   12.3k allocations/s, 98.1 MB/s, 12.2k frees/s");
	assert_in(text, "  malloc    every call counted, every call with its stack");
	assert_in(text, "  heap site");
	assert_in(text, "  go heap site");
	assert_true(view->processes->calls.value == 23);
	free(text);
	view__free(view);
}

static void what_is_not_known_is_not_a_number(void **state)
{
	struct fake_names gopher = {0};
	struct feed feed = go_feed__start("", GO_PART_GOROUTINES);
	struct view *view;
	char *text;

	(void)state;
	go_feed__program(&feed, 0, "heap statistics: \033[31mnot found; heap profile: off", SECOND);
	view = model__build(feed.model);
	text = text_of(view, &gopher, BY_RATE, true);
	assert_in(text, "  go        1.26.4\n");
	assert_in(text, "  sites     not known: it keeps no heap profile that can be read\n");
	assert_in(text, "  not read  heap statistics: ");
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, " 0 "));
	free(text);
	view__free(view);
	feed__release(&feed);
}

static json_t *json_of(struct view *view, struct fake_names *gopher)
{
	struct report_options options = {.by = BY_RATE, .limit = 20};
	struct name_source source = fake_names__source(gopher);
	json_error_t error;
	char *out = NULL;
	json_t *json;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_json__write(file, view, &source, &options), 0);
	fclose(file);
	json = json_loads(out, JSON_REJECT_DUPLICATES, &error);
	assert_non_null(json);
	free(out);
	return json;
}

static void json_has_what_the_runtime_says(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "");
	json_t *json = json_of(view, &gopher), *item, *go, *site;

	(void)state;
	item = json_array_get(json_object_get(json, "items"), 0);
	go = json_object_get(item, "go");
	site = json_array_get(json_object_get(item, "sites"), 0);
	assert_string_equal(json_string_value(json_object_get(go, "version")), "go1.26.4");
	assert_true(json_is_true(json_object_get(go, "primary")));
	assert_string_equal(json_string_value(json_object_get(go, "sites_basis")), "bucket");
	assert_int_equal(json_array_size(json_object_get(json_object_get(go, "gc"), "cycles")), 31);
	assert_null(json_object_get(json_object_get(go, "state"), "memory_limit_bytes"));
	assert_int_equal(json_array_size(json_object_get(go, "size_classes")), 3);
	assert_true(json_is_true(json_object_get(site, "go")));
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(site, "bytes_rate"), "basis")),
		"bucket");
	assert_string_equal(
		json_string_value(json_object_get(
			json_object_get(json_object_get(item, "figures"), "calls"), "basis")),
		"exact");
	json_decref(json);
	view__free(view);
}

/* What Go's own profile would write for bucket number @i + 1: objects, bytes, live ones. */
static void expect(size_t i, uint64_t allocs, uint64_t frees, uint64_t sums[4])
{
	uint64_t objects, bytes;

	go_profile__scale(allocs, buckets[i].size_bytes, GO_RATE, &objects, &bytes);
	sums[OBJECTS] += objects;
	sums[SPACE] += bytes;
	go_profile__scale(allocs - frees, buckets[i].size_bytes, GO_RATE, &objects, &bytes);
	sums[LIVE_OBJECTS] += objects;
	sums[LIVE_SPACE] += bytes;
}

static void the_profile_is_the_programs_own_to_the_last_byte(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "");
	struct name_source own = fake_names__source(&gopher);
	struct pprof_source source = {.view = view, .names = &own};
	unpacked_t *profile = unpacked__of(NULL, &source, NULL, NULL);
	uint64_t grow[4] = {0}, handle[4] = {0};
	const sample_t *sample = sample_of(profile, "strings.(*Builder).grow");

	(void)state;
	unpacked__check(profile);
	expect(0, 400, 390, grow);
	expect(1, 80, 20, grow);
	expect(2, 7, 7, grow);
	expect(3, 41, 31, handle);
	/* two stacks that differ in the runtime's frames alone are one, without those frames */
	assert_int_equal(profile->n_sample, 2);
	assert_non_null(sample);
	assert_int_equal(sample->n_location_id, 3);
	assert_int_equal(sample->n_label, 2);
	for (size_t v = 0; v < 4; v++) {
		assert_int_equal(sample->value[v], grow[v]);
		assert_int_equal(sum_of(profile, v), grow[v] + handle[v]);
	}
	assert_int_equal(profile->period, GO_RATE);
	unpacked__free(profile);
	view__free(view);
}

static void with_cgo_a_profile_tells_the_heaps_apart(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "glibc");
	struct name_source own = fake_names__source(&gopher);
	struct pprof_source source = {.view = view, .names = &own};
	unpacked_t *profile = unpacked__of(NULL, &source, NULL, NULL);
	size_t of_go = 0, of_malloc = 0;

	(void)state;
	unpacked__check(profile);
	for (size_t i = 0; i < profile->n_sample; i++) {
		const sample_t *sample = profile->sample[i];

		assert_int_equal(sample->n_label, 3);
		assert_string_equal(text_at(profile, sample->label[2]->key), "heap");
		if (!strcmp(text_at(profile, sample->label[2]->str), "go")) {
			of_go++;
			continue;
		}
		of_malloc++;
		assert_int_equal(sample->value[OBJECTS], 23);
		assert_int_equal(sample->value[SPACE], 2300);
	}
	assert_int_equal(of_go, 2);
	assert_int_equal(of_malloc, 1);
	unpacked__free(profile);
	view__free(view);
}

static void flame_graphs_begin_at_the_sites(void **state)
{
	struct fake_names gopher = {0};
	struct view *view = program_view(&gopher, "");
	struct name_source own = fake_names__source(&gopher);

	(void)state;
	for (int by = BY_RATE; by <= BY_LIVE; by++) {
		char *out = NULL;
		size_t len;
		FILE *file = open_memstream(&out, &len);

		assert_non_null(file);
		assert_int_equal(folded__write(file, view, &own, by), 0);
		fclose(file);
		assert_in(out, "server;main.main;main.(*Server).handle;strings.(*Builder).grow ");
		assert_in(out, "server;main.main;main.(*Server).handle ");
		assert_null(strstr(out, "runtime."));
		free(out);
	}
	view__free(view);
}

static void rules_of_malloc_are_silent_on_its_sites(void **state)
{
	static const char *const allocators[] = {"", "glibc"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct fake_names gopher = {0};
		struct view *view = program_view(&gopher, allocators[i]);
		struct advice_list *list = advice__evaluate(view);

		assert_non_null(list);
		for (size_t k = 0; k < list->cnt; k++)
			assert_memory_equal(list->items[k].rule->id, "go-", 3);
		advice_list__free(list);
		view__free(view);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_report_reads_as_written_in_the_golden_text),
		cmocka_unit_test(sites_are_listed_by_what_they_keep_alive),
		cmocka_unit_test(with_cgo_both_heaps_are_shown_and_never_added),
		cmocka_unit_test(what_is_not_known_is_not_a_number),
		cmocka_unit_test(json_has_what_the_runtime_says),
		cmocka_unit_test(the_profile_is_the_programs_own_to_the_last_byte),
		cmocka_unit_test(with_cgo_a_profile_tells_the_heaps_apart),
		cmocka_unit_test(flame_graphs_begin_at_the_sites),
		cmocka_unit_test(rules_of_malloc_are_silent_on_its_sites),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
