/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat ps`: every process, whether it can be observed, by what means, and why not. */
#ifndef HB_CMD_PS_H
#define HB_CMD_PS_H

/* @argv[0] is the verb. An exit code; messages go to stderr. */
int cmd_ps(int argc, char **argv);

#endif
