/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The unix socket of the daemon. It greets with one line of JSON, takes one request line, and answers
 * with one line and then a document, or a stream of capture records up to END. Root may do anything;
 * members of --socket.group may read. Driven by the daemon's loop; never blocks it.
 */
#ifndef HB_CONTROL_H
#define HB_CONTROL_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

#define CONTROL_CLIENTS_MAX 32
#define CONTROL_PROTOCOL    1

struct control;
struct daemon;

/* Listen. NULL with @error filled. */
struct control *control__new(struct daemon *daemon, struct error *error);
/* End every client, and remove the socket. NULL is fine. */
void control__free(struct control *control);

/* Descriptors to wait for, at most CONTROL_CLIENTS_MAX + 1; their number. */
size_t control__fds(const struct control *control, struct pollfd *ret_fds);
/* One turn: accept where somebody has @knocked, read, write, and see to the streams that end. */
void control__turn(struct control *control, bool knocked, uint64_t now_ns);
/* Whether some client's stream is being finished: the loop must not sleep long. */
bool control__is_busy(const struct control *control);

#endif
