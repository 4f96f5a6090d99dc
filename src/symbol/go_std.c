// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_std.h"

#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

#define ELEMENT_MAX 15

/* First elements of the import paths of the standard library, in order; no module outside it is
 * called so, since their first element has a dot or is a name of their authors' choice. "cmd" is the
 * toolchain's own programs: to them it is no library. */
static const char *const elements[] = {
	"archive", "arena",    "bufio",	 "bytes",   "cmp",	"compress", "container", "context",
	"crypto",  "database", "debug",	 "embed",   "encoding", "errors",   "expvar",	 "flag",
	"fmt",	   "go",       "hash",	 "html",    "image",	"index",    "internal",	 "io",
	"iter",	   "log",      "maps",	 "math",    "mime",	"net",	    "os",	 "path",
	"plugin",  "reflect",  "regexp", "runtime", "simd",	"slices",   "sort",	 "strconv",
	"strings", "structs",  "sync",	 "syscall", "testing",	"text",	    "time",	 "unicode",
	"unique",  "unsafe",   "vendor", "weak",
};

static int compare(const void *key, const void *row)
{
	return strcmp(key, *(const char *const *)row);
}

bool go_std__has(const char *function)
{
	char element[ELEMENT_MAX + 1];
	/* of a path: up to its first slash; of a package without one: up to the dot behind it */
	size_t len = strcspn(function, "/.([");

	if (!len || len > ELEMENT_MAX || !function[len])
		return false;
	if (function[len] == '.') {
		size_t path = strcspn(function, "/([");

		/* a dot in the first element, as hosts have */
		if (function[path] == '/')
			return false;
	}
	memcpy(element, function, len);
	element[len] = 0;
	return bsearch(element, elements, sizeof(elements) / sizeof(elements[0]),
		       sizeof(elements[0]), compare) != NULL;
}
