/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Call trees as text: from the functions that allocate to those that called them, or from main down. */
#ifndef HB_TREE_TEXT_H
#define HB_TREE_TEXT_H

#include <stdio.h>

#include "export/flame.h"

/*
 *	redis-server (4242)  12.3 MB allocated
 *	   62.1 %   7.64 MB  createStringObject
 *	   62.1 %   7.64 MB    processInputBuffer
 *
 * Branches below half a per cent are summed up. 0, or -ENOMEM, -EIO.
 */
int tree_text__write(FILE *file, const struct flame_source *source,
		     const struct report_options *options);

#endif
