/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The running daemon as JSON: docs/schema/status.v1.json, the kinds of items beside doctor's. */
#ifndef HB_STATUS_JSON_H
#define HB_STATUS_JSON_H

#include <stdio.h>

#include "model/host.h"

/* 0, -EIO, or -ENOMEM with nothing written. */
int status_json__write(FILE *file, const struct host *host);

#endif
