// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_look_site.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

static int compare_sites(const struct frame *a, const struct frame *b)
{
	if (a->module != b->module)
		return a->module < b->module ? -1 : 1;
	return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static int by_site(const void *a, const void *b)
{
	return compare_sites(&(*(struct view_go_call *const *)a)->site,
			     &(*(struct view_go_call *const *)b)->site);
}

/* All @cnt rows of one site. */
static int name_site(struct view *view, const struct name_source *names,
		     struct view_go_call **calls, size_t cnt)
{
	const struct frame *frame = &calls[0]->site;
	const struct symbol_name *list;
	const char *function, *file = NULL;
	int found = names__of_frame(names, frame, &list);
	char address[32];
	uint32_t line = 0;

	if (found < 0)
		return found;
	snprintf(address, sizeof(address), "0x%" PRIx64, frame->offset);
	function = view__strdup(view, found ? list[0].function : address);
	if (found && list[0].file && *list[0].file)
		file = view__strdup(view, list[0].file);
	if (found)
		line = list[0].line;
	if (!function)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		calls[i]->function = function;
		calls[i]->file = file;
		calls[i]->line = line;
	}
	return 0;
}

int go_look_site__name(struct view *view, struct view_go *go, const struct name_source *names)
{
	struct view_go_call **calls = calloc(go->look_call_cnt + 1, sizeof(*calls));
	size_t cnt = go->look_call_cnt;
	int err = 0;

	if (!calls)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		calls[i] = &go->look_calls[i];
	qsort(calls, cnt, sizeof(*calls), by_site);
	for (size_t i = 0, n; i < cnt && !err; i += n) {
		for (n = 1; i + n < cnt && !by_site(&calls[i], &calls[i + n]);)
			n++;
		err = name_site(view, names, &calls[i], n);
	}
	free(calls);
	return err;
}
