// SPDX-License-Identifier: GPL-2.0-or-later
/* The compiler's escape analysis, as two versions print it, joined with sites by line. */
#include "fake_view.h"

#include "symbol/escape_join.h"

#include "base/banned.h"

/* Of tests/workloads/go/causes, shortened. */
static const char old_log[] = /* Go 1.19 */
	"# heapbeat.example/causes\n"
	"./sites.go:47:6: cannot inline siteNewobject: marked go:noinline\n"
	"./sites.go:150:14: can inline siteClosure.func1 with cost 5 as: func() int { return 1 }\n"
	"./truth.go:51:12: inlining call to profile\n"
	"./sites.go:49:14: &Item{...} escapes to heap:\n"
	"./sites.go:49:14:   flow: {heap} = &{storage for &Item{...}}:\n"
	"./sites.go:49:14:     from &Item{...} (spill) at ./sites.go:49:14\n"
	"./sites.go:49:14:     from sinkItem = &Item{...} (assign) at ./sites.go:49:12\n"
	"./sites.go:49:14: &Item{...} escapes to heap\n"
	"./sites.go:56:19: make([]byte, sliceBytes) escapes to heap:\n"
	"./sites.go:56:19:   flow: {heap} = &{storage for make([]byte, sliceBytes)}:\n"
	"./sites.go:56:19:     from make([]byte, sliceBytes) (spill) at ./sites.go:56:19\n"
	"./sites.go:56:19:     from sinkBytes = make([]byte, sliceBytes) (assign) at "
	"./sites.go:56:13\n"
	"./sites.go:56:19: make([]byte, sliceBytes) escapes to heap:\n"
	"./sites.go:56:19:   flow: {heap} = &{storage for make([]byte, sliceBytes)}:\n"
	"./sites.go:56:19:     from make([]byte, sliceBytes) (non-constant size) at "
	"./sites.go:56:19\n"
	"./sites.go:56:19: make([]byte, sliceBytes) escapes to heap\n"
	"./sites.go:81:3: plain escapes to heap:\n"
	"./sites.go:81:3:   flow: {heap} = &{storage for plain}:\n"
	"./sites.go:81:3:     from plain (spill) at ./sites.go:81:3\n"
	"./sites.go:81:3:     from sinkAny = plain (assign) at ./sites.go:81:11\n"
	"./sites.go:81:3: plain escapes to heap\n"
	"./sites.go:49:14: leaking param: n to result ~r0 level=0\n"
	"./sites.go:50:3: s does not escape\n";

static const char new_log[] = /* Go 1.26 */
	"# heapbeat.example/causes\n"
	"./sites.go:49:14: &Item{...} escapes to heap in siteNewobject:\n"
	"./sites.go:49:14:   flow: {heap} \xe2\x86\x90 &{storage for &Item{...}}:\n"
	"./sites.go:49:14:     from &Item{...} (spill) at ./sites.go:49:14\n"
	"./sites.go:49:14:     from sinkItem = &Item{...} (assign) at ./sites.go:49:12\n"
	"./sites.go:49:14: &Item{...} escapes to heap\n"
	"./sites.go:72:18: append(items, plain) escapes to heap in siteAppend:\n"
	"./sites.go:72:18:   flow: items \xe2\x86\x90 &{storage for append(items, plain)}:\n"
	"./sites.go:72:18:     from append(items, plain) (spill) at ./sites.go:72:18\n"
	"./sites.go:72:18:   flow: {heap} \xe2\x86\x90 items:\n"
	"./sites.go:72:18:     from sinkItems = items (assign) at ./sites.go:74:13\n"
	"./sites.go:72:18: append escapes to heap\n"
	"# heapbeat.example/story/before\r\n"
	"./document.go:37:6: document escapes to heap in decode:\r\n"
	"./document.go:37:6:   flow: {heap} \xe2\x86\x90 &document:\r\n"
	"./document.go:37:6:     from json.Unmarshal(body, &document) (call parameter) at "
	"./document.go:38:26\r\n"
	"./document.go:37:6: moved to heap: document\r\n"
	"# net/http\n"
	"/usr/local/go/src/net/http/server.go:10:2: moved to heap: w\n";

static struct escape_log *read_text(const char *text, size_t bytes)
{
	struct error error = {0};
	FILE *file = fmemopen((void *)(uintptr_t)text, bytes, "r");
	struct escape_log *log;

	assert_non_null(file);
	log = escape_log__read(file, &error);
	fclose(file);
	if (!log)
		assert_true(error.text[0]);
	return log;
}

static const struct escape_entry *at(const struct escape_log *log, const char *function,
				     const char *file, uint32_t line, size_t expected)
{
	struct escape_place place = {function, file, line};
	const struct escape_entry *entries = NULL;

	assert_int_equal(escape_log__find(log, &place, &entries), expected);
	return entries;
}

static void a_line_has_its_verdict_and_how_it_came_to_be(void **state)
{
	struct escape_log *log = read_text(old_log, sizeof(old_log) - 1);
	const struct escape_entry *entry;

	(void)state;
	assert_non_null(log);
	entry = at(log, "main.siteNewobject", "/src/causes/sites.go", 49, 1);
	assert_string_equal(entry->text, "&Item{...} escapes to heap");
	assert_string_equal(entry->reason, "sinkItem = &Item{...} (assign) at ./sites.go:49:12");
	assert_int_equal(entry->column, 14);
	/* of two flows the first */
	entry = at(log, "main.siteMakeslice", "/src/causes/sites.go", 56, 1);
	assert_string_equal(entry->text, "make([]byte, sliceBytes) escapes to heap");
	assert_string_equal(entry->reason,
			    "sinkBytes = make([]byte, sliceBytes) (assign) at ./sites.go:56:13");
	at(log, "main.siteNewobject", "/src/causes/sites.go", 47, 0);
	at(log, "main.siteNewobject", "/src/causes/sites.go", 50, 0);
	at(log, "main.siteNewobject", "/src/causes/other.go", 49, 0);
	escape_log__free(log);
}

static void newer_versions_say_it_in_other_words(void **state)
{
	struct escape_log *log = read_text(new_log, sizeof(new_log) - 1);
	const struct escape_entry *entry;

	(void)state;
	assert_non_null(log);
	entry = at(log, "main.siteAppend", "/src/causes/sites.go", 72, 1);
	assert_string_equal(entry->text, "append escapes to heap");
	assert_string_equal(entry->reason, "sinkItems = items (assign) at ./sites.go:74:13");
	entry = at(log, "main.decode", "heapbeat.example/story/before/document.go", 37, 1);
	assert_string_equal(entry->text, "moved to heap: document");
	assert_string_equal(
		entry->reason,
		"json.Unmarshal(body, &document) (call parameter) at ./document.go:38:26");
	entry = at(log, "net/http.(*conn).serve", "/usr/local/go/src/net/http/server.go", 10, 1);
	assert_null(entry->reason);
	escape_log__free(log);
}

static void files_are_known_by_the_end_of_their_paths_and_their_package(void **state)
{
	static const char text[] = "# example.org/a.b\n./util/x.go:7:2: moved to heap: v\n"
				   "# example.org/cmd\n../pkg/y.go:8:2: moved to heap: v\n"
				   "x.go:9:2: moved to heap: v\n";
	struct escape_log *log = read_text(text, sizeof(text) - 1);
	struct escape_place place = {"example.org/a%2eb.F", "/home/me/a.b/util/x.go", 1};

	(void)state;
	assert_non_null(log);
	at(log, "example.org/a%2eb.F", "/home/me/a.b/util/x.go", 7, 1);
	at(log, "main.F", "/home/me/a.b/util/x.go", 7, 1);
	at(log, "example.org/other.F", "/home/me/a.b/util/x.go", 7, 0);
	at(log, "example.org/a%2eb.F", "/home/me/a.b/xutil/x.go", 7, 0);
	at(log, "main.F", "/home/me/pkg/y.go", 8, 1);
	at(log, "main.F", "y.go", 8, 0);
	assert_true(escape_log__covers(log, &place));
	place.file = "/home/me/a.b/util/z.go";
	assert_false(escape_log__covers(log, &place));
	place.file = NULL;
	assert_false(escape_log__covers(log, &place));
	escape_log__free(log);
}

static void what_is_no_log_is_refused(void **state)
{
	static const char nothing[] = "# example.org/cmd\n./x.go:7:2: can inline f\n";
	static const char *const hostile[] = {
		"\n",
		":1:2: moved to heap: v\n",
		"./:1:2: moved to heap: \n",
		"x.go:0:2: moved to heap: v\n",
		"x.go:99999999999999999999:2: moved to heap: v\n",
		"x.go:1:2:moved to heap: v\n",
		"x.go:1: moved to heap: v\n",
		"# \n",
		"x.go:1:2:   flow: {heap} = v:\n",
		"x.go:1:2:     from v (spill) at x.go:1:2\n",
	};

	(void)state;
	assert_null(read_text(nothing, sizeof(nothing) - 1));
	for (size_t i = 0; i < sizeof(hostile) / sizeof(*hostile); i++) {
		struct escape_log *log = read_text(hostile[i], strlen(hostile[i]));

		/* "./" is a name as good as any */
		assert_true(!log || i == 2);
		escape_log__free(log);
	}
}

static void a_log_cut_anywhere_or_garbled_is_read(void **state)
{
	char text[sizeof(old_log)];
	uint32_t random = 23;

	(void)state;
	for (size_t bytes = 1; bytes < sizeof(old_log); bytes++)
		escape_log__free(read_text(old_log, bytes));
	for (int round = 0; round < 300; round++) {
		memcpy(text, old_log, sizeof(text));
		for (int i = 0; i < 20; i++) {
			random = random * 1103515245 + 12345;
			text[random % (sizeof(text) - 1)] = (char)(random >> 20);
		}
		escape_log__free(read_text(text, sizeof(text) - 1));
	}
}

/* Three sites of main's in sites.go, at lines that the test chooses; frame F is at line 10 F. */
static struct view *sites_view(struct fake_names *fake, const unsigned int frames[3])
{
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;
	struct name_source source = fake_names__source(fake);

	process->go = view__alloc(view, sizeof(*process->go));
	assert_non_null(process->go);
	process->go->site_basis = BASIS_BUCKET;
	process->go->version = process->go->coverage = "";
	fake_names__set(fake, 1, "runtime.newobject", NULL);
	for (size_t i = 0; i < 3; i++) {
		fake_names__set(fake, frames[i], "main.f", NULL);
		fake->names[frames[i]][0].file = (char *)"/src/causes/sites.go";
		fake_view__stack(view, HB_GO_ALLOC, 10 + i, 64, 2,
				 (const unsigned int[]){1, frames[i]});
	}
	assert_int_equal(fold__sites(view, &source), 0);
	return view;
}

static const char log_of_lines[] = "# heapbeat.example/causes\n"
				   "./sites.go:100:2: moved to heap: v\n"
				   "./sites.go:110:2: moved to heap: v\n"
				   "./sites.go:110:12: &T{} escapes to heap\n"
				   "./sites.go:300:2: moved to heap: v\n";

static void the_log_of_this_build_is_taken_and_found_by_site(void **state)
{
	struct escape_log *log = read_text(log_of_lines, sizeof(log_of_lines) - 1);
	struct fake_names fake = {0};
	struct view *view = sites_view(&fake, (const unsigned int[]){10, 11, 12});
	struct name_source source = fake_names__source(&fake);
	const struct escape_entry *entries = NULL;
	struct error error = {0};

	(void)state;
	assert_non_null(log);
	/* two of three lines are there */
	assert_int_equal(escape_join__check(log, view, &source, &error), 0);
	assert_int_equal(view->processes->site_cnt, 3);
	assert_int_equal(view->processes->sites[1].line, 110);
	assert_int_equal(escape_join__find(log, &view->processes->sites[1], &source, &entries), 2);
	assert_int_equal(entries[1].column, 12);
	assert_int_equal(escape_join__find(log, &view->processes->sites[0], &source, &entries), 0);
	escape_log__free(log);
	view__free(view);
}

static void the_log_of_another_build_is_refused_with_an_example(void **state)
{
	struct escape_log *log = read_text(log_of_lines, sizeof(log_of_lines) - 1);
	struct fake_names fake = {0};
	struct view *view = sites_view(&fake, (const unsigned int[]){10, 13, 12});
	struct name_source source = fake_names__source(&fake);
	struct error error = {0};

	(void)state;
	assert_non_null(log);
	assert_int_equal(escape_join__check(log, view, &source, &error), -ESTALE);
	assert_non_null(strstr(error.text, "of 3 lines"));
	assert_non_null(strstr(error.text, "sites.go:120 (main.f, moved to heap)"));
	escape_log__free(log);
	log = read_text(new_log + strlen("# heapbeat.example/causes\n"), 60);
	escape_log__free(log);
	/* none of its files is in the program */
	log = read_text("./other.go:100:2: moved to heap: v\n", 35);
	assert_non_null(log);
	assert_int_equal(escape_join__check(log, view, &source, &error), -ESTALE);
	assert_non_null(strstr(error.text, "none of the files"));
	escape_log__free(log);
	view__free(view);
}

static void a_site_in_an_inlined_function_is_found_at_the_call(void **state)
{
	struct escape_log *log = read_text(log_of_lines, sizeof(log_of_lines) - 1);
	struct fake_names fake = {0};
	struct view *view = sites_view(&fake, (const unsigned int[]){10, 11, 12});
	struct name_source source = fake_names__source(&fake);
	const struct escape_entry *entries;

	(void)state;
	assert_non_null(log);
	/* f, at line 120, is inlined into g at line 100 */
	fake.names[12][1] = fake.names[12][0];
	fake.names[12][1].function = (char *)"main.g";
	fake.names[12][1].line = 100;
	fake.names[12][0].inlined = true;
	assert_int_equal(view->processes->sites[0].line, 120);
	assert_int_equal(escape_join__find(log, &view->processes->sites[0], &source, &entries), 1);
	escape_log__free(log);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_line_has_its_verdict_and_how_it_came_to_be),
		cmocka_unit_test(newer_versions_say_it_in_other_words),
		cmocka_unit_test(files_are_known_by_the_end_of_their_paths_and_their_package),
		cmocka_unit_test(what_is_no_log_is_refused),
		cmocka_unit_test(a_log_cut_anywhere_or_garbled_is_read),
		cmocka_unit_test(the_log_of_this_build_is_taken_and_found_by_site),
		cmocka_unit_test(the_log_of_another_build_is_refused_with_an_example),
		cmocka_unit_test(a_site_in_an_inlined_function_is_found_at_the_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
