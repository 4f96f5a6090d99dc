/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the page (web/page/), held in the binary: the server serves them, html_report writes
 * them into one file. Pure.
 */
#ifndef HB_PAGE_ASSETS_H
#define HB_PAGE_ASSETS_H

#include <stddef.h>

enum page_asset {
	PAGE_SHELL, /* index.html: a template, see page_shell__part */
	PAGE_STYLE,
	PAGE_SCRIPT, /* every script, in the order in which they need each other */
	PAGE_ICON,
	PAGE_ASSETS,
};

struct page_file {
	const char *data; /* UTF-8 text, not NUL-terminated */
	size_t bytes;
};

struct page_file page_asset__get(enum page_asset asset);

/* The parts of the shell, between its marks "<!--NAME-->": what stands in their places depends on
 * who serves it. */
enum page_shell_part {
	SHELL_TOP,     /* up to <!--head--> */
	SHELL_HEAD,    /* up to <!--groups--> */
	SHELL_GROUPS,  /* up to <!--links--> */
	SHELL_LINKS,   /* up to <!--scripts--> */
	SHELL_SCRIPTS, /* up to the end */
	SHELL_PARTS,
};

struct page_file page_shell__part(enum page_shell_part part);

/* Base64 of the SHA-256 of @file, as Content-Security-Policy and ETag name it. Returns @dst. */
#define PAGE_HASH_BYTES 48
char *page_file__hash(char *dst, struct page_file file);

#endif
