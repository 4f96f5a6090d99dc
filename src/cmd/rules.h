/* SPDX-License-Identifier: GPL-2.0-or-later */
/* heapbeat rules: the table of advice, its thresholds and their reasons. */
#ifndef HB_CMD_RULES_H
#define HB_CMD_RULES_H

/* argv[0] is the verb. Returns the exit code. */
int cmd_rules(int argc, char **argv);

#endif
