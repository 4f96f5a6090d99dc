/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the files of the server share. Internal to web/. */
#ifndef HB_WEB_SERVER_STATE_H
#define HB_WEB_SERVER_STATE_H

#include <microhttpd.h>
#include <pthread.h>

#include "base/mailbox.h"
#include "web/bucket.h"
#include "web/config_store.h"
#include "web/connections.h"
#include "web/floors.h"
#include "web/listener.h"
#include "web/request.h"
#include "web/server.h"
#include "web/tls.h"

#define RENDER_THREADS 2
#define WAITERS_MAX    4	   /* of ?seconds=N */
#define BODIES_MAX     (16U << 20) /* bytes of answers that their readers have not taken yet */
#define PASSWORDS_MAX  16	   /* waiting for their hash: about a second's worth */

struct web_server {
	const struct daemon_options *options;
	struct publisher *publisher;
	struct web_hooks hooks;
	struct listeners listeners;
	struct config_store *config;
	struct tls *tls;
	struct auth *auth;
	struct floors *floors;
	struct connections *connections;
	enum authority_rule authority;
	char machine[AUTHORITY_BYTES];
	struct MHD_Daemon *daemon;

	pthread_t accepting;
	int stop_fd; /* eventfd: ends the accepting thread */
	bool is_accepting;

	pthread_t render[RENDER_THREADS], password;
	size_t render_cnt;
	bool has_password;
	struct mailbox *renders, *passwords;

	pthread_mutex_t lock; /* of what follows */
	struct bucket bucket;
	unsigned int running; /* requests counted against max_requests */
	size_t body_bytes;    /* of answers made and not yet taken */
	struct web_request *waiters[WAITERS_MAX];
	size_t waiter_cnt;
	bool stopping;
};

#endif
