// SPDX-License-Identifier: GPL-2.0-or-later
#include "oracle.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/banned.h"

#define ORACLE_SITES 16384 /* power of two; a full table counts in sites_lost */
#define EARLY_BYTES  65536 /* what dlsym may ask for while the real functions are looked up */
#define EARLY_ALIGN  16

/* One (return address, function) with its counts; address 0: free entry. */
struct oracle_site {
	uintptr_t address;
	uint64_t calls[TRUTH_CALL_MAX];
	uint64_t bytes[TRUTH_CALL_MAX];
};

static struct {
	void *(*malloc)(size_t);
	void *(*calloc)(size_t, size_t);
	void *(*realloc)(void *, size_t);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t);
	void *(*memalign)(size_t, size_t);
	void (*free)(void *);
} next;

static const char *const call_names[TRUTH_CALL_MAX] = {
	"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign",
};

static struct oracle_totals totals;
static struct oracle_site sites[ORACLE_SITES];
static uint64_t sites_lost;
static char early[EARLY_BYTES] __attribute__((aligned(EARLY_ALIGN)));
static size_t early_used;
static __thread bool resolving __attribute__((tls_model("initial-exec")));

void *memalign(size_t alignment, size_t bytes);

static bool is_early(const void *p)
{
	return (const char *)p >= early && (const char *)p < early + EARLY_BYTES;
}

/* dlsym can call back into calloc before there is anything to forward to. */
static void *early_alloc(size_t bytes)
{
	size_t at = early_used;

	bytes = (bytes + EARLY_ALIGN - 1) & ~(size_t)(EARLY_ALIGN - 1);
	if (bytes > EARLY_BYTES - at)
		return NULL;
	early_used = at + bytes;
	return early + at;
}

static void resolve(void)
{
	resolving = true;
	next.free = (void (*)(void *))dlsym(RTLD_NEXT, "free");
	next.calloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
	next.realloc = (void *(*)(void *, size_t))dlsym(RTLD_NEXT, "realloc");
	next.posix_memalign = (int (*)(void **, size_t, size_t))dlsym(RTLD_NEXT, "posix_memalign");
	next.aligned_alloc = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "aligned_alloc");
	next.memalign = (void *(*)(size_t, size_t))dlsym(RTLD_NEXT, "memalign");
	next.malloc = (void *(*)(size_t))dlsym(RTLD_NEXT, "malloc");
	resolving = false;
}

static void add(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static void count_site(uintptr_t address, enum truth_call call, size_t bytes)
{
	size_t i = (address * 0x9e3779b97f4a7c15ULL) >> 40;
	uintptr_t seen;

	for (int tries = 0; tries < 64; tries++, i++) {
		struct oracle_site *site = &sites[i & (ORACLE_SITES - 1)];

		seen = 0;
		if (!__atomic_compare_exchange_n(&site->address, &seen, address, false,
						 __ATOMIC_RELAXED, __ATOMIC_RELAXED) &&
		    seen != address)
			continue;
		add(&site->calls[call], 1);
		add(&site->bytes[call], bytes);
		return;
	}
	add(&sites_lost, 1);
}

static void count(enum truth_call call, bool ok, size_t bytes, void *caller)
{
	if (!ok) {
		add(&totals.by_call[call].failures, 1);
		return;
	}
	add(&totals.by_call[call].calls, 1);
	add(&totals.by_call[call].bytes, bytes);
	count_site((uintptr_t)caller, call, bytes);
}

void *malloc(size_t bytes)
{
	void *p;

	if (resolving)
		return early_alloc(bytes);
	if (!next.malloc)
		resolve();
	p = next.malloc(bytes);
	count(TRUTH_MALLOC, p, bytes, __builtin_return_address(0));
	return p;
}

void *calloc(size_t cnt, size_t bytes)
{
	void *p;

	if (resolving)
		return early_alloc(cnt * bytes); /* static memory is zero */
	if (!next.malloc)
		resolve();
	p = next.calloc(cnt, bytes);
	count(TRUTH_CALLOC, p, cnt * bytes, __builtin_return_address(0));
	return p;
}

void *realloc(void *old, size_t bytes)
{
	void *p;

	if (!next.malloc)
		resolve();
	if (is_early(old)) {
		size_t room = (size_t)(early + EARLY_BYTES - (char *)old);

		p = next.malloc(bytes);
		if (p)
			memcpy(p, old, bytes < room ? bytes : room);
		return p;
	}
	p = next.realloc(old, bytes);
	count(TRUTH_REALLOC, p || !bytes, bytes, __builtin_return_address(0));
	return p;
}

int posix_memalign(void **ret_p, size_t alignment, size_t bytes)
{
	int err;

	if (!next.malloc)
		resolve();
	err = next.posix_memalign(ret_p, alignment, bytes);
	count(TRUTH_POSIX_MEMALIGN, !err, bytes, __builtin_return_address(0));
	return err;
}

void *aligned_alloc(size_t alignment, size_t bytes)
{
	void *p;

	if (!next.malloc)
		resolve();
	p = next.aligned_alloc(alignment, bytes);
	count(TRUTH_ALIGNED_ALLOC, p, bytes, __builtin_return_address(0));
	return p;
}

void *memalign(size_t alignment, size_t bytes)
{
	void *p;

	if (!next.malloc)
		resolve();
	p = next.memalign(alignment, bytes);
	count(TRUTH_MEMALIGN, p, bytes, __builtin_return_address(0));
	return p;
}

void free(void *p)
{
	if (is_early(p))
		return;
	if (!next.malloc)
		resolve();
	add(p ? &totals.frees : &totals.free_nulls, 1);
	next.free(p);
}

void oracle_read(struct oracle_totals *ret_totals)
{
	for (int call = 0; call < TRUTH_CALL_MAX; call++) {
		ret_totals->by_call[call].calls =
			__atomic_load_n(&totals.by_call[call].calls, __ATOMIC_RELAXED);
		ret_totals->by_call[call].bytes =
			__atomic_load_n(&totals.by_call[call].bytes, __ATOMIC_RELAXED);
		ret_totals->by_call[call].failures =
			__atomic_load_n(&totals.by_call[call].failures, __ATOMIC_RELAXED);
	}
	ret_totals->frees = __atomic_load_n(&totals.frees, __ATOMIC_RELAXED);
	ret_totals->free_nulls = __atomic_load_n(&totals.free_nulls, __ATOMIC_RELAXED);
}

static void dump_totals(int fd)
{
	struct oracle_totals now;

	oracle_read(&now);
	dprintf(fd, "{\"pid\":%d,\"functions\":{", (int)getpid());
	for (int call = 0; call < TRUTH_CALL_MAX; call++)
		dprintf(fd, "%s\"%s\":{\"calls\":%lu,\"bytes\":%lu,\"failures\":%lu}",
			call ? "," : "", call_names[call], now.by_call[call].calls,
			now.by_call[call].bytes, now.by_call[call].failures);
	dprintf(fd, "},\"frees\":%lu,\"free_nulls\":%lu,\"sites_lost\":%lu,\"sites\":[", now.frees,
		now.free_nulls, sites_lost);
}

static void dump_site(int fd, const struct oracle_site *site, enum truth_call call, bool first)
{
	Dl_info info;
	bool found = dladdr((void *)(site->address - 1), &info) != 0;

	dprintf(fd,
		"%s\n{\"address\":%lu,\"module\":\"%s\",\"offset\":%lu,\"call\":\"%s\",\"calls\":%"
		"lu,"
		"\"bytes\":%lu}",
		first ? "" : ",", site->address, found ? info.dli_fname : "",
		found ? site->address - (uintptr_t)info.dli_fbase : 0, call_names[call],
		site->calls[call], site->bytes[call]);
}

/* Written beside and renamed, so that a reader never sees half a document. */
static void dump(void)
{
	const char *path = getenv("HB_ORACLE_OUT");
	bool first = true;
	char beside[4096];
	int fd;

	if (!path ||
	    snprintf(beside, sizeof(beside), "%s.%d", path, (int)getpid()) >= (int)sizeof(beside))
		return;
	fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd < 0)
		return;
	dump_totals(fd);
	for (size_t i = 0; i < ORACLE_SITES; i++) {
		for (int call = 0; call < TRUTH_CALL_MAX; call++) {
			if (!sites[i].calls[call])
				continue;
			dump_site(fd, &sites[i], call, first);
			first = false;
		}
	}
	dprintf(fd, "]}\n");
	close(fd);
	rename(beside, path);
}

static void on_signal(int number)
{
	int saved = errno;

	(void)number;
	dump();
	errno = saved;
}

__attribute__((constructor)) static void oracle_start(void)
{
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_RESTART};

	if (!next.malloc)
		resolve();
	if (getenv("HB_ORACLE_OUT"))
		sigaction(SIGUSR1, &action, NULL);
}

__attribute__((destructor)) static void oracle_stop(void)
{
	dump();
}
