/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the server listens: addresses of --web.listen-address, and sockets that systemd hands over.
 * Bound by the thread that starts the server, which may still have the privilege for a low port.
 */
#ifndef HB_WEB_LISTENER_H
#define HB_WEB_LISTENER_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"
#include "config/options.h"

#define ACTIVATED_FIRST_FD 3 /* SD_LISTEN_FDS_START */

struct listener_address {
	union {
		struct sockaddr any;
		struct sockaddr_in v4;
		struct sockaddr_in6 v6;
	};
	socklen_t len;
	bool dual;	  /* ":PORT": IPv6 and IPv4 */
	int activated_fd; /* "fd://N": the N-th socket handed over; else -1 */
};

/* "ADDRESS:PORT", "[V6]:PORT", "localhost:PORT", ":PORT" or "fd://N". 0, or -EINVAL with @error
 * filled (EXIT_USAGE). Names are not resolved. */
int listener__parse(const char *text, struct listener_address *ret_address, struct error *error);

/* Whether only this machine can reach @address. */
bool listener__is_local(const struct sockaddr *address);

struct listeners {
	int fds[LISTEN_MAX];
	size_t cnt;
	unsigned int port; /* of the first */
	bool beyond;	   /* one of them is not loopback */
};

/*
 * Bind all that @options ask for; non-blocking, close-on-exec. 0, or -errno with @error filled
 * (EXIT_USAGE for a bad address, EXIT_RUNTIME for one that is taken) and nothing open but the
 * sockets that were handed over.
 */
int listeners__open(struct listeners *listeners, const struct daemon_options *options,
		    struct error *error);
void listeners__close(struct listeners *listeners);

#endif
