// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/report.h"

#include <errno.h>
#include <math.h>
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
	static const char *const names[REPORT_BYS] = {"rate",	"bytes",     "live",   "lifetime",
						      "size",	"temporary", "growth", "peak",
						      "thread", "escape"};

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
	case BY_LIFETIME:
		return &site->mean_lifetime_s;
	case BY_TEMPORARY:
		return &site->temporary;
	case BY_GROWTH:
		return &site->gained_bytes;
	case BY_PEAK:
		return &site->peak_bytes;
	case BY_SIZE:
	case BY_THREAD:
	case REPORT_BYS:
		break;
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

double report__life_s(const struct view_site *site)
{
	/* With blocks that are cut off, the mean of those that ended is too low. */
	if (site->share_freed >= 0 && site->share_freed < 1 && site->lifetimes.reached_s > 0)
		return site->lifetimes.mean_s;
	if (site->mean_lifetime_s.basis != BASIS_UNKNOWN)
		return site->mean_lifetime_s.value;
	return site->lifetimes.reached_s > 0 ? site->lifetimes.mean_s : NAN;
}

/* What sites are ordered by; NAN where it is unknown. */
static double order_value(const struct view_site *site, enum report_by by)
{
	const struct figure *figure = report__figure(site, by);

	if (by == BY_LIFETIME)
		return report__life_s(site);
	return figure->basis == BASIS_UNKNOWN ? NAN : figure->value;
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
		const struct view_site *site = &process->sites[i];
		double value = order_value(site, by);

		if (family_of(site) == family && !isnan(value))
			weighed[cnt++] = (struct weighed){value, i};
	}
	qsort(weighed, cnt, sizeof(*weighed), heavier_first);
	for (size_t i = 0; i < cnt; i++)
		order[i] = weighed[i].idx;
	free(weighed);
	*ret_order = order;
	*ret_cnt = cnt;
	return 0;
}

/* Followed births of @stack that were freed soon. */
static double freed_soon(const struct view_stack *stack)
{
	double sum = 0;

	for (uint32_t k = 0; k < stack->life_cnt; k++)
		if (stack->lives[k].life_class <= TEMPORARY_CLASS)
			sum += stack->lives[k].ended;
	return sum;
}

static double temporary_scale(const struct view_process *process, const struct view_site *site)
{
	double all = 0;

	for (size_t i = 0; i < site->stack_cnt; i++)
		all += freed_soon(&process->stacks[site->stacks[i]]);
	return all > 0 ? site->temporary.value / all : 0;
}

double report__stack_scale(const struct view_process *process, const struct view_site *site,
			   enum report_by by)
{
	double all = 0;

	if (by == BY_LIVE || by == BY_PEAK || by == BY_GROWTH)
		return 1;
	if (by == BY_TEMPORARY)
		return temporary_scale(process, site);
	if (by == BY_LIFETIME)
		by = BY_BYTES;
	for (size_t i = 0; i < site->stack_cnt; i++)
		all += fold__stack_bytes(&process->stacks[site->stacks[i]]);
	return all > 0 ? report__figure(site, by)->value / all : 0;
}

double report__stack_value(const struct view_stack *stack, enum report_by by, double scale)
{
	switch (by) {
	case BY_LIVE:
		return scale * stack->live_bytes;
	case BY_PEAK:
		return scale * stack->peak_bytes;
	case BY_GROWTH:
		return scale * (stack->live_bytes - (stack->live.cnt ? stack->live.points[0] : 0));
	case BY_TEMPORARY:
		return scale * freed_soon(stack);
	default:
		return scale * fold__stack_bytes(stack);
	}
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
