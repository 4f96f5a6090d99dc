// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_site.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "model/estimate.h"
#include "model/figure.h"
#include "symbol/site_life.h"

#include "base/banned.h"

#define NONE_SEEN 2.995732 /* -ln 0.05: with this mean, at least one sample in 95 % of the cases */

/* An estimate of the program's own profile; @unit is what one sample stands for at most. */
static struct figure estimate(const struct view_go *go, double value, double variance, uint64_t n,
			      double unit)
{
	struct figure figure = figure__estimate(value, 0, variance, n);

	figure.basis = go->site_basis;
	if (!n)
		figure.high = NONE_SEEN * unit;
	return figure;
}

static void set_calls(const struct view_go *go, struct view_site *site,
		      const struct sample_sums *sums)
{
	double unit = (double)go->profile_rate_bytes;

	/* Without a sample nothing is known of the number: it hangs on the size. */
	site->calls = estimate(go, sums->calls, sums->calls_var, sums->n, NAN);
	site->bytes = estimate(go, sums->bytes, sums->bytes_var, sums->n, unit);
	if (go->site_span_s > 0) {
		site->calls_rate = figure__scale(site->calls, 1 / go->site_span_s);
		site->bytes_rate = figure__scale(site->bytes, 1 / go->site_span_s);
	}
	if (!(go->site_bytes > 0))
		return;
	site->bytes_share = figure__scale(site->bytes, 1 / go->site_bytes);
	site->bytes_share.high = fmin(1, site->bytes_share.high);
}

static void set_live(const struct view_process *process, struct view_site *site)
{
	double bytes = 0, objects = 0, bytes_var = 0, objects_var = 0;
	uint64_t n = 0;

	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		bytes += stack->live_bytes;
		objects += stack->live_objects;
		bytes_var += stack->live_bytes_var;
		objects_var += stack->live_objects_var;
		n += stack->live_n;
	}
	site->live_bytes =
		estimate(process->go, bytes, bytes_var, n, (double)process->go->profile_rate_bytes);
	site->live_objects = estimate(process->go, objects, objects_var, n, NAN);
}

static int merge_series(struct view *view, const struct view_process *process,
			struct view_site *site)
{
	size_t cnt = process->go->point_cnt;

	if (!cnt)
		return 0;
	site->live.points = view__alloc(view, cnt * sizeof(double));
	if (!site->live.points)
		return -ENOMEM;
	site->live.cnt = cnt;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct series *from = &process->stacks[site->stacks[i]].live;

		for (size_t j = 0; j < from->cnt && j < cnt; j++)
			site->live.points[j] += from->points[j];
	}
	return 0;
}

int go_site__sum(struct view *view, const struct view_process *process, struct view_site *site)
{
	struct sample_sums sums = {0};

	site->share_freed = -1;
	if (!process->go)
		return 0;
	site->sizes.basis = process->go->site_basis;
	for (size_t i = 0; i < site->stack_cnt; i++) {
		const struct view_stack *stack = &process->stacks[site->stacks[i]];

		for (uint32_t k = 0; k < stack->class_cnt; k++) {
			const struct class_sums *class = &stack->classes[k];

			sample_sums__merge(&sums, &class->sums);
			site->sizes.counts[size_bucket__of(class->size_class)] += class->sums.calls;
			site->sizes.sum += class->sums.bytes;
		}
	}
	set_calls(process->go, site, &sums);
	site->temporary_share = -1;
	if (process->go->site_basis != BASIS_BUCKET)
		return 0;
	set_live(process, site);
	if (merge_series(view, process, site))
		return -ENOMEM;
	site_life__fill(process, site);
	return 0;
}

int go_site__trim(struct view_stack *stack, uint32_t site, const struct name_source *names)
{
	const struct symbol_name *list;
	uint32_t cnt = stack->frame_cnt;
	int names_cnt;

	if (!cnt || site >= cnt)
		return 0;
	names_cnt = names__of_frame(names, &stack->frames[cnt - 1], &list);
	if (names_cnt < 0)
		return names_cnt;
	if (names_cnt && cnt - 1 > site && !strcmp(list[0].function, "runtime.goexit"))
		cnt--;
	stack->shown_from = site;
	stack->shown_cnt = cnt - site;
	return 0;
}

/* Copy what @frame is called into the view: "" for no frame, the address where there is no name. */
static int name_frame(struct view *view, const struct frame *frame, const struct name_source *names,
		      const char **ret_function, struct view_go_site *place)
{
	const struct symbol_name *list;
	char address[32] = "";
	int cnt = names__of_frame(names, frame, &list);

	if (cnt < 0)
		return cnt;
	if (!cnt && frame->offset)
		snprintf(address, sizeof(address), "0x%" PRIx64, frame->offset);
	*ret_function = view__strdup(view, cnt ? list[0].function : address);
	if (!*ret_function)
		return -ENOMEM;
	if (!place || !cnt)
		return 0;
	place->line = list[0].line;
	if (list[0].file)
		place->file = view__strdup(view, list[0].file);
	return list[0].file && !place->file ? -ENOMEM : 0;
}

int go_site__name_goroutines(struct view *view, struct view_go *go, const struct name_source *names)
{
	int err = 0;

	for (size_t i = 0; i < go->goroutine_site_cnt && !err; i++) {
		struct view_go_site *place = &go->goroutines[i];

		err = name_frame(view, &place->created, names, &place->function, place);
		if (!err)
			err = name_frame(view, &place->entry, names, &place->entry_function, NULL);
	}
	return err;
}
