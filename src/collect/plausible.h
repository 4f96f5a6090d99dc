/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether a sound record can be true: no process runs for 1000 days in a window, no stack lies in module
 * two billion. A capture has no checksums; what was overwritten is found by what it says. Called by
 * capture_reader.c for files, not for records that come from the kernel. Pure.
 */
#ifndef HB_PLAUSIBLE_H
#define HB_PLAUSIBLE_H

#include "collect/record.h"

#define CAPTURE_SPAN_MAX_NS (1000ULL * 24 * 3600 * 1000000000)

/* @record has passed record__validate(); @start_ns: CLOCK_BOOTTIME of the capture's header. */
bool record__is_plausible(const struct record *record, uint64_t start_ns);

#endif
