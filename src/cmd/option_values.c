// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/option_values.h"

#include <arpa/inet.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cmd/options.h"
#include "base/banned.h"

#define URL_PATH_MAX 128

int option_value__pids(const char *text, pid_t *pids, size_t *cnt, size_t max)
{
	for (;;) {
		char *end;
		long pid = strtol(text, &end, 10);

		if (end == text || pid <= 0 || pid > 1 << 22)
			return -EINVAL;
		if (*cnt == max)
			return -E2BIG;
		pids[(*cnt)++] = (pid_t)pid;
		if (!*end)
			return 0;
		if (*end != ',')
			return -EINVAL;
		text = end + 1;
	}
}

int option_value__percent(const char *text, double *ret_ratio)
{
	char *end;
	double percent = strtod(text, &end);

	if (end == text || strcmp(end, "%") != 0 || !(percent > 0) || percent > 100)
		return -EINVAL;
	*ret_ratio = percent / 100;
	return 0;
}

int option_value__interval(const char *text, uint64_t *ret_bytes)
{
	uint64_t bytes;

	if (options__parse_bytes(text, &bytes) || !bytes || bytes > 1ULL << 31)
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

int option_value__ring(const char *text, size_t *ret_bytes)
{
	uint64_t bytes;

	if (options__parse_bytes(text, &bytes) || bytes < 4096 || bytes > 1U << 30 ||
	    (bytes & (bytes - 1)))
		return -EINVAL;
	*ret_bytes = bytes;
	return 0;
}

int option_value__entries(const char *text, size_t *ret_cnt)
{
	uint64_t entries;

	if (options__parse_bytes(text, &entries) || !entries || entries > 1U << 26)
		return -EINVAL;
	*ret_cnt = entries;
	return 0;
}

int option_value__number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number)
{
	unsigned long long number;
	char *end;

	errno = 0;
	number = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end || errno || number < min || number > max)
		return -EINVAL;
	*ret_number = number;
	return 0;
}

int option_value__operations(const char *text, double *ret_before, double *ret_after)
{
	double before, after;
	char *end;

	before = after = strtod(text, &end);
	if (end == text)
		return -EINVAL;
	if (*end == ',') {
		text = end + 1;
		after = strtod(text, &end);
		if (end == text)
			return -EINVAL;
	}
	if (*end || !isfinite(before) || !isfinite(after) || !(before > 0) || !(after > 0))
		return -EINVAL;
	*ret_before = before;
	*ret_after = after;
	return 0;
}

int option_value__listen(const char *text)
{
	const char *colon = strrchr(text, ':');
	unsigned char address[sizeof(struct in6_addr)];
	char host[INET6_ADDRSTRLEN + 2];
	uint64_t port;
	size_t len;

	if (!colon || option_value__number(colon + 1, 0, 65535, &port))
		return -EINVAL;
	len = (size_t)(colon - text);
	if (len >= sizeof(host))
		return -EINVAL;
	memcpy(host, text, len);
	host[len] = 0;
	if (!len || !strcmp(host, "localhost") || inet_pton(AF_INET, host, address) == 1)
		return 0;
	if (host[0] != '[' || host[len - 1] != ']')
		return -EINVAL;
	host[len - 1] = 0;
	return inet_pton(AF_INET6, host + 1, address) == 1 ? 0 : -EINVAL;
}

int option_value__url_path(const char *text)
{
	if (text[0] != '/' || strlen(text) > URL_PATH_MAX)
		return -EINVAL;
	for (const char *c = text; *c; c++)
		if (*c <= ' ' || *c > '~' || strchr("?#%\\\"<>", *c))
			return -EINVAL;
	return 0;
}
