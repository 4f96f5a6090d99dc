// SPDX-License-Identifier: GPL-2.0-or-later
#include "library.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "symbol/elf_file.h"
#include "symbol/symbolizer.h"
#include "base/banned.h"

static const char cpp_source[] =
	"#include <cstddef>\n"
	"#define INLINE __attribute__((always_inline)) inline\n"
	"extern \"C\" { void *(*hook)(std::size_t); void run(); }\n"
	"namespace store {\n"
	"template <typename T> struct box {\n"
	"	INLINE void *grow(std::size_t n)\n"
	"	{\n"
	"		void *p = hook(n);\n" /* line 8 */
	"		__asm__ volatile(\"\" : : \"r\"(p) : \"memory\");\n"
	"		return p;\n"
	"	}\n"
	"};\n"
	"__attribute__((noinline)) void *fill(box<int> &b) { return b.grow(3); }\n" /* 13 */
	"}\n"
	"void run() { store::box<int> b; store::fill(b); __asm__ volatile(\"\"); }\n";

static const char rust_source[] =
	"#[no_mangle] pub static mut hook: Option<extern \"C\" fn(usize) -> *mut u8> = None;\n"
	"mod store { #[inline(never)] pub fn fill(n: usize) -> *mut u8 {\n"
	"	let p = unsafe { crate::hook.unwrap()(n) };\n" /* line 3 */
	"	std::hint::black_box(p)\n"
	"} }\n"
	"#[no_mangle] pub extern \"C\" fn run() { std::hint::black_box(store::fill(1)); }\n";

static struct symbolizer *new_symbolizer(const char *name, pid_t root_pid)
{
	struct symbolizer *symbolizer = symbolizer__new();
	int fd = open(fixture__path(name), O_RDONLY | O_CLOEXEC);

	assert_non_null(symbolizer);
	assert_true(fd >= 0);
	assert_int_equal(
		symbolizer__add_module(symbolizer, 1, fd, fixture__path(name), NULL, 0, root_pid),
		0);
	close(fd);
	return symbolizer;
}

static void expect(const struct symbol_name *name, const char *function, const char *file,
		   uint32_t line, bool inlined)
{
	assert_string_equal(name->function, function);
	if (file) {
		const char *slash = strrchr(name->file, '/');

		assert_string_equal(slash ? slash + 1 : name->file, file);
	} else {
		assert_null(name->file);
	}
	assert_int_equal(name->line, line);
	assert_int_equal(name->inlined, inlined);
	assert_false(name->no_name);
}

static void inlined_functions_are_named_innermost_first(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names, *again;

	(void)state;
	make_c_library("inline.so", "");
	run_library("inline.so");
	symbolizer = new_symbolizer("inline.so", 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 3);
	expect(&names[0], "inner", "lib.c", 6, true);
	expect(&names[1], "middle", "lib.c", 10, true);
	expect(&names[2], "outer", "lib.c", 22, false);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &again), 3);
	assert_ptr_equal(names, again);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[1], &names), 1);
	expect(&names[0], "hidden", "lib.c", 16, false);
	symbolizer__free(symbolizer);
}

/* DWARF 4 counts files from 1, and clang writes no .debug_aranges. */
static void other_compilers_and_versions_give_the_same(void **state)
{
	static const char *const commands[] = {
		"gcc -gdwarf-4 -O2 -shared -fPIC -o other.so lib.c",
		"gcc -gdwarf-5 -gz=zlib -O2 -shared -fPIC -o other.so lib.c",
		"! command -v clang || clang -g -O2 -shared -fPIC -o other.so lib.c",
	};

	(void)state;
	assert_true(fixture__write("lib.c", c_source, sizeof(c_source) - 1));
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
		const struct symbol_name *names;
		struct symbolizer *symbolizer;

		assert_true(fixture__run("%s", commands[i]));
		run_library("other.so");
		symbolizer = new_symbolizer("other.so", 0);
		assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 3);
		expect(&names[0], "inner", "lib.c", 6, true);
		expect(&names[1], "middle", "lib.c", 10, true);
		expect(&names[2], "outer", "lib.c", 22, false);
		symbolizer__free(symbolizer);
	}
}

static void cpp_names_have_their_parameters(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names;

	(void)state;
	assert_true(fixture__write("lib.cc", cpp_source, sizeof(cpp_source) - 1));
	if (!fixture__run("g++ -O2 -g -shared -fPIC -o cpp.so lib.cc"))
		skip();
	run_library("cpp.so");
	symbolizer = new_symbolizer("cpp.so", 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 2);
	expect(&names[0], "store::box<int>::grow(unsigned long)", "lib.cc", 8, true);
	expect(&names[1], "store::fill(store::box<int>&)", "lib.cc", 13, false);
	symbolizer__free(symbolizer);
}

static void rust_names_have_their_path(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names;

	(void)state;
	assert_true(fixture__write("lib.rs", rust_source, sizeof(rust_source) - 1));
	if (!fixture__run("command -v rustc && rustc -g -O -A warnings --crate-type cdylib "
			  "--crate-name fixture -o rust.so lib.rs"))
		skip();
	run_library("rust.so");
	symbolizer = new_symbolizer("rust.so", 0);
	assert_true(symbolizer__lookup(symbolizer, 1, returns[0], &names) >= 1);
	expect(&names[0], "fixture::store::fill", "lib.rs", 3, false);
	symbolizer__free(symbolizer);
}

static void stripped_library_names_what_it_exports(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names;
	char expected[64];

	(void)state;
	make_c_library("stripped.so", "-s");
	run_library("stripped.so");
	symbolizer = new_symbolizer("stripped.so", 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 1);
	expect(&names[0], "outer", NULL, 0, false);
	/* hidden() lies next to outer(): the nearest symbol would be a wrong guess. */
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[1], &names), 1);
	snprintf(expected, sizeof(expected), "stripped.so+0x%llx", (unsigned long long)returns[1]);
	assert_string_equal(names[0].function, expected);
	assert_true(names[0].no_name);
	symbolizer__free(symbolizer);
}

/* A process whose root is the fixture directory. -1 if that is not permitted. */
static pid_t start_in_root(void)
{
	int ready[2];
	char byte = 0;
	pid_t pid;

	assert_int_equal(pipe(ready), 0);
	pid = fork();
	if (!pid) {
		bool inside =
			!chroot(fixture_dir) || (!unshare(CLONE_NEWUSER) && !chroot(fixture_dir));

		if (inside && write(ready[1], "y", 1) == 1)
			pause();
		_exit(1);
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1) {
		waitpid(pid, NULL, 0);
		pid = -1;
	}
	close(ready[0]);
	return pid;
}

static void place_debug_file(const char *library)
{
	assert_true(fixture__run(
		"objcopy --only-keep-debug %s all.debug && strip -s %s && "
		"id=$(readelf -n %s | sed -n 's/.*Build ID: //p') && "
		"dir=usr/lib/debug/.build-id/$(echo $id | cut -c1-2) && mkdir -p $dir && "
		"cp all.debug $dir/$(echo $id | cut -c3-).debug",
		library, library, library));
}

static void separate_debug_file_is_found_in_the_root_of_the_process(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names;
	pid_t pid;

	(void)state;
	make_c_library("separate.so", "");
	place_debug_file("separate.so");
	run_library("separate.so");
	pid = start_in_root();
	if (pid < 0)
		skip();
	symbolizer = new_symbolizer("separate.so", pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	/* The process is gone: what was found when the module became known is enough. */
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 3);
	expect(&names[0], "inner", "lib.c", 6, true);
	expect(&names[2], "outer", "lib.c", 22, false);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[1], &names), 1);
	expect(&names[0], "hidden", "lib.c", 16, false);
	symbolizer__free(symbolizer);
	/* Another root, another file system: there it is not. */
	symbolizer = new_symbolizer("separate.so", 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[1], &names), 1);
	assert_true(names[0].no_name);
	symbolizer__free(symbolizer);
}

static void debug_file_of_another_build_is_refused(void **state)
{
	struct symbolizer *symbolizer;
	const struct symbol_name *names;
	pid_t pid;

	(void)state;
	make_c_library("wrong.so", "-DOTHER -Wl,-soname,wrong.so");
	place_debug_file("wrong.so");
	run_library("wrong.so");
	make_c_library("foreign.so", "-O1 -Wl,-soname,foreign.so");
	assert_true(fixture__run("objcopy --only-keep-debug foreign.so f.debug && "
				 "id=$(readelf -n wrong.so | sed -n 's/.*Build ID: //p') && "
				 "cp f.debug usr/lib/debug/.build-id/$(echo $id | cut -c1-2)/"
				 "$(echo $id | cut -c3-).debug"));
	pid = start_in_root();
	if (pid < 0)
		skip();
	symbolizer = new_symbolizer("wrong.so", pid);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[1], &names), 1);
	assert_true(names[0].no_name);
	symbolizer__free(symbolizer);
}

static void module_of_another_build_is_refused_and_keeps_its_path(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	uint8_t id[BUILD_ID_MAX] = {1, 2, 3};
	const struct symbol_name *names;
	int fd;

	(void)state;
	make_c_library("build.so", "");
	fd = open(fixture__path("build.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(symbolizer__add_module(symbolizer, 1, fd, "/lib/build.so", id, 20, 0),
			 -ESTALE);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, 0x1234, &names), 1);
	assert_string_equal(names[0].function, "build.so+0x1234");
	assert_true(names[0].no_name);
	/* By path alone, the same. */
	assert_int_equal(
		symbolizer__add_module(symbolizer, 2, -1, fixture__path("build.so"), id, 20, 0),
		-ESTALE);
	assert_int_equal(
		symbolizer__add_module(symbolizer, 3, -1, fixture__path("build.so"), NULL, 0, 0),
		-ESTALE);
	close(fd);
	symbolizer__free(symbolizer);
}

static void module_is_opened_by_path_if_the_build_matches(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	const struct symbol_name *names, *shared;
	struct elf_file file;
	int fd;

	(void)state;
	make_c_library("path.so", "");
	run_library("path.so");
	fd = open(fixture__path("path.so"), O_RDONLY | O_CLOEXEC);
	assert_int_equal(elf_file__init(&file, fd), 0);
	assert_int_equal(file.build_id_bytes, 20);
	assert_int_equal(symbolizer__add_module(symbolizer, 1, -1, fixture__path("path.so"),
						file.build_id, 20, 0),
			 0);
	assert_int_equal(symbolizer__lookup(symbolizer, 1, returns[0], &names), 3);
	expect(&names[2], "outer", "lib.c", 22, false);
	/* A second module of the same build needs no file at all. */
	assert_int_equal(
		symbolizer__add_module(symbolizer, 2, -1, "/gone/other.so", file.build_id, 20, 0),
		0);
	assert_int_equal(symbolizer__lookup(symbolizer, 2, returns[0], &shared), 3);
	assert_ptr_equal(shared[2].function, names[2].function);
	elf_file__release(&file);
	close(fd);
	symbolizer__free(symbolizer);
}

static const char asm_source[] = "	.text\n"
				 "	.globl run, twice, hook\n"
				 "	.type run, @function\n"
				 "run:	ret\n"
				 "	.size run, 1\n"
				 "	.set __run, run\n"
				 "	.type __run, @function\n"
				 "	.size __run, 1\n"
				 "bare:	nop\n" /* 1: no size */
				 "	.type untyped, @notype\n"
				 "untyped: nop; nop; nop; nop\n" /* 2..5 */
				 "	.size untyped, 4\n"
				 "	.type whole, @function\n"
				 "whole:	nop; nop\n" /* 6..13, inside it: */
				 "	.type nested, @function\n"
				 "nested: nop; nop\n" /* 8..9 */
				 "	.size nested, 2\n"
				 "	nop; nop; nop; nop\n"
				 "	.size whole, 8\n"
				 "	.type _twice, @function\n"
				 "	.type twice, @function\n"
				 "_twice:\n"
				 "twice:	nop\n" /* 14 */
				 "	.size twice, 1\n"
				 "	.size _twice, 1\n"
				 "	.bss\n"
				 "hook:	.skip 8\n";

static void extents_are_exact_and_exported_names_come_first(void **state)
{
	static const char *const expected[] = {
		"run",	  NULL,	    "untyped", "untyped", "untyped", "untyped", "whole", "whole",
		"nested", "nested", "whole",   "whole",	  "whole",   "whole",	"twice", NULL,
	};
	struct symbolizer *symbolizer;
	const struct symbol_name *names;
	uint64_t base = 0;
	void *library;
	Dl_info info;

	(void)state;
	assert_true(fixture__write("lib.s", asm_source, sizeof(asm_source) - 1));
	assert_true(fixture__run("gcc -shared -nostdlib -o asm.so lib.s"));
	library = dlopen(fixture__path("asm.so"), RTLD_NOW);
	assert_non_null(library);
	assert_true(dladdr(dlsym(library, "run"), &info));
	base = (uint64_t)(uintptr_t)info.dli_saddr - (uint64_t)(uintptr_t)info.dli_fbase;
	dlclose(library);
	symbolizer = new_symbolizer("asm.so", 0);
	for (size_t i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		assert_int_equal(symbolizer__lookup(symbolizer, 1, base + i, &names), 1);
		assert_int_equal(names[0].no_name, !expected[i]);
		if (expected[i])
			assert_string_equal(names[0].function, expected[i]);
	}
	symbolizer__free(symbolizer);
}

static void learned_names_are_given_back(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	const struct symbol_name *names;

	(void)state;
	assert_int_equal(symbolizer__learn(symbolizer, 5, 77, 1, "outer", "b.c", 9, false, false),
			 0);
	assert_int_equal(symbolizer__learn(symbolizer, 5, 77, 2, "outmost", NULL, 0, false, false),
			 0);
	assert_int_equal(symbolizer__learn(symbolizer, 5, 77, 0, "inner", "a.c", 3, true, false),
			 0);
	assert_int_equal(symbolizer__learn(symbolizer, 5, 78, 0, "x+0x4e", NULL, 0, false, true),
			 0);
	assert_int_equal(symbolizer__learn(symbolizer, 5, 79, 16, "deep", NULL, 0, false, false),
			 -EINVAL);
	assert_int_equal(symbolizer__lookup(symbolizer, 5, 77, &names), 3);
	expect(&names[0], "inner", "a.c", 3, true);
	expect(&names[1], "outer", "b.c", 9, false);
	expect(&names[2], "outmost", NULL, 0, false);
	assert_int_equal(symbolizer__lookup(symbolizer, 5, 78, &names), 1);
	assert_true(names[0].no_name);
	symbolizer__free(symbolizer);
}

static void learned_calls_are_given_back(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	struct symbol_site site = {.type = "main.Item", .call = "runtime.newobject"};
	const struct symbol_site *found;

	(void)state;
	site.type_bytes = 64;
	/* of an address without a name there is nothing to say */
	assert_int_equal(symbolizer__learn_site(symbolizer, 5, 77, &site), 0);
	assert_int_equal(symbolizer__learn(symbolizer, 5, 77, 0, "f", "a.c", 3, false, false), 0);
	assert_int_equal(symbolizer__site(symbolizer, 5, 77, &found), 0);
	assert_null(found);
	assert_int_equal(symbolizer__learn_site(symbolizer, 5, 77, &site), 0);
	assert_int_equal(symbolizer__site(symbolizer, 5, 77, &found), 0);
	assert_non_null(found);
	assert_string_equal(found->type, "main.Item");
	assert_string_equal(found->call, "runtime.newobject");
	assert_null(found->callee);
	assert_int_equal(found->type_bytes, 64);
	assert_int_equal(symbolizer__site(symbolizer, 6, 77, &found), 0);
	assert_null(found);
	symbolizer__free(symbolizer);
}

static void unknown_module_answers_with_the_address(void **state)
{
	struct symbolizer *symbolizer = symbolizer__new();
	const struct symbol_name *names;

	(void)state;
	assert_int_equal(symbolizer__lookup(symbolizer, 0, 0x7fffffffe000, &names), 1);
	assert_string_equal(names[0].function, "[unknown]+0x7fffffffe000");
	assert_true(names[0].no_name);
	assert_int_equal(symbolizer__add_module(symbolizer, 0, -1, "/x", NULL, 0, 0), -EINVAL);
	symbolizer__free(symbolizer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(inlined_functions_are_named_innermost_first),
		cmocka_unit_test(other_compilers_and_versions_give_the_same),
		cmocka_unit_test(cpp_names_have_their_parameters),
		cmocka_unit_test(rust_names_have_their_path),
		cmocka_unit_test(stripped_library_names_what_it_exports),
		cmocka_unit_test(separate_debug_file_is_found_in_the_root_of_the_process),
		cmocka_unit_test(debug_file_of_another_build_is_refused),
		cmocka_unit_test(module_of_another_build_is_refused_and_keeps_its_path),
		cmocka_unit_test(module_is_opened_by_path_if_the_build_matches),
		cmocka_unit_test(extents_are_exact_and_exported_names_come_first),
		cmocka_unit_test(learned_names_are_given_back),
		cmocka_unit_test(learned_calls_are_given_back),
		cmocka_unit_test(unknown_module_answers_with_the_address),
	};

	return cmocka_run_group_tests(tests, fixture__make_dir, fixture__remove_dir);
}
