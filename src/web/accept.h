/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a client wants by its Accept and Accept-Encoding headers. Pure; headers may be NULL. */
#ifndef HB_WEB_ACCEPT_H
#define HB_WEB_ACCEPT_H

#include <stdbool.h>

/* Whether OpenMetrics 1.0 is wanted rather than text 0.0.4: named with a quality above 0 that is
 * not below the one of text/plain. A wildcard alone gets text. */
bool accept__wants_openmetrics(const char *accept);

/* Whether gzip may be sent: named (or "*") with a quality above 0. */
bool accept__wants_gzip(const char *accept_encoding);

#endif
