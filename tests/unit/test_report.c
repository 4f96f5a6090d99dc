// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_report.h"

#include <jansson.h>

#include "export/folded.h"
#include "export/human.h"
#include "export/losses.h"
#include "export/report_json.h"
#include "export/report_text.h"

#include "base/banned.h"

static const struct report_options plain = {.by = BY_RATE, .limit = REPORT_LIMIT, .width = 100};

static char *text_of(struct view *view, struct fake_names *fake,
		     const struct report_options *options)
{
	struct name_source source = fake_names__source(fake);
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_text__write(file, view, &source, options), 0);
	fclose(file);
	return out;
}

static char *folded_of(struct view *view, struct fake_names *fake, enum report_by by)
{
	struct name_source source = fake_names__source(fake);
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(folded__write(file, view, &source, by), 0);
	fclose(file);
	return out;
}

static json_t *json_of(struct view *view, struct fake_names *fake,
		       const struct report_options *options, char **ret_text)
{
	struct name_source source = fake_names__source(fake);
	char *out = NULL;
	json_error_t error;
	json_t *json;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_json__write(file, view, &source, options), 0);
	fclose(file);
	json = json_loads(out, JSON_REJECT_DUPLICATES, &error);
	if (!json)
		fail_msg("%s", error.text);
	if (ret_text)
		*ret_text = out;
	else
		free(out);
	return json;
}

#define assert_in(text, part)                                    \
	do {                                                     \
		if (!strstr(text, part))                         \
			fail_msg("no '%s' in:\n%s", part, text); \
	} while (0)
#define assert_not_in(text, part)                             \
	do {                                                  \
		if (strstr(text, part))                       \
			fail_msg("'%s' in:\n%s", part, text); \
	} while (0)

static void numbers_read_as_people_write_them(void **state)
{
	static const struct {
		enum advice_unit unit;
		double value;
		const char *text;
	} rows[] = {
		{UNIT_COUNT, 0, "0"},
		{UNIT_COUNT, 23, "23"},
		{UNIT_COUNT, 0.125, "0.12"},
		{UNIT_COUNT, 999.4, "999"},
		{UNIT_COUNT, 999.6, "1.00k"},
		{UNIT_COUNT, 31400, "31.4k"},
		{UNIT_COUNT, -31400, "-31.4k"},
		{UNIT_BYTES, 512, "512 B"},
		{UNIT_BYTES, 981e6, "981 MB"},
		{UNIT_BYTES_PER_S, 1.2345e9, "1.23 GB/s"},
		{UNIT_BYTES_PER_HOUR, 9.999e6, "10.0 MB/h"},
		{UNIT_RATIO, 0.62, "62 %"},
		{UNIT_RATIO, 0.0123, "1.2 %"},
		{UNIT_RATIO, 1, "100 %"},
		{UNIT_SECONDS, 30, "30 s"},
		{UNIT_SECONDS, 0.0004, "400 us"},
		{UNIT_SECONDS, 0.0123, "12.3 ms"},
		{UNIT_BYTES, 1e30, "1000000000000000 PB"},
	};
	char dst[HUMAN_BYTES];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(human__value(dst, rows[i].unit, rows[i].value), rows[i].text);
	assert_string_equal(human__value(dst, UNIT_COUNT, NAN), "-");
	assert_string_equal(human__value(dst, UNIT_COUNT, INFINITY), "-");
	/* 300 digits are cut, not written past the end */
	assert_true(strlen(human__value(dst, UNIT_BYTES, 1e300)) < HUMAN_BYTES);
}

static void figures_show_error_interval_and_bound(void **state)
{
	struct figure figure = fake_figure(31400, 900, BASIS_SAMPLED), unknown = {0};
	char dst[3 * HUMAN_BYTES];

	(void)state;
	assert_string_equal(human__with_error(dst, UNIT_PER_S, &figure), "31.4k +- 900");
	assert_string_equal(human__with_interval(dst, UNIT_PER_S, &figure),
			    "31.4k (29.6k to 33.2k)");
	assert_string_equal(human__relative_error(dst, &figure), "2.9 %");
	figure.lower_bound = true;
	assert_string_equal(human__figure(dst, UNIT_PER_S, &figure), ">= 31.4k");
	figure.basis = BASIS_EXACT;
	assert_string_equal(human__relative_error(dst, &figure), "exact");
	assert_string_equal(human__figure(dst, UNIT_PER_S, &unknown), "-");
	assert_string_equal(human__with_error(dst, UNIT_PER_S, &unknown), "-");
}

static void names_are_cut_between_characters(void **state)
{
	char name[] = "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc", out[NAME_BYTES];

	(void)state;
	assert_int_equal(human__width(name), 6);
	assert_string_equal(human__cut(name, 6),
			    "\xc3\xa4\xc3\xb6\xc3\xbc\xc3\xa4\xc3\xb6\xc3\xbc");
	assert_string_equal(human__cut(name, 5), "\xc3\xa4\xc3\xb6...");
	assert_string_equal(human__cut(name, 2), "..");
	assert_string_equal(human__name(out, sizeof(out), NULL), "");
	assert_string_equal(human__function(out, sizeof(out), NULL), "");
	assert_string_equal(human__function(out, sizeof(out), "net/http.(*conn).serve"),
			    "http.(*conn).serve");
	assert_string_equal(human__function(out, sizeof(out), "a.b/c.F[d.e/f.T]"), "c.F[d.e/f.T]");
	assert_string_equal(human__function(out, sizeof(out), "operator/(int)"), "operator/(int)");
	assert_string_equal(human__function(out, sizeof(out), "/"), "/");
	assert_harmless(human__name(out, sizeof(out), HOSTILE));
}

static void text_report_says_who_how_and_which_sites(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *out = text_of(view, &fake, &plain);

	(void)state;
	assert_in(out, "prog (pid 4242)  /usr/bin/prog  native  glibc\n");
	assert_in(out, "every call counted, one stack per 524 kB allocated\n");
	assert_in(out, "time      100 s of 100 s (100 %), session links\n");
	assert_in(out, "0.5 % of its CPU time charged (250 ms)");
	assert_in(out, "83 % complete, of 575 samples");
	assert_in(out, "19.0 MB +- 1.00 MB in 18");
	assert_in(out, "_sdsnewlen (file.c:20) <- createStringObject");
	assert_in(out, "mmap: dictResize (file.c:60) <- main");
	assert_not_in(out, "lost");
	assert_not_in(out, "zmalloc");
	assert_not_in(out, "\033");
	/* heaviest first */
	assert_true(strstr(out, "_sdsnewlen") < strstr(out, "grow_list"));
	free(out);
	view__free(view);
}

static void lines_fit_the_width_and_colour_is_asked_for(void **state)
{
	struct fake_names fake = {0};
	struct view *view;
	struct report_options options = plain;
	char *out;

	(void)state;
	view = fake_report__view(&fake);
	fake_names__set(&fake, 2,
			"a::very::long::name::of::a::function<with, template, arguments>::"
			"that::never::ends(int, char const*, std::vector<std::pair<int, int> >)",
			NULL);
	assert_int_equal(
		fold__sites(view, &(struct name_source){.ctx = &fake, .names = fake_names__of}), 0);
	options.width = 80;
	options.verbose = true;
	out = text_of(view, &fake, &options);
	for (char *line = out, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		if (human__width(line) > 80)
			fail_msg("%zu columns: %s", human__width(line), line);
	}
	free(out);
	options.color = true;
	out = text_of(view, &fake, &options);
	assert_in(out, "\033[1m");
	free(out);
	view__free(view);
}

static void verbose_prints_stacks_with_inlined_frames(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct report_options options = plain;
	char *out;

	(void)state;
	options.verbose = true;
	options.by = BY_BYTES;
	out = text_of(view, &fake, &options);
	assert_in(out, "419 MB by malloc\n");
	assert_in(out, "105 MB by malloc (stack not complete)\n");
	assert_in(out, "createStringObject (file.c:30) [inlined]\n");
	assert_in(out, "processInput (file.c:31)\n");
	assert_in(out, "zmalloc (file.c:10)\n");
	free(out);
	view__free(view);
}

static void losses_come_with_their_remedy(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct record_loss *loss = &view->processes->loss;
	char *out;

	(void)state;
	view->processes->loss_known = true;
	*loss = (struct record_loss){.hits = 100, .counted = 90, .in_flight = 10};
	loss->sampled = 50, loss->delivered = 38, loss->lost_ring_full = 12;
	out = text_of(view, &fake, &plain);
	assert_in(out, "12 samples found the ring full: raise --interval");
	assert_not_in(out, "unaccounted");
	free(out);
	loss->counted = 80; /* ten hits went nowhere */
	out = text_of(view, &fake, &plain);
	assert_in(out, "unaccounted: hits 10, samples 0");
	free(out);
	view__free(view);
}

static void lower_bounds_and_unknown_figures_are_shown_as_such(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct view_process *process = view->processes;
	struct report_options options = plain;
	struct name_source source = fake_names__source(&fake);
	char *out;

	(void)state;
	process->mode = PLAN_LOOK;
	process->window_cnt = 12;
	process->frees_seen = false;
	process->live_bytes = process->live_objects = (struct figure){0};
	process->calls_rate = fake_figure(5e5, 5e4, BASIS_WINDOW);
	process->calls_rate.lower_bound = true;
	assert_int_equal(fold__sites(view, &source), 0);
	options.by = BY_LIVE;
	out = text_of(view, &fake, &options);
	assert_in(out, "12 looks under the budget");
	assert_in(out, ">= 500k +- 50.0k allocations/s");
	assert_in(out, "live      not known: not every free was seen");
	assert_in(out, "no sites by live bytes");
	assert_not_in(out, "heap site");
	free(out);
	view__free(view);
}

static void refused_process_gives_its_reason_and_no_table(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *out;

	(void)state;
	view->processes->refusal = "runs under valgrind";
	out = text_of(view, &fake, &plain);
	assert_in(out, "refused   runs under valgrind");
	assert_not_in(out, "heap site");
	free(out);
	view__free(view);
}

static void limit_cuts_the_table_and_says_so(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct report_options options = plain;
	char *out;
	json_t *json;

	(void)state;
	options.limit = 1;
	out = text_of(view, &fake, &options);
	assert_in(out, "_sdsnewlen");
	assert_not_in(out, "grow_list");
	assert_in(out, "2 more\n");
	free(out);
	json = json_of(view, &fake, &options, NULL);
	/* one of the heap, one of the vm family */
	assert_int_equal(json_array_size(json_object_get(
				 json_array_get(json_object_get(json, "items"), 0), "sites")),
			 2);
	json_decref(json);
	view__free(view);
}

static void json_report_holds_figures_ids_and_stacks(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	json_t *json, *item, *site, *figure, *stack;

	(void)state;
	view->processes->stacks[0].id = UINT64_MAX;
	json = json_of(view, &fake, &plain, NULL);
	assert_string_equal(json_string_value(json_object_get(json, "schema")),
			    "heapbeat/hotspots/v1");
	assert_string_equal(json_string_value(json_object_get(json, "at")),
			    "2023-11-14T22:13:20.000Z");
	item = json_array_get(json_object_get(json, "items"), 0);
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(item, "process"), "id")),
		"4242-777-1");
	site = json_array_get(json_object_get(item, "sites"), 0);
	assert_string_equal(json_string_value(json_object_get(site, "function")), "_sdsnewlen");
	assert_int_equal(strlen(json_string_value(json_object_get(site, "id"))), 16);
	figure = json_object_get(site, "bytes");
	assert_true(json_number_value(json_object_get(figure, "value")) == 500 * 1048576.0);
	assert_string_equal(json_string_value(json_object_get(figure, "basis")), "exact");
	assert_null(json_object_get(figure, "lower_bound"));
	stack = json_array_get(json_object_get(site, "stacks"), 0);
	assert_string_equal(json_string_value(json_object_get(stack, "id")), "ffffffffffffffff");
	/* zmalloc, _sdsnewlen, createStringObject in processInput, main */
	assert_int_equal(json_array_size(json_object_get(stack, "frames")), 5);
	/* unknown is absent */
	assert_null(json_object_get(json_object_get(item, "figures"), "live_growth"));
	json_decref(json);
	view__free(view);
}

static void folded_stacks_add_up_to_the_heap(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *out = folded_of(view, &fake, BY_RATE), *value;
	double sum = 0;

	(void)state;
	assert_in(out, "prog;main;processInput;createStringObject;_sdsnewlen;zmalloc 419430400\n");
	assert_in(out, "prog;main;grow_list 245760\n");
	assert_not_in(out, "2097152"); /* mmap is not heap */
	for (char *line = out, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		value = strrchr(line, ' ');
		sum += strtod(value, NULL);
	}
	assert_true(sum == view->processes->bytes.value);
	free(out);
	out = folded_of(view, &fake, BY_LIVE);
	assert_string_equal(
		out, "prog;main;processInput;createStringObject;_sdsnewlen;zmalloc 19000000\n");
	free(out);
	view__free(view);
}

static void hostile_names_are_harmless_in_every_writer(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct report_options options = plain;
	char *out;
	size_t lines = 0;

	(void)state;
	fake_report__make_hostile(view, &fake);
	options.verbose = true;
	out = text_of(view, &fake, &options);
	assert_harmless(out);
	free(out);
	json_decref(json_of(view, &fake, &options, &out));
	assert_harmless(out);
	free(out);
	out = folded_of(view, &fake, BY_BYTES);
	assert_harmless(out);
	for (char *line = out, *end; (end = strchr(line, '\n')); line = end + 1) {
		*end = 0;
		assert_true(strtod(strrchr(line, ' '), NULL) > 0);
		lines++;
	}
	assert_int_equal(lines, 4); /* as many as stacks: no name broke a line */
	free(out);
	view__free(view);
}

static void empty_view_and_full_device_are_answered(void **state)
{
	struct fake_names fake = {0};
	struct name_source source = fake_names__source(&fake);
	struct view *view = fake_view__new();
	FILE *full = fopen("/dev/full", "w");
	char *out;

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(report_text__write(full, view, &source, &plain), -EIO);
	assert_int_equal(report_json__write(full, view, &source, &plain), -EIO);
	fclose(full);
	view->process_cnt = 0;
	view->truncated = true;
	out = text_of(view, &fake, &plain);
	assert_in(out, "the capture ends early");
	assert_in(out, "no process was observed\n");
	free(out);
	json_decref(json_of(view, &fake, &plain, NULL));
	view__free(view);
}

static int no_memory(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret)
{
	(void)ctx, (void)module, (void)address, (void)ret;
	return -ENOMEM;
}

static void failing_names_fail_the_writers(void **state)
{
	struct fake_names fake = {0};
	struct name_source broken = {.names = no_memory};
	struct view *view = fake_report__view(&fake);
	struct report_options options = plain;
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	(void)state;
	options.verbose = true;
	assert_int_equal(report_text__write(file, view, &broken, &options), -ENOMEM);
	assert_int_equal(report_json__write(file, view, &broken, &options), -ENOMEM);
	assert_int_equal(folded__write(file, view, &broken, BY_BYTES), -ENOMEM);
	fclose(file);
	free(out);
	view__free(view);
}

static void orders_are_named(void **state)
{
	enum report_by by = BY_RATE;

	(void)state;
	assert_int_equal(report__parse_by("live", &by), 0);
	assert_int_equal(by, BY_LIVE);
	assert_int_equal(report__parse_by("weight", &by), -EINVAL);
	assert_int_equal(by, BY_LIVE);
	assert_string_equal(report__func_name(HB_POSIX_MEMALIGN), "posix_memalign");
	assert_string_equal(report__func_name(HB_GO_ALLOC), "go");
	assert_string_equal(report__func_name(HB_FUNC_MAX), "?");
	assert_string_equal(report__func_name(999), "?");
	assert_string_equal(report__mode_name(PLAN_FULL), "full");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_read_as_people_write_them),
		cmocka_unit_test(figures_show_error_interval_and_bound),
		cmocka_unit_test(names_are_cut_between_characters),
		cmocka_unit_test(text_report_says_who_how_and_which_sites),
		cmocka_unit_test(lines_fit_the_width_and_colour_is_asked_for),
		cmocka_unit_test(verbose_prints_stacks_with_inlined_frames),
		cmocka_unit_test(losses_come_with_their_remedy),
		cmocka_unit_test(lower_bounds_and_unknown_figures_are_shown_as_such),
		cmocka_unit_test(refused_process_gives_its_reason_and_no_table),
		cmocka_unit_test(limit_cuts_the_table_and_says_so),
		cmocka_unit_test(json_report_holds_figures_ids_and_stacks),
		cmocka_unit_test(folded_stacks_add_up_to_the_heap),
		cmocka_unit_test(hostile_names_are_harmless_in_every_writer),
		cmocka_unit_test(empty_view_and_full_device_are_answered),
		cmocka_unit_test(failing_names_fail_the_writers),
		cmocka_unit_test(orders_are_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
