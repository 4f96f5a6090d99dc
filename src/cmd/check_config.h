/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat check-config`: would `run` accept this configuration file? */
#ifndef HB_CMD_CHECK_CONFIG_H
#define HB_CMD_CHECK_CONFIG_H

/* @argv[0] is the verb. An exit code; the first mistake goes to stderr. */
int cmd_check_config(int argc, char **argv);

#endif
