/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heapbeat completion: scripts for bash and zsh, made of the table of options. Called by main.c. */
#ifndef HB_CMD_COMPLETION_H
#define HB_CMD_COMPLETION_H

int cmd_completion(int argc, char **argv);

#endif
