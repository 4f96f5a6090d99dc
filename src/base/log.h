/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages to stderr: one function, levels, a component token. Pure modules do not log. */
#ifndef HB_LOG_H
#define HB_LOG_H

enum log_level { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG };

/* Messages above @level are dropped; the default is LOG_LEVEL_WARN. */
void log__set_level(enum log_level level);
enum log_level log__level(void);

/* One line "heapbeat: <component>: <text>"; control bytes are escaped as '?'. */
void log__write(enum log_level level, const char *component, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

#define log_error(component, ...) log__write(LOG_LEVEL_ERROR, component, __VA_ARGS__)
#define log_warn(component, ...)  log__write(LOG_LEVEL_WARN, component, __VA_ARGS__)
#define log_info(component, ...)  log__write(LOG_LEVEL_INFO, component, __VA_ARGS__)
#define log_debug(component, ...) log__write(LOG_LEVEL_DEBUG, component, __VA_ARGS__)

#endif
