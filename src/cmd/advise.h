/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat advise`: what to change, and what that is expected to save. */
#ifndef HB_CMD_ADVISE_H
#define HB_CMD_ADVISE_H

/* @argv[0] is the verb. An exit code; messages go to stderr. */
int cmd_advise(int argc, char **argv);

#endif
