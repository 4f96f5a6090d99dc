/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat run`: the daemon. */
#ifndef HB_CMD_RUN_H
#define HB_CMD_RUN_H

/* The exit code. */
int cmd_run(int argc, char **argv);

#endif
