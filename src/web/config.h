/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of --web.config.file, in the format that Prometheus exporters share: tls_server_config,
 * http_server_config, basic_auth_users (bcrypt), rate_limit. Read anew for each request by path and
 * change time, so that a rotated certificate or password needs no restart; a file that does not
 * parse then leaves the last good one in force.
 */
#ifndef HB_WEB_CONFIG_H
#define HB_WEB_CONFIG_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define WEB_USERS_MAX	64
#define WEB_HEADERS_MAX 16

struct web_user {
	char *name;
	char *bcrypt; /* $2a$, $2b$ or $2y$ */
};

struct web_header {
	char *name, *value;
};

struct web_config {
	/* tls_server_config */
	bool tls;
	char *cert_file, *key_file;
	char *client_ca_file;	  /* NULL: none */
	bool require_client_cert; /* client_auth_type RequireAndVerifyClientCert */
	unsigned int min_version; /* 12 or 13: TLS 1.2, 1.3 */
	/* http_server_config */
	bool http2; /* accepted; this server speaks HTTP/1.1 */
	struct web_header headers[WEB_HEADERS_MAX];
	size_t header_cnt;
	/* basic_auth_users */
	struct web_user users[WEB_USERS_MAX];
	size_t user_cnt;
	/* rate_limit: tokens per second as an interval, and burst; 0: none */
	double rate_interval_s;
	unsigned int rate_burst;
};

/* Read @path; files named in it are relative to its folder. 0, or -errno with @error filled
 * ("web.yml:3:5: unknown key 'tls_sever_config'", EXIT_USAGE). */
int web_config__read(struct web_config *config, const char *path, struct error *error);
void web_config__release(struct web_config *config);

/* Whether something beyond the network keeps strangers out: TLS with required client certificates,
 * or users. */
bool web_config__is_guarded(const struct web_config *config);

#endif
