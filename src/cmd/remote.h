/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The running daemon, seen from a verb: one connection, one request. Called by attach, detach,
 * status, and by observing verbs where a daemon runs.
 */
#ifndef HB_REMOTE_H
#define HB_REMOTE_H

#include <jansson.h>
#include <stdio.h>

#include "base/error.h"
#include "collect/record.h"

struct remote;

/* Connect. NULL with @error filled; error->code is 0 where no daemon listens at @path. */
struct remote *remote__open(const char *path, struct error *error);
void remote__close(struct remote *remote);

/* Send @request (taken over) and read the answer's line. NULL with @error filled where the daemon
 * refuses, with its own words and exit code. The caller owns it. */
json_t *remote__ask(struct remote *remote, json_t *request, struct error *error);
/* What follows it, to its end, into @file. 0 or -errno with @error filled, also if it ends before
 * the size that the answer told. */
int remote__copy(struct remote *remote, FILE *file, struct error *error);

/* A stream: take in what has come (after poll on the descriptor): 0, -EPIPE at its end, -ENOBUFS if
 * whole records have not been taken, or another -errno. */
int remote__fd(const struct remote *remote);
int remote__fill(struct remote *remote);
/* The next whole record of what has come, valid until the next call; NULL if there is none yet. A
 * broken one: NULL with *ret_err -EBADMSG. */
const struct record *remote__next(struct remote *remote, int *ret_err);

#endif
