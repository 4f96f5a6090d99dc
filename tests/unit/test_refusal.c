// SPDX-License-Identifier: GPL-2.0-or-later
/* Reasons not to probe, and the modules that some of them are read from. */
#include <elf.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "target/allocator.h"
#include "target/refusal.h"
#include "target/runtime.h"

#define LIBC "/usr/lib/x86_64-linux-gnu/libc.so.6\n"
#define NATIVE_LIBC                                   \
	"7000000-7026000 r--p 00000000 fe:00 9 " LIBC \
	"7026000-717c000 r-xp 00026000 fe:00 9 " LIBC \
	"717c000-7200000 r--p 0017c000 fe:00 9 " LIBC \
	"7200000-7202000 rw-p 001d3000 fe:00 9 " LIBC

struct fixture {
	struct proc_maps maps;
	struct modules modules;
	struct refusal_facts facts;
	struct refusal refusal;
};

/* A process with nothing against it, but for what @maps tells. */
static void set_up(struct fixture *f, const char *maps)
{
	*f = (struct fixture){.facts = {.state = 'S',
					.thread_cnt = 1,
					.exe_name = "app",
					.exe_is_64bit = true,
					.exe_machine = EM_X86_64}};
	assert_int_equal(proc_maps__parse(maps, strlen(maps), &f->maps), 0);
	assert_int_equal(modules__build(&f->maps, &f->modules), 0);
	f->facts.modules = &f->modules;
}

static void tear_down(struct fixture *f)
{
	modules__release(&f->modules);
	proc_maps__release(&f->maps);
}

static void assert_refused(struct fixture *f, enum exit_code code, const char *word)
{
	assert_true(refusal__test(&f->facts, &f->refusal));
	assert_int_equal(f->refusal.code, code);
	if (!strstr(f->refusal.text, word))
		print_error("'%s' lacks '%s'\n", f->refusal.text, word);
	assert_non_null(strstr(f->refusal.text, word));
}

static void assert_maps_refused(const char *maps, const char *word)
{
	struct fixture f;

	set_up(&f, maps);
	assert_refused(&f, EXIT_REFUSED, word);
	tear_down(&f);
}

static void assert_maps_accepted(const char *maps)
{
	struct fixture f;

	set_up(&f, maps);
	assert_false(refusal__test(&f.facts, &f.refusal));
	tear_down(&f);
}

static void assert_name_refused(const char *name, const char *word)
{
	struct fixture f;

	set_up(&f, NATIVE_LIBC);
	f.facts.exe_name = name;
	assert_refused(&f, EXIT_REFUSED, word);
	tear_down(&f);
}

static void assert_name_accepted(const char *name)
{
	struct fixture f;

	set_up(&f, NATIVE_LIBC);
	f.facts.exe_name = name;
	assert_false(refusal__test(&f.facts, &f.refusal));
	tear_down(&f);
}

static void a_plain_process_is_accepted(void **state)
{
	(void)state;
	assert_maps_accepted(NATIVE_LIBC);
}

static void translators_are_known_by_name(void **state)
{
	(void)state;
	assert_name_refused("qemu-x86_64", "qemu");
	assert_name_refused("qemu-aarch64-static", "qemu");
	assert_name_refused("memcheck-amd64-linux", "valgrind");
	assert_name_refused("rr", "rr");
	assert_name_refused("pinbin", "Pin");
	assert_name_refused("box64", "box64");
	assert_name_refused("FEXInterpreter", "FEX");
	assert_name_refused("runsc", "gVisor");
}

static void names_that_only_begin_alike_are_accepted(void **state)
{
	(void)state;
	assert_name_accepted("qemu-system-x86_64");
	assert_name_accepted("qemu-img");
	assert_name_accepted("qemud");
	assert_name_accepted("rrdtool");
	assert_name_accepted("pinentry");
	assert_name_accepted("");
}

static void translators_are_known_by_what_they_map(void **state)
{
	(void)state;
	assert_maps_refused(NATIVE_LIBC "8000000-8001000 r-xp 00000000 fe:00 10 "
					"/usr/libexec/valgrind/vgpreload_core-amd64-linux.so\n",
			    "valgrind");
	assert_maps_refused(NATIVE_LIBC
			    "8000000-8001000 r-xp 00000000 fe:00 10 /opt/libdynamorio.so.9.0\n",
			    "DynamoRIO");
	assert_maps_refused(NATIVE_LIBC
			    "8000000-8001000 r-xp 00000000 fe:00 10 /usr/lib/rr/librrpreload.so\n",
			    "rr");
}

static void a_libc_that_nobody_executes_is_translated(void **state)
{
	(void)state;
	assert_maps_refused("4000000-41cf000 r--p 00000000 fe:00 9 " LIBC
			    "41cf000-41d3000 r--p 001cf000 fe:00 9 " LIBC
			    "41d3000-41d5000 rw-p 001d3000 fe:00 9 " LIBC NATIVE_LIBC,
			    "not executable");
}

static void a_libc_that_is_only_read_is_no_translation(void **state)
{
	(void)state;
	/* a debugger: the whole file for reading; parts of it, privately writable */
	assert_maps_accepted("4000000-41d5000 r--p 00000000 fe:00 9 " LIBC NATIVE_LIBC);
	assert_maps_accepted("4000000-4001000 rw-p 00000000 fe:00 9 " LIBC
			     "5000000-5001000 rw-p 001cf000 fe:00 9 " LIBC NATIVE_LIBC);
	assert_maps_accepted("4000000-4001000 r--p 00000000 fe:00 9 " LIBC
			     "5000000-5001000 rw-p 001cf000 fe:00 9 " LIBC NATIVE_LIBC);
}

static void a_second_copy_of_libc_is_counted(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "4000000-4026000 r--p 00000000 fe:00 9 " LIBC
		   "4026000-417c000 r-xp 00026000 fe:00 9 " LIBC
		   "417c000-417f000 rw-p 001d3000 fe:00 9 " LIBC NATIVE_LIBC);
	assert_int_equal(f.modules.cnt, 1);
	assert_int_equal(f.modules.items[0].image_cnt, 2);
	assert_int_equal(f.modules.items[0].unexecuted_cnt, 0);
	assert_int_equal(f.modules.items[0].start, 0x4026000);
	assert_ptr_equal(modules__find(&f.modules, &f.maps, 0x7200010), &f.modules.items[0]);
	assert_null(modules__find(&f.modules, &f.maps, 0x1000));
	assert_true(module__is_executable_at(&f.modules.items[0], &f.maps, 0x26000));
	assert_false(module__is_executable_at(&f.modules.items[0], &f.maps, 0x25fff));
	assert_false(module__is_executable_at(&f.modules.items[0], &f.maps, 0x17c000));
	tear_down(&f);
}

static void sanitizers_are_refused(void **state)
{
	struct fixture f;

	(void)state;
	assert_maps_refused(NATIVE_LIBC "8000000-8001000 r-xp 00000000 fe:00 10 "
					"/usr/lib/x86_64-linux-gnu/libasan.so.8.0.0\n",
			    "AddressSanitizer");
	assert_maps_refused(NATIVE_LIBC "8000000-8001000 r-xp 00000000 fe:00 10 "
					"/usr/lib/libtsan.so.2\n",
			    "ThreadSanitizer");
	set_up(&f, NATIVE_LIBC);
	f.facts.exe_sanitizer = "MemorySanitizer";
	assert_refused(&f, EXIT_REFUSED, "MemorySanitizer");
	tear_down(&f);
}

static void dead_and_dying_processes_say_so(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, "");
	assert_refused(&f, EXIT_RUNTIME, "exiting");
	f.facts.maps_err = -ESRCH;
	assert_refused(&f, EXIT_RUNTIME, "exited");
	f.facts.maps_err = -EACCES;
	assert_refused(&f, EXIT_REFUSED, "mappings");
	f.facts.state = 'Z';
	assert_refused(&f, EXIT_RUNTIME, "exited");
	f.facts.thread_cnt = 2;
	assert_refused(&f, EXIT_REFUSED, "pthread_exit");
	tear_down(&f);
}

static void kernel_threads_and_ourselves_are_refused(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, NATIVE_LIBC);
	f.facts.is_self = true;
	assert_refused(&f, EXIT_REFUSED, "itself");
	f.facts.is_kernel_thread = true;
	assert_refused(&f, EXIT_REFUSED, "kernel thread");
	tear_down(&f);
}

static void other_machines_are_refused(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, NATIVE_LIBC);
	f.facts.exe_is_64bit = false;
	assert_refused(&f, EXIT_REFUSED, "x32");
	f.facts.exe_machine = EM_386;
	assert_refused(&f, EXIT_REFUSED, "32-bit");
	f.facts.exe_is_64bit = true;
	f.facts.exe_machine = EM_AARCH64;
	assert_refused(&f, EXIT_REFUSED, "machine");
	f.facts.exe_err = -ENOEXEC;
	assert_refused(&f, EXIT_REFUSED, "executable");
	tear_down(&f);
}

static void a_process_at_its_memory_limit_is_left_alone(void **state)
{
	struct fixture f;

	(void)state;
	set_up(&f, NATIVE_LIBC);
	f.facts.has_limit = true;
	f.facts.headroom_bytes = REFUSAL_HEADROOM_BYTES;
	assert_false(refusal__test(&f.facts, &f.refusal));
	f.facts.headroom_bytes--;
	assert_refused(&f, EXIT_REFUSED, "limit");
	tear_down(&f);
}

static void suballocators_are_named(void **state)
{
	struct text hides = {0};
	struct fixture f;

	(void)state;
	set_up(&f, NATIVE_LIBC "8000000-8001000 r-xp 00000000 fe:00 10 /usr/lib/libsqlite3.so.0\n"
			       "9000000-9001000 r--p 00000000 fe:00 11 /usr/lib/libjvm.so\n");
	hides__add_suballocators(&hides, "python3.11", &f.modules);
	assert_string_equal(text__str(&hides), "pymalloc hides objects of up to 512 bytes; SQLite "
					       "lookaside hides small objects");
	text__clear(&hides);
	hides__add_suballocators(&hides, "nodeadm", &f.modules);
	hides__add_suballocators(&hides, "node_exporter", &f.modules);
	assert_null(strstr(text__str(&hides), "V8"));
	text__release(&hides);
	tear_down(&f);
}

static void runtimes_are_told_apart(void **state)
{
	(void)state;
	assert_string_equal(runtime__name(true, true, true), "go");
	assert_string_equal(runtime__name(false, false, false), "static");
	assert_string_equal(runtime__name(false, false, true), "native");
	assert_string_equal(runtime__name(false, true, false), "native");
}

static void allocators_are_known_by_their_file(void **state)
{
	(void)state;
	assert_string_equal(allocator__find_by_name("libc.so.6")->name, "glibc");
	assert_string_equal(allocator__find_by_name("libc-2.31.so")->name, "glibc");
	assert_string_equal(allocator__find_by_name("libjemalloc.so.2")->name, "jemalloc");
	assert_null(allocator__find_by_name("libcurl.so.4"));
	assert_null(allocator__find_by_name("libcap.so.2"));
	assert_string_equal(allocator__find_unobserved("libtcmalloc_minimal.so.4"), "tcmalloc");
	assert_string_equal(allocator__find_unobserved("ld-musl-x86_64.so.1"), "musl");
	assert_null(allocator__find_unobserved("libc.so.6"));
}

static void the_allocator_table_is_in_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < allocator_cnt; i++) {
		const struct allocator *row = &allocators[i];

		assert_true(row->function_cnt <= TARGET_PLACES_MAX);
		assert_true(row->functions[0].func ==
			    (row->family == FAMILY_HEAP ? HB_FREE : HB_MUNMAP));
		for (size_t k = 0; k < row->function_cnt; k++)
			assert_true((row->functions[k].func >= HB_FIRST_VM) ==
				    (row->family == FAMILY_VM));
	}
	assert_int_equal(allocator__vm()->family, FAMILY_VM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plain_process_is_accepted),
		cmocka_unit_test(translators_are_known_by_name),
		cmocka_unit_test(names_that_only_begin_alike_are_accepted),
		cmocka_unit_test(translators_are_known_by_what_they_map),
		cmocka_unit_test(a_libc_that_nobody_executes_is_translated),
		cmocka_unit_test(a_libc_that_is_only_read_is_no_translation),
		cmocka_unit_test(a_second_copy_of_libc_is_counted),
		cmocka_unit_test(sanitizers_are_refused),
		cmocka_unit_test(dead_and_dying_processes_say_so),
		cmocka_unit_test(kernel_threads_and_ourselves_are_refused),
		cmocka_unit_test(other_machines_are_refused),
		cmocka_unit_test(a_process_at_its_memory_limit_is_left_alone),
		cmocka_unit_test(suballocators_are_named),
		cmocka_unit_test(runtimes_are_told_apart),
		cmocka_unit_test(allocators_are_known_by_their_file),
		cmocka_unit_test(the_allocator_table_is_in_order),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
