/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recommendations as Markdown for a pull request. */
#ifndef HB_ADVICE_MD_H
#define HB_ADVICE_MD_H

#include <stdio.h>

#include "advice/advice.h"
#include "base/text.h"

/*
 *	## Advice on `prog` (pid 4242), 60.0 s
 *	| id | rule | severity | place | saves |
 *	<details><summary>HB-7f3a91 pool: make_object (obj.c:12)</summary> ... </details>
 *
 * a section per process that there is advice on. What is muted is listed by id, what lacks data as it
 * is. 0, -EIO or -ENOMEM.
 */
int advice_md__write(FILE *file, const struct advice_list *list);

/* Append one recommendation as a collapsed section. */
void advice_md__details(struct text *text, const struct advice *advice);

#endif
