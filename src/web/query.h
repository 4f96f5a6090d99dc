/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The target of a request line, "/path?name=value&...", taken apart within fixed bounds. Pure.
 * Called by gate.c for each request; handlers ask for arguments by name.
 */
#ifndef HB_WEB_QUERY_H
#define HB_WEB_QUERY_H

#include <stddef.h>
#include <stdint.h>

#define TARGET_BYTES_MAX 2048 /* path and query, as sent */
#define QUERY_ARGS_MAX	 16

struct web_query {
	char text[TARGET_BYTES_MAX + 1]; /* decoded in place, cut into strings by NUL */
	const char *path;
	struct {
		const char *name, *value;
	} args[QUERY_ARGS_MAX];
	size_t arg_cnt;
};

/*
 * Decode @target. 0; -E2BIG if it is longer than TARGET_BYTES_MAX or has too many arguments;
 * -EINVAL if it does not begin with '/', or holds a control byte or a bad escape ("%zz", "%00", "%0a").
 * '+' is a space in the query only.
 */
int web_query__parse(struct web_query *query, const char *target);

/* Value of the first argument named @name; NULL if there is none. "" for "?name". */
const char *web_query__get(const struct web_query *query, const char *name);

/* Decimal value of @name, @missing if it is not there. 0, or -EINVAL for anything but digits or a
 * number above @max. */
int web_query__number(const struct web_query *query, const char *name, uint64_t missing,
		      uint64_t max, uint64_t *ret_value);

#endif
