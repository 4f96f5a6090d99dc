/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An answer in the making: status, type and body. Handlers fill it, gate.c sends it. The size of a
 * body is bounded by what was published, never by the client.
 */
#ifndef HB_WEB_REPLY_H
#define HB_WEB_REPLY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#define TYPE_TEXT   "text/plain; charset=utf-8"
#define TYPE_HTML   "text/html; charset=utf-8"
#define TYPE_CSS    "text/css; charset=utf-8"
#define TYPE_SCRIPT "text/javascript; charset=utf-8"
#define TYPE_SVG    "image/svg+xml"
#define TYPE_JSON   "application/json"
#define TYPE_BINARY "application/octet-stream"

struct web_reply {
	unsigned int status;
	const char *type;     /* static */
	const char *allow;    /* of a 405; static or NULL */
	unsigned int retry_s; /* Retry-After; 0: none */
	bool ask_password;    /* WWW-Authenticate */
	bool gzip;	      /* Content-Encoding */
	char etag[64];	      /* ETag, with its quotes; "" none. It may be kept, and asked about */
	char filename[80];    /* Content-Disposition: attachment; "" none */
	char *body;
	size_t body_bytes, body_cap;
	FILE *stream; /* open between reply__open and reply__close */
};

/* Zero-initialise to begin with. */
void reply__release(struct web_reply *reply);

/* A stream for the body, or NULL if out of memory. */
FILE *reply__open(struct web_reply *reply, unsigned int status, const char *type);
/* End it: @err is what the writer answered. 0, or -errno with the reply turned into a 500. */
int reply__close(struct web_reply *reply, int err);

/* A line of plain text instead of whatever was there. */
void reply__say(struct web_reply *reply, unsigned int status, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Compress the body. Left as it is where that fails or does not pay. */
void reply__compress(struct web_reply *reply);

#endif
