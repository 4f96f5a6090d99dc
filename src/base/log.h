/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Messages to stderr: one function, levels, a component token. Pure modules do not log. Any thread.
 *
 * plain	heapbeat: component: text			the verbs that end by themselves
 * logfmt	ts=2026-11-24T12:00:00.123Z level=info component=x msg="text"	the daemon
 * json		{"ts":"...","level":"info","component":"x","msg":"text"}
 *
 * Under systemd (JOURNAL_STREAM) logfmt and json have no ts and begin with the priority, <6>. What
 * a message quotes may be chosen by whoever is watched: control bytes, escape sequences and invalid
 * UTF-8 are escaped, a line has a bound, and equal messages (same component and format) are
 * limited.
 */
#ifndef HB_LOG_H
#define HB_LOG_H

#include <stddef.h>
#include <stdint.h>

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };
enum log_format { LOG_FORMAT_PLAIN, LOG_FORMAT_LOGFMT, LOG_FORMAT_JSON };

#define LOG_BURST     10	     /* equal messages at once */
#define LOG_REFILL_NS 30000000000ULL /* one more after this */

/* Messages above @level are dropped; the default is LOG_LEVEL_WARN. */
void log__set_level(enum log_level level);
enum log_level log__level(void);
/* The default is LOG_FORMAT_PLAIN, which has no limit: short verbs say little. Looks at
 * JOURNAL_STREAM; call it before there are threads. */
void log__set_format(enum log_format format);

/* "debug", "info", "warn", "error"; "logfmt", "json". 0 or -EINVAL. */
int log_level__parse(const char *name, enum log_level *ret_level);
int log_format__parse(const char *name, enum log_format *ret_format);

/* One line. What was held back of equal messages is told with the next that gets through, as
 * suppressed=N. The format is the identity of a message: quote what varies with %s. */
void log__write(enum log_level level, const char *component, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(component, ...) log__write(LOG_LEVEL_ERROR, component, __VA_ARGS__)
#define log_warn(component, ...)  log__write(LOG_LEVEL_WARN, component, __VA_ARGS__)
#define log_info(component, ...)  log__write(LOG_LEVEL_INFO, component, __VA_ARGS__)
#define log_debug(component, ...) log__write(LOG_LEVEL_DEBUG, component, __VA_ARGS__)

#endif
