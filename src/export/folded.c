// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/text.h"
#include "export/human.h"

#include "base/banned.h"

/* ';' parts frames, and what follows the last blank is the value. */
static void add_name(struct text *line, const char *name)
{
	char printable[NAME_BYTES];

	human__name(printable, sizeof(printable), name);
	for (char *c = printable; *c; c++)
		if (*c == ';')
			*c = ':';
	text__add(line, "%s", *printable ? printable : "?");
}

static int add_frame(struct text *line, const struct name_source *names, const struct frame *frame)
{
	const struct symbol_name *list;
	int cnt = names__of_frame(names, frame, &list);

	if (cnt < 0)
		return cnt;
	if (!cnt)
		text__add(line, ";0x%" PRIx64, frame->offset);
	for (int i = cnt; i-- > 0;) {
		text__add(line, ";");
		add_name(line, list[i].function);
	}
	return 0;
}

struct folded {
	FILE *file;
	const struct name_source *names;
};

static int write_stack(void *ctx, const struct view_process *process,
		       const struct view_stack *stack, double value)
{
	struct folded *folded = ctx;
	struct text line = {0};
	uint32_t frame_cnt;
	const struct frame *frames = view_stack__shown(stack, &frame_cnt);
	int err = 0;

	add_name(&line, process->comm);
	for (uint32_t i = frame_cnt; i-- > 0 && !err;)
		err = add_frame(&line, folded->names, &frames[i]);
	if (!err && text__failed(&line))
		err = -ENOMEM;
	if (!err)
		fprintf(folded->file, "%s %.0f\n", text__str(&line), value);
	text__release(&line);
	return err;
}

int folded__write_source(FILE *file, const struct flame_source *source)
{
	struct folded folded = {file, source->names};
	int err = 0;

	for (size_t i = 0; i < flame__process_cnt(source) && !err; i++)
		err = flame__each_stack(source, flame__process(source, i), write_stack, &folded);
	if (!err && ferror(file))
		err = -EIO;
	return err;
}

int folded__write(FILE *file, const struct view *view, const struct name_source *names,
		  enum report_by by)
{
	struct flame_source source = {.view = view, .names = names, .by = by};

	return folded__write_source(file, &source);
}
