// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/flame.h"

#include "base/banned.h"

size_t flame__process_cnt(const struct flame_source *source)
{
	return source->processes ? source->process_cnt : source->view->process_cnt;
}

const struct view_process *flame__process(const struct flame_source *source, size_t at)
{
	return source->processes ? source->processes[at] : &source->view->processes[at];
}

int flame__each_stack(const struct flame_source *source, const struct view_process *process,
		      flame_stack_fn fn, void *ctx)
{
	bool rate = source->by == BY_RATE || source->by == BY_ESCAPE;
	enum report_by by = rate ? BY_BYTES : source->by;
	int err = 0;

	for (size_t i = 0; i < process->site_cnt && !err; i++) {
		const struct view_site *site = &process->sites[i];
		double scale, value;

		if (site->vm || report__figure(site, by)->basis == BASIS_UNKNOWN)
			continue;
		scale = report__stack_scale(process, site, by);
		for (size_t j = 0; j < site->stack_cnt && !err; j++) {
			const struct view_stack *stack = &process->stacks[site->stacks[j]];

			value = report__stack_value(stack, by, scale);
			if (value >= 0.5)
				err = fn(ctx, process, stack, value);
		}
	}
	return err;
}
