/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One user-facing failure: the exit code it maps to and one line that says what, where and what to
 * do. Library code fills it and returns a negative errno; only main prints it.
 */
#ifndef HB_ERROR_H
#define HB_ERROR_H

#include "base/exit.h"

#define ERROR_TEXT_BYTES 512

struct error {
	enum exit_code code;
	char text[ERROR_TEXT_BYTES];
};

/* Fill @error (may be NULL) and return @err, a negative errno, so that callers can
 * `return error__set(error, EXIT_REFUSED, -EPERM, "...")`. Control bytes in the text become '?'. */
int error__set(struct error *error, enum exit_code code, int err, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
