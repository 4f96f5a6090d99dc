// SPDX-License-Identifier: GPL-2.0-or-later
#include "config/options.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/banned.h"

int string_list__add(struct string_list *list, const char *item)
{
	char *copy;

	if (list->cnt == SELECTORS_MAX)
		return -E2BIG;
	copy = strdup(item);
	if (!copy)
		return -ENOMEM;
	list->items[list->cnt++] = copy;
	return 0;
}

void string_list__clear(struct string_list *list)
{
	for (size_t i = 0; i < list->cnt; i++)
		free(list->items[i]);
	list->cnt = 0;
}

int daemon_options__init(struct daemon_options *options)
{
	*options = (struct daemon_options){
		.max_targets = MAX_TARGETS,
		.budget_ratio = PROCESS_BUDGET_RATIO,
		.host_budget_ratio = HOST_BUDGET_RATIO,
		.link = LINK_BEST,
		.ring_bytes = DAEMON_RING_BYTES,
		.live_entries = OBJECT_LIVE_ENTRIES,
		.on_loss = ON_LOSS_LOG,
		.max_series = MAX_SERIES,
		.max_requests = MAX_REQUESTS,
		.log_level = LOG_LEVEL_INFO,
		.log_format = LOG_FORMAT_LOGFMT,
	};
	options->telemetry_path = strdup(DEFAULT_TELEMETRY_PATH);
	options->socket_path = strdup(DEFAULT_SOCKET);
	if (!options->telemetry_path || !options->socket_path ||
	    string_list__add(&options->listen, DEFAULT_LISTEN)) {
		daemon_options__release(options);
		return -ENOMEM;
	}
	return 0;
}

void daemon_options__release(struct daemon_options *options)
{
	free(options->config_file);
	free(options->telemetry_path);
	free(options->web_config_file);
	free(options->socket_path);
	free(options->socket_group);
	string_list__clear(&options->comms);
	string_list__clear(&options->exes);
	string_list__clear(&options->cgroups);
	string_list__clear(&options->mute);
	string_list__clear(&options->listen);
	string_list__clear(&options->keep_capabilities);
	*options = (struct daemon_options){0};
}

bool daemon_options__selects(const struct daemon_options *options)
{
	return options->all || options->pid_cnt || options->comms.cnt || options->exes.cnt ||
	       options->cgroups.cnt;
}

enum kind { KIND_BYTES, KIND_STRING, KIND_LIST };

static const struct {
	const char *name;
	enum kind kind;
	size_t at, bytes;
} fixed[] = {
#define BYTES(name, field)                                                \
	{                                                                 \
		name, KIND_BYTES, offsetof(struct daemon_options, field), \
			sizeof(((struct daemon_options *)0)->field)       \
	}
#define STRING(name, field)                                                  \
	{                                                                    \
		name, KIND_STRING, offsetof(struct daemon_options, field), 0 \
	}
#define LIST(name, field)                                                  \
	{                                                                  \
		name, KIND_LIST, offsetof(struct daemon_options, field), 0 \
	}
	BYTES("interval", interval_bytes),
	BYTES("allow-stepped", allow_stepped),
	BYTES("no-follow", no_follow),
	BYTES("link", link),
	BYTES("ring-bytes", ring_bytes),
	BYTES("live-entries", live_entries),
	BYTES("bpf.stats", bpf_stats),
	BYTES("labels.pid", labels_pid),
	BYTES("metrics.max-series", max_series),
	BYTES("web.listen-address", web_disabled),
	LIST("web.listen-address", listen),
	STRING("web.telemetry-path", telemetry_path),
	STRING("web.config.file", web_config_file),
	BYTES("web.max-requests", max_requests),
	BYTES("web.disable-exporter-metrics", disable_exporter_metrics),
	BYTES("web.enable-lifecycle", enable_lifecycle),
	BYTES("web.allow-insecure", allow_insecure),
	BYTES("web.systemd-socket", systemd_socket),
	STRING("socket.path", socket_path),
	STRING("socket.group", socket_group),
	LIST("capabilities.keep", keep_capabilities),
	BYTES("debug", debug),
#undef BYTES
#undef STRING
#undef LIST
};

static bool same_string(const char *a, const char *b)
{
	return a && b ? !strcmp(a, b) : a == b;
}

static bool same_list(const struct string_list *a, const struct string_list *b)
{
	if (a->cnt != b->cnt)
		return false;
	for (size_t i = 0; i < a->cnt; i++)
		if (strcmp(a->items[i], b->items[i]) != 0)
			return false;
	return true;
}

const char *daemon_options__needs_restart(const struct daemon_options *old,
					  const struct daemon_options *fresh)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		const char *a = (const char *)old + fixed[i].at;
		const char *b = (const char *)fresh + fixed[i].at;
		bool same;

		if (fixed[i].kind == KIND_STRING)
			same = same_string(*(char *const *)a, *(char *const *)b);
		else if (fixed[i].kind == KIND_LIST)
			same = same_list((const struct string_list *)a,
					 (const struct string_list *)b);
		else
			same = !memcmp(a, b, fixed[i].bytes);
		if (!same)
			return fixed[i].name;
	}
	return NULL;
}

bool daemon_options__is_fixed(const char *name)
{
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++)
		if (!strcmp(fixed[i].name, name))
			return true;
	return false;
}

static void swap_lists(struct string_list *a, struct string_list *b)
{
	struct string_list kept = *a;

	*a = *b;
	*b = kept;
}

void daemon_options__adopt(struct daemon_options *options, struct daemon_options *fresh)
{
	options->all = fresh->all;
	options->pid_cnt = fresh->pid_cnt;
	memcpy(options->pids, fresh->pids, sizeof(options->pids));
	swap_lists(&options->comms, &fresh->comms);
	swap_lists(&options->exes, &fresh->exes);
	swap_lists(&options->cgroups, &fresh->cgroups);
	swap_lists(&options->mute, &fresh->mute);
	options->max_targets = fresh->max_targets;
	options->budget_ratio = fresh->budget_ratio;
	options->host_budget_ratio = fresh->host_budget_ratio;
	options->on_loss = fresh->on_loss;
	options->strict = fresh->strict;
	options->log_level = fresh->log_level;
	options->log_format = fresh->log_format;
}
