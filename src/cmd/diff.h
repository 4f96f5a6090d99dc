/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat diff`: what has changed between two captures, and whether advice held. */
#ifndef HB_CMD_DIFF_H
#define HB_CMD_DIFF_H

/* @argv[0] is the verb. An exit code; messages go to stderr. */
int cmd_diff(int argc, char **argv);

#endif
