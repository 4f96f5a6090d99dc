/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Objects of a Go program by type, from what looks have seen. Pure; called by export/.
 */
#ifndef HB_MODEL_GO_TYPES_H
#define HB_MODEL_GO_TYPES_H

#include "model/view.h"

struct go_type {
	const char *type; /* NULL: bytes and strings, or a type without a name */
	uint64_t objects, bytes;
	double objects_rate, bytes_rate; /* per second of a look */
};

/* The types of @go, most bytes first, in *ret_types (freed by the caller; strings are the view's) and
 * *ret_cnt. 0 or -ENOMEM. */
int go_types__sum(const struct view_go *go, struct go_type **ret_types, size_t *ret_cnt);

#endif
