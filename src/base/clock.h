/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Clocks: the programs' own (boottime) and the CPU time of a process. */
#ifndef HB_CLOCK_H
#define HB_CLOCK_H

#include <stdint.h>
#include <sys/types.h>

uint64_t clock__boottime_ns(void);
uint64_t clock__wall_ns(void);
/* CPU time of all threads of @pid since its start, exact to the scheduler's clock; 0 if it is gone. */
uint64_t clock__process_cpu_ns(pid_t pid);
/* CPU time of the calling thread. */
uint64_t clock__thread_cpu_ns(void);
/* Sleep @ns, to the microsecond or so; ends early on a signal. */
void clock__sleep_ns(uint64_t ns);

#endif
