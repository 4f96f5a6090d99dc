// SPDX-License-Identifier: GPL-2.0-or-later
/* Go's sites: named as readers of Go's own profiles expect, with figures of that profile. */
#include "fake_view.h"

#include "symbol/wrapper.h"

#include "base/banned.h"

/* The fake process as a Go program whose runtime frames are 1 to 3 and 9. */
static struct view *go_view(struct fake_names *fake)
{
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;

	process->runtime = "go";
	process->allocator = "";
	process->window_cnt = 0;
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
	fake_names__set(fake, 3, "internal/runtime/maps.(*Map).growToTable", NULL);
	fake_names__set(fake, 4, "strings.(*Builder).grow", NULL);
	fake_names__set(fake, 5, "main.(*Server).handle", NULL);
	fake_names__set(fake, 6, "main.main", NULL);
	fake_names__set(fake, 8, "runtime.main", NULL);
	fake_names__set(fake, 9, "runtime.goexit", NULL);
	return view;
}

/* A stack of the profile with @n samples of @bytes since the first reading and @live_n now. */
static struct view_stack *go_stack(struct view *view, uint64_t n, uint64_t bytes, uint64_t live_n,
				   size_t cnt, const unsigned int *frames)
{
	struct view_go *go = view->processes->go;
	struct view_stack *stack = fake_view__stack(view, HB_GO_ALLOC, 0, bytes, cnt, frames);
	double p = 1 - exp(-(double)bytes / 524288);
	struct sample_sums *sums = &stack->classes[0].sums;

	sums->n = n;
	sums->calls = (double)n / p;
	sums->bytes = (double)(n * bytes) / p;
	sums->calls_var = (double)n * (1 - p) / p / p;
	sums->bytes_var = (double)(n * bytes * bytes) * (1 - p) / p / p;
	go->site_calls += sums->calls;
	go->site_bytes += sums->bytes;
	stack->live_n = live_n;
	stack->live_objects = (double)live_n / p;
	stack->live_bytes = (double)(live_n * bytes) / p;
	stack->live_objects_var = (double)live_n * (1 - p) / p / p;
	stack->live_bytes_var = (double)(live_n * bytes * bytes) * (1 - p) / p / p;
	return stack;
}

static void fold(struct view *view, struct fake_names *fake)
{
	struct name_source source = fake_names__source(fake);

	assert_int_equal(fold__sites(view, &source), 0);
}

static void a_site_is_the_first_frame_that_gos_own_profile_shows(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *sites;
	uint32_t cnt;

	(void)state;
	go_stack(view, 100, 64, 10, FRAMES(1, 2, 4, 5, 6, 8, 9));
	go_stack(view, 50, 64, 0, FRAMES(1, 3, 5, 6, 8, 9));
	fold(view, &fake);
	sites = view->processes->sites;
	assert_int_equal(view->processes->site_cnt, 2);
	/* helpers of the library are where people look for them */
	assert_string_equal(sites[0].function, "strings.(*Builder).grow");
	assert_string_equal(sites[0].caller, "main.(*Server).handle");
	assert_true(sites[0].go && !sites[0].vm);
	assert_string_equal(sites[1].function, "main.(*Server).handle");
	assert_int_equal(sites[1].line, 50);
	/* shown without the runtime's innermost and outermost frames */
	assert_int_equal(view_stack__shown(&view->processes->stacks[0], &cnt)->offset, 4 * 16 + 1);
	assert_int_equal(cnt, 4);
	assert_int_equal(view->processes->stacks[0].frame_cnt, 7);
	view__free(view);
}

static void a_stack_of_the_runtime_alone_is_shown_whole(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	uint32_t cnt;

	(void)state;
	go_stack(view, 100, 64, 10, FRAMES(1, 2, 8, 9));
	fold(view, &fake);
	assert_string_equal(view->processes->sites[0].function, "runtime.mallocgc");
	view_stack__shown(&view->processes->stacks[0], &cnt);
	assert_int_equal(cnt, 3);
	view__free(view);
}

static void figures_are_those_of_the_profile_and_not_rescaled(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	const struct view_site *site;
	double p = 1 - exp(-64.0 / 524288);

	(void)state;
	view->processes->heap_class[7] = (struct view_class){.calls = 1000, .bytes = 64000};
	view->processes->bytes = fake_figure(64000, 0, BASIS_EXACT);
	view->processes->bytes_rate = fake_figure(640, 0, BASIS_EXACT);
	go_stack(view, 100, 64, 10, FRAMES(1, 5, 6));
	go_stack(view, 25, 64, 0, FRAMES(1, 6));
	fold(view, &fake);
	site = view->processes->sites;
	assert_int_equal(site->bytes.basis, BASIS_BUCKET);
	assert_int_equal(site->bytes.n, 100);
	assert_true(fabs(site->bytes.value - 6400 / p) < 1e-3);
	assert_true(fabs(site->bytes_rate.value - 6400 / p / 20) < 1e-3);
	assert_true(fabs(site->calls_rate.value - 100 / p / 20) < 1e-3);
	assert_true(fabs(site->bytes_share.value - 0.8) < 1e-9);
	assert_true(fabs(site->bytes.stderr_abs / site->bytes.value - 0.1) < 1e-3);
	assert_true(site->bytes.low < site->bytes.value && site->bytes.high > site->bytes.value);
	assert_int_equal(site->live_bytes.basis, BASIS_BUCKET);
	assert_true(fabs(site->live_bytes.value - 640 / p) < 1e-3);
	assert_int_equal(site->live_objects.n, 10);
	assert_int_equal(site->sizes.basis, BASIS_BUCKET);
	assert_true(site->share_freed < 0);
	/* none live among the samples: few at most, not none for certain */
	assert_true(site[1].live_bytes.value == 0 && site[1].live_bytes.high > 524288);
	view__free(view);
}

static void go_and_malloc_at_one_address_are_two_sites(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);

	(void)state;
	fake_view__stack(view, HB_MALLOC, 10, 100, FRAMES(5, 6));
	fake_view__stack(view, HB_MMAP, 1, 4096, FRAMES(5, 6));
	go_stack(view, 100, 64, 10, FRAMES(1, 5, 6));
	fake_view__total(view);
	fold(view, &fake);
	assert_int_equal(view->processes->site_cnt, 3);
	assert_true(view->processes->sites[0].go);
	assert_false(view->processes->sites[1].go);
	assert_int_equal(view->processes->sites[1].bytes.basis, BASIS_EXACT);
	assert_true(view->processes->sites[1].bytes.value == 1000);
	assert_true(view->processes->sites[2].vm);
	view__free(view);
}

static void series_of_stacks_add_up_to_their_site(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	double points[2][3] = {{1, 2, 3}, {10, 20, 30}}, all[3] = {11, 22, 33};

	(void)state;
	view->processes->go->point_cnt = 3;
	view->processes->go->live_points = all;
	go_stack(view, 100, 64, 10, FRAMES(1, 5, 6))->live = (struct series){points[0], 3};
	go_stack(view, 100, 64, 10, FRAMES(1, 5, 8))->live = (struct series){points[1], 3};
	fold(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	assert_int_equal(view->processes->sites[0].live.cnt, 3);
	assert_true(view->processes->sites[0].live.points[2] == 33);
	view__free(view);
}

static void goroutines_are_named_by_where_they_are_made_and_what_they_run(void **state)
{
	struct fake_names fake = {0};
	struct view *view = go_view(&fake);
	struct view_go_site places[2] = {
		{.created = {1, 0, 5 * 16 + 1}, .entry = {1, FRAME_EXACT_PC, 6 * 16}, .cnt = 7},
		{.created = {0, 0, 0}, .entry = {0, 0, 0x77}, .cnt = 1}};

	(void)state;
	view->processes->go->goroutines = places;
	view->processes->go->goroutine_site_cnt = 2;
	fold(view, &fake);
	assert_string_equal(places[0].function, "main.(*Server).handle");
	assert_string_equal(places[0].file, "src/file.c");
	assert_int_equal(places[0].line, 50);
	assert_string_equal(places[0].entry_function, "main.main");
	assert_string_equal(places[1].function, "");
	assert_string_equal(places[1].entry_function, "0x77");
	view__free(view);
}

static void names_of_go_survive_as_names(void **state)
{
	static const struct {
		const char *name, *plain;
		bool wrapper;
	} rows[] = {
		{"main.(*T).Run", "main.(*T).Run", false},
		{"main.T.Run", "main.T.Run", false},
		{"main.(*T[...]).Run.func1", "main.(*T[...]).Run.func1", false},
		{"encoding/json.(*decodeState).object", "encoding/json.(*decodeState).object",
		 false},
		{"runtime.(*mcache).refill", "runtime.(*mcache).refill", true},
		{"runtime.newobject", "runtime.newobject", true},
		{"internal/runtime/maps.newTable", "internal/runtime/maps.newTable", true},
		{"runtime/pprof.Do", "runtime/pprof.Do", false},
		{"reflect.unsafe_New", "reflect.unsafe_New", false},
		{"strings.(*Builder).grow", "strings.(*Builder).grow", false},
		{"bytes.growSlice", "bytes.growSlice", false},
		{"fmt.Sprintf", "fmt.Sprintf", false},
		{"main.(*", "main.(*", false},
	};
	char plain[64];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		assert_string_equal(wrapper__plain_name(plain, sizeof(plain), rows[i].name),
				    rows[i].plain);
		assert_int_equal(wrapper__matches(rows[i].name, "/usr/bin/server"),
				 rows[i].wrapper);
	}
	/* cut, not written past the end */
	assert_string_equal(wrapper__plain_name(plain, 8, "main.(*Server).Run"), "main.(*");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_site_is_the_first_frame_that_gos_own_profile_shows),
		cmocka_unit_test(a_stack_of_the_runtime_alone_is_shown_whole),
		cmocka_unit_test(figures_are_those_of_the_profile_and_not_rescaled),
		cmocka_unit_test(go_and_malloc_at_one_address_are_two_sites),
		cmocka_unit_test(series_of_stacks_add_up_to_their_site),
		cmocka_unit_test(goroutines_are_named_by_where_they_are_made_and_what_they_run),
		cmocka_unit_test(names_of_go_survive_as_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
