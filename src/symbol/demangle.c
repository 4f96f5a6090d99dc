// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/demangle.h"

/* For libiberty.h, which is written for programs with a config.h: string.h declares it. */
#define HAVE_DECL_BASENAME 1
#include <ctype.h>
#include <demangle.h>
#include <setjmp.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

/* Ends what gcc and clang append to the name of a copy or a part of a function. */
static const char *const clone_words[] = {
	"part", "isra", "constprop", "cold", "lto_priv", "localalias", "clone", "llvm", "warm",
};

struct output {
	char *dst;
	size_t size, len;
	jmp_buf full;
};

/*
 * A few bytes of substitutions can stand for a name of any length: once @dst is full, printing on
 * would only burn time, so it is left at once. libiberty's printers keep their state on the stack.
 */
static void output__add(const char *bytes, size_t len, void *arg)
{
	struct output *output = arg;
	size_t room = output->size - 1 - output->len;
	bool is_full = len > room;

	if (is_full)
		len = room;
	memcpy(output->dst + output->len, bytes, len);
	output->len += len;
	output->dst[output->len] = 0;
	if (is_full)
		longjmp(output->full, 1);
}

/* Demangle @name into @dst. False if it is not mangled. */
static bool demangle_into(struct output *output, const char *name)
{
	const int options = DMGL_PARAMS | DMGL_ANSI;

	if (setjmp(output->full))
		return true;
	if (strncmp(name, "_Z", 2) && strncmp(name, "_R", 2) && strncmp(name, "__R", 3))
		return false;
	/* Rust's legacy names are Itanium names with a hash behind: ask Rust first. */
	if (rust_demangle_callback(name, options, output__add, output))
		return true;
	output->len = 0;
	return cplus_demangle_v3_callback(name, options, output__add, output);
}

static size_t clone_word_len(const char *s)
{
	for (size_t i = 0; i < sizeof(clone_words) / sizeof(clone_words[0]); i++) {
		size_t len = strlen(clone_words[i]);

		if (!strncmp(s, clone_words[i], len) && (!s[len] || s[len] == '.'))
			return len;
	}
	return 0;
}

/* Length of the clone suffix ".word[.number]" at @s, or 0. */
static size_t clone_len(const char *s)
{
	size_t len, digits = 0;

	if (s[0] != '.')
		return 0;
	len = clone_word_len(s + 1);
	if (!len)
		return 0;
	len++;
	if (s[len] == '.')
		while (isdigit((unsigned char)s[len + 1 + digits]))
			digits++;
	return digits ? len + 1 + digits : len;
}

/* Where the clone suffixes of @name begin: all that follows them is clone suffixes, too. */
static char *find_clones(char *name)
{
	for (char *s = strchr(name, '.'); s; s = strchr(s + 1, '.')) {
		char *end = s;
		size_t len;

		while ((len = clone_len(end)))
			end += len;
		if (end > s && !*end)
			return s;
	}
	return name + strlen(name);
}

/* Cut a rune that the end of the buffer has split. */
static void trim_rune(char *dst, size_t len)
{
	size_t at = len, n = 1;

	while (at > 0 && n < 4 && ((unsigned char)dst[at - 1] & 0xc0) == 0x80)
		at--, n++;
	if (!at || !((unsigned char)dst[at - 1] & 0x80))
		return;
	if ((((unsigned char)dst[at - 1] >> 5) == 6 && n < 2) ||
	    (((unsigned char)dst[at - 1] >> 4) == 14 && n < 3) ||
	    (((unsigned char)dst[at - 1] >> 3) == 30 && n < 4))
		dst[at - 1] = 0;
}

static void append(struct output *output, const char *bytes, size_t len)
{
	size_t room = output->size - 1 - output->len;

	if (len > room)
		len = room;
	memcpy(output->dst + output->len, bytes, len);
	output->len += len;
	output->dst[output->len] = 0;
}

char *demangle(char *dst, size_t size, const char *symbol)
{
	struct output output = {.dst = dst, .size = size};
	char name[DEMANGLE_INPUT_MAX];
	size_t len = strcspn(symbol, "@");
	char *clones, first;

	dst[0] = 0;
	if (len >= sizeof(name)) {
		append(&output, symbol, len);
		trim_rune(dst, output.len);
		return dst;
	}
	memcpy(name, symbol, len);
	name[len] = 0;
	clones = find_clones(name);
	first = *clones;
	*clones = 0;
	if (!demangle_into(&output, name)) {
		output.len = 0;
		append(&output, name, strlen(name));
	}
	*clones = first;
	for (; (len = clone_len(clones)); clones += len) {
		append(&output, " [clone ", 8);
		append(&output, clones, len);
		append(&output, "]", 1);
	}
	trim_rune(dst, output.len);
	return dst;
}
