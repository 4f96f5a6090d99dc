/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where the records of record, report -p and advise -p come from: the running daemon if there is
 * one, as there is one observer per host; else a session of our own.
 */
#ifndef HB_OBSERVING_H
#define HB_OBSERVING_H

#include "observe/session.h"

/* As session__run. @socket_path: where a daemon would listen. */
int observing__run(const struct session_options *options, const char *socket_path,
		   const struct record_sink *sink, struct session_result *ret_result,
		   struct error *error);

#endif
