// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "bpf/abi.h"
#include "symbol/fold.h"

#include "base/banned.h"

#define WIDTH_MIN     60
#define WIDTH_DEFAULT 100
#define WIDTH_MAX     200

int report__parse_by(const char *s, enum report_by *ret_by)
{
	static const char *const names[] = {"rate", "bytes", "live", "escape"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (!strcmp(s, names[i])) {
			*ret_by = (enum report_by)i;
			return 0;
		}
	return -EINVAL;
}

void report_options__fit(struct report_options *options, FILE *file)
{
	const char *no_color = getenv("NO_COLOR"), *term = getenv("TERM");
	struct winsize size = {0};
	int fd = fileno(file);
	bool tty = fd >= 0 && isatty(fd);

	options->color = tty && !(no_color && *no_color) && term && strcmp(term, "dumb") != 0;
	options->width = WIDTH_DEFAULT;
	if (tty && !ioctl(fd, TIOCGWINSZ, &size) && size.ws_col)
		options->width = size.ws_col;
	if (options->width < WIDTH_MIN)
		options->width = WIDTH_MIN;
	if (options->width > WIDTH_MAX)
		options->width = WIDTH_MAX;
}

const struct figure *report__figure(const struct view_site *site, enum report_by by)
{
	switch (by) {
	case BY_RATE:
	case BY_ESCAPE:
		return &site->bytes_rate;
	case BY_BYTES:
		return &site->bytes;
	case BY_LIVE:
		return &site->live_bytes;
	}
	return &site->bytes;
}

struct weighed {
	double value;
	size_t idx;
};

static int heavier_first(const void *a, const void *b)
{
	const struct weighed *x = a, *y = b;

	if (x->value != y->value)
		return x->value < y->value ? 1 : -1;
	return x->idx < y->idx ? -1 : x->idx > y->idx;
}

static enum report_family family_of(const struct view_site *site)
{
	if (site->go)
		return FAMILY_RUNTIME;
	return site->vm ? FAMILY_PAGES : FAMILY_MALLOC;
}

int report__order(const struct view_process *process, enum report_family family, enum report_by by,
		  size_t **ret_order, size_t *ret_cnt)
{
	struct weighed *weighed = calloc(process->site_cnt + 1, sizeof(*weighed));
	size_t *order = calloc(process->site_cnt + 1, sizeof(*order));
	size_t cnt = 0;

	if (!weighed || !order) {
		free(weighed);
		free(order);
		return -ENOMEM;
	}
	for (size_t i = 0; i < process->site_cnt; i++) {
		const struct figure *figure = report__figure(&process->sites[i], by);

		if (family_of(&process->sites[i]) == family && figure->basis != BASIS_UNKNOWN)
			weighed[cnt++] = (struct weighed){figure->value, i};
	}
	qsort(weighed, cnt, sizeof(*weighed), heavier_first);
	for (size_t i = 0; i < cnt; i++)
		order[i] = weighed[i].idx;
	free(weighed);
	*ret_order = order;
	*ret_cnt = cnt;
	return 0;
}

double report__stack_scale(const struct view_process *process, const struct view_site *site,
			   enum report_by by)
{
	double all = 0;

	if (by == BY_LIVE)
		return 1;
	for (size_t i = 0; i < site->stack_cnt; i++)
		all += fold__stack_bytes(&process->stacks[site->stacks[i]]);
	return all > 0 ? report__figure(site, by)->value / all : 0;
}

double report__stack_value(const struct view_stack *stack, enum report_by by, double scale)
{
	return scale * (by == BY_LIVE ? stack->live_bytes : fold__stack_bytes(stack));
}

const char *report__func_name(uint16_t func)
{
	static const char *const names[FUNC_NAMES] = {
		[HB_MALLOC] = "malloc",
		[HB_CALLOC] = "calloc",
		[HB_REALLOC] = "realloc",
		[HB_POSIX_MEMALIGN] = "posix_memalign",
		[HB_ALIGNED_ALLOC] = "aligned_alloc",
		[HB_MEMALIGN] = "memalign",
		[HB_FREE] = "free",
		[HB_GO_ALLOC] = "go",
		[HB_MMAP] = "mmap",
		[HB_MUNMAP] = "munmap",
		[HB_MREMAP] = "mremap",
		[HB_BRK] = "brk",
	};

	_Static_assert(FUNC_NAMES == HB_FUNC_MAX, "a name for every function");
	return func < FUNC_NAMES && names[func] ? names[func] : "?";
}

const char *report__mode_name(enum plan_mode mode)
{
	static const char *const names[] = {"rest", "look", "exact", "full"};

	return (size_t)mode < sizeof(names) / sizeof(*names) ? names[mode] : "?";
}
