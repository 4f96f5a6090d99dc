// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_text.h"

#include <errno.h>
#include <inttypes.h>

#include "export/human.h"
#include "export/pprof_share.h"

#include "base/banned.h"

#define TEXT_STACKS 1000 /* people read the first ones */

struct listing {
	FILE *file;
	const struct name_source *names;
	const struct pprof_rows *rows;
	bool delta;
};

static void put_frame(FILE *file, const char *function, const char *source, uint32_t line)
{
	char name[NAME_BYTES];

	fprintf(file, "#\t%s", human__name(name, sizeof(name), function));
	if (source) {
		fprintf(file, "\t%s", human__name(name, sizeof(name), source));
		if (line)
			fprintf(file, ":%" PRIu32, line);
	}
	fputc('\n', file);
}

static int put_frames(const struct listing *l, const struct view_stack *stack)
{
	const struct frame *frames = NULL;
	uint32_t frame_cnt = 0;

	if (stack)
		frames = view_stack__shown(stack, &frame_cnt);
	else
		put_frame(l->file, "(other)", NULL, 0);
	for (uint32_t i = 0; i < frame_cnt; i++) {
		const struct symbol_name *names;
		int cnt = names__of_frame(l->names, &frames[i], &names);

		if (cnt < 0)
			return cnt;
		if (!cnt)
			fprintf(l->file, "#\t0x%" PRIx64 "\n", frames[i].offset);
		for (int j = 0; j < cnt; j++)
			put_frame(l->file, names[j].function, names[j].file, names[j].line);
	}
	return 0;
}

static void put_values(const struct listing *l, const uint64_t values[PPROF_VALUES])
{
	fprintf(l->file, "%" PRIu64 ": %" PRIu64 " [%" PRIu64 ": %" PRIu64 "]",
		values[PPROF_INUSE_OBJECTS], values[PPROF_INUSE_SPACE], values[PPROF_ALLOC_OBJECTS],
		values[PPROF_ALLOC_SPACE]);
}

static int put_row(const struct listing *l, const struct pprof_row *row)
{
	const struct view_process *process = l->rows->owners.items[row->owner].process;
	uint64_t values[PPROF_VALUES];
	char comm[NAME_BYTES];

	if (pprof_row__is_empty(row, l->delta))
		return 0;
	for (size_t v = 0; v < PPROF_VALUES; v++)
		values[v] = pprof_row__value(row, v, l->delta);
	put_values(l, values);
	fprintf(l->file, " pid %" PRIu32 " %s\n", process ? process->tgid : 0,
		human__name(comm, sizeof(comm), process ? process->comm : "(other)"));
	return put_frames(l, row->stack);
}

static void put_head(const struct listing *l, const struct pprof_options *options)
{
	uint64_t sums[PPROF_VALUES] = {0};

	for (size_t v = 0; v < PPROF_VALUES; v++) {
		for (size_t i = 0; i < l->rows->cnt; i++)
			sums[v] += pprof_row__value(&l->rows->items[i], v, l->delta);
		for (size_t i = 0; i < l->rows->owners.cnt; i++)
			sums[v] += pprof_row__value(&l->rows->owners.items[i].other, v, l->delta);
	}
	fprintf(l->file, "heap profile: ");
	put_values(l, sums);
	fprintf(l->file, " @ 1 in %" PRIu64 " bytes", l->rows->interval_bytes);
	if (l->delta)
		fprintf(l->file, ", of %.3f s", (double)options->duration_ns / 1e9);
	fprintf(l->file, "\nlive objects: live bytes [objects allocated: bytes allocated]\n");
}

static int put_all(const struct listing *l, const struct pprof_options *options)
{
	int err = 0;

	put_head(l, options);
	for (size_t i = 0; i < l->rows->cnt && !err; i++)
		err = put_row(l, &l->rows->items[i]);
	for (size_t i = 0; i < l->rows->owners.cnt && !err; i++)
		err = put_row(l, &l->rows->owners.items[i].other);
	return err;
}

int pprof_text__write(FILE *file, const struct pprof_source *before,
		      const struct pprof_source *after, const struct pprof_options *options)
{
	struct pprof_rows rows = {0};
	struct pprof_floor floor = {0};
	struct listing listing = {file, after->names, &rows, before != NULL};
	int err = before ? pprof_floor__of(&floor, before) : 0;

	if (!err)
		err = pprof_rows__collect(&rows, after, &floor);
	if (!err) {
		pprof_rows__fold(&rows, TEXT_STACKS);
		err = pprof_share__fill(&rows);
	}
	if (!err)
		err = put_all(&listing, options);
	if (!err && ferror(file))
		err = -EIO;
	pprof_rows__release(&rows);
	pprof_floor__release(&floor);
	return err;
}
