// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/folded.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
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

static int write_stack(FILE *file, const struct name_source *names,
		       const struct view_process *process, const struct view_stack *stack,
		       double value)
{
	struct text line = {0};
	int err = 0;

	if (!(value >= 0.5))
		return 0;
	add_name(&line, process->comm);
	for (uint32_t i = stack->frame_cnt; i-- > 0 && !err;)
		err = add_frame(&line, names, &stack->frames[i]);
	if (!err && text__failed(&line))
		err = -ENOMEM;
	if (!err)
		fprintf(file, "%s %.0f\n", text__str(&line), value);
	text__release(&line);
	return err;
}

static int write_process(FILE *file, const struct name_source *names,
			 const struct view_process *process, enum report_by by)
{
	int err = 0;

	for (size_t i = 0; i < process->site_cnt && !err; i++) {
		const struct view_site *site = &process->sites[i];
		double scale;

		if (site->vm || report__figure(site, by)->basis == BASIS_UNKNOWN)
			continue;
		scale = report__stack_scale(process, site, by);
		for (size_t j = 0; j < site->stack_cnt && !err; j++) {
			const struct view_stack *stack = &process->stacks[site->stacks[j]];

			err = write_stack(file, names, process, stack,
					  report__stack_value(stack, by, scale));
		}
	}
	return err;
}

int folded__write(FILE *file, const struct view *view, const struct name_source *names,
		  enum report_by by)
{
	int err = 0;

	/* flame graphs show shares: per second or in all is one picture, and this one keeps digits */
	if (by == BY_RATE)
		by = BY_BYTES;
	for (size_t i = 0; i < view->process_cnt && !err; i++)
		err = write_process(file, names, &view->processes[i], by);
	if (!err && ferror(file))
		err = -EIO;
	return err;
}
