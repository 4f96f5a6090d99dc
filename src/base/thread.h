/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Threads that work for a loop. Called by unwind/, symbol/. */
#ifndef HB_THREAD_H
#define HB_THREAD_H

#include <pthread.h>

/* Start @run(@arg) as @name (at most 15 bytes), with every signal blocked: signals are for the thread
 * that waits for them. 0, or an errno as pthread_create gives it. */
int thread__start(pthread_t *ret_thread, const char *name, void *(*run)(void *), void *arg);

#endif
