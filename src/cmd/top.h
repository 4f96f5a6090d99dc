/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heapbeat top: processes by what they allocate, live. Called by main. */
#ifndef HB_CMD_TOP_H
#define HB_CMD_TOP_H

/* argv[0] is the verb. Returns an exit code. */
int cmd_top(int argc, char **argv);

#endif
