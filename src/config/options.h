/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `heapbeat run` was told, by flags and configuration file. Filled by cmd/ (the one table of
 * options; a key of the file is the long name of an option, its dots as nesting), read by daemon/
 * and web/.
 */
#ifndef HB_CONFIG_OPTIONS_H
#define HB_CONFIG_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/log.h"
#include "kernel/object.h"

#define SELECTORS_MAX	     64
#define LISTEN_MAX	     8
#define MAX_TARGETS	     32
#define MAX_TARGETS_MOST     511 /* slots in the maps */
#define PROCESS_BUDGET_RATIO 0.01
#define HOST_BUDGET_RATIO    0.02
#define MAX_SERIES	     10000
#define MAX_REQUESTS	     40
/* Resident twice, as it is mapped twice: half a session's. */
#define DAEMON_RING_BYTES      (OBJECT_RING_BYTES / 2)
#define DEFAULT_LISTEN	       "127.0.0.1:10060"
#define DEFAULT_SOCKET	       "/run/heapbeat.sock"
#define DEFAULT_TELEMETRY_PATH "/metrics"

/* Owned strings; a list is replaced as a whole by a source that outranks the one before. */
struct string_list {
	char *items[SELECTORS_MAX];
	size_t cnt;
};

enum on_loss { ON_LOSS_IGNORE, ON_LOSS_LOG, ON_LOSS_EXIT };

struct daemon_options {
	bool help;	   /* print the help, and end */
	char *config_file; /* NULL: none; relative to the working directory, as all paths here */
	bool config_check; /* validate, and end */

	/* who */
	bool all;
	pid_t pids[SELECTORS_MAX];
	size_t pid_cnt;
	struct string_list comms; /* the command name; shell pattern */
	struct string_list exes;  /* path, or basename where it has no slash; shell pattern */
	struct string_list
		cgroups; /* path below the cgroup root, or a part of it that ends at /; pattern */
	size_t max_targets;

	/* at what cost */
	double budget_ratio;	  /* of a process's CPU */
	double host_budget_ratio; /* of one core, all processes together */
	uint64_t interval_bytes;  /* 0: what the budget pays for */
	bool allow_stepped;
	bool no_follow;
	enum link_kind link;
	size_t ring_bytes, live_entries;
	enum on_loss on_loss;
	bool strict;	/* end if a PID that was named cannot be attached */
	bool bpf_stats; /* kernel.bpf_stats_enabled while running */

	struct string_list mute; /* advice that does not count; advice/mute.h */

	/* metrics */
	bool labels_pid;
	size_t max_series;
	bool disable_exporter_metrics;

	/* http */
	bool web_disabled;	   /* --web.listen-address="" */
	struct string_list listen; /* ADDRESS:PORT, [V6]:PORT or :PORT */
	char *telemetry_path;
	char *web_config_file;
	unsigned int max_requests;
	bool enable_lifecycle; /* POST /-/reload */
	bool allow_insecure;   /* a bind beyond loopback without TLS or authentication */
	bool systemd_socket;
	bool debug; /* /maps */

	/* socket */
	char *socket_path;
	char *socket_group; /* NULL: root alone */

	/* privileges */
	struct string_list keep_capabilities; /* lower case, without "cap_" */

	/* log */
	enum log_level log_level;
	enum log_format log_format;
};

/* Defaults; strings are copies. 0 or -ENOMEM. */
int daemon_options__init(struct daemon_options *options);
void daemon_options__release(struct daemon_options *options);

/* Whether something is named to observe; if not, the daemon waits for `heapbeat attach`. */
bool daemon_options__selects(const struct daemon_options *options);

/*
 * A reload changes, at run time: all, pid, comm, exe, cgroup, max-targets, budget, budget.host,
 * on-loss, config.strict, advice.mute, log.level, log.format. Everything else needs a restart: the
 * first such option ("web.listen-address") that differs, or NULL.
 */
const char *daemon_options__needs_restart(const struct daemon_options *old,
					  const struct daemon_options *fresh);
/* Whether @name is such an option. */
bool daemon_options__is_fixed(const char *name);
/* Move what can change at run time from @fresh into @options; the rest of @options, which other
 * threads may read, is not touched. @fresh keeps what it replaced: release it afterwards. */
void daemon_options__adopt(struct daemon_options *options, struct daemon_options *fresh);

/* Append a copy of @item. 0, -E2BIG if the list is full, -ENOMEM. */
int string_list__add(struct string_list *list, const char *item);
/* Empty it. */
void string_list__clear(struct string_list *list);

#endif
