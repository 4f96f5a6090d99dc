/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rows -> the message of profile.proto. Called by pprof.c alone.
 *
 * Ids run from 1 in the order of the file, the string table begins with "", every string is valid
 * UTF-8 without control bytes. A location has an address of its own: its module's place in an
 * imagined address space plus its link-time address, the same in every profile of a session, since
 * stores compare profiles by addresses.
 */
#ifndef HB_PPROF_MESSAGE_H
#define HB_PPROF_MESSAGE_H

#include "export/pprof_rows.h"
#include "src/export/profile.pb-c.h"

struct pprof_message;

/* The profile of @rows, whose values are filled. @delta: what has come since. NULL with errno set. */
struct pprof_message *pprof_message__new(const struct pprof_rows *rows,
					 const struct pprof_source *source,
					 const struct pprof_options *options, bool delta);
void pprof_message__free(struct pprof_message *message);

/* Owned by @message. */
const Heapbeat__Pprof__Profile *pprof_message__profile(const struct pprof_message *message);

#endif
