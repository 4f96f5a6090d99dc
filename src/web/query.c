// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/query.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "base/banned.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

/* Decode @s in place. */
static int decode(char *s, bool is_query)
{
	char *to = s;

	for (const char *from = s; *from; from++, to++) {
		int high, low, byte = (unsigned char)*from;

		if (byte == '%') {
			high = hex_digit(from[1]);
			low = high < 0 ? -1 : hex_digit(from[2]);
			if (low < 0)
				return -EINVAL;
			byte = high << 4 | low;
			from += 2;
		} else if (byte == '+' && is_query) {
			byte = ' ';
		}
		if (byte < 0x20 || byte == 0x7f)
			return -EINVAL;
		*to = (char)byte;
	}
	*to = 0;
	return 0;
}

static int add_arg(struct web_query *query, char *arg)
{
	char *value = strchr(arg, '=');

	if (!*arg)
		return 0;
	if (query->arg_cnt == QUERY_ARGS_MAX)
		return -E2BIG;
	if (value)
		*value++ = 0;
	else
		value = arg + strlen(arg);
	if (decode(arg, true) || decode(value, true))
		return -EINVAL;
	query->args[query->arg_cnt].name = arg;
	query->args[query->arg_cnt++].value = value;
	return 0;
}

int web_query__parse(struct web_query *query, const char *target)
{
	size_t len = strnlen(target, TARGET_BYTES_MAX + 1);
	char *rest, *arg;
	int err = 0;

	query->arg_cnt = 0;
	query->path = "";
	if (len > TARGET_BYTES_MAX)
		return -E2BIG;
	if (target[0] != '/')
		return -EINVAL;
	memcpy(query->text, target, len + 1);
	rest = strchr(query->text, '?');
	if (rest)
		*rest++ = 0;
	if (decode(query->text, false))
		return -EINVAL;
	query->path = query->text;
	while (!err && (arg = strsep(&rest, "&")))
		err = add_arg(query, arg);
	return err;
}

const char *web_query__get(const struct web_query *query, const char *name)
{
	for (size_t i = 0; i < query->arg_cnt; i++)
		if (!strcmp(query->args[i].name, name))
			return query->args[i].value;
	return NULL;
}

int web_query__number(const struct web_query *query, const char *name, uint64_t missing,
		      uint64_t max, uint64_t *ret_value)
{
	const char *s = web_query__get(query, name);
	uint64_t value = 0;

	if (!s) {
		*ret_value = missing;
		return 0;
	}
	if (!*s)
		return -EINVAL;
	for (; *s; s++) {
		if (*s < '0' || *s > '9' || value > (UINT64_MAX - 9) / 10)
			return -EINVAL;
		value = value * 10 + (uint64_t)(*s - '0');
		if (value > max)
			return -EINVAL;
	}
	*ret_value = value;
	return 0;
}
