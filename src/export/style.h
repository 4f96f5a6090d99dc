/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The few escape sequences of the text writers; empty strings without colour. */
#ifndef HB_STYLE_H
#define HB_STYLE_H

#include "export/report.h"

static inline const char *style__bold(const struct report_options *options)
{
	return options->color ? "\033[1m" : "";
}

static inline const char *style__warn(const struct report_options *options)
{
	return options->color ? "\033[33m" : "";
}

static inline const char *style__bad(const struct report_options *options)
{
	return options->color ? "\033[31m" : "";
}

static inline const char *style__dim(const struct report_options *options)
{
	return options->color ? "\033[2m" : "";
}

static inline const char *style__off(const struct report_options *options)
{
	return options->color ? "\033[0m" : "";
}

#endif
