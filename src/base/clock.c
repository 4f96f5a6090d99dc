// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/clock.h"

#include <time.h>

#include "base/banned.h"

static uint64_t read_clock(clockid_t clock)
{
	struct timespec now;

	if (clock_gettime(clock, &now))
		return 0;
	return (uint64_t)now.tv_sec * 1000000000ULL + (uint64_t)now.tv_nsec;
}

uint64_t clock__boottime_ns(void)
{
	return read_clock(CLOCK_BOOTTIME);
}

uint64_t clock__wall_ns(void)
{
	return read_clock(CLOCK_REALTIME);
}

uint64_t clock__process_cpu_ns(pid_t pid)
{
	/* As clock_getcpuclockid makes it, without asking the kernel first whether it is one: the
	 * reading tells. Bits 0-1: the scheduler's clock; bit 2 unset: of a process. */
	clockid_t clock = (clockid_t)((~(unsigned int)pid << 3) | 2);

	return read_clock(clock);
}

uint64_t clock__thread_cpu_ns(void)
{
	return read_clock(CLOCK_THREAD_CPUTIME_ID);
}

void clock__sleep_ns(uint64_t ns)
{
	struct timespec span = {
		.tv_sec = (time_t)(ns / 1000000000ULL),
		.tv_nsec = (long)(ns % 1000000000ULL),
	};

	nanosleep(&span, NULL);
}
