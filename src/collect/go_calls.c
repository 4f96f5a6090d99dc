// SPDX-License-Identifier: GPL-2.0-or-later
#include "collect/go_calls.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/vec.h"
#include "target/go_program.h"
#include "base/banned.h"

#define TYPE_NAME_MAX 512 /* bytes; longer names are cut */

void go_calls__release(struct go_calls *calls)
{
	free(calls->rows.items);
	free(calls->names.items);
	table__release(&calls->index);
	table__release(&calls->types);
	*calls = (struct go_calls){0};
}

void go_calls_news__release(struct go_calls_news *news)
{
	free(news->rows);
	free(news->names);
	*news = (struct go_calls_news){0};
}

static int add_name(struct go_calls *calls, const char *name, uint32_t *ret_name)
{
	int err = calls->names.cnt ? 0 : vec__add(&calls->names, 0);
	uint32_t at = (uint32_t)calls->names.cnt;

	for (size_t i = 0; i <= strlen(name) && !err; i++)
		err = vec__add(&calls->names, name[i]);
	if (!err)
		*ret_name = at;
	return err;
}

/* Types that were made at run time have no name in the file. */
static int name_type(struct go_calls *calls, struct go_program *program, uint64_t bias,
		     struct go_calls_item *item)
{
	char name[TYPE_NAME_MAX];
	uint64_t other;
	int err;

	if (!item->key.type)
		return 0;
	/* Rows of one type share its name. */
	if (table__get(&calls->types, item->key.type, &other)) {
		item->name = calls->rows.items[other].name;
		item->type_bytes = calls->rows.items[other].type_bytes;
		return 0;
	}
	err = table__put(&calls->types, item->key.type, calls->rows.cnt);
	if (err)
		return err;
	if (go_program__type(program, item->key.type - bias, name, sizeof(name),
			     &item->type_bytes)) {
		item->type_bytes = 0;
		return 0;
	}
	return add_name(calls, name, &item->name);
}

static struct go_calls_item *find(struct go_calls *calls, const struct hb_go_call_key *key)
{
	uint64_t index;

	if (!table__get(&calls->index, hash__bytes(HASH_SEED, key, sizeof(*key)), &index))
		return NULL;
	return &calls->rows.items[index];
}

/* The row of @key, made if there is room: NULL in *ret_item if not. 0 or -ENOMEM. */
static int intern(struct go_calls *calls, struct go_program *program, uint64_t bias,
		  const struct hb_go_call_key *key, struct go_calls_item **ret_item)
{
	struct go_calls_item item = {.key = *key};
	int err;

	*ret_item = find(calls, key);
	if (*ret_item || calls->rows.cnt == GO_CALLS_MAX)
		return 0;
	err = name_type(calls, program, bias, &item);
	err = err ?: vec__add(&calls->rows, item);
	err = err
		      ?: table__put(&calls->index, hash__bytes(HASH_SEED, key, sizeof(*key)),
				    calls->rows.cnt - 1);
	if (!err)
		*ret_item = &calls->rows.items[calls->rows.cnt - 1];
	return err;
}

static struct frame frame_of(const struct go_program *program, uint64_t bias, uint64_t site)
{
	const struct go_sections *sections = go_program__sections(program);
	uint64_t vaddr = site - bias;

	if (vaddr > sections->text && vaddr <= sections->etext)
		return (struct frame){.module = 1, .offset = vaddr};
	return (struct frame){.offset = site};
}

static void tell(struct go_calls_news *news, const struct go_calls_item *item, struct frame site)
{
	news->rows[news->cnt++] = (struct go_call_row){
		.site = site,
		.kind = item->key.kind,
		.type = item->name,
		.type_bytes = item->type_bytes,
		.size = item->key.size,
		.old = item->key.old,
		.n = item->sum.n,
		.bytes = item->sum.bytes,
	};
}

static int copy_names(const struct go_calls *calls, struct go_calls_news *news)
{
	size_t bytes = calls->names.cnt ? calls->names.cnt : 1;

	news->names = calloc(1, bytes);
	if (!news->names)
		return -ENOMEM;
	if (calls->names.cnt)
		memcpy(news->names, calls->names.items, bytes);
	return 0;
}

static int most_first(const void *a, const void *b)
{
	const struct go_calls_row *x = a, *y = b;

	if (x->call.n != y->call.n)
		return x->call.n < y->call.n ? 1 : -1;
	return memcmp(&x->key, &y->key, sizeof(x->key));
}

int go_calls__take(struct go_calls *calls, struct go_program *program, uint64_t bias,
		   struct go_calls_row *rows, size_t cnt, bool over, struct go_calls_news *ret_news)
{
	struct go_calls_news news = {.rows = calloc(cnt + 1, sizeof(*news.rows))};
	int err = news.rows ? 0 : -ENOMEM;

	news.dropped = calls->dropped;
	if (cnt)
		qsort(rows, cnt, sizeof(*rows), most_first); /* the room is theirs */
	for (size_t i = 0; i < cnt && !err; i++) {
		struct hb_go_call before;
		struct go_calls_item *item;

		err = intern(calls, program, bias, &rows[i].key, &item);
		if (err)
			break;
		if (!item) {
			news.dropped += rows[i].call.n;
			continue;
		}
		before = item->sum;
		item->sum.n = item->ended.n + rows[i].call.n;
		item->sum.bytes = item->ended.bytes + rows[i].call.bytes;
		if (over)
			item->ended = item->sum;
		if (item->sum.n != before.n)
			tell(&news, item, frame_of(program, bias, item->key.site));
	}
	if (over)
		calls->dropped = news.dropped;
	err = err ?: copy_names(calls, &news);
	if (err)
		go_calls_news__release(&news);
	else
		*ret_news = news;
	return err;
}
