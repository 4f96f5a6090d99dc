// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_construct.h"

#include <string.h>

#include "base/banned.h"

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

static const char *const names[GO_CONSTRUCTS] = {
	[GO_BY_UNKNOWN] = "unknown",
	[GO_BY_NEW] = "moved to heap",
	[GO_BY_MAKE_SLICE] = "make slice",
	[GO_BY_APPEND] = "append",
	[GO_BY_INTERFACE] = "interface boxing",
	[GO_BY_CONCAT] = "string +",
	[GO_BY_TO_STRING] = "to string",
	[GO_BY_TO_BYTES] = "to bytes",
	[GO_BY_MAP_INSERT] = "map insert",
	[GO_BY_MAKE_MAP] = "make map",
	[GO_BY_MAKE_CHAN] = "make channel",
	[GO_BY_GOROUTINE] = "goroutine",
	[GO_BY_DEFER] = "defer",
	[GO_BY_REFLECT] = "reflect",
	[GO_BY_RUNTIME] = "runtime",
};

/* Entry points of the runtime by the start of their names, in Go 1.17 to 1.27: what the compiler
 * calls for each construct. A longer name stands before a shorter one that begins it. */
static const struct {
	const char *prefix;
	enum go_construct kind;
} rows[] = {
	{"runtime.newobject", GO_BY_NEW},
	{"runtime.newarray", GO_BY_NEW},
	{"runtime.mallocgc", GO_BY_NEW}, /* since 1.27 the compiler calls it by size */
	{"runtime.makeslicecopy", GO_BY_MAKE_SLICE},
	{"runtime.makeslice", GO_BY_MAKE_SLICE},
	{"internal/bytealg.MakeNoZero", GO_BY_MAKE_SLICE},
	{"runtime.growslice", GO_BY_APPEND},
	{"runtime.moveSlice", GO_BY_APPEND},
	{"runtime.convT", GO_BY_INTERFACE},
	{"runtime.convI2", GO_BY_INTERFACE},
	{"runtime.concatstring", GO_BY_CONCAT},
	{"runtime.concatbytes", GO_BY_CONCAT},
	{"runtime.rawstringtmp", GO_BY_CONCAT},
	{"runtime.slicebytetostring", GO_BY_TO_STRING},
	{"runtime.slicerunetostring", GO_BY_TO_STRING},
	{"runtime.intstring", GO_BY_TO_STRING},
	{"runtime.stringtoslicebyte", GO_BY_TO_BYTES},
	{"runtime.stringtoslicerune", GO_BY_TO_BYTES},
	{"runtime.mapassign", GO_BY_MAP_INSERT},
	{"runtime.mapdelete", GO_BY_MAP_INSERT}, /* a growing map moves buckets at deletes, too */
	{"runtime.mapaccess", GO_BY_MAP_INSERT},
	{"internal/runtime/maps.NewMap", GO_BY_MAKE_MAP},
	{"internal/runtime/maps.NewEmptyMap", GO_BY_MAKE_MAP},
	{"internal/runtime/maps.", GO_BY_MAP_INSERT},
	{"runtime.makemap", GO_BY_MAKE_MAP},
	{"runtime.mapclone", GO_BY_MAKE_MAP},
	{"maps.clone", GO_BY_MAKE_MAP},
	{"runtime.makechan", GO_BY_MAKE_CHAN},
	{"runtime.newproc", GO_BY_GOROUTINE},
	{"runtime.malg", GO_BY_GOROUTINE},
	{"runtime.deferproc", GO_BY_DEFER},
	{"runtime.newdefer", GO_BY_DEFER},
	{"reflect.unsafe_New", GO_BY_REFLECT},
	{"reflect.mapassign", GO_BY_REFLECT},
	{"reflect.makemap", GO_BY_REFLECT},
	{"reflect.makechan", GO_BY_REFLECT},
	{"reflect.growslice", GO_BY_REFLECT},
	{"reflect.typedslicecopy", GO_BY_REFLECT},
	{"runtime.reflect_", GO_BY_REFLECT},
	{"internal/reflectlite.unsafe_New", GO_BY_REFLECT},
};

/* Packages that belong to the runtime as a whole. */
static const char *const runtime_prefixes[] = {
	"runtime.",   "internal/runtime/", "runtime/internal/", "internal/bytealg.MakeNoZero",
	"maps.clone", /* its body is the runtime's */
};

static bool starts_with(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

const char *go_construct__name(enum go_construct kind)
{
	return kind < GO_CONSTRUCTS ? names[kind] : names[GO_BY_UNKNOWN];
}

static enum go_construct kind_of(const char *function)
{
	for (size_t i = 0; i < COUNT(rows); i++)
		if (starts_with(function, rows[i].prefix))
			return rows[i].kind;
	return GO_BY_UNKNOWN;
}

bool go_construct__is_runtime(const char *function)
{
	for (size_t i = 0; i < COUNT(runtime_prefixes); i++)
		if (starts_with(function, runtime_prefixes[i]))
			return true;
	/* Linknamed into reflect, but part of the runtime. */
	return kind_of(function) == GO_BY_REFLECT;
}

enum go_construct go_construct__find(const char *const *functions, size_t cnt, size_t *ret_site)
{
	enum go_construct kind = GO_BY_UNKNOWN;
	size_t i = 0;

	for (; i < cnt && go_construct__is_runtime(functions[i]); i++) {
		enum go_construct of = kind_of(functions[i]);

		if (of != GO_BY_UNKNOWN)
			kind = of;
	}
	*ret_site = i;
	/* Nobody's code: the runtime allocates for itself. */
	if (i == cnt && cnt)
		return kind == GO_BY_GOROUTINE ? kind : GO_BY_RUNTIME;
	return kind;
}
