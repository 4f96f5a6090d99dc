// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_construct.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

#define STACK_MAX 6

struct stack {
	enum go_construct kind;
	size_t site;
	const char *functions[STACK_MAX];
};

static void check(const struct stack *stacks, size_t cnt)
{
	for (size_t i = 0; i < cnt; i++) {
		size_t depth = 0, site = 99;
		enum go_construct kind;

		while (depth < STACK_MAX && stacks[i].functions[depth])
			depth++;
		kind = go_construct__find(stacks[i].functions, depth, &site);
		if (kind != stacks[i].kind || site != stacks[i].site)
			print_error("%s: %s at %zu\n", stacks[i].functions[0],
				    go_construct__name(kind), site);
		assert_int_equal(kind, stacks[i].kind);
		assert_int_equal(site, stacks[i].site);
	}
}

static void the_function_that_the_code_called_tells(void **state)
{
	static const struct stack stacks[] = {
		{GO_BY_NEW, 2, {"runtime.mallocgc", "runtime.newobject", "main.newUser"}},
		{GO_BY_NEW, 1, {"runtime.mallocgcSmallScanNoHeaderSC4", "main.newUser"}},
		{GO_BY_APPEND, 2, {"runtime.mallocgc", "runtime.growslice", "io.ReadAll"}},
		{GO_BY_APPEND, 2, {"runtime.mallocgc", "runtime.growsliceBuf", "main.f"}},
		{GO_BY_INTERFACE, 2, {"runtime.mallocgc", "runtime.convTstring", "main.f"}},
		{GO_BY_CONCAT,
		 4,
		 {"runtime.mallocgc", "runtime.rawstring", "runtime.rawstringtmp",
		  "runtime.concatstring2", "main.f"}},
		{GO_BY_TO_STRING, 2, {"runtime.mallocgc", "runtime.slicebytetostring", "main.f"}},
		{GO_BY_TO_BYTES,
		 3,
		 {"runtime.mallocgc", "runtime.rawbyteslice", "runtime.stringtoslicebyte",
		  "main.f"}},
		{GO_BY_MAKE_SLICE, 2, {"runtime.mallocgc", "runtime.makeslice", "main.f"}},
		{GO_BY_MAKE_SLICE,
		 2,
		 {"runtime.mallocgc", "internal/bytealg.MakeNoZero", "strings.(*Builder).grow"}},
		{GO_BY_MAKE_CHAN, 2, {"runtime.mallocgc", "runtime.makechan", "main.f"}},
		{GO_BY_REFLECT, 2, {"runtime.mallocgc", "reflect.unsafe_New", "reflect.New"}},
	};

	(void)state;
	check(stacks, sizeof(stacks) / sizeof(*stacks));
}

static void maps_grow_alike_before_and_after_they_were_rewritten(void **state)
{
	static const struct stack stacks[] = {
		{GO_BY_MAP_INSERT,
		 4,
		 {"runtime.mallocgc", "runtime.newarray", "runtime.hashGrow",
		  "runtime.mapassign_faststr", "main.f"}},
		{GO_BY_MAP_INSERT,
		 5,
		 {"runtime.mallocgc", "runtime.newarray", "internal/runtime/maps.newTable",
		  "internal/runtime/maps.(*table).grow", "runtime.mapassign_faststr", "main.f"}},
		{GO_BY_MAKE_MAP,
		 3,
		 {"runtime.newobject", "internal/runtime/maps.NewMap", "runtime.makemap",
		  "main.f"}},
		{GO_BY_MAKE_MAP, 2, {"runtime.newobject", "runtime.makemap_small", "main.f"}},
	};

	(void)state;
	check(stacks, sizeof(stacks) / sizeof(*stacks));
}

static void a_go_statement_allocates_for_the_goroutine(void **state)
{
	static const struct stack stacks[] = {
		{GO_BY_GOROUTINE,
		 5,
		 {"runtime.malg", "runtime.newproc1", "runtime.newproc.func1",
		  "runtime.systemstack", "runtime.newproc", "main.main"}},
	};

	(void)state;
	check(stacks, sizeof(stacks) / sizeof(*stacks));
}

static void what_no_code_called_is_the_runtimes_own(void **state)
{
	static const struct stack stacks[] = {
		{GO_BY_RUNTIME, 2, {"runtime.mallocgc", "runtime.gcBgMarkWorker"}},
		{GO_BY_UNKNOWN, 0, {"main.f", "main.main"}},
		{GO_BY_UNKNOWN, 1, {"runtime.somethingNew", "main.f"}},
		{GO_BY_UNKNOWN, 0, {NULL}},
	};

	(void)state;
	check(stacks, sizeof(stacks) / sizeof(*stacks));
}

static void a_package_that_begins_like_the_runtime_is_not_it(void **state)
{
	(void)state;
	assert_true(go_construct__is_runtime("runtime.mallocgc"));
	assert_true(go_construct__is_runtime("internal/runtime/maps.(*Map).growToTable"));
	assert_false(go_construct__is_runtime("runtime/debug.ReadGCStats"));
	assert_false(go_construct__is_runtime("example.com/runtime.New"));
	assert_false(go_construct__is_runtime("runtimes.New"));
	assert_false(go_construct__is_runtime("reflect.New"));
	assert_false(go_construct__is_runtime(""));
}

static void every_kind_has_a_name(void **state)
{
	(void)state;
	for (int kind = 0; kind < GO_CONSTRUCTS; kind++)
		assert_non_null(go_construct__name((enum go_construct)kind));
	assert_string_equal(go_construct__name((enum go_construct)99), "unknown");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_function_that_the_code_called_tells),
		cmocka_unit_test(maps_grow_alike_before_and_after_they_were_rewritten),
		cmocka_unit_test(a_go_statement_allocates_for_the_goroutine),
		cmocka_unit_test(what_no_code_called_is_the_runtimes_own),
		cmocka_unit_test(a_package_that_begins_like_the_runtime_is_not_it),
		cmocka_unit_test(every_kind_has_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
