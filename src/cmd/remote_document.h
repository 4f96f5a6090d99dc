/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One document of the running daemon, asked for and read to its end. */
#ifndef HB_REMOTE_DOCUMENT_H
#define HB_REMOTE_DOCUMENT_H

#include <jansson.h>
#include <stddef.h>

#include "base/error.h"

/* Send @request (taken over) to the daemon at @path. Its document as text, which the caller frees;
 * NULL with @error filled, whose code is 0 where no daemon listens. */
char *remote_document__text(const char *path, json_t *request, size_t *ret_len,
			    struct error *error);
/* The same as JSON; the caller owns it. */
json_t *remote_document__get(const char *path, json_t *request, struct error *error);

#endif
