/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat doctor`: what this kernel, these privileges and limits allow, and what a hit costs. */
#ifndef HB_CMD_DOCTOR_H
#define HB_CMD_DOCTOR_H

/* @argv[0] is the verb. An exit code: EXIT_REFUSED if no way of linking works here. */
int cmd_doctor(int argc, char **argv);

#endif
