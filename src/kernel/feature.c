// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/feature.h"

#include <cap-ng.h>
#include <errno.h>
#include <linux/hw_breakpoint.h>
#include <linux/perf_event.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "kernel/object.h"
#include "kernel/sideband.h"
#include "kernel/tasks.h"
#include "base/banned.h"

const char *feature_state__name(enum feature_state state)
{
	static const char *const names[] = {"ok", "missing", "denied"};

	return names[state];
}

static void settle(struct feature *feature, int err, const char *detail)
{
	feature->state = !err				   ? FEATURE_OK
			 : err == -EPERM || err == -EACCES ? FEATURE_DENIED
							   : FEATURE_MISSING;
	snprintf(feature->detail, sizeof(feature->detail), "%s",
		 err ? strerror(-err) : (detail ? detail : ""));
}

static void try_btf(struct feature *feature)
{
	settle(feature, access("/sys/kernel/btf/vmlinux", R_OK) ? -errno : 0, NULL);
}

/* The kernel's answer does not tell: a program that it does not know it may refuse with EACCES. */
static bool may_link(enum link_kind kind)
{
	capng_get_caps_process();
	if (capng_have_capability(CAPNG_EFFECTIVE, CAP_SYS_ADMIN))
		return true;
	return kind != LINK_PERF && capng_have_capability(CAPNG_EFFECTIVE, CAP_BPF) &&
	       capng_have_capability(CAPNG_EFFECTIVE, CAP_PERFMON);
}

static void try_link(struct feature *feature, enum link_kind kind)
{
	struct object_options options = {.link = kind,
					 .slot_cnt = 1,
					 .ring_bytes = 65536,
					 .live_entries = 16,
					 .stacks = true};
	struct error error = {0};
	struct object *object = object__new(&options, &error);
	struct hb_task_row row;

	if (!object) {
		settle(feature, -EOPNOTSUPP, NULL);
		snprintf(feature->detail, sizeof(feature->detail), "%.120s", error.text);
		feature->state = may_link(kind) ? FEATURE_MISSING : FEATURE_DENIED;
		return;
	}
	settle(feature, tasks__row(object, getpid(), &row), NULL);
	object__free(object);
}

static void try_session(struct feature *feature)
{
	try_link(feature, LINK_SESSION);
}

static void try_multi(struct feature *feature)
{
	try_link(feature, LINK_MULTI);
}

static void try_perf(struct feature *feature)
{
	try_link(feature, LINK_PERF);
}

static void try_sideband(struct feature *feature)
{
	struct sideband *sideband = sideband__new();

	settle(feature, sideband ? 0 : -errno, NULL);
	sideband__free(sideband);
}

static void try_breakpoint(struct feature *feature)
{
	struct perf_event_attr attr = {
		.type = PERF_TYPE_BREAKPOINT,
		.size = sizeof(attr),
		.bp_type = HW_BREAKPOINT_X,
		.bp_addr = (uintptr_t)&getpid,
		.bp_len = sizeof(long),
		.disabled = 1,
		.exclude_kernel = 1,
		.exclude_hv = 1,
	};
	long fd = syscall(SYS_perf_event_open, &attr, 0, -1, -1, PERF_FLAG_FD_CLOEXEC);

	settle(feature, fd < 0 ? -errno : 0, NULL);
	if (fd >= 0)
		close((int)fd);
}

static void try_memlock(struct feature *feature)
{
	struct rlimit limit;
	char text[96] = "";

	if (getrlimit(RLIMIT_MEMLOCK, &limit)) {
		settle(feature, -errno, NULL);
		return;
	}
	if (limit.rlim_cur != RLIM_INFINITY)
		snprintf(text, sizeof(text), "limit %llu KiB; BPF memory is charged to the cgroup",
			 (unsigned long long)limit.rlim_cur >> 10);
	settle(feature, 0, text);
}

static void try_pid_namespace(struct feature *feature)
{
	char here[64] = "", first[64] = "";
	ssize_t a = readlink("/proc/self/ns/pid", here, sizeof(here) - 1);
	ssize_t b = readlink("/proc/1/ns/pid", first, sizeof(first) - 1);

	if (a < 0 || b < 0)
		settle(feature, -errno, NULL);
	else
		settle(feature, strcmp(here, first) ? -EXDEV : 0, here);
}

static const struct {
	const char *name, *what, *remedy;
	void (*try)(struct feature *feature);
} tries[] = {
	{"btf", "programs fit this kernel's structs",
	 "a kernel with CONFIG_DEBUG_INFO_BTF, or /sys mounted here", try_btf},
	{"session links", "returns are hooked on demand (best)", NULL, try_session},
	{"multi links", "one link for all functions of a file", NULL, try_multi},
	{"perf links", "one event a probe: slow to detach", NULL, try_perf},
	{"perf sideband", "fork, exec and exit without polling",
	 "run as root, or with CAP_PERFMON; sysctl kernel.perf_event_paranoid=2 or less",
	 try_sideband},
	{"hardware breakpoints", "near-free windows, to come", NULL, try_breakpoint},
	{"locked memory", "BPF maps",
	 "raise the limit: ulimit -l unlimited, or LimitMEMLOCK=infinity", try_memlock},
	{"pid namespace", "heapbeat sees what init sees",
	 "in a container: --pid=host (Kubernetes: hostPID), or only its own processes are seen",
	 try_pid_namespace},
};

size_t feature__probe_all(struct feature *features)
{
	size_t cnt = sizeof(tries) / sizeof(tries[0]);

	for (size_t i = 0; i < cnt; i++) {
		features[i] = (struct feature){
			.name = tries[i].name, .what = tries[i].what, .remedy = tries[i].remedy};
		tries[i].try(&features[i]);
	}
	return cnt;
}
