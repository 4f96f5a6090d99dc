// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_exit.h"

#include <stdlib.h>

#include "export/human.h"
#include "export/report_columns.h"
#include "export/style.h"

#include "base/banned.h"

bool report_exit__is_known(const struct view_process *process)
{
	return process->exited && process->frees_seen && !process->go && !process->shed &&
	       (process->exit_reason == EXIT_REASON_EXIT ||
		process->exit_reason == EXIT_REASON_OOM) &&
	       process->live_bytes.basis != BASIS_UNKNOWN;
}

int report_exit__write(FILE *file, const struct view_process *process,
		       const struct report_options *options,
		       int (*print_site)(FILE *file, const struct report_options *options,
					 const struct view_site *site, double all))
{
	struct report_options mine = *options;
	char bytes[2 * HUMAN_BYTES], objects[2 * HUMAN_BYTES];
	size_t *order, cnt, shown = 0;
	double all = 0;
	int err;

	mine.by = BY_LIVE;
	err = report__order(process, FAMILY_MALLOC, BY_LIVE, &order, &cnt);
	if (err)
		return err;
	fprintf(file, "\n  %sleft at exit%s  %s in %s blocks\n", style__bold(options),
		style__off(options), human__with_error(bytes, UNIT_BYTES, &process->live_bytes),
		human__with_error(objects, UNIT_COUNT, &process->live_objects));
	for (size_t i = 0; i < cnt; i++)
		all += process->sites[order[i]].live_bytes.value;
	while (shown < cnt && process->sites[order[shown]].live_bytes.value > 0)
		shown++;
	cnt = shown;
	if (mine.limit && mine.limit < shown)
		shown = mine.limit;
	if (shown)
		report_columns__header(file, &mine, FAMILY_MALLOC);
	for (size_t i = 0; i < shown && !err; i++)
		err = print_site(file, &mine, &process->sites[order[i]], all);
	if (shown < cnt)
		fprintf(file, "  %8s %zu more\n", "", cnt - shown);
	free(order);
	return err;
}
