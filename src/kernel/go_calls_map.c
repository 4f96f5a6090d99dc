// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/go_calls_map.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "kernel/object.h"
#include "base/banned.h"

#define BATCH 2048 /* more than one bucket of the kernel's ever holds */

struct rows {
	struct go_calls_row *items;
	size_t cnt, cap;
};

/* Rows of the process among @cnt that were read. 0 or -ENOMEM. */
static int keep(struct rows *rows, uint32_t image, const struct hb_go_call_key *keys,
		const struct hb_go_call *calls, uint32_t cnt)
{
	int err = 0;

	for (uint32_t i = 0; i < cnt && !err; i++)
		if (keys[i].image == image)
			err = vec__add(rows, (struct go_calls_row){keys[i], calls[i]});
	return err;
}

static int read_all(int fd, uint32_t image, struct rows *rows)
{
	struct hb_go_call_key *keys = malloc(BATCH * sizeof(*keys));
	struct hb_go_call *calls = malloc(BATCH * sizeof(*calls));
	int err = keys && calls ? 0 : -ENOMEM;
	uint64_t batch = 0;
	bool first = true;

	while (!err) {
		uint32_t cnt = BATCH;
		int last = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, calls,
						&cnt, NULL);

		if (last && last != -ENOENT)
			err = last;
		else
			err = keep(rows, image, keys, calls, cnt);
		if (last)
			break;
		first = false;
	}
	free(keys);
	free(calls);
	return err;
}

int go_calls_map__read(struct object *object, uint32_t image, bool remove,
		       struct go_calls_row **ret_rows, size_t *ret_cnt)
{
	int fd = object__go_calls_fd(object), err;
	struct rows rows = {0};

	err = read_all(fd, image, &rows);
	if (err) {
		free(rows.items);
		return err;
	}
	for (size_t i = 0; remove && i < rows.cnt; i++)
		(void)bpf_map_delete_elem(fd, &rows.items[i].key);
	*ret_rows = rows.items;
	*ret_cnt = rows.cnt;
	return 0;
}
