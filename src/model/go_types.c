// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/go_types.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

static int compare_names(const char *a, const char *b)
{
	return strcmp(a ? a : "", b ? b : "");
}

static int by_name(const void *a, const void *b)
{
	return compare_names(((const struct go_type *)a)->type, ((const struct go_type *)b)->type);
}

static int by_bytes(const void *a, const void *b)
{
	const struct go_type *x = a, *y = b;

	if (x->bytes != y->bytes)
		return x->bytes < y->bytes ? 1 : -1;
	return compare_names(x->type, y->type);
}

/* Neighbours of one name become one. Their number. */
static size_t join(struct go_type *types, size_t cnt)
{
	size_t kept = 0;

	for (size_t i = 0; i < cnt; i++) {
		if (kept && !compare_names(types[kept - 1].type, types[i].type)) {
			types[kept - 1].objects += types[i].objects;
			types[kept - 1].bytes += types[i].bytes;
		} else {
			types[kept++] = types[i];
		}
	}
	return kept;
}

int go_types__sum(const struct view_go *go, struct go_type **ret_types, size_t *ret_cnt)
{
	struct go_type *types = calloc(go->look_call_cnt + 1, sizeof(*types));
	size_t cnt = 0;

	if (!types)
		return -ENOMEM;
	for (size_t i = 0; i < go->look_call_cnt; i++) {
		const struct view_go_call *call = &go->look_calls[i];

		if (call->kind == GO_CALL_ALLOC)
			types[cnt++] = (struct go_type){
				.type = call->type, .objects = call->n, .bytes = call->bytes};
	}
	qsort(types, cnt, sizeof(*types), by_name);
	cnt = join(types, cnt);
	qsort(types, cnt, sizeof(*types), by_bytes);
	for (size_t i = 0; i < cnt && go->looked_s > 0; i++) {
		types[i].objects_rate = (double)types[i].objects / go->looked_s;
		types[i].bytes_rate = (double)types[i].bytes / go->looked_s;
	}
	*ret_types = types;
	*ret_cnt = cnt;
	return 0;
}
