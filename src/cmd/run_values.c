// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/run_values.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/un.h>

#include <cap-ng.h>

#include "advice/mute.h"
#include "cmd/option_values.h"
#include "base/banned.h"

#define ITEM_MAX    4096 /* a path */
#define SERIES_MOST 1000000

static int set_string(char **field, const char *value)
{
	char *copy;

	if (!*value)
		return -EINVAL;
	copy = strdup(value);
	if (!copy)
		return -ENOMEM;
	free(*field);
	*field = copy;
	return 0;
}

/* The items between commas, none of them empty. */
static int add_items(struct string_list *list, const char *value)
{
	char item[ITEM_MAX];

	for (;;) {
		size_t len = strcspn(value, ",");
		int err;

		if (!len || len >= sizeof(item))
			return -EINVAL;
		memcpy(item, value, len);
		item[len] = 0;
		err = string_list__add(list, item);
		if (err || !value[len])
			return err;
		value += len + 1;
	}
}

int run_value__pids(struct options *options, const char *value)
{
	return option_value__pids(value, options->daemon.pids, &options->daemon.pid_cnt,
				  SELECTORS_MAX);
}

int run_value__comms(struct options *options, const char *value)
{
	return add_items(&options->daemon.comms, value);
}

int run_value__exes(struct options *options, const char *value)
{
	return add_items(&options->daemon.exes, value);
}

int run_value__cgroups(struct options *options, const char *value)
{
	return add_items(&options->daemon.cgroups, value);
}

int run_value__mute(struct options *options, const char *value)
{
	return mute__check(value) ? -EINVAL : add_items(&options->daemon.mute, value);
}

int run_value__max_targets(struct options *options, const char *value)
{
	uint64_t number;

	if (option_value__number(value, 1, MAX_TARGETS_MOST, &number))
		return -EINVAL;
	options->daemon.max_targets = number;
	return 0;
}

int run_value__budget(struct options *options, const char *value)
{
	return option_value__percent(value, &options->daemon.budget_ratio);
}

int run_value__host_budget(struct options *options, const char *value)
{
	return option_value__percent(value, &options->daemon.host_budget_ratio);
}

int run_value__interval(struct options *options, const char *value)
{
	return option_value__interval(value, &options->daemon.interval_bytes);
}

int run_value__link(struct options *options, const char *value)
{
	return link_kind__parse(value, &options->daemon.link);
}

int run_value__ring(struct options *options, const char *value)
{
	return option_value__ring(value, &options->daemon.ring_bytes);
}

int run_value__live(struct options *options, const char *value)
{
	return option_value__entries(value, &options->daemon.live_entries);
}

int run_value__on_loss(struct options *options, const char *value)
{
	static const char *const names[] = {
		[ON_LOSS_IGNORE] = "ignore", [ON_LOSS_LOG] = "log", [ON_LOSS_EXIT] = "exit"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(value, names[i])) {
			options->daemon.on_loss = (enum on_loss)i;
			return 0;
		}
	return -EINVAL;
}

int run_value__max_series(struct options *options, const char *value)
{
	uint64_t number;

	if (option_value__number(value, 100, SERIES_MOST, &number))
		return -EINVAL;
	options->daemon.max_series = number;
	return 0;
}

/* "" means no HTTP at all; run_options.c refuses it beside an address. */
int run_value__listen(struct options *options, const char *value)
{
	if (!*value) {
		options->daemon.web_disabled = true;
		return 0;
	}
	if (options->daemon.listen.cnt == LISTEN_MAX)
		return -E2BIG;
	return option_value__listen(value) ?: string_list__add(&options->daemon.listen, value);
}

int run_value__telemetry_path(struct options *options, const char *value)
{
	return option_value__url_path(value) ?: set_string(&options->daemon.telemetry_path, value);
}

int run_value__web_config(struct options *options, const char *value)
{
	return set_string(&options->daemon.web_config_file, value);
}

int run_value__max_requests(struct options *options, const char *value)
{
	uint64_t number;

	if (option_value__number(value, 1, 10000, &number))
		return -EINVAL;
	options->daemon.max_requests = (unsigned int)number;
	return 0;
}

int run_value__socket_path(struct options *options, const char *value)
{
	if (strlen(value) >= sizeof(((struct sockaddr_un *)0)->sun_path))
		return -EINVAL;
	return set_string(&options->daemon.socket_path, value);
}

int run_value__socket_group(struct options *options, const char *value)
{
	return set_string(&options->daemon.socket_group, value);
}

/* Names as capsh prints them or without their "cap_", in any case. */
int run_value__keep(struct options *options, const char *value)
{
	struct string_list *list = &options->daemon.keep_capabilities;
	size_t from = list->cnt;
	int err = add_items(list, value);

	for (size_t i = from; i < list->cnt && !err; i++) {
		char *name = list->items[i];

		if (!strncasecmp(name, "cap_", 4))
			memmove(name, name + 4, strlen(name + 4) + 1);
		for (char *c = name; *c; c++)
			*c = (char)tolower((unsigned char)*c);
		if (capng_name_to_capability(name) < 0)
			err = -EINVAL;
	}
	return err;
}

int run_value__log_level(struct options *options, const char *value)
{
	return log_level__parse(value, &options->daemon.log_level);
}

int run_value__log_format(struct options *options, const char *value)
{
	return log_format__parse(value, &options->daemon.log_format);
}

int run_value__config_file(struct options *options, const char *value)
{
	return set_string(&options->daemon.config_file, value);
}

void run_value__clear_pids(struct options *options)
{
	options->daemon.pid_cnt = 0;
}

void run_value__clear_comms(struct options *options)
{
	string_list__clear(&options->daemon.comms);
}

void run_value__clear_exes(struct options *options)
{
	string_list__clear(&options->daemon.exes);
}

void run_value__clear_cgroups(struct options *options)
{
	string_list__clear(&options->daemon.cgroups);
}

void run_value__clear_mute(struct options *options)
{
	string_list__clear(&options->daemon.mute);
}

void run_value__clear_listen(struct options *options)
{
	string_list__clear(&options->daemon.listen);
	options->daemon.web_disabled = false;
}

void run_value__clear_keep(struct options *options)
{
	string_list__clear(&options->daemon.keep_capabilities);
}
