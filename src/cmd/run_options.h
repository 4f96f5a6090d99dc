/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The options of `run` from two sources: the configuration file (YAML, --config.file) and the
 * flags, which win. A key of the file is the long name of an option; its dots may be written as nesting.
 * A list that is given by flags replaces the file's list. Called by cmd/run.c and check-config.
 */
#ifndef HB_RUN_OPTIONS_H
#define HB_RUN_OPTIONS_H

#include "base/error.h"
#include "config/options.h"

/* Of an uninitialised @options (argv[0] is the verb). 0, or a negative errno with @error filled and
 * nothing to release. With options->help set, nothing else was looked at. */
int run_options__parse(struct daemon_options *options, int argc, char **argv, struct error *error);

/*
 * Read the same flags and the file again, for SIGHUP: into @ret_fresh, which the caller then gives
 * to daemon_options__needs_restart() and daemon_options__adopt(), and releases. On error the daemon
 * goes on with what it has.
 */
int run_options__reload(struct daemon_options *ret_fresh, int argc, char **argv,
			struct error *error);

/* What --config.check looks at beyond the syntax: the web configuration file, and whether the
 * addresses may be served with it. 0, or a negative errno with @error filled. */
int run_options__check(const struct daemon_options *options, struct error *error);

#endif
