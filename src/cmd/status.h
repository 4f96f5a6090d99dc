/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat status`: what the running daemon observes, at what cost. */
#ifndef HB_CMD_STATUS_H
#define HB_CMD_STATUS_H

/* The exit code. */
int cmd_status(int argc, char **argv);

#endif
