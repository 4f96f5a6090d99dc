/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The daemon: one observer per host, run until a signal ends it. Its tick sweeps all processes,
 * plans whom to observe, feeds the model and publishes; HTTP and the unix socket serve what was
 * published. Called by cmd/run.
 */
#ifndef HB_DAEMON_H
#define HB_DAEMON_H

#include "base/error.h"
#include "config/options.h"

struct daemon_hooks {
	void *ctx;
	/* Read flags and file again into @options as far as that can change at run time. 0, or
	 * -errno with @error filled and @options unchanged. */
	int (*reload)(void *ctx, struct daemon_options *options, struct error *error);
};

/* Run. 0 after SIGTERM or SIGINT, or -errno with @error filled. */
int daemon__run(struct daemon_options *options, const struct daemon_hooks *hooks,
		struct error *error);

#endif
