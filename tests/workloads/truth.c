// SPDX-License-Identifier: GPL-2.0-or-later
#include "truth.h"

#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "oracle.h"

#include "base/banned.h"

#define VM_MAX	   4
#define EXTRA_MAX  8
#define JSON_BYTES 32768

static struct {
	struct oracle_totals calls; /* the same figures as the oracle's, known by the program */
	uint64_t freed_bytes;
	uint64_t live_bytes, live_objects;
	uint64_t unmatched;
} truth;

static struct {
	const char *function;
	uint64_t calls, bytes;
} vm[VM_MAX];

static struct {
	const char *key;
	uint64_t value;
} extra[EXTRA_MAX];

static size_t vm_cnt, extra_cnt;
static void (*read_oracle)(struct oracle_totals *);
static struct oracle_totals oracle_begin, oracle_end;
static const char *allocator = "glibc";

static const char *const call_names[TRUTH_CALL_MAX] = {
	"malloc", "calloc", "realloc", "posix_memalign", "aligned_alloc", "memalign",
};

static void add(uint64_t *counter, uint64_t n)
{
	__atomic_fetch_add(counter, n, __ATOMIC_RELAXED);
}

static void count_call(struct truth_site *site, size_t bytes)
{
	add(&site->calls, 1);
	add(&site->bytes, bytes);
	if (bytes <= UINT32_MAX)
		add(&site->bytes_squared, (uint64_t)bytes * bytes);
	add(&truth.calls.by_call[site->call].calls, 1);
	add(&truth.calls.by_call[site->call].bytes, bytes);
}

static void count_failure(struct truth_site *site)
{
	add(&site->failures, 1);
	add(&truth.calls.by_call[site->call].failures, 1);
}

void truth__born(struct truth_site *site, const void *p, size_t bytes)
{
	if (!p) {
		count_failure(site);
		return;
	}
	count_call(site, bytes);
	add(&truth.live_bytes, bytes);
	add(&truth.live_objects, 1);
}

void truth__resized(struct truth_site *site, const void *p, size_t old_bytes, size_t bytes)
{
	if (!p && bytes) {
		count_failure(site);
		return;
	}
	count_call(site, bytes);
	add(&truth.freed_bytes, old_bytes);
	add(&truth.live_bytes, bytes - old_bytes);
	if (!p)
		add(&truth.live_objects, (uint64_t)-1);
}

void truth__freed(size_t bytes)
{
	add(&truth.calls.frees, 1);
	add(&truth.freed_bytes, bytes);
	add(&truth.live_bytes, -(uint64_t)bytes);
	add(&truth.live_objects, (uint64_t)-1);
}

void truth__freed_null(void)
{
	add(&truth.calls.free_nulls, 1);
}

void truth__freed_inherited(void)
{
	add(&truth.calls.frees, 1);
	add(&truth.unmatched, 1);
}

void truth__vm(const char *function, uint64_t calls, uint64_t bytes)
{
	if (vm_cnt == VM_MAX)
		return;
	vm[vm_cnt].function = function;
	vm[vm_cnt].calls = calls;
	vm[vm_cnt++].bytes = bytes;
}

void truth__extra(const char *key, uint64_t value)
{
	if (extra_cnt == EXTRA_MAX)
		return;
	extra[extra_cnt].key = key;
	extra[extra_cnt++].value = value;
}

void truth__prepare(void)
{
	read_oracle = (void (*)(struct oracle_totals *))dlsym(RTLD_DEFAULT, "oracle_read");
	/* A failing dlsym allocates its message: let one of that length fail with an oracle, too. */
	if (read_oracle)
		dlsym(RTLD_DEFAULT, "oracle_none");
	if (dlsym(RTLD_DEFAULT, "mallctl"))
		allocator = "jemalloc";
}

const char *truth__allocator(void)
{
	return allocator;
}

void truth__begin(struct truth_site *sites, size_t site_cnt)
{
	memset(&truth, 0, sizeof(truth));
	for (size_t i = 0; i < site_cnt; i++)
		sites[i].calls = sites[i].bytes = sites[i].failures = sites[i].bytes_squared = 0;
	vm_cnt = 0;
	extra_cnt = 0;
	if (read_oracle)
		read_oracle(&oracle_begin);
}

void truth__end(void)
{
	if (read_oracle)
		read_oracle(&oracle_end);
}

void truth__write(int fd, const char *text)
{
	size_t left = strlen(text);

	while (left) {
		ssize_t n = write(fd, text, left);

		if (n <= 0)
			_exit(1);
		text += n;
		left -= (size_t)n;
	}
}

struct json {
	char text[JSON_BYTES];
	size_t used;
};

__attribute__((format(printf, 2, 3))) static void put(struct json *json, const char *format, ...)
{
	size_t room = JSON_BYTES - json->used;
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(json->text + json->used, room, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= room)
		_exit(1); /* half a document is no truth */
	json->used += (size_t)n;
}

static void put_totals(struct json *json, const struct oracle_totals *t)
{
	put(json, "\"functions\":{");
	for (int call = 0; call < TRUTH_CALL_MAX; call++)
		put(json,
		    "%s\"%s\":{\"calls\":%" PRIu64 ",\"bytes\":%" PRIu64 ",\"failures\":%" PRIu64
		    "}",
		    call ? "," : "", call_names[call], t->by_call[call].calls,
		    t->by_call[call].bytes, t->by_call[call].failures);
	put(json, "},\"frees\":%" PRIu64 ",\"free_nulls\":%" PRIu64, t->frees, t->free_nulls);
}

static void put_oracle(struct json *json)
{
	struct oracle_totals span = oracle_end;

	for (int call = 0; call < TRUTH_CALL_MAX; call++) {
		span.by_call[call].calls -= oracle_begin.by_call[call].calls;
		span.by_call[call].bytes -= oracle_begin.by_call[call].bytes;
		span.by_call[call].failures -= oracle_begin.by_call[call].failures;
	}
	span.frees -= oracle_begin.frees;
	span.free_nulls -= oracle_begin.free_nulls;
	put(json, ",\"oracle\":{");
	put_totals(json, &span);
	put(json, "}");
}

static void put_sites(struct json *json, const struct truth_site *sites, size_t site_cnt)
{
	put(json, ",\"sites\":[");
	for (size_t i = 0; i < site_cnt; i++)
		put(json,
		    "%s{\"function\":\"%s\",\"call\":\"%s\",\"calls\":%" PRIu64
		    ",\"bytes\":%" PRIu64 ",\"failures\":%" PRIu64 ",\"bytes_squared\":%" PRIu64
		    "}",
		    i ? "," : "", sites[i].function, call_names[sites[i].call], sites[i].calls,
		    sites[i].bytes, sites[i].failures, sites[i].bytes_squared);
	put(json, "]");
}

void truth__print(int fd, const char *mode, const struct truth_site *sites, size_t site_cnt)
{
	static struct json json; /* too large for a thread's stack */

	json.used = 0;
	put(&json, "{\"mode\":\"%s\",\"allocator\":\"%s\",", mode, allocator);
	put_totals(&json, &truth.calls);
	put(&json,
	    ",\"freed_bytes\":%" PRIu64 ",\"live_bytes\":%" PRIu64 ",\"live_objects\":%" PRIu64,
	    truth.freed_bytes, truth.live_bytes, truth.live_objects);
	put(&json, ",\"unmatched\":%" PRIu64, truth.unmatched);
	put_sites(&json, sites, site_cnt);
	put(&json, ",\"vm\":{");
	for (size_t i = 0; i < vm_cnt; i++)
		put(&json, "%s\"%s\":{\"calls\":%" PRIu64 ",\"bytes\":%" PRIu64 "}", i ? "," : "",
		    vm[i].function, vm[i].calls, vm[i].bytes);
	put(&json, "},\"extra\":{");
	for (size_t i = 0; i < extra_cnt; i++)
		put(&json, "%s\"%s\":%" PRIu64, i ? "," : "", extra[i].key, extra[i].value);
	put(&json, "}");
	if (read_oracle)
		put_oracle(&json);
	put(&json, "}\n");
	truth__write(fd, json.text);
}
