// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_look_site.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/banned.h"

static int compare_site(const struct view_go_call *call, uint32_t module, uint64_t offset)
{
	if (call->site.module != module)
		return call->site.module < module ? -1 : 1;
	return call->site.offset < offset ? -1 : call->site.offset > offset;
}

/* Rows lie in look_calls by their bytes: their addresses tell what comes first. */
static int by_site(const void *a, const void *b)
{
	const struct view_go_call *x = *(const struct view_go_call *const *)a;
	const struct view_go_call *y = *(const struct view_go_call *const *)b;
	int order = compare_site(x, y->site.module, y->site.offset);

	if (order)
		return order;
	if (x->kind != y->kind)
		return x->kind < y->kind ? -1 : 1;
	return x < y ? -1 : x > y;
}

/* All @cnt rows of one site. */
static int name_site(struct view *view, const struct name_source *names,
		     const struct view_go_call **calls, size_t cnt)
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
		/* The view's own, which is still being made. */
		struct view_go_call *call = (struct view_go_call *)(uintptr_t)calls[i];

		call->function = function;
		call->file = file;
		call->line = line;
	}
	return 0;
}

int go_look_site__name(struct view *view, struct view_go *go, const struct name_source *names)
{
	size_t cnt = go->look_call_cnt;
	int err = 0;

	if (!cnt)
		return 0;
	go->look_by_site = view__alloc(view, cnt * sizeof(*go->look_by_site));
	if (!go->look_by_site)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++)
		go->look_by_site[i] = &go->look_calls[i];
	qsort(go->look_by_site, cnt, sizeof(*go->look_by_site), by_site);
	for (size_t i = 0, n; i < cnt && !err; i += n) {
		const struct frame *site = &go->look_by_site[i]->site;

		for (n = 1; i + n < cnt &&
			    !compare_site(go->look_by_site[i + n], site->module, site->offset);)
			n++;
		err = name_site(view, names, &go->look_by_site[i], n);
	}
	return err;
}

size_t go_look_calls__at(const struct view_go *go, uint32_t module, uint64_t offset,
			 const struct view_go_call ***ret_calls)
{
	size_t low = 0, high = go->look_by_site ? go->look_call_cnt : 0, cnt = 0;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare_site(go->look_by_site[middle], module, offset) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	*ret_calls = go->look_by_site + low;
	while (go->look_by_site && low + cnt < go->look_call_cnt &&
	       !compare_site(go->look_by_site[low + cnt], module, offset))
		cnt++;
	return cnt;
}

void go_look_site__attach(const struct view_go *go, const struct frame *frame,
			  struct view_go_trait *trait)
{
	const struct view_go_call **calls;

	trait->call_cnt =
		frame->module ? go_look_calls__at(go, frame->module, frame->offset, &calls) : 0;
	trait->calls = trait->call_cnt ? calls : NULL;
}
