// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/view_filter.h"

#include "base/banned.h"

/* 1, 0, or -errno. */
static int frame_matches(const struct name_source *names, const struct frame *frame,
			 const regex_t *regex)
{
	const struct symbol_name *list;
	int cnt = names__of_frame(names, frame, &list);

	for (int i = 0; i < cnt; i++)
		if (list[i].function && !regexec(regex, list[i].function, 0, NULL, 0))
			return 1;
	return cnt < 0 ? cnt : 0;
}

static int stack_matches(const struct name_source *names, const struct view_stack *stack,
			 const regex_t *regex)
{
	int found = 0;

	for (uint32_t i = 0; i < stack->frame_cnt && !found; i++)
		found = frame_matches(names, &stack->frames[i], regex);
	return found;
}

int view_filter__stacks(struct view *view, const struct name_source *names, const regex_t *regex)
{
	for (size_t i = 0; i < view->process_cnt; i++) {
		struct view_process *process = &view->processes[i];
		size_t kept = 0;

		for (size_t k = 0; k < process->stack_cnt; k++) {
			int found = stack_matches(names, &process->stacks[k], regex);

			if (found < 0)
				return found;
			if (found)
				process->stacks[kept++] = process->stacks[k];
		}
		process->stack_cnt = kept;
	}
	return 0;
}

void view_filter__processes(struct view *view,
			    bool (*keep)(const struct view_process *process, void *ctx), void *ctx)
{
	size_t kept = 0;

	for (size_t i = 0; i < view->process_cnt; i++)
		if (keep(&view->processes[i], ctx))
			view->processes[kept++] = view->processes[i];
	view->process_cnt = kept;
}
