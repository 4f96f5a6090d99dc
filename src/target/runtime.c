// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/runtime.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

/* Names are prefixes; of an executable, a version may follow ("python3.11", "ruby3.1"). */
static const struct {
	const char *exe;     /* or NULL */
	const char *library; /* or NULL */
	const char *hides;
} suballocators[] = {
	{"python", "libpython", "pymalloc hides objects of up to 512 bytes"},
	{"postgres", NULL, "PostgreSQL memory contexts hide objects inside larger blocks"},
	{"nginx", NULL, "nginx pools hide objects inside larger blocks"},
	{"apache2", "libapr-", "APR pools hide objects inside larger blocks"},
	{"node", "libnode.so", "V8 heap: growth from RSS only"},
	{"java", "libjvm.so", "JVM heap: growth from RSS only"},
	{"dotnet", "libcoreclr.so", ".NET heap: growth from RSS only"},
	{"beam", NULL, "Erlang allocators hide objects inside larger blocks"},
	{"ruby", "libruby", "Ruby's heap slots hide small objects"},
	{"php", "libphp", "Zend memory manager hides objects inside larger blocks"},
	{"perl", "libperl", "Perl's arenas hide scalar heads and bodies"},
	{NULL, "libmozjs", "SpiderMonkey heap: growth from RSS only"},
	{"sqlite3", "libsqlite3", "SQLite lookaside hides small objects"},
};

const char *runtime__name(bool has_go_sections, bool has_interpreter, bool has_libc)
{
	if (has_go_sections)
		return "go";
	/* A program started by naming the dynamic linker has no interpreter, but it has a libc. */
	return has_interpreter || has_libc ? "native" : "static";
}

void hides__add(struct text *hides, const char *fmt, ...)
{
	char reason[256];
	va_list args;

	va_start(args, fmt);
	vsnprintf(reason, sizeof(reason), fmt, args);
	va_end(args);
	text__add(hides, "%s%s", hides->len ? "; " : "", reason);
}

/* @name is @prefix, perhaps with a version behind it. */
static bool is_program(const char *name, const char *prefix)
{
	size_t len = strlen(prefix);

	return !strncmp(name, prefix, len) && !isalpha((unsigned char)name[len]) &&
	       name[len] != '-' && name[len] != '_';
}

static bool has_library(const struct modules *modules, const char *prefix)
{
	for (size_t i = 0; i < modules->cnt; i++)
		if (modules->items[i].executable &&
		    !strncmp(modules->items[i].name, prefix, strlen(prefix)))
			return true;
	return false;
}

void hides__add_suballocators(struct text *hides, const char *exe_name,
			      const struct modules *modules)
{
	for (size_t i = 0; i < ARRAY_CNT(suballocators); i++) {
		const char *exe = suballocators[i].exe, *library = suballocators[i].library;

		if ((exe && is_program(exe_name, exe)) ||
		    (library && has_library(modules, library)))
			hides__add(hides, "%s", suballocators[i].hides);
	}
}
