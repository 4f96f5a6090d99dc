/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat record`: a session into a capture file. */
#ifndef HB_CMD_RECORD_H
#define HB_CMD_RECORD_H

/* @argv[0] is the verb. An exit code; messages go to stderr. */
int cmd_record(int argc, char **argv);

#endif
