/* SPDX-License-Identifier: GPL-2.0-or-later */
/* `heapbeat doctor --probes`: where each probe of a process would go, and why there. */
#ifndef HB_CMD_DOCTOR_PROBES_H
#define HB_CMD_DOCTOR_PROBES_H

#include <stdbool.h>
#include <sys/types.h>

/* Print to stdout, as text or JSON. An exit code; a failure is told on stderr. A refused process
 * gives EXIT_REFUSED with the reason on stderr. */
int doctor_probes(pid_t pid, bool json);

#endif
