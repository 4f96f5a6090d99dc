/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a service tells systemd: ready, reloading, stopping, alive. Without systemd: nothing. */
#ifndef HB_NOTIFY_H
#define HB_NOTIFY_H

#include <stdint.h>

/* Send @state ("READY=1") to $NOTIFY_SOCKET. 0, also where there is none; or -errno. */
int notify__send(const char *state);
/* How often WATCHDOG=1 is due, ns: half of $WATCHDOG_USEC; 0: never. */
uint64_t notify__watchdog_ns(void);

#endif
