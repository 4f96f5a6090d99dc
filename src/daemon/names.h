/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The names that the daemon has learned from its stream, asked by the loop (folding) and by the HTTP
 * thread (rendering) alike. What was handed out stays valid until the end.
 */
#ifndef HB_DAEMON_NAMES_H
#define HB_DAEMON_NAMES_H

#include "collect/record.h"
#include "symbol/name_source.h"

struct daemon_names;

/* NULL with errno set. */
struct daemon_names *daemon_names__new(void);
void daemon_names__free(struct daemon_names *names);

/* Take a MODULE, SYMBOL or GO_SITE record; others are ignored. 0 or -ENOMEM. */
int daemon_names__apply(struct daemon_names *names, const struct record *record);
/* May be asked from any thread. */
struct name_source daemon_names__source(struct daemon_names *names);

#endif
