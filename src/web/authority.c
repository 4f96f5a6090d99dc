// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/authority.h"

#include <arpa/inet.h>
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/banned.h"

/* Cut "name:port" into @ret_name (AUTHORITY_BYTES) without brackets. */
static bool split(const char *host, char *ret_name, bool *ret_is_v6)
{
	size_t len = strnlen(host, AUTHORITY_BYTES), name_len;
	const char *name = host, *port;

	if (!len || len >= AUTHORITY_BYTES)
		return false;
	*ret_is_v6 = host[0] == '[';
	if (*ret_is_v6) {
		const char *end = strchr(host, ']');

		if (!end)
			return false;
		name = host + 1;
		name_len = (size_t)(end - name);
		port = end + 1;
	} else {
		name_len = strcspn(host, ":");
		port = host + name_len;
	}
	if (*port && *port++ != ':')
		return false;
	if (strlen(port) > 5 || strspn(port, "0123456789") != strlen(port))
		return false;
	memcpy(ret_name, name, name_len);
	ret_name[name_len] = 0;
	return name_len > 0;
}

static bool is_name(const char *name)
{
	for (; *name; name++)
		if (!isalnum((unsigned char)*name) && *name != '-' && *name != '.' && *name != '_')
			return false;
	return true;
}

/* "node1" or "node1.example.org" for the machine "node1", and the other way round. */
static bool is_machine(const char *name, const char *machine)
{
	size_t len = strcspn(machine, ".");

	return len && !strncasecmp(name, machine, len) && (!name[len] || name[len] == '.');
}

bool authority__is_allowed(const char *host, enum authority_rule rule, const char *machine)
{
	char name[AUTHORITY_BYTES];
	struct in6_addr v6;
	struct in_addr v4;
	bool is_v6;

	if (!host || !split(host, name, &is_v6))
		return false;
	if (is_v6) {
		if (inet_pton(AF_INET6, name, &v6) != 1)
			return false;
		return rule != AUTHORITY_LOOPBACK || IN6_IS_ADDR_LOOPBACK(&v6);
	}
	if (inet_pton(AF_INET, name, &v4) == 1)
		return rule != AUTHORITY_LOOPBACK || ntohl(v4.s_addr) >> 24 == 127;
	if (!is_name(name))
		return false;
	if (!strcasecmp(name, "localhost") || !strcasecmp(name, "localhost."))
		return true;
	if (rule == AUTHORITY_HOST)
		return is_machine(name, machine);
	return rule == AUTHORITY_ANY;
}
