/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One observer per host: a lock that its holder's death releases. */
#ifndef HB_LOCK_H
#define HB_LOCK_H

#include "base/error.h"

/* Take the lock file. A descriptor to keep (close releases), or -EBUSY with @error naming the
 * holder's pid (EXIT_RUNTIME), or another -errno. */
int lock__take(struct error *error);

#endif
