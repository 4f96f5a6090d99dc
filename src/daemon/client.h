/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One connection to the daemon's socket, on the daemon's side. Called by control.c alone. */
#ifndef HB_DAEMON_CLIENT_H
#define HB_DAEMON_CLIENT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "observe/observer.h"

#define CLIENT_LINE_MAX 8192
#define CLIENT_OUT_MAX	(32U << 20) /* what a slow reader may leave waiting */
#define CLIENT_STALL_NS 30000000000ULL

enum client_state {
	CLIENT_ASKING,	  /* its request line is not whole yet */
	CLIENT_STREAMING, /* records go out as they come */
	CLIENT_DRAINING,  /* its windows are shut, the last samples are on their way */
	CLIENT_CLOSING,	  /* what is buffered goes out, then it is closed */
};

struct daemon;

struct client {
	int fd;
	pid_t pid;
	bool may_change; /* root */
	enum client_state state;
	char line[CLIENT_LINE_MAX];
	size_t line_len;
	char *out;
	size_t out_len, out_at, out_cap;
	bool failed;	   /* gone, or too slow */
	uint64_t moved_ns; /* when it came, or its output began to wait or went on last */
	struct subscriber *subscriber;
	uint64_t deadline_ns; /* streaming: its end, 0 none; draining: patience */
	uint32_t end_reason;
};

/* Take @fd over. NULL with errno set (and @fd closed). */
struct client *client__new(int fd, pid_t pid, bool may_change);
void client__free(struct client *client, struct daemon *daemon);

/* Append to what goes out: 0, -ENOBUFS beyond CLIENT_OUT_MAX (it has failed then), -ENOMEM. */
int client__send(struct client *client, const void *data, size_t len);
/* {"ok": false, ...}: then it is closed. */
void client__refuse(struct client *client, const char *why, int code);
/* Takes @reply over, prints it as one line. */
void client__reply(struct client *client, json_t *reply);

/* Bytes in: the request, or the end of a stream. Bytes out. */
void client__read(struct client *client, struct daemon *daemon);
void client__write(struct client *client);
/* Streams: ends by time, or when nothing is left to observe. Others fail that keep a place for
 * CLIENT_STALL_NS without asking, or without taking their answer. */
void client__step(struct client *client, struct daemon *daemon, uint64_t now_ns);

/* request.c: do what @request asks. */
void client__serve(struct client *client, struct daemon *daemon, const json_t *request);
/* Observe as @request says, streaming to @client. */
void client__observe(struct client *client, struct daemon *daemon, const json_t *request);

#endif
