// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/target.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/text.h"
#include "base/vec.h"
#include "kernel/file.h"
#include "target/elf_image.h"
#include "target/exec_list.h"
#include "target/go_program.h"
#include "target/memory_limit.h"
#include "target/procfs.h"
#include "target/provider.h"
#include "target/refusal.h"
#include "target/runtime.h"
#include "target/target_file.h"

#include "base/banned.h"

#define CGROUP_ROOT "/sys/fs/cgroup"
#define MEMINFO	    "/proc/meminfo"

/* What is gathered on the way to a target; ends with target__open. */
struct scan {
	struct target *target;
	struct target_options options;
	struct proc_stat stat;
	struct proc_status status;
	struct proc_maps maps;
	struct modules modules;
	const struct module *exe; /* NULL: not among the mappings */
	const char *exe_name;
	int exe_fd;
	struct elf_image *exe_image;
	struct refusal_facts facts;
	struct text hides;
	struct text listed; /* at_exec: names of the modules to come */
};

static int read_stat(struct scan *scan)
{
	return procfs__read_stat(scan->target->pid, &scan->stat);
}

static int read_status(struct scan *scan)
{
	size_t len;
	char *text;
	int err = procfs__read(scan->target->pid, "status", PROC_SMALL_MAX_BYTES, &text, &len);

	if (err)
		return err;
	err = proc_status__parse(text, len, &scan->status);
	free(text);
	return err;
}

static void read_rss(struct scan *scan)
{
	uint64_t pages;
	size_t len;
	char *text;

	if (procfs__read(scan->target->pid, "statm", PROC_SMALL_MAX_BYTES, &text, &len))
		return;
	if (!proc_statm__parse(text, len, &pages))
		scan->target->rss_bytes = pages * (uint64_t)sysconf(_SC_PAGESIZE);
	free(text);
}

static void read_limit(struct scan *scan)
{
	struct target *target = scan->target;
	uint64_t limit, used;
	size_t len;
	char *text;

	if (procfs__read(target->pid, "cgroup", PROC_SMALL_MAX_BYTES, &text, &len))
		return;
	scan->facts.has_limit = !memory_limit__find(text, CGROUP_ROOT, &limit, &used);
	free(text);
	if (!scan->facts.has_limit)
		return;
	scan->facts.headroom_bytes = used < limit ? limit - used : 0;
	target->memory_limit_bytes = limit;
	target->memory_used_bytes = used;
}

/* -ENOMEM only: what the kernel refuses becomes a reason of refusal. */
static int read_maps(struct scan *scan)
{
	size_t len;
	char *text;
	int err = procfs__read(scan->target->pid, "maps", PROC_MAPS_MAX_BYTES, &text, &len);

	if (!err) {
		err = proc_maps__parse(text, len, &scan->maps);
		free(text);
	}
	if (!err)
		err = modules__build(&scan->maps, &scan->modules);
	if (err == -ENOMEM)
		return err;
	scan->facts.maps_err = err;
	if (!err)
		scan->facts.modules = &scan->modules;
	return 0;
}

int target__host_memory(uint64_t *ret_bytes, uint64_t *ret_available_bytes)
{
	return memory_limit__host(MEMINFO, ret_bytes, ret_available_bytes);
}

static bool is_own_executable(pid_t pid)
{
	char path[64];
	struct stat own, its;

	snprintf(path, sizeof(path), "/proc/%d/exe", (int)pid);
	return pid == getpid() || (!stat("/proc/self/exe", &own) && !stat(path, &its) &&
				   own.st_dev == its.st_dev && own.st_ino == its.st_ino);
}

static int read_exe_link(struct scan *scan)
{
	struct target *target = scan->target;
	const char *slash;
	int err = procfs__read_link(target->pid, "exe", &target->exe);

	scan->facts.exe_err = err;
	if (err)
		target->exe = strdup("");
	if (!target->exe)
		return -ENOMEM;
	slash = strrchr(target->exe, '/');
	scan->exe_name = slash ? slash + 1 : target->exe;
	scan->facts.exe_name = scan->exe_name;
	return 0;
}

/* The executable among the mappings: by its path, which both texts name alike. */
static const struct module *find_exe_module(const struct scan *scan)
{
	static const char deleted[] = " (deleted)";
	const char *exe = scan->target->exe;
	size_t len = strlen(exe), suffix = sizeof(deleted) - 1;

	if (len > suffix && !strcmp(exe + len - suffix, deleted))
		len -= suffix;
	for (size_t i = 0; i < scan->modules.cnt; i++)
		if (!strncmp(scan->modules.items[i].path, exe, len) &&
		    !scan->modules.items[i].path[len])
			return &scan->modules.items[i];
	return NULL;
}

static const char *find_sanitizer(const struct elf_image *image)
{
	static const char *const symbols[] = {"__asan_init", "__hwasan_init", "__tsan_init",
					      "__msan_init"};
	static const char *const names[] = {"AddressSanitizer", "HWAddressSanitizer",
					    "ThreadSanitizer", "MemorySanitizer"};
	struct elf_symbol found[4] = {0};

	if (elf_image__find_functions(image, symbols, 4, found))
		return NULL;
	for (size_t i = 0; i < 4; i++)
		if (found[i].found)
			return names[i];
	return NULL;
}

static void open_exe(struct scan *scan)
{
	struct refusal_facts *facts = &scan->facts;
	const struct module *exe = scan->exe = find_exe_module(scan);

	/* Without its name it is not known among the mappings either. */
	if (facts->exe_err)
		return;
	if (exe)
		scan->exe_fd = file__open_mapped(scan->target->pid, exe->start, exe->end,
						 exe->deleted ? NULL : exe->path);
	else
		scan->exe_fd = file__open_in_root(scan->target->pid, scan->target->exe);
	if (scan->exe_fd < 0) {
		facts->exe_err = scan->exe_fd;
		return;
	}
	scan->exe_image = elf_image__open(scan->exe_fd);
	if (!scan->exe_image) {
		facts->exe_err = -errno;
		return;
	}
	facts->exe_is_64bit = elf_image__header(scan->exe_image)->is_64bit;
	facts->exe_machine = elf_image__header(scan->exe_image)->machine;
	facts->exe_sanitizer = find_sanitizer(scan->exe_image);
}

/* Whatever tells who the process is and whether it may be probed. */
static int gather(struct scan *scan)
{
	struct target *target = scan->target;
	int err = read_stat(scan);

	if (!err)
		err = read_status(scan);
	if (!err && scan->status.tgid != target->pid)
		err = -ECHILD; /* a thread's number */
	if (err)
		return err;
	memcpy(target->comm, scan->stat.comm, sizeof(target->comm));
	target->start_ticks = scan->stat.start_ticks;
	target->uid = scan->status.uid;
	scan->facts.state = scan->stat.state;
	scan->facts.thread_cnt = scan->stat.thread_cnt;
	scan->facts.is_kernel_thread = scan->stat.is_kernel_thread;
	target->runtime = scan->stat.is_kernel_thread ? "kernel" : "native";
	err = read_exe_link(scan);
	if (err || scan->stat.is_kernel_thread || scan->stat.state == 'Z')
		return err;
	scan->facts.is_self = is_own_executable(target->pid);
	read_rss(scan);
	read_limit(scan);
	err = read_maps(scan);
	if (!err && scan->modules.cnt)
		open_exe(scan);
	return err;
}

static int add_file(struct scan *scan, const struct module *module,
		    const struct allocator *allocator, const char *means)
{
	struct target *target = scan->target;
	struct target_file_request request = {
		.pid = target->pid,
		.maps = &scan->maps,
		.module = module,
		.allocator = allocator,
		.means = means,
		.options = scan->options,
	};

	if (target->file_cnt == TARGET_FILES_MAX)
		return 0;
	return target_file__open(&request, &target->files[target->file_cnt++]);
}

static int find_allocators(struct scan *scan)
{
	struct provider_request request = {scan->target->pid, &scan->maps, &scan->modules,
					   scan->exe, scan->exe_image};
	struct provider provider;
	int err = provider__find(&request, &provider, &scan->hides);

	/* Calibration calls libc's malloc by its address, whatever a sanitizer has put before it. */
	if (!err && scan->options.own_child && provider.libc) {
		provider.heap = provider.libc;
		provider.heap_allocator = allocator__find_by_name(provider.libc->name);
	}
	if (!err && provider.heap) {
		scan->target->allocator = provider.heap_allocator->name;
		err = add_file(scan, provider.heap, provider.heap_allocator, provider.means);
	}
	if (!err && provider.libc)
		err = add_file(scan, provider.libc, allocator__vm(),
			       "exports gnu_get_libc_version");
	return err;
}

static bool has_libc_file(const struct modules *modules)
{
	for (size_t i = 0; i < modules->cnt; i++) {
		const char *name = modules->items[i].name;

		if (modules->items[i].executable &&
		    (allocator__find_by_name(name) || allocator__find_unobserved(name)))
			return true;
	}
	return false;
}

static int describe(struct scan *scan)
{
	struct target *target = scan->target;
	const struct elf_image *image = scan->exe_image;
	bool is_go = go_program__is_go(image);
	bool has_libc = has_libc_file(&scan->modules);

	target->runtime = runtime__name(is_go, elf_image__header(image)->has_interpreter, has_libc);
	if (scan->status.namespace_cnt > 1)
		hides__add(&scan->hides, "another pid namespace (it is %d there)",
			   (int)scan->status.inner_pid);
	if (is_go) {
		target->go_fd = fcntl(scan->exe_fd, F_DUPFD_CLOEXEC, 0);
		if (target->go_fd < 0)
			return -errno;
		/* With cgo there is a C heap beside Go's. */
		return has_libc ? find_allocators(scan) : 0;
	}
	if (!strcmp(target->runtime, "static")) {
		hides__add(&scan->hides, "static program: the allocator linked into it is not "
					 "observed, growth from RSS only");
		return 0;
	}
	hides__add_suballocators(&scan->hides, scan->exe_name, &scan->modules);
	return find_allocators(scan);
}

static void scan__release(struct scan *scan)
{
	elf_image__free(scan->exe_image);
	if (scan->exe_fd >= 0)
		close(scan->exe_fd);
	modules__release(&scan->modules);
	proc_maps__release(&scan->maps);
	text__release(&scan->hides);
	text__release(&scan->listed);
}

/* Nothing is loaded yet: take what the dynamic linker is going to load. */
static int list_modules(struct scan *scan)
{
	int err;

	if (!scan->exe_image || !elf_image__header(scan->exe_image)->has_interpreter)
		return 0;
	err = exec_list__add(scan->target->exe, &scan->modules, &scan->listed);
	scan->exe = find_exe_module(scan); /* the array may have moved */
	if (err == -ENOEXEC) {
		hides__add(&scan->hides, "its dynamic linker cannot list its libraries");
		err = 0;
	}
	return err;
}

static int fill(struct scan *scan)
{
	struct refusal refusal;
	int err = gather(scan);

	if (!err && scan->options.at_exec)
		err = list_modules(scan);
	if (err)
		return err;
	if (!scan->options.own_child && refusal__test(&scan->facts, &refusal)) {
		scan->target->refusal_code = refusal.code;
		scan->target->refusal = strdup(refusal.text);
		if (!scan->target->refusal)
			return -ENOMEM;
	} else {
		err = describe(scan);
	}
	if (err || text__failed(&scan->hides))
		return err ? err : -ENOMEM;
	scan->target->hides = strdup(text__str(&scan->hides));
	return scan->target->hides ? 0 : -ENOMEM;
}

/* Did the process stay the one that was looked at? -ESRCH, or -EAGAIN after an exec. */
static int check_identity(struct scan *scan)
{
	uint64_t start_ticks = scan->target->start_ticks;
	char *exe;
	int err = read_stat(scan);

	if (err || scan->stat.start_ticks != start_ticks)
		return err ? err : -ESRCH;
	if (procfs__read_link(scan->target->pid, "exe", &exe))
		return 0;
	if (strcmp(exe, scan->target->exe))
		err = -EAGAIN;
	free(exe);
	return err;
}

static int explain(pid_t pid, int err, struct error *error)
{
	if (err == -ESRCH || err == -ENOENT)
		return error__set(error, EXIT_RUNTIME, -ESRCH, "no process %d", (int)pid);
	if (err == -ECHILD)
		return error__set(error, EXIT_RUNTIME, -ESRCH,
				  "%d is a thread, not a process: name its process", (int)pid);
	if (err == -EAGAIN)
		return error__set(error, EXIT_RUNTIME, err,
				  "process %d ran another program meanwhile: try again", (int)pid);
	if (err == -EACCES || err == -EPERM)
		return error__set(error, EXIT_REFUSED, -EACCES, "cannot look at process %d: %s",
				  (int)pid, strerror(-err));
	return error__set(error, EXIT_RUNTIME, err, "cannot look at process %d: %s", (int)pid,
			  strerror(-err));
}

int target__open(pid_t pid, const struct target_options *options, struct target **ret_target,
		 struct error *error)
{
	struct scan scan = {.exe_fd = -1};
	int err;

	if (pid <= 0)
		return explain(pid, -ESRCH, error);
	scan.target = calloc(1, sizeof(*scan.target));
	if (!scan.target)
		return explain(pid, -ENOMEM, error);
	if (options)
		scan.options = *options;
	scan.target->pid = pid;
	scan.target->allocator = "";
	scan.target->go_fd = -1;
	err = fill(&scan);
	if (!err)
		err = check_identity(&scan);
	if (err) {
		target__free(scan.target);
		scan.target = NULL;
	}
	scan__release(&scan);
	if (err)
		return explain(pid, err, error);
	*ret_target = scan.target;
	return 0;
}

void target__free(struct target *target)
{
	if (!target)
		return;
	for (size_t i = 0; i < target->file_cnt; i++)
		target_file__release(&target->files[i]);
	if (target->go_fd >= 0)
		close(target->go_fd);
	free(target->exe);
	free(target->hides);
	free(target->refusal);
	free(target);
}

bool target__has_ended(const struct target *target)
{
	struct proc_stat stat;

	if (procfs__read_stat(target->pid, &stat) || stat.start_ticks != target->start_ticks)
		return true;
	return (stat.state == 'Z' || stat.state == 'X') && stat.thread_cnt <= 1;
}
