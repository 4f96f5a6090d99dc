/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Values of options as text: parsed here for flags and for the configuration file alike, whatever
 * struct they go to. Each returns 0, or -EINVAL with the output untouched.
 */
#ifndef HB_OPTION_VALUES_H
#define HB_OPTION_VALUES_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* "PID[,PID...]" appended to @pids, which has room for @max. Some may have been appended before an
 * error is met. -E2BIG if there is no room. */
int option_value__pids(const char *text, pid_t *pids, size_t *cnt, size_t max);
/* "1%" -> 0.01; above 0, up to 100 %. */
int option_value__percent(const char *text, double *ret_ratio);
/* Mean bytes between samples: 1 to 2 GiB. */
int option_value__interval(const char *text, uint64_t *ret_bytes);
/* A power of two from 4 KiB to 1 GiB. */
int option_value__ring(const char *text, size_t *ret_bytes);
/* 1 to 64 Mi. */
int option_value__entries(const char *text, size_t *ret_cnt);
/* A whole decimal number from @min to @max. */
int option_value__number(const char *text, uint64_t min, uint64_t max, uint64_t *ret_number);
/* "N" or "N,M", each above 0: operations in one capture and the other. */
int option_value__operations(const char *text, double *ret_before, double *ret_after);
/* "ADDRESS:PORT" with an IPv4 address, "[V6]:PORT", "localhost:PORT" or ":PORT". */
int option_value__listen(const char *text);
/* A path for a URL: begins with '/', no query, no escapes, at most 128 bytes. */
int option_value__url_path(const char *text);

#endif
