/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heapbeat dump: every record of a capture. Called by main.c. */
#ifndef HB_CMD_DUMP_H
#define HB_CMD_DUMP_H

int cmd_dump(int argc, char **argv);

#endif
