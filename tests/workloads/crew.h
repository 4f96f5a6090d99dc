/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Threads that exist before "ready" and stay parked after their work until the process ends:
 * creating a thread callocs in libc and ending one frees its tcache, and neither belongs to the
 * truth of a mode.
 */
#ifndef HB_WORKLOAD_CREW_H
#define HB_WORKLOAD_CREW_H

#define CREW_MAX 64

/* Start @cnt threads that wait; each will call @work with its index. 0 or -errno. */
int crew__start(int cnt, void (*work)(int index));

/* Let all threads work, return when every one has finished (and is parked again). */
void crew__run(void);

#endif
