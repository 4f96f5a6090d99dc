/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whom `top` asks: the daemon of this host where one runs; else a daemon without HTTP that is started
 * as a child, on a socket of its own, and ended with top. Called by cmd/top.c, before there are
 * threads.
 */
#ifndef HB_CMD_TOP_SOURCE_H
#define HB_CMD_TOP_SOURCE_H

#include "cmd/options.h"
#include "top/top_source.h"

struct origin;

/* Of options: socket_path, and session.pids, which are attached where nobody observes them yet. NULL
 * with @error filled. */
struct origin *origin__open(const struct options *options, struct error *error);
/* Valid as long as @origin. */
const struct top_source *origin__source(const struct origin *origin);
/* End what was started, detach what nobody but top has asked for. Memory is left to the end of the
 * process, since a thread may still be asking. NULL is fine. */
void origin__close(struct origin *origin);

#endif
