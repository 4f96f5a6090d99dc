/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Growable arrays: declare `struct { struct item *items; size_t cnt, cap; } list`, add with
 * `vec__add(&list, item)`; 0 or -ENOMEM with the list unchanged. Release with free(list.items).
 */
#ifndef HB_VEC_H
#define HB_VEC_H

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>

#include "base/banned.h"

static inline int vec__grow(void **items, size_t *cap, size_t item_bytes)
{
	size_t bigger = *cap ? *cap * 2 : 16;
	void *moved = reallocarray(*items, bigger, item_bytes);

	if (!moved)
		return -ENOMEM;
	*items = moved;
	*cap = bigger;
	return 0;
}

#define vec__add(vec, ...)                                                       \
	({                                                                       \
		int vec_err = 0;                                                 \
		if ((vec)->cnt == (vec)->cap)                                    \
			vec_err = vec__grow((void **)&(vec)->items, &(vec)->cap, \
					    sizeof(*(vec)->items));              \
		if (!vec_err)                                                    \
			(vec)->items[(vec)->cnt++] = (__VA_ARGS__);              \
		vec_err;                                                         \
	})

#endif
