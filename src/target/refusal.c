// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/refusal.h"

#include <elf.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

static const char translated_why[] = "a probe would kill it";

/* Libraries that only a translator or its tools load; prefixes of file names. */
static const struct {
	const char *prefix;
	const char *what;
} translator_libraries[] = {
	{"vgpreload_", "valgrind"},    {"libdynamorio.so", "DynamoRIO"},
	{"libdrpreload", "DynamoRIO"}, {"librrpreload", "rr"},
	{"librrpage", "rr"},	       {"libpin3dwarf", "Pin"},
	{"libpindwarf", "Pin"},	       {"libpincrt", "Pin"},
	{"libbox64", "box64"},	       {"libFEXCore", "FEX"},
};

/* Whole names of executables that translate others, or run them under their own kernel. */
static const struct {
	const char *name;
	const char *what;
} translators[] = {
	{"valgrind", "valgrind"},  {"valgrind.bin", "valgrind"}, {"rr", "rr"},
	{"drrun", "DynamoRIO"},	   {"drinject", "DynamoRIO"},	 {"pin", "Pin"},
	{"pinbin", "Pin"},	   {"box64", "box64"},		 {"box86", "box86"},
	{"FEXInterpreter", "FEX"}, {"FEXLoader", "FEX"},	 {"FEX", "FEX"},
	{"runsc", "gVisor"},	   {"runsc-sandbox", "gVisor"},	 {"runsc-gofer", "gVisor"},
	{"exe-runsc", "gVisor"},
};

/* qemu programs that execute their own code; every other "qemu-*" is a user-mode translator. */
static const char *const native_qemu[] = {
	"qemu-system-",	       "qemu-img",	     "qemu-io",	       "qemu-nbd",  "qemu-ga",
	"qemu-storage-daemon", "qemu-bridge-helper", "qemu-pr-helper", "qemu-edid", "qemu-keymap",
	"qemu-vmsr-helper",
};

static const struct {
	const char *prefix;
	const char *what;
} sanitizer_libraries[] = {
	{"libasan.so", "AddressSanitizer"},	  {"libhwasan.so", "HWAddressSanitizer"},
	{"libtsan.so", "ThreadSanitizer"},	  {"liblsan.so", "LeakSanitizer"},
	{"libclang_rt.asan", "AddressSanitizer"}, {"libclang_rt.hwasan", "HWAddressSanitizer"},
	{"libclang_rt.tsan", "ThreadSanitizer"},  {"libclang_rt.msan", "MemorySanitizer"},
	{"libclang_rt.lsan", "LeakSanitizer"},
};

static bool refuse(struct refusal *refusal, enum exit_code code, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

static bool refuse(struct refusal *refusal, enum exit_code code, const char *fmt, ...)
{
	va_list args;

	refusal->code = code;
	va_start(args, fmt);
	vsnprintf(refusal->text, sizeof(refusal->text), fmt, args);
	va_end(args);
	return true;
}

static bool begins_with(const char *text, const char *prefix)
{
	return !strncmp(text, prefix, strlen(prefix));
}

static bool ends_with(const char *text, const char *suffix)
{
	size_t len = strlen(text), suffix_len = strlen(suffix);

	return len >= suffix_len && !strcmp(text + len - suffix_len, suffix);
}

static bool is_qemu_user(const char *exe_name)
{
	if (!begins_with(exe_name, "qemu-"))
		return false;
	for (size_t i = 0; i < ARRAY_CNT(native_qemu); i++)
		if (begins_with(exe_name, native_qemu[i]))
			return false;
	return true;
}

/* The translator that the executable's name tells, or NULL. */
static const char *find_translator(const char *exe_name)
{
	if (is_qemu_user(exe_name))
		return "qemu user mode";
	if (ends_with(exe_name, "-amd64-linux")) /* memcheck-, none-, ... */
		return "valgrind";
	for (size_t i = 0; i < ARRAY_CNT(translators); i++)
		if (!strcmp(exe_name, translators[i].name))
			return translators[i].what;
	return NULL;
}

static bool test_life(const struct refusal_facts *facts, struct refusal *refusal)
{
	if (facts->is_kernel_thread)
		return refuse(refusal, EXIT_REFUSED, "kernel thread: it has no heap");
	if (facts->is_self)
		return refuse(refusal, EXIT_REFUSED, "heapbeat itself: it never observes itself");
	if (facts->state == 'Z' && facts->thread_cnt > 1)
		return refuse(refusal, EXIT_REFUSED,
			      "its leader (main thread) has ended by pthread_exit while others "
			      "run: probes of "
			      "such a process count nothing");
	if (facts->state == 'Z' || facts->state == 'X')
		return refuse(refusal, EXIT_RUNTIME, "it has exited");
	return false;
}

static bool test_mappings(const struct refusal_facts *facts, struct refusal *refusal)
{
	if (facts->maps_err == -ESRCH || facts->maps_err == -ENOENT)
		return refuse(refusal, EXIT_RUNTIME, "it has exited");
	if (facts->maps_err)
		return refuse(
			refusal, EXIT_REFUSED,
			"its mappings cannot be read (root, or CAP_SYS_PTRACE, is needed): %s",
			strerror(-facts->maps_err));
	if (facts->modules && facts->modules->truncated)
		return refuse(refusal, EXIT_REFUSED, "it has more mappings than heapbeat reads");
	if (facts->modules && !facts->modules->cnt)
		return refuse(refusal, EXIT_RUNTIME, "it has no mapped files: it is exiting");
	return false;
}

static bool test_module(const struct module *module, struct refusal *refusal)
{
	for (size_t i = 0; i < ARRAY_CNT(translator_libraries); i++)
		if (begins_with(module->name, translator_libraries[i].prefix))
			return refuse(refusal, EXIT_REFUSED, "it runs under %s: %s",
				      translator_libraries[i].what, translated_why);
	if (module->unexecuted_cnt &&
	    (begins_with(module->name, "libc.so") || begins_with(module->name, "libc-2.") ||
	     begins_with(module->name, "ld-linux") || begins_with(module->name, "ld-musl")))
		return refuse(refusal, EXIT_REFUSED,
			      "its '%s' is loaded but not executable: its code is translated, %s",
			      module->name, translated_why);
	for (size_t i = 0; i < ARRAY_CNT(sanitizer_libraries); i++)
		if (begins_with(module->name, sanitizer_libraries[i].prefix))
			return refuse(refusal, EXIT_REFUSED,
				      "it runs with %s, which replaces the allocator",
				      sanitizer_libraries[i].what);
	return false;
}

static bool test_code(const struct refusal_facts *facts, struct refusal *refusal)
{
	const char *translator = find_translator(facts->exe_name);

	if (translator)
		return refuse(refusal, EXIT_REFUSED, "its code is translated by %s: %s", translator,
			      translated_why);
	for (size_t i = 0; facts->modules && i < facts->modules->cnt; i++)
		if (test_module(&facts->modules->items[i], refusal))
			return true;
	return false;
}

const char *refusal__need(int err)
{
	/* A deleted file is reached through map_files alone, which has a rule of its own. */
	if (err == -EPERM)
		return " (root, or CAP_CHECKPOINT_RESTORE, is needed)";
	if (err == -EACCES)
		return " (root, or CAP_SYS_PTRACE and CAP_DAC_READ_SEARCH, is needed)";
	return "";
}

static bool test_executable(const struct refusal_facts *facts, struct refusal *refusal)
{
	if (facts->exe_err)
		return refuse(refusal, EXIT_REFUSED, "its executable cannot be read%s: %s",
			      refusal__need(facts->exe_err), strerror(-facts->exe_err));
	if (!facts->exe_is_64bit && facts->exe_machine == EM_X86_64)
		return refuse(refusal, EXIT_REFUSED, "x32 program: only 64-bit ones are observed");
	if (!facts->exe_is_64bit)
		return refuse(refusal, EXIT_REFUSED,
			      "32-bit program: only 64-bit ones are observed");
	if (facts->exe_machine != EM_X86_64)
		return refuse(refusal, EXIT_REFUSED,
			      "its executable is built for another machine (ELF machine %u)",
			      (unsigned)facts->exe_machine);
	if (facts->exe_sanitizer)
		return refuse(refusal, EXIT_REFUSED,
			      "it runs with %s, which replaces the allocator",
			      facts->exe_sanitizer);
	return false;
}

bool refusal__test(const struct refusal_facts *facts, struct refusal *ret_refusal)
{
	if (test_life(facts, ret_refusal) || test_mappings(facts, ret_refusal) ||
	    test_code(facts, ret_refusal) || test_executable(facts, ret_refusal))
		return true;
	if (facts->has_limit && facts->headroom_bytes < REFUSAL_HEADROOM_BYTES)
		return refuse(ret_refusal, EXIT_REFUSED,
			      "its cgroup is %" PRIu64 " bytes below its memory limit: probes copy "
			      "text pages, which could end it",
			      facts->headroom_bytes);
	return false;
}
