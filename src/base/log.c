// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log_limit.h"
#include "base/log_line.h"
#include "base/table.h"
#include "base/banned.h"

static atomic_int current = LOG_LEVEL_WARN;
static atomic_int current_format = LOG_FORMAT_PLAIN;
static atomic_bool journal;
static pthread_mutex_t limit_lock = PTHREAD_MUTEX_INITIALIZER;
static struct log_limit limit;

void log__set_level(enum log_level level)
{
	atomic_store(&current, (int)level);
}

enum log_level log__level(void)
{
	return (enum log_level)atomic_load(&current);
}

void log__set_format(enum log_format format)
{
	const char *stream = getenv("JOURNAL_STREAM");

	atomic_store(&journal, stream && *stream);
	atomic_store(&current_format, (int)format);
}

int log_level__parse(const char *name, enum log_level *ret_level)
{
	static const char *const names[] = {"error", "warn", "info", "debug"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(name, names[i])) {
			*ret_level = (enum log_level)i;
			return 0;
		}
	return -EINVAL;
}

int log_format__parse(const char *name, enum log_format *ret_format)
{
	if (!strcmp(name, "logfmt"))
		*ret_format = LOG_FORMAT_LOGFMT;
	else if (!strcmp(name, "json"))
		*ret_format = LOG_FORMAT_JSON;
	else
		return -EINVAL;
	return 0;
}

/* Debug is asked for by name and for a while: it is not limited. */
static bool may_pass(enum log_format format, enum log_level level, const char *component,
		     const char *fmt, uint64_t *ret_suppressed)
{
	uint64_t key;
	bool pass;

	if (format == LOG_FORMAT_PLAIN || level == LOG_LEVEL_DEBUG)
		return true;
	key = hash__bytes(HASH_SEED, component, strlen(component));
	key = hash__bytes(key, fmt, strlen(fmt));
	pthread_mutex_lock(&limit_lock);
	pass = log_limit__pass(&limit, key, clock__boottime_ns(), ret_suppressed);
	pthread_mutex_unlock(&limit_lock);
	return pass;
}

/* One write a line: lines of two threads do not mix. */
static void emit(const char *line, size_t len)
{
	while (len) {
		ssize_t n = write(STDERR_FILENO, line, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* there is nobody left to tell */
		line += n;
		len -= (size_t)n;
	}
}

void log__write(enum log_level level, const char *component, const char *fmt, ...)
{
	enum log_format format = (enum log_format)atomic_load(&current_format);
	struct log_line line = {.level = level, .component = component};
	char text[LOG_TEXT_BYTES], out[LOG_LINE_BYTES];
	int saved_errno = errno;
	va_list args;

	if (level > log__level() || !may_pass(format, level, component, fmt, &line.suppressed))
		return;
	va_start(args, fmt);
	vsnprintf(text, sizeof(text), fmt, args);
	va_end(args);
	line.text = text;
	line.wall_ns = clock__wall_ns();
	line.journal = atomic_load(&journal);
	emit(out, log_line__render(out, format, &line));
	errno = saved_errno;
}
