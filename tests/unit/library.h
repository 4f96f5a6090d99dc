/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A library of known truth, compiled at test time: its inlined calls, and the addresses that they
 * return to. Included by the tests of the symbolizer.
 */
#ifndef HB_TEST_LIBRARY_H
#define HB_TEST_LIBRARY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <dlfcn.h>

#include "compiled.h"
#include "base/banned.h"

/* hook() is the "allocator": it notes where it returns to. */
static const char c_source[] = "#include <stddef.h>\n"
			       "#define INLINE static inline __attribute__((always_inline))\n"
			       "void *(*hook)(size_t);\n"
			       "INLINE void *inner(size_t n)\n"
			       "{\n"
			       "	return hook(n);\n" /* line 6 */
			       "}\n"
			       "INLINE void *middle(size_t n)\n"
			       "{\n"
			       "	void *p = inner(n + 1);\n" /* line 10 */
			       "	__asm__ volatile(\"\" : : \"r\"(p) : \"memory\");\n"
			       "	return p;\n"
			       "}\n"
			       "static __attribute__((noinline, noclone)) void *hidden(size_t n)\n"
			       "{\n"
			       "	void *p = hook(n);\n" /* line 16 */
			       "	__asm__ volatile(\"\" : : \"r\"(p) : \"memory\");\n"
			       "	return p;\n"
			       "}\n"
			       "__attribute__((noinline)) void *outer(size_t n)\n"
			       "{\n"
			       "	return middle(n) ? hidden(n) : NULL;\n" /* line 22 */
			       "}\n"
			       "void run(void) { outer(1); __asm__ volatile(\"\"); }\n";

static uint64_t returns[8];
static size_t return_cnt;

static void *note_return(size_t n)
{
	(void)n;
	if (return_cnt < 8)
		returns[return_cnt++] = (uint64_t)(uintptr_t)__builtin_return_address(0);
	return &return_cnt;
}

/* Load library @name, run it; returns[] then holds link-time addresses within its calls. */
static void run_library(const char *name)
{
	void *library = dlopen(fixture__path(name), RTLD_NOW | RTLD_LOCAL);
	void (*run)(void);
	Dl_info info;

	if (!library)
		fail_msg("%s", dlerror());
	return_cnt = 0;
	*(void **)dlsym(library, "hook") = (void *)note_return;
	*(void **)&run = dlsym(library, "run");
	run();
	assert_true(return_cnt > 0);
	assert_true(dladdr((void *)(uintptr_t)returns[0], &info));
	for (size_t i = 0; i < return_cnt; i++)
		returns[i] -= (uint64_t)(uintptr_t)info.dli_fbase + 1;
	dlclose(library);
}

static void make_c_library(const char *name, const char *options)
{
	assert_true(fixture__write("lib.c", c_source, sizeof(c_source) - 1));
	assert_true(fixture__run("gcc -O2 -g -shared -fPIC -Wl,--build-id %s -o %s lib.c", options,
				 name));
}

#endif
