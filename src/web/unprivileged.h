/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Run a function in a thread that has given up every capability. Threads that the function starts,
 * a library's as well, inherit the empty sets; the caller's thread keeps its own.
 */
#ifndef HB_WEB_UNPRIVILEGED_H
#define HB_WEB_UNPRIVILEGED_H

/*
 * Call run(ctx) so and wait for it. Its answer, or -errno if there is no thread or the capabilities
 * could not be dropped: run() was not called then. All signals are blocked there, no_new_privs is
 * set.
 */
int unprivileged__run(int (*run)(void *ctx), void *ctx);

#endif
