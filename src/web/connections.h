/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The open connections: who may stay. At most CONNECTIONS_MAX; when one more comes, the one that
 * has been idle longest goes. A connection has 5 s to send its headers, may then be kept alive, and
 * has a minute to take an answer. Shared by the accepting thread and the HTTP library's, hence
 * locked.
 */
#ifndef HB_WEB_CONNECTIONS_H
#define HB_WEB_CONNECTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CONNECTIONS_MAX	    256
#define CONNECTIONS_CLOSING 64 /* on their way out, beside them */
#define HEADERS_NS	    5000000000ULL
#define KEEP_ALIVE_NS	    90000000000ULL
#define ANSWER_NS	    60000000000ULL

enum connection_state {
	CONNECTION_ACCEPTED, /* the HTTP library has not taken it yet */
	CONNECTION_NEW,	     /* nothing has been asked yet */
	CONNECTION_HEADERS,  /* a request line has come, its headers not yet */
	CONNECTION_BUSY,     /* an answer is made or sent */
	CONNECTION_WAITING,  /* a profile over N seconds: bounded by its own deadline */
	CONNECTION_IDLE,     /* kept alive */
	CONNECTION_CLOSING,
};

struct connections;

/* NULL with errno set. */
struct connections *connections__new(void);
void connections__free(struct connections *connections);

/* Make room for @fd, which was accepted at @now_ns, by shutting an idle one down if need be. False
 * if all are busy: close it. */
bool connections__add(struct connections *connections, int fd, uint64_t now_ns);
void connections__remove(struct connections *connections, int fd);
void connections__set(struct connections *connections, int fd, enum connection_state state,
		      uint64_t now_ns);
/* Shut down those whose time is over. */
void connections__sweep(struct connections *connections, uint64_t now_ns);
size_t connections__cnt(struct connections *connections);
/* Those with an answer on its way. */
size_t connections__busy_cnt(struct connections *connections);
/* So many are on their way out that the next one should wait where it is: a burst is faster than
 * the thread that closes. */
bool connections__is_clogged(struct connections *connections);

#endif
