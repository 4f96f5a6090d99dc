/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat attach` and `heapbeat detach`: what the running daemon observes. */
#ifndef HB_CMD_ATTACH_H
#define HB_CMD_ATTACH_H

/* The exit code. */
int cmd_attach(int argc, char **argv);
int cmd_detach(int argc, char **argv);

#endif
