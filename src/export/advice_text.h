/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Recommendations as text. */
#ifndef HB_ADVICE_TEXT_H
#define HB_ADVICE_TEXT_H

#include "advice/advice.h"
#include "export/report.h"

/*
 *	HB-7f3a91  prealloc  high   grow_list (list.c:88) <- handle
 *	  in       prog (pid 4242)
 *	  what     ...
 *	  do       allocate 1.02 kB at once ...
 *	               cap = 1024;
 *	  ...
 *	not enough data: leak in prog (pid 4242): 12.0 s observed, needs 30 s
 *
 * Width and colour from @options. 0, -EIO or -ENOMEM.
 */
int advice_text__write(FILE *file, const struct advice_list *list,
		       const struct report_options *options);

#endif
