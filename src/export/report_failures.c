// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report_failures.h"

#include <inttypes.h>
#include <stdlib.h>

#include "export/human.h"
#include "export/style.h"

#include "base/banned.h"

#define SHOWN 10

static int more_first(const void *a, const void *b)
{
	const struct view_site *x = *(const struct view_site *const *)a;
	const struct view_site *y = *(const struct view_site *const *)b;

	if (x->failures.value != y->failures.value)
		return x->failures.value < y->failures.value ? 1 : -1;
	return x < y ? -1 : x > y;
}

static void print_site(FILE *file, const struct view_site *site,
		       const struct report_options *options)
{
	char failures[HUMAN_BYTES], error[HUMAN_BYTES], bytes[HUMAN_BYTES], name[NAME_BYTES],
		caller[NAME_BYTES], line[2 * NAME_BYTES + 64];

	human__function(caller, sizeof(caller), site->caller);
	snprintf(line, sizeof(line), "%s: %s%s%s", report__func_name(site->func),
		 human__function(name, sizeof(name), site->function), *caller ? " <- " : "",
		 caller);
	fprintf(file, "  %8s %6s %11s  %s\n", human__figure(failures, UNIT_COUNT, &site->failures),
		human__relative_error(error, &site->failures),
		human__value(bytes, UNIT_BYTES, site->failed_bytes.value / site->failures.value),
		human__cut(line, options->width - 31));
}

void report_failures__write(FILE *file, const struct view_process *process,
			    const struct report_options *options)
{
	const struct view_site **sites = calloc(process->site_cnt + 1, sizeof(*sites));
	size_t cnt = 0;

	for (size_t i = 0; sites && i < process->site_cnt; i++)
		if (process->sites[i].failures.basis != BASIS_UNKNOWN)
			sites[cnt++] = &process->sites[i];
	if (cnt) {
		qsort(sites, cnt, sizeof(*sites), more_first);
		fprintf(file, "\n%s  %8s %6s %11s  failed call%s\n", style__dim(options), "failed",
			"+-", "mean size", style__off(options));
		for (size_t i = 0; i < cnt && i < SHOWN; i++)
			print_site(file, sites[i], options);
		if (cnt > SHOWN)
			fprintf(file, "  %8s %zu more\n", "", cnt - SHOWN);
	} else if (process->failures) {
		fprintf(file, "\n  sites of failed calls: none was among the samples; --full "
			      "--interval 1 sees each\n");
	}
	free(sites);
}
