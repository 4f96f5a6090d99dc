// SPDX-License-Identifier: GPL-2.0-or-later
/* Escape hotspots as they are read: by line, with cause, type, callers and the compiler's words. */
#include "fake_report.h"

#include <jansson.h>

#include "export/escape_rows.h"
#include "export/human.h"
#include "export/report_json.h"
#include "export/report_text.h"
#include "symbol/escape_log.h"

#include "base/banned.h"

static struct symbol_site calls[FAKE_FRAMES];

static int site_of(void *ctx, uint32_t module, uint64_t address, const struct symbol_site **ret)
{
	const struct symbol_site *site = &calls[address / 16 % FAKE_FRAMES];

	(void)ctx;
	(void)module;
	*ret = site->call || site->type ? site : NULL;
	return 0;
}

static struct name_source source_of(struct fake_names *fake)
{
	return (struct name_source){.ctx = fake, .names = fake_names__of, .site = site_of};
}

static void name(struct fake_names *fake)
{
	memset(calls, 0, sizeof(calls));
	fake_names__set(fake, 1, "runtime.mallocgc", NULL);
	fake_names__set(fake, 2, "runtime.growslice", NULL);
	fake_names__set(fake, 10, "io.ReadAll", NULL);
	fake_names__set(fake, 20, "main.handle", NULL);
	fake_names__set(fake, 21, "main.upload", NULL);
	fake_names__set(fake, 22, "main.main", NULL);
	/* newUser is inlined in two places: one line, two sites */
	fake_names__set(fake, 23, "main.newUser", "main.handle", NULL);
	fake_names__set(fake, 24, "main.newUser", "main.upload", NULL);
	fake->names[24][0].line = fake->names[23][0].line;
	fake_names__set(fake, 25, "main.log", NULL);
	fake_names__set(fake, 26, HOSTILE, NULL);
	calls[10] = (struct symbol_site){"uint8", NULL, "runtime.growslice", 1};
	calls[23] = calls[24] = (struct symbol_site){"main.User", NULL, "runtime.newobject", 64};
	calls[25] = (struct symbol_site){"uint64", "fmt.Sprintf", "runtime.convT64", 8};
	calls[26] = (struct symbol_site){HOSTILE, HOSTILE, "runtime.convT", 8};
}

/* 100 s of the fake process, as a Go program. */
static struct view *go_view(struct fake_names *fake)
{
	static const struct {
		uint64_t n, bytes;
		unsigned int frames[4];
	} rows[] = {
		{400, 1 << 20, {1, 2, 10, 20}},	 {100, 1 << 20, {1, 2, 10, 21}},
		{100, 1 << 20, {1, 10, 20, 21}}, {60, 64, {23, 20, 22}},
		{40, 64, {24, 21, 22}},		 {10, 8, {25, 20, 22}},
	};
	struct name_source source = source_of(fake);
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;

	name(fake);
	process->runtime = "go";
	process->allocator = "";
	process->go = view__alloc(view, sizeof(*process->go));
	assert_non_null(process->go);
	*process->go = (struct view_go){
		.version = "go1.19",
		.coverage = "",
		.site_basis = BASIS_BUCKET,
		.site_span_s = 100,
		.profile_rate_bytes = 524288,
		.primary = true,
	};
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		size_t cnt = 3 + (rows[i].frames[3] != 0);
		const struct sample_sums *sums =
			&fake_view__stack(view, HB_GO_ALLOC, rows[i].n, rows[i].bytes, cnt,
					  rows[i].frames)
				 ->classes->sums;

		process->go->site_bytes += sums->bytes;
		process->go->site_calls += sums->calls;
	}
	assert_int_equal(fold__sites(view, &source), 0);
	return view;
}

static void sites_of_one_line_are_one_row(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	struct escape_rows rows;
	const struct escape_row *row;

	(void)state;
	assert_int_equal(view->processes->site_cnt, 4);
	assert_int_equal(escape_rows__init(&rows, view->processes), 0);
	assert_int_equal(rows.cnt, 3);
	assert_string_equal(rows.items[0].site->function, "io.ReadAll");
	row = &rows.items[1];
	assert_string_equal(row->site->function, "main.newUser");
	assert_string_equal(row->site->trait->type, "main.User");
	assert_int_equal(row->site->trait->construct, GO_BY_NEW);
	assert_true(row->bytes.value == 6400);
	assert_true(row->bytes_rate.value == 64);
	assert_true(row->calls_rate.value == 1);
	assert_true(row->each_bytes == 64);
	assert_int_equal(row->bytes.n, 100);
	assert_int_equal(row->bytes.basis, BASIS_BUCKET);
	assert_int_equal(row->caller_cnt, 0);
	escape_rows__release(&rows);
	view__free(view);
}

static void the_library_has_the_lines_that_called_it_below(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	struct escape_rows rows;
	const struct escape_row *row;

	(void)state;
	assert_int_equal(escape_rows__init(&rows, view->processes), 0);
	row = &rows.items[0];
	assert_int_equal(row->site->trait->construct, GO_BY_APPEND);
	assert_int_equal(row->caller_cnt, 2);
	assert_string_equal(row->callers[0].use->function, "main.handle");
	assert_string_equal(row->callers[0].use->trait->via, "io.ReadAll");
	assert_true(row->callers[0].bytes == 500 * 1048576.0);
	assert_string_equal(row->callers[1].use->function, "main.upload");
	assert_true(row->stack_bytes == 600 * 1048576.0);
	escape_rows__release(&rows);
	view__free(view);
}

static char *text_of(struct view *view, struct fake_names *fake, const struct escape_log *log,
		     unsigned int width)
{
	struct report_options options = {
		.by = BY_ESCAPE, .limit = 20, .width = width, .escape_log = log};
	struct name_source source = source_of(fake);
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(report_text__write(file, view, &source, &options), 0);
	fclose(file);
	return out;
}

static struct escape_log *some_log(void)
{
	static const char text[] =
		"# example.org/service\n"
		"./file.c:230:9: &User{...} escapes to heap in newUser:\n"
		"./file.c:230:9:   flow: ~r0 = &{storage for &User{...}}:\n"
		"./file.c:230:9:     from return &User{...} (return) at ./file.c:230:2\n"
		"./file.c:230:9: &User{...} escapes to heap\n";
	FILE *file = fmemopen((void *)(uintptr_t)text, sizeof(text) - 1, "r");
	struct escape_log *log = escape_log__read(file, NULL);

	assert_non_null(log);
	fclose(file);
	return log;
}

static void a_row_reads_as_line_cause_and_type(void **state)
{
	static const char *const lines[] = {
		"     share    bytes/s     +-  objects/s     each  escape hotspot\n",
		"     100 %  6.29 MB/s    0 %          6  1.05 MB  file.c:100  append: []uint8\n"
		"                                                  io.ReadAll <- main.handle\n"
		"                                            83 %  file.c:200  main.handle calls "
		"io.ReadAll\n"
		"                                            17 %  file.c:210  main.upload calls "
		"io.ReadAll\n",
		"  file.c:230  moved to heap: main.User\n"
		"                                                  main.newUser <- main.handle\n"
		"            go: &User{...} escapes to heap\n"
		"                return &User{...} (return) at ./file.c:230:2\n",
		"  file.c:250  interface boxing: uint64\n"
		"                                                  main.log <- main.handle\n"
		"                                                  boxed for fmt.Sprintf\n",
	};
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	struct escape_log *log = some_log();
	char *text = text_of(view, &fake, log, 100);

	(void)state;
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++)
		if (!strstr(text, lines[i]))
			fail_msg("not in the report: %s\n%s", lines[i], text);
	free(text);
	escape_log__free(log);
	view__free(view);
}

static void lines_fit_the_width_and_names_are_harmless(void **state)
{
	struct fake_names fake = {0};
	struct name_source source = source_of(&fake);
	struct view *view = go_view(&fake);
	char *text;

	(void)state;
	fake_view__stack(view, HB_GO_ALLOC, 1000, 1 << 20, FRAMES(26, 22));
	assert_int_equal(fold__sites(view, &source), 0);
	text = text_of(view, &fake, NULL, 60);
	assert_null(strchr(text, '\033'));
	assert_null(strstr(text, "\xe2\x80\xae"));
	text[strlen(text) - 1] = 0;
	for (char *line = strstr(text, "escape hotspot") + 15; line;) {
		char *end = strchr(line, '\n');

		if (end)
			*end++ = 0;
		assert_true(human__width(line) <= 60);
		line = end;
	}
	free(text);
	view__free(view);
}

static void what_is_no_go_program_says_so(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	char *text = text_of(view, &fake, NULL, 100);

	(void)state;
	assert_non_null(strstr(text, "no escape hotspots: no Go program"));
	assert_null(strstr(text, "_sdsnewlen"));
	free(text);
	view__free(view);
}

static void json_has_causes_uses_and_the_compilers_words(void **state)
{
	struct fake_names fake = {0};
	struct name_source source = source_of(&fake);
	struct view *view = go_view(&fake);
	struct escape_log *log = some_log();
	struct report_options options = {.by = BY_ESCAPE, .escape_log = log};
	const json_t *item, *site, *use, *said;
	json_t *root;
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	(void)state;
	assert_int_equal(report_json__write(file, view, &source, &options), 0);
	fclose(file);
	root = json_loads(out, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(root);
	item = json_array_get(json_object_get(root, "items"), 0);
	assert_int_equal(json_array_size(json_object_get(item, "sites")), 4);
	site = json_array_get(json_object_get(item, "sites"), 1);
	assert_string_equal(json_string_value(json_object_get(site, "cause")), "moved to heap");
	assert_string_equal(json_string_value(json_object_get(site, "type")), "main.User");
	assert_int_equal(json_integer_value(json_object_get(site, "type_bytes")), 64);
	assert_null(json_object_get(site, "via"));
	said = json_array_get(json_object_get(site, "compiler"), 0);
	assert_string_equal(json_string_value(json_object_get(said, "said")),
			    "&User{...} escapes to heap");
	use = json_array_get(json_object_get(item, "uses"), 0);
	assert_string_equal(json_string_value(json_object_get(use, "function")), "main.handle");
	assert_string_equal(json_string_value(json_object_get(use, "via")), "io.ReadAll");
	assert_string_equal(json_string_value(json_object_get(use, "cause")), "append");
	assert_int_equal(json_integer_value(json_object_get(use, "line")), 200);
	assert_null(json_object_get(use, "stacks"));
	json_decref(root);
	free(out);
	escape_log__free(log);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sites_of_one_line_are_one_row),
		cmocka_unit_test(the_library_has_the_lines_that_called_it_below),
		cmocka_unit_test(a_row_reads_as_line_cause_and_type),
		cmocka_unit_test(lines_fit_the_width_and_names_are_harmless),
		cmocka_unit_test(what_is_no_go_program_says_so),
		cmocka_unit_test(json_has_causes_uses_and_the_compilers_words),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
