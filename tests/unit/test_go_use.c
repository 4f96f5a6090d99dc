// SPDX-License-Identifier: GPL-2.0-or-later
/* Causes of Go's sites, and uses: its allocations at the code that can be changed. */
#include "fake_view.h"

#include "symbol/go_std.h"

#include "base/banned.h"

/* The fake process as a Go program whose runtime frames are below 10, the library's below 20. */
static struct view *go_view(struct fake_names *fake)
{
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;

	process->runtime = "go";
	process->go = view__alloc(view, sizeof(*process->go));
	assert_non_null(process->go);
	*process->go = (struct view_go){
		.version = "go1.26.4",
		.coverage = "",
		.site_basis = BASIS_BUCKET,
		.site_span_s = 20,
		.profile_rate_bytes = 524288,
		.primary = true,
	};
	fake_names__set(fake, 1, "runtime.mallocgc", NULL);
	fake_names__set(fake, 2, "runtime.growslice", NULL);
	fake_names__set(fake, 3, "runtime.slicebytetostring", NULL);
	fake_names__set(fake, 4, "runtime.newobject", NULL);
	fake_names__set(fake, 5, "runtime.main", NULL);
	fake_names__set(fake, 6, "runtime.goexit", NULL);
	fake_names__set(fake, 10, "io.ReadAll", NULL);
	fake_names__set(fake, 11, "fmt.Sprintf", NULL);
	fake_names__set(fake, 12, "encoding/json.(*decodeState).literalStore", NULL);
	fake_names__set(fake, 13, "encoding/json.Unmarshal", NULL);
	fake_names__set(fake, 14, "net/http.(*conn).serve", NULL);
	fake_names__set(fake, 15, "vendor/golang.org/x/net/http2.readFrame", NULL);
	fake_names__set(fake, 20, "main.handle", NULL);
	fake_names__set(fake, 21, "main.main", NULL);
	fake_names__set(fake, 22, "example.org/lib.Do", "main.handle", NULL);
	fake_names__set(fake, 23, "strings.(*Builder).Grow", "main.join", "main.main", NULL);
	return view;
}

/* A stack with @n samples of each of @sizes, 0 ends. */
static struct view_stack *go_stack(struct view *view, uint64_t n, const uint64_t *sizes, size_t cnt,
				   const unsigned int *frames)
{
	struct view_stack *stack = fake_view__stack(view, HB_GO_ALLOC, n, sizes[0], cnt, frames);

	stack->sizes = view__alloc(view, 8 * sizeof(*stack->sizes));
	assert_non_null(stack->sizes);
	for (; *sizes; sizes++)
		stack->sizes[stack->size_cnt++] = (struct view_go_size){
			.size_bytes = *sizes,
			.sums = {.n = n, .calls = (double)n, .bytes = (double)(n * *sizes)},
			.live_objects = 2,
		};
	view->processes->go->site_bytes += stack->classes[0].sums.bytes;
	return stack;
}

#define SIZES(...) ((const uint64_t[]){__VA_ARGS__, 0})

static void fold(struct view *view, struct fake_names *fake)
{
	struct name_source source = fake_names__source(fake);

	assert_int_equal(fold__sites(view, &source), 0);
}

static const struct view_site *use_of(const struct view *view, const char *function,
				      const char *via)
{
	const struct view_go *go = view->processes->go;

	for (size_t i = 0; i < go->use_cnt; i++) {
		const char *of = go->uses[i].trait->via;

		if (!strcmp(go->uses[i].function, function) && (via ? of && !strcmp(of, via) : !of))
			return &go->uses[i];
	}
	return NULL;
}

static void a_use_is_where_the_authors_code_called_the_library(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *use;

	(void)state;
	go_stack(view, 100, SIZES(512), FRAMES(1, 2, 10, 20, 21, 5, 6));
	go_stack(view, 10, SIZES(48), FRAMES(1, 3, 12, 13, 20, 21, 5, 6));
	go_stack(view, 20, SIZES(48), FRAMES(1, 3, 12, 12, 13, 20, 21, 5, 6));
	go_stack(view, 5, SIZES(64), FRAMES(1, 4, 20, 21, 5, 6));
	fold(view, &fake);
	assert_int_equal(view->processes->go->use_cnt, 3);
	use = use_of(view, "main.handle", "io.ReadAll");
	assert_ptr_equal(use, view->processes->go->uses);
	assert_int_equal(use->trait->construct, GO_BY_APPEND);
	assert_int_equal(use->line, 200);
	assert_string_equal(use->file, "src/file.c");
	assert_string_equal(use->caller, "main.main");
	assert_true(use->go);
	use = use_of(view, "main.handle", "encoding/json.Unmarshal");
	assert_non_null(use);
	assert_int_equal(use->trait->construct, GO_BY_TO_STRING);
	assert_int_equal(use->stack_cnt, 2);
	assert_true(use->bytes.value == 30 * 48);
	assert_int_equal(use->bytes.basis, BASIS_BUCKET);
	assert_int_equal(use->trait->size_cnt, 1);
	assert_int_equal(use->trait->sizes[0].sums.n, 30);
	use = use_of(view, "main.handle", NULL);
	assert_non_null(use);
	assert_int_equal(use->trait->construct, GO_BY_NEW);
	view__free(view);
}

static void sites_stay_where_gos_own_profile_has_them_and_know_their_cause(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *site;

	(void)state;
	go_stack(view, 100, SIZES(512, 1024), FRAMES(1, 2, 10, 20, 21, 5, 6));
	go_stack(view, 1, SIZES(512, 896), FRAMES(1, 2, 10, 21, 5, 6));
	fold(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	site = view->processes->sites;
	assert_string_equal(site->function, "io.ReadAll");
	assert_int_equal(site->trait->construct, GO_BY_APPEND);
	assert_null(site->trait->via);
	assert_int_equal(site->trait->size_cnt, 3);
	assert_int_equal(site->trait->sizes[0].size_bytes, 512);
	assert_int_equal(site->trait->sizes[0].sums.n, 101);
	assert_true(site->trait->sizes[0].live_objects == 4);
	assert_int_equal(site->trait->sizes[1].size_bytes, 896);
	assert_int_equal(site->trait->sizes[2].size_bytes, 1024);
	view__free(view);
}

static void what_a_decoder_makes_without_a_type_is_apart(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *use;

	(void)state;
	fake_names__set(&fake, 16, "encoding/json.(*decodeState).objectInterface", NULL);
	fake_names__set(&fake, 17, "gopkg.in/yaml%2ev3.(*decoder).sequence", NULL);
	fake_names__set(&fake, 18, "gopkg.in/yaml%2ev3.Unmarshal", NULL);
	fake_names__set(&fake, 19, "runtime.makeslice", NULL);
	go_stack(view, 10, SIZES(48), FRAMES(1, 3, 16, 13, 20, 21, 5, 6));
	go_stack(view, 30, SIZES(48), FRAMES(1, 3, 12, 13, 20, 21, 5, 6));
	go_stack(view, 5, SIZES(64), FRAMES(1, 19, 17, 17, 18, 20, 21, 5, 6));
	fold(view, &fake);
	assert_int_equal(view->processes->go->use_cnt, 3);
	use = use_of(view, "main.handle", "encoding/json.Unmarshal");
	assert_null(use->trait->through);
	assert_string_equal(use[1].trait->through, "encoding/json");
	assert_string_equal(use[1].trait->via, "encoding/json.Unmarshal");
	/* Not the standard library's, but no code of the program's either. */
	use = use_of(view, "main.handle", "gopkg.in/yaml%2ev3.Unmarshal");
	assert_non_null(use);
	assert_string_equal(use->trait->through, "gopkg.in/yaml.v3");
	view__free(view);
}

static void one_function_that_is_called_for_two_constructs_is_two_uses(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);

	(void)state;
	go_stack(view, 10, SIZES(48), FRAMES(1, 3, 12, 13, 20, 6));
	go_stack(view, 10, SIZES(64), FRAMES(1, 4, 12, 13, 20, 6));
	fold(view, &fake);
	assert_int_equal(view->processes->go->use_cnt, 2);
	assert_int_not_equal(view->processes->go->uses[0].id, view->processes->go->uses[1].id);
	view__free(view);
}

static void inlined_functions_are_callers_of_their_own(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *use;

	(void)state;
	/* the library's Grow is inlined into join: a place to change is join's line */
	go_stack(view, 10, SIZES(48), FRAMES(1, 2, 23, 5, 6));
	/* a module's function inlined into main's is an author's */
	go_stack(view, 10, SIZES(64), FRAMES(1, 4, 22, 6));
	fold(view, &fake);
	use = use_of(view, "main.join", "strings.(*Builder).Grow");
	assert_non_null(use);
	assert_int_equal(use->line, 231);
	assert_string_equal(use->caller, "main.main");
	assert_string_equal(view->processes->sites[1].function, "strings.(*Builder).Grow");
	use = use_of(view, "example.org/lib.Do", NULL);
	assert_non_null(use);
	assert_string_equal(use->caller, "main.handle");
	view__free(view);
}

static void what_the_library_does_on_its_own_is_its_outermost_functions(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *use;

	(void)state;
	go_stack(view, 10, SIZES(4096), FRAMES(1, 4, 15, 14, 6));
	go_stack(view, 3, SIZES(4096), FRAMES(1, 4, 5, 6));
	fold(view, &fake);
	use = use_of(view, "net/http.(*conn).serve", "vendor/golang.org/x/net/http2.readFrame");
	assert_non_null(use);
	use = use_of(view, "runtime.mallocgc", NULL);
	assert_non_null(use);
	assert_int_equal(use->trait->construct, GO_BY_RUNTIME);
	view__free(view);
}

static void rows_of_looks_are_at_the_call_that_entered_the_runtime(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	struct view_go_call calls[] = {
		{.kind = GO_CALL_GROW, .site = {1, 0, 10 * 16 + 1}, .size = 512, .n = 23},
		{.kind = GO_CALL_ALLOC, .site = {1, 0, 20 * 16 + 1}, .size = 64, .n = 7},
		{.kind = GO_CALL_ALLOC, .site = {1, 0, 10 * 16 + 1}, .size = 512, .n = 23},
		{.kind = GO_CALL_ALLOC, .site = {2, 0, 10 * 16 + 1}, .size = 512, .n = 23},
	};
	const struct view_site *use;

	(void)state;
	view->processes->go->look_calls = calls;
	view->processes->go->look_call_cnt = 4;
	go_stack(view, 100, SIZES(512), FRAMES(1, 2, 10, 20, 21, 5, 6));
	go_stack(view, 9, SIZES(512), FRAMES(1, 2, 10, 20, 5, 6));
	go_stack(view, 5, SIZES(64), FRAMES(1, 4, 21, 5, 6));
	fold(view, &fake);
	assert_int_equal(view->processes->sites[0].trait->call_cnt, 2);
	assert_ptr_equal(view->processes->sites[0].trait->calls[0], &calls[0]);
	assert_ptr_equal(view->processes->sites[0].trait->calls[1], &calls[2]);
	assert_int_equal(view->processes->sites[1].trait->call_cnt, 0);
	use = use_of(view, "main.handle", "io.ReadAll");
	assert_non_null(use);
	assert_int_equal(use->trait->call_cnt, 2);
	view__free(view);
}

static void the_library_is_told_by_the_import_path(void **state)
{
	static const struct {
		const char *function;
		bool library;
	} rows[] = {
		{"fmt.Sprintf", true},
		{"io.ReadAll", true},
		{"archive/tar.(*Reader).Next", true},
		{"weak.Make[...]", true},
		{"encoding/json.(*Decoder).Decode", true},
		{"vendor/golang.org/x/net/http2/hpack.(*Decoder).readString", true},
		{"internal/poll.(*FD).Read", true},
		{"runtime.mallocgc", true},
		{"runtime/pprof.Do", true},
		{"sync.(*Pool).Get", true},
		{"slices.Grow[...]", true},
		{"maps.Keys[...].func1", true},
		{"main.main", false},
		{"main.(*T).fmt", false},
		{"github.com/user/json.Unmarshal", false},
		{"golang.org/x/text/unicode/norm.Bytes", false},
		{"encoding.example/json.Do", false},
		{"fmtlib.Do", false},
		{"service/encoding/json.Do", false},
		{"cmd/compile/internal/gc.Main", false},
		{"type:.eq.main.T", false},
		{"server+0x1234", false},
		{"fmt", false},
		{"", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(go_std__has(rows[i].function), rows[i].library);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_use_is_where_the_authors_code_called_the_library),
		cmocka_unit_test(sites_stay_where_gos_own_profile_has_them_and_know_their_cause),
		cmocka_unit_test(what_a_decoder_makes_without_a_type_is_apart),
		cmocka_unit_test(one_function_that_is_called_for_two_constructs_is_two_uses),
		cmocka_unit_test(inlined_functions_are_callers_of_their_own),
		cmocka_unit_test(what_the_library_does_on_its_own_is_its_outermost_functions),
		cmocka_unit_test(rows_of_looks_are_at_the_call_that_entered_the_runtime),
		cmocka_unit_test(the_library_is_told_by_the_import_path),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
