// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/page_assets.h"

#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <stdio.h>
#include <string.h>

#include "base/banned.h"

#define SHA256_BYTES 32

/* The files themselves: nothing to build, nothing to keep in step. The Makefile makes this object
 * anew when one of them changes, since compilers do not list .incbin among what it depends on. */
#define FILE_OF(name) ".incbin \"src/web/page/" name "\"\n"
#define EMBED(name, files)                                              \
	__asm__(".pushsection .rodata\n"                                \
		".local page_" #name "\n"                               \
		"page_" #name ":\n" files ".local page_" #name "_end\n" \
		"page_" #name "_end:\n"                                 \
		".popsection\n");                                       \
	extern const char page_##name[], page_##name##_end[]

/* clang-format off */
#define SCRIPTS                                                                       \
	FILE_OF("format.js") FILE_OF("flame.js") FILE_OF("moments.js")                \
	FILE_OF("element.js") FILE_OF("theme.js") FILE_OF("source.js")                \
	FILE_OF("process_table.js") FILE_OF("flame_canvas.js") FILE_OF("flame_view.js") \
	FILE_OF("function_table.js") FILE_OF("span_view.js") FILE_OF("advice_view.js") \
	FILE_OF("gc_view.js") FILE_OF("page.js")
/* clang-format on */

EMBED(shell, FILE_OF("index.html"));
EMBED(style, FILE_OF("page.css"));
EMBED(icon, FILE_OF("icon.svg"));
EMBED(script, SCRIPTS);

static const struct {
	const char *start, *end;
} assets[PAGE_ASSETS] = {
	[PAGE_SHELL] = {page_shell, page_shell_end},
	[PAGE_STYLE] = {page_style, page_style_end},
	[PAGE_SCRIPT] = {page_script, page_script_end},
	[PAGE_ICON] = {page_icon, page_icon_end},
};

struct page_file page_asset__get(enum page_asset asset)
{
	return (struct page_file){assets[asset].start,
				  (size_t)(assets[asset].end - assets[asset].start)};
}

struct page_file page_shell__part(enum page_shell_part part)
{
	static const char *const marks[SHELL_PARTS] = {"<!--head-->", "<!--groups-->",
						       "<!--links-->", "<!--scripts-->", NULL};
	struct page_file rest = page_asset__get(PAGE_SHELL);

	for (int at = 0; at < SHELL_PARTS; at++) {
		const char *mark = marks[at];
		const char *end = mark ? memmem(rest.data, rest.bytes, mark, strlen(mark)) : NULL;
		size_t bytes = end ? (size_t)(end - rest.data) : rest.bytes;

		if (at == (int)part)
			return (struct page_file){rest.data, bytes};
		if (!end)
			break;
		rest.data = end + strlen(mark);
		rest.bytes -= bytes + strlen(mark);
	}
	return (struct page_file){"", 0};
}

char *page_file__hash(char *dst, struct page_file file)
{
	unsigned char digest[SHA256_BYTES];
	gnutls_datum_t raw = {digest, sizeof(digest)}, text = {0};

	dst[0] = 0;
	if (gnutls_hash_fast(GNUTLS_DIG_SHA256, file.data, file.bytes, digest) ||
	    gnutls_base64_encode2(&raw, &text))
		return dst;
	snprintf(dst, PAGE_HASH_BYTES, "%s", (const char *)text.data);
	gnutls_free(text.data);
	return dst;
}
