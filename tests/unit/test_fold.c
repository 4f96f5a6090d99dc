// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_view.h"

#include "base/table.h"
#include "symbol/wrapper.h"

#include "base/banned.h"

static struct view_site *fold_one(struct view *view, struct fake_names *fake)
{
	struct name_source source = fake_names__source(fake);

	fake_view__total(view);
	assert_int_equal(fold__sites(view, &source), 0);
	return view->processes->sites;
}

static void redis_string_functions_are_sites_and_zmalloc_is_not(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "ztrymalloc_usable_internal.constprop.0", NULL);
	fake_names__set(&fake, 2, "zmalloc", NULL);
	fake_names__set(&fake, 3, "_sdsnewlen", NULL);
	fake_names__set(&fake, 4, "createStringObject", NULL);
	fake_view__stack(view, HB_MALLOC, 10, 100, FRAMES(1, 2, 3, 4));
	fake_view__stack(view, HB_MALLOC, 5, 16, FRAMES(2, 4));
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 2);
	assert_string_equal(sites[0].function, "_sdsnewlen");
	assert_string_equal(sites[0].caller, "createStringObject");
	assert_string_equal(sites[0].file, "src/file.c");
	assert_int_equal(sites[0].line, 30);
	assert_string_equal(sites[0].module, "/usr/bin/prog");
	assert_string_equal(sites[1].function, "createStringObject");
	assert_null(sites[1].caller);
	view__free(view);
}

static void site_id_is_build_id_and_offset_minus_one(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	uint64_t address = 3 * 16, want;

	(void)state;
	fake_names__set(&fake, 3, "f", NULL);
	fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(3));
	want = hash__bytes(HASH_SEED, view->modules[0].build_id, BUILD_ID_MAX);
	want = hash__bytes(want, &address, sizeof(address));
	assert_true(fold_one(view, &fake)[0].id == want);

	view->modules[0].build_id_bytes = 0;
	want = hash__bytes(HASH_SEED, "/usr/bin/prog", strlen("/usr/bin/prog"));
	want = hash__bytes(want, &address, sizeof(address));
	assert_true(fold_one(view, &fake)[0].id == want);
	view__free(view);
}

static void inlined_wrapper_refines_the_name_and_not_the_identity(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "xmalloc", "copy_key", "insert", NULL);
	fake_names__set(&fake, 2, "main", NULL);
	fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1, 2));
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	assert_string_equal(sites[0].function, "copy_key");
	assert_string_equal(sites[0].caller, "insert");
	assert_int_equal(sites[0].line, 11);
	view__free(view);
}

static void stacks_of_one_call_are_one_site_with_the_heaviest_caller(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "grow", NULL);
	fake_names__set(&fake, 2, "light", NULL);
	fake_names__set(&fake, 3, "heavy", NULL);
	fake_view__stack(view, HB_MALLOC, 3, 100, FRAMES(1, 2));
	fake_view__stack(view, HB_REALLOC, 20, 100, FRAMES(1, 3));
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	assert_int_equal(sites[0].stack_cnt, 2);
	assert_int_equal(sites[0].stacks[0], 1);
	assert_string_equal(sites[0].caller, "heavy");
	assert_int_equal(sites[0].func, HB_REALLOC);
	assert_true(sites[0].calls.value == 23 && sites[0].calls.basis == BASIS_EXACT);
	assert_true(sites[0].bytes.value == 2300);
	assert_true(fabs(sites[0].bytes_rate.value - 23) < 1e-9);
	assert_true(fabs(sites[0].bytes_share.value - 1) < 1e-9);
	view__free(view);
}

static void vm_calls_stand_beside_the_heap_never_in_it(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	fake_view__stack(view, HB_MMAP, 1, 1 << 20, FRAMES(1));
	fake_view__stack(view, HB_MALLOC, 1, 64, FRAMES(1));
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 2);
	assert_false(sites[0].vm);
	assert_true(sites[1].vm);
	assert_true(sites[0].bytes.value == 64 && sites[0].bytes_share.value == 1);
	assert_true(sites[1].bytes.value == 1 << 20 && sites[1].bytes_share.value == 1);
	assert_int_equal(sites[1].live_bytes.basis, BASIS_UNKNOWN);
	view__free(view);
}

static void nameless_frames_of_libc_are_its_allocator_and_of_the_program_are_sites(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	/* mmap in sysmalloc (stripped), in malloc, called by a stripped function of the program */
	fake_names__set(&fake, 3, "malloc", NULL);
	fake_view__stack(view, HB_MMAP, 1, 1 << 20, FRAMES(1001, 1002, 1003, 40, 5));
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	assert_string_equal(sites[0].function, "prog+0xdead");
	assert_string_equal(sites[0].module, "/usr/bin/prog");
	view__free(view);
}

static void a_stack_of_wrappers_alone_keeps_its_first_frame(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "zmalloc", NULL);
	fake_names__set(&fake, 2, "xmalloc", NULL);
	fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1, 2));
	sites = fold_one(view, &fake);
	assert_string_equal(sites[0].function, "zmalloc");
	assert_string_equal(sites[0].caller, "xmalloc");
	view__free(view);
}

static void unknown_module_is_shown_as_its_address(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *sites;

	(void)state;
	fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1));
	view->processes->stacks[0].frames[0] = (struct frame){.module = 0, .offset = 0x7f00};
	sites = fold_one(view, &fake);
	assert_string_equal(sites[0].function, "0x7f00");
	assert_string_equal(sites[0].module, "");
	view__free(view);
}

static void module_number_out_of_range_and_empty_stack_do_no_harm(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_stack *empty;
	struct view_site *sites;

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	empty = fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1));
	empty->frame_cnt = 0;
	fake_view__stack(view, HB_MALLOC, 2, 8, FRAMES(1));
	view->processes->stacks[1].frames[0].module = 0xffffffff;
	sites = fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	assert_string_equal(sites[0].module, "");
	view__free(view);
}

static int no_memory(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret)
{
	(void)ctx, (void)module, (void)address, (void)ret;
	return -ENOMEM;
}

static void failing_names_leave_no_half_made_sites(void **state)
{
	struct view *view = fake_view__new();
	struct name_source source = {.names = no_memory};

	(void)state;
	fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1));
	assert_int_equal(fold__sites(view, &source), -ENOMEM);
	assert_int_equal(view->processes->site_cnt, 0);
	view__free(view);
}

static void live_series_and_chains_of_a_sites_stacks_are_merged(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;
	struct view_site *site;
	struct view_stack *stack;

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	process->point_cnt = 3;
	for (unsigned int i = 0; i < 2; i++) {
		stack = fake_view__stack(view, HB_MALLOC, 4, 100, FRAMES(1, 2 + i));
		stack->live.points = view__alloc(view, 3 * sizeof(double));
		stack->live.cnt = 3 - i; /* the second one ends early */
		for (unsigned int j = 0; j < 3; j++)
			stack->live.points[j] = 10 * (j + 1);
		stack->chains = view__alloc(view, 2 * sizeof(struct chain));
		stack->chains[0] = (struct chain){.weight = 1, .final_bytes = 7 + i};
		stack->chain_cnt = 1 + i;
		stack->live_bytes = 100, stack->live_objects = 1, stack->live_n = 1;
		stack->freed_objects = 3, stack->freed_n = 3, stack->lifetime_sum_s = 6;
		stack->tracked_objects = 4, stack->lifetime_sq_s2 = 12;
	}
	site = fold_one(view, &fake);
	assert_int_equal(site->live.cnt, 3);
	assert_true(site->live.points[0] == 20 && site->live.points[1] == 40);
	assert_true(site->live.points[2] == 30);
	assert_int_equal(site->chain_cnt, 3);
	assert_true(site->live_bytes.value == 200 && site->live_bytes.basis == BASIS_EXACT);
	assert_true(site->live_objects.value == 2);
	assert_true(site->share_freed == 0.75);
	assert_true(site->mean_lifetime_s.value == 2 && site->mean_lifetime_s.n == 6);
	view__free(view);
}

static void samples_of_dropped_stacks_keep_the_others_from_growing(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	fake_view__stack(view, HB_MALLOC, 30, 100, FRAMES(1));
	fake_view__stack(view, HB_MALLOC, 30, 100, FRAMES(2));
	/* the second stack did not fit in: its samples stay in the family's sums alone */
	process->stack_cnt = 1;
	process->dropped_samples = 30;
	assert_true(fold_one(view, &fake)->bytes.value == 3000);
	assert_true(process->sites->bytes_share.value == 0.5);
	view__free(view);
}

static void live_is_unknown_where_not_every_free_is_seen(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_site *site;

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	view->processes->frees_seen = false;
	view->processes->stacks[0].live_bytes = 100;
	fake_view__stack(view, HB_MALLOC, 4, 100, FRAMES(1));
	site = fold_one(view, &fake);
	assert_int_equal(site->live_bytes.basis, BASIS_UNKNOWN);
	assert_true(site->share_freed < 0);
	assert_int_equal(site->live.cnt, 0);
	view__free(view);
}

static void look_rates_are_the_corrected_process_rate_times_the_share(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct view_process *process = view->processes;
	struct name_source source = fake_names__source(&fake);

	(void)state;
	fake_names__set(&fake, 1, "f", NULL);
	fake_names__set(&fake, 2, "g", NULL);
	fake_view__stack(view, HB_MALLOC, 75, 100, FRAMES(1));
	fake_view__stack(view, HB_MALLOC, 25, 100, FRAMES(2));
	fake_view__total(view);
	process->mode = PLAN_LOOK;
	process->bytes_rate = fake_figure(4000, 400, BASIS_WINDOW);
	process->bytes_rate.lower_bound = true;
	assert_int_equal(fold__sites(view, &source), 0);
	assert_true(fabs(process->sites[0].bytes_rate.value - 3000) < 1e-6);
	assert_true(fabs(process->sites[0].bytes_rate.stderr_abs - 300) < 1e-6);
	assert_int_equal(process->sites[0].bytes_rate.basis, BASIS_WINDOW);
	assert_true(process->sites[0].bytes_rate.lower_bound);
	assert_true(process->sites[0].bytes_rate.low < 2500);
	view__free(view);
}

static void names_are_asked_once_per_frame_not_once_per_stack(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();

	(void)state;
	fake_names__set(&fake, 1, "zmalloc", NULL);
	fake_names__set(&fake, 2, "f", NULL);
	for (unsigned int i = 0; i < 40; i++)
		fake_view__stack(view, HB_MALLOC, 1, 8, FRAMES(1, 2, 3 + i));
	fold_one(view, &fake);
	assert_int_equal(view->processes->site_cnt, 1);
	/* two to find the site, three more to name it and its caller */
	assert_true(fake.lookups <= 6);
	view__free(view);
}

static void wrapper_table_knows_pass_through_functions_only(void **state)
{
	static const char *const yes[] = {
		"malloc",
		"zmalloc_usable",
		"zcalloc_num",
		"ztryrealloc_usable_internal",
		"xstrdup",
		"g_malloc0_n",
		"g_try_malloc",
		"CRYPTO_malloc",
		"PyObject_Malloc",
		"_PyObject_Realloc",
		"PyMem_RawMalloc",
		"operator new(unsigned long)",
		"operator new[](unsigned long, std::nothrow_t const&)",
		"Foo<int>::operator new(unsigned long)",
		"__gnu_cxx::new_allocator<std::pair<int const, long> >::allocate(unsigned long, "
		"void const*)",
		"std::allocator<char>::allocate(unsigned long)",
		"std::__cxx11::basic_string<char, std::char_traits<char>, std::allocator<char> "
		">::_M_create(unsigned long&, unsigned long)",
		"__rust_alloc",
		"alloc::alloc::exchange_malloc",
		"<alloc::alloc::Global as core::alloc::Allocator>::allocate",
		"alloc::raw_vec::RawVec<T,A>::reserve::do_reserve_and_handle",
		"alloc::raw_vec::finish_grow",
		"runtime.mallocgc",
		"strdup",
		"vasprintf",
	};
	static const char *const no[] = {
		"_sdsnewlen",
		"sdsMakeRoomFor",
		"createStringObject",
		"zmallocator",
		"main",
		"",
		"std::vector<int, std::allocator<int> >::push_back(int&&)",
		"alloc::vec::Vec<T>::push",
		"new_heap",
		"freeClient",
		"operator_new",
	};

	(void)state;
	for (size_t i = 0; i < sizeof(yes) / sizeof(*yes); i++)
		if (!wrapper__matches(yes[i], "/usr/bin/prog"))
			fail_msg("not a wrapper: %s", yes[i]);
	for (size_t i = 0; i < sizeof(no) / sizeof(*no); i++)
		if (wrapper__matches(no[i], "/usr/bin/prog"))
			fail_msg("a wrapper: %s", no[i]);
	assert_true(wrapper__matches("new_heap", "/lib/x86_64-linux-gnu/libc.so.6"));
	assert_true(wrapper__matches(NULL, "/usr/lib/libjemalloc.so.2"));
	assert_true(wrapper__matches("je_arena_ralloc", "/usr/lib/libjemalloc.so.2"));
	assert_true(wrapper__matches(NULL, "/lib/libc.so.6"));
	assert_false(wrapper__matches(NULL, "/usr/bin/prog"));
	assert_false(wrapper__matches(NULL, NULL));
	assert_false(wrapper__matches("getdelim", "/lib/libc.so.6"));
}

static void plain_names_survive_clones_templates_and_hostile_input(void **state)
{
	static const struct {
		const char *from, *to;
	} rows[] = {
		{"f.constprop.0", "f"},
		{"f.isra.0.cold", "f"},
		{"f [clone .part.0]", "f"},
		{"std::vector<int>::push_back(int&&) [clone .isra.0]", "std::vector::push_back"},
		{"int* std::__find<int*, char>(int*, int*)", "std::__find"},
		{"(anonymous namespace)::grow(int)", "grow"},
		{"ns::(anonymous namespace)::grow(int) const", "ns::grow"},
		{"A::operator<(A const&) const", "A::operator<"},
		{"A::operator()(int)", "A::operator()"},
		{"bool operator<< <char>(A<char>&)", "operator<< "},
		{"main::{lambda(int)#1}::operator()(int) const",
		 "main::{lambda(int)#1}::operator()"},
		{"runtime.makeslice", "runtime.makeslice"},
		{"svc::handler::{{closure}}", "svc::handler::{{closure}}"},
		{"f<", "f"},
		{"f>>>>", "f>>>>"},
		{"((((", ""},
		{"", ""},
		{".cold", ".cold"},
	};
	char dst[256], small[4];

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_string_equal(wrapper__plain_name(dst, sizeof(dst), rows[i].from),
				    rows[i].to);
	assert_string_equal(wrapper__plain_name(small, sizeof(small), "abcdef"), "abc");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(redis_string_functions_are_sites_and_zmalloc_is_not),
		cmocka_unit_test(site_id_is_build_id_and_offset_minus_one),
		cmocka_unit_test(inlined_wrapper_refines_the_name_and_not_the_identity),
		cmocka_unit_test(stacks_of_one_call_are_one_site_with_the_heaviest_caller),
		cmocka_unit_test(vm_calls_stand_beside_the_heap_never_in_it),
		cmocka_unit_test(
			nameless_frames_of_libc_are_its_allocator_and_of_the_program_are_sites),
		cmocka_unit_test(a_stack_of_wrappers_alone_keeps_its_first_frame),
		cmocka_unit_test(unknown_module_is_shown_as_its_address),
		cmocka_unit_test(module_number_out_of_range_and_empty_stack_do_no_harm),
		cmocka_unit_test(failing_names_leave_no_half_made_sites),
		cmocka_unit_test(live_series_and_chains_of_a_sites_stacks_are_merged),
		cmocka_unit_test(samples_of_dropped_stacks_keep_the_others_from_growing),
		cmocka_unit_test(live_is_unknown_where_not_every_free_is_seen),
		cmocka_unit_test(look_rates_are_the_corrected_process_rate_times_the_share),
		cmocka_unit_test(names_are_asked_once_per_frame_not_once_per_stack),
		cmocka_unit_test(wrapper_table_knows_pass_through_functions_only),
		cmocka_unit_test(plain_names_survive_clones_templates_and_hostile_input),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
