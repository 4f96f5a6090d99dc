// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/report_values.h"

#include <errno.h>
#include <regex.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cmd/option_values.h"
#include "base/banned.h"

#define TABLES_MAX 1000000
#define ROWS_MAX   1000000

int report_value__top(struct options *options, const char *value)
{
	return option_value__number(value, 1, ROWS_MAX, &options->top);
}

int report_value__every(struct options *options, const char *value)
{
	double seconds;
	int err = options__parse_duration(value, &seconds);

	if (err || seconds < 0.1)
		return -EINVAL;
	options->every_s = seconds;
	return 0;
}

int report_value__times(struct options *options, const char *value)
{
	return option_value__number(value, 1, TABLES_MAX, &options->times);
}

int report_value__min_size(struct options *options, const char *value)
{
	return options__parse_bytes(value, &options->filter.min_bytes);
}

int report_value__max_size(struct options *options, const char *value)
{
	int err = options__parse_bytes(value, &options->filter.max_bytes);

	return err ? err : options->filter.max_bytes ? 0 : -EINVAL;
}

int report_value__older(struct options *options, const char *value)
{
	double seconds;
	int err = options__parse_duration(value, &seconds);

	if (!err)
		options->filter.older_ns = (uint64_t)(seconds * 1e9);
	return err;
}

int report_value__site(struct options *options, const char *value)
{
	regex_t regex;

	if (!*value || regcomp(&regex, value, REG_EXTENDED | REG_NOSUB))
		return -EINVAL;
	regfree(&regex);
	options->site = value;
	return 0;
}

static bool is_moment(const char *value)
{
	uint64_t ns;

	return !report_value__moment(value, 0, &ns);
}

int report_value__from(struct options *options, const char *value)
{
	options->from = value;
	return is_moment(value) ? 0 : -EINVAL;
}

int report_value__to(struct options *options, const char *value)
{
	options->to = value;
	return is_moment(value) ? 0 : -EINVAL;
}

int report_value__debuginfo_dir(struct options *options, const char *value)
{
	options->debuginfo_dir = value;
	return *value ? 0 : -EINVAL;
}

int report_value__tree(struct options *options, const char *value)
{
	if (!value || !strcmp(value, "up"))
		options->tree = TREE_UP;
	else if (!strcmp(value, "down"))
		options->tree = TREE_DOWN;
	else
		return -EINVAL;
	return 0;
}

/* "Z", "+02:00": seconds east of UTC. */
static int parse_zone(const char *text, long *ret_s)
{
	int hours, minutes, used = 0;
	char sign;

	*ret_s = 0;
	if (!strcmp(text, "Z") || !strcmp(text, "z"))
		return 0;
	if (sscanf(text, "%c%2d:%2d%n", &sign, &hours, &minutes, &used) != 3 || text[used] ||
	    (sign != '+' && sign != '-') || hours > 23 || minutes > 59)
		return -EINVAL;
	*ret_s = (hours * 60L + minutes) * 60 * (sign == '-' ? -1 : 1);
	return 0;
}

static int parse_rfc3339(const char *value, double *ret_wall_s)
{
	struct tm tm = {0};
	char *zone = strptime(value, "%Y-%m-%dT%H:%M:%S", &tm);
	double fraction = 0;
	long east_s;

	if (!zone)
		return -EINVAL;
	if (*zone == '.')
		fraction = strtod(zone, &zone);
	if (parse_zone(zone, &east_s))
		return -EINVAL;
	*ret_wall_s = (double)(timegm(&tm) - east_s) + fraction;
	return 0;
}

int report_value__moment(const char *value, uint64_t start_wall_ns, uint64_t *ret_ns)
{
	double seconds;

	if (!strcmp(value, "0") || !strcmp(value, "0s"))
		seconds = 0;
	else if (options__parse_duration(value, &seconds)) {
		if (parse_rfc3339(value, &seconds))
			return -EINVAL;
		seconds -= (double)start_wall_ns / 1e9;
	}
	*ret_ns = seconds > 0 ? (uint64_t)(seconds * 1e9) : 0;
	return 0;
}

static int refuse(struct error *error, const char *what)
{
	return error__set(error, EXIT_USAGE, -EINVAL, "%s; see heapbeat report --help", what);
}

int report_values__check(struct options *options, struct error *error)
{
	struct session_options *session = &options->session;

	if (options->capture && options->daemon.cgroups.cnt)
		return refuse(error, "a capture does not hold cgroups: choose by --comm");
	if (!options->capture && (options->from || options->to))
		return refuse(error, "--from and --to are of a capture");
	if (options->times && !(options->every_s > 0))
		return refuse(error, "-n needs -i");
	if (options->every_s > 0 && (options->capture || options->pprof || options->html))
		return refuse(error, "-i is of running processes, and prints tables");
	if (options->tree && (options->json || options->folded || options->speedscope ||
			      options->svg || options->pprof || options->html))
		return refuse(error, "--tree is text");
	if (options->filter.max_bytes && options->filter.min_bytes > options->filter.max_bytes)
		return refuse(error, "-z is above -Z");
	if (options->filter.older_ns && !options->by_given)
		options->by = BY_LIVE;
	if (options->every_s > 0 && options->times)
		session->duration_s = options->every_s * (double)options->times;
	return 0;
}
