/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which Host headers are answered. A web page of a stranger can make a browser on this machine send
 * requests here under the stranger's own name (DNS rebinding); such a name is not ours. Pure.
 */
#ifndef HB_WEB_AUTHORITY_H
#define HB_WEB_AUTHORITY_H

#include <stdbool.h>

enum authority_rule {
	AUTHORITY_LOOPBACK, /* localhost, loopback addresses, the addresses bound */
	AUTHORITY_HOST,	    /* also any address and this machine's name */
	AUTHORITY_ANY,	    /* any well-formed one: credentials keep strangers out */
};

#define AUTHORITY_BYTES 256

/* Whether @host ("name", "name:port", "[v6]:port") is well-formed and passes @rule; @machine is
 * this machine's name (may be ""). */
bool authority__is_allowed(const char *host, enum authority_rule rule, const char *machine);

#endif
