/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who may connect to the daemon's socket: its file's owner and mode. Called by control.c. */
#ifndef HB_SOCKET_OWNER_H
#define HB_SOCKET_OWNER_H

#include "base/error.h"

/* Root alone (@group NULL), or members of @group too. 0, or -errno, with @error filled where the
 * group is at fault. */
int socket_owner__set(const char *path, const char *group, struct error *error);

#endif
