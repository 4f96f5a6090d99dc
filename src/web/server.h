/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The HTTP server: a thread of its own, without capabilities, that renders from publications and
 * touches nothing else. GET and HEAD (and one POST, where lifecycle is enabled). Started by daemon/.
 */
#ifndef HB_WEB_SERVER_H
#define HB_WEB_SERVER_H

#include "base/error.h"
#include "config/options.h"
#include "export/publication.h"

struct web_server;

struct web_hooks {
	void *ctx;
	/* POST /-/reload: ask the loop to reload. Any thread; returns at once. */
	void (*reload)(void *ctx);
};

/*
 * Bind and start. Refuses an address beyond loopback without TLS or authentication, unless
 * allow_insecure. NULL with @error filled (EXIT_USAGE for what was asked, EXIT_RUNTIME for an
 * address in use). @options, @publisher and @hooks outlive the server.
 */
struct web_server *web_server__new(const struct daemon_options *options,
				   struct publisher *publisher, const struct web_hooks *hooks,
				   struct error *error);
/* Stop listening, end what is under way within a second, join the thread. NULL is fine. */
void web_server__free(struct web_server *server);

/* Port of the first listener (tests listen on port 0). */
unsigned int web_server__port(const struct web_server *server);

#endif
