/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recommendations as JSON: docs/schema/recommendations.v1.json. */
#ifndef HB_ADVICE_JSON_H
#define HB_ADVICE_JSON_H

#include <stdio.h>

#include "advice/advice.h"

/* 0, -EIO or -ENOMEM with nothing written. */
int advice_json__write(FILE *file, const struct advice_list *list);

/* "per_s", "bytes", ... */
const char *advice_unit__name(enum advice_unit unit);

#endif
