/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat report`: allocation sites with counts, bytes, standard errors and coverage. */
#ifndef HB_CMD_REPORT_H
#define HB_CMD_REPORT_H

/* @argv[0] is the verb. An exit code; messages go to stderr. */
int cmd_report(int argc, char **argv);

#endif
