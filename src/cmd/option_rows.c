// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/option_rows.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "advice/mute.h"
#include "cmd/option_values.h"
#include "cmd/report_values.h"
#include "cmd/run_values.h"
#include "base/log.h"
#include "top/top_processes.h"
#include "base/banned.h"

#define OBSERVING (VERB_RECORD | VERB_REPORT | VERB_ADVISE)
#define JUDGING	  (VERB_ADVISE | VERB_DIFF)
#define READING                                                                                \
	(VERB_REPORT | JUDGING | VERB_PS | VERB_DOCTOR | VERB_STATUS | VERB_RULES | VERB_TOP | \
	 VERB_DUMP)
#define ASKING (VERB_ATTACH | VERB_DETACH | VERB_STATUS)
#define EVERY                                                                           \
	(OBSERVING | READING | ASKING | VERB_RUN | VERB_DASHBOARD | VERB_CHECK_CONFIG | \
	 VERB_COMPLETION)

#define ITERATIONS_MOST 1000000000
#define DELAY_LEAST_S	0.1
#define DELAY_MOST_S	3600

#define FLAG(field)    .flag = offsetof(struct options, field)
#define CALL(function) .apply = function
#define LIST(name)     .apply = run_value__##name, .clear = run_value__clear_##name

static int apply_pids(struct options *options, const char *value)
{
	struct session_options *session = &options->session;

	return option_value__pids(value, session->pids, &session->pid_cnt, SESSION_PIDS_MAX);
}

static int apply_duration(struct options *options, const char *value)
{
	return options__parse_duration(value, &options->session.duration_s);
}

static int apply_output(struct options *options, const char *value)
{
	options->output = value;
	return *value ? 0 : -EINVAL;
}

static int apply_pprof(struct options *options, const char *value)
{
	options->pprof = value;
	return *value ? 0 : -EINVAL;
}

static int apply_html(struct options *options, const char *value)
{
	options->html = value;
	return *value ? 0 : -EINVAL;
}

static int apply_interval(struct options *options, const char *value)
{
	return option_value__interval(value, &options->session.interval_bytes);
}

static int apply_budget(struct options *options, const char *value)
{
	if (!strcmp(value, "off")) {
		options->session.unlimited = true;
		return 0;
	}
	return option_value__percent(value, &options->session.budget_ratio);
}

static int apply_link(struct options *options, const char *value)
{
	return link_kind__parse(value, &options->session.link);
}

static int apply_by(struct options *options, const char *value)
{
	options->by_given = true;
	return report__parse_by(value, &options->by);
}

static int apply_escape_log(struct options *options, const char *value)
{
	options->escape_log = value;
	return *value ? 0 : -EINVAL;
}

static int apply_ring(struct options *options, const char *value)
{
	return option_value__ring(value, &options->session.ring_bytes);
}

static int apply_live(struct options *options, const char *value)
{
	return option_value__entries(value, &options->session.live_entries);
}

static int apply_socket(struct options *options, const char *value)
{
	options->socket_path = value;
	return *value ? 0 : -EINVAL;
}

static int apply_format(struct options *options, const char *value)
{
	static const char *const names[] = {
		[FORMAT_TEXT] = "text", [FORMAT_JSON] = "json", [FORMAT_MD] = "md"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (!strcmp(value, names[i])) {
			options->format = (enum advice_format)i;
			options->format_given = true;
			return 0;
		}
	return -EINVAL;
}

static int apply_fail_on(struct options *options, const char *value)
{
	options->fails = true;
	return severity__parse(value, &options->fail_on);
}

static int apply_mute(struct options *options, const char *value)
{
	if (mute__check(value))
		return -EINVAL;
	if (options->mute_cnt == MUTES_MAX)
		return -E2BIG;
	options->mutes[options->mute_cnt++] = value;
	return 0;
}

static int apply_advice(struct options *options, const char *value)
{
	options->advice_id = value;
	return *value ? 0 : -EINVAL;
}

static int apply_per_op(struct options *options, const char *value)
{
	return option_value__operations(value, &options->ops_before, &options->ops_after);
}

static int apply_sort(struct options *options, const char *value)
{
	options->sort = grid_columns__find(process_columns, PROCESS_COLUMNS, value);
	return options->sort == GRID_NO_COLUMN ? -EINVAL : 0;
}

static int apply_iterations(struct options *options, const char *value)
{
	uint64_t cnt;
	int err = option_value__number(value, 1, ITERATIONS_MOST, &cnt);

	if (!err)
		options->iterations = (size_t)cnt;
	return err;
}

static int apply_delay(struct options *options, const char *value)
{
	double delay_s;

	if (options__parse_duration(value, &delay_s) || delay_s < DELAY_LEAST_S ||
	    delay_s > DELAY_MOST_S)
		return -EINVAL;
	options->delay_s = delay_s;
	return 0;
}

static int apply_debug(struct options *options, const char *value)
{
	(void)options;
	(void)value;
	log__set_level(log__level() < LOG_LEVEL_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG);
	return 0;
}

const struct option_row option_rows[] = {
	/* the short verbs */
	{'p', "pid", "PID[,PID...]", OBSERVING | VERB_DOCTOR | VERB_TOP, false,
	 "processes to observe", CALL(apply_pids)},
	{'d', "duration", "TIME", OBSERVING, false,
	 "how long: 10s, 500ms, 2m (record: until Ctrl-C; report and advise: 5s)",
	 CALL(apply_duration)},
	{'o', "output", "FILE", VERB_RECORD, false, "the capture to write (heapbeat.hb)",
	 CALL(apply_output)},
	{0, "full", NULL, OBSERVING, false,
	 "see every call, return and free: exact live bytes, at the slow-down it prints first",
	 FLAG(session.full)},
	{0, "interval", "BYTES", OBSERVING, false,
	 "mean bytes between samples, 1 samples every call (default: what the budget pays for, "
	 "at most 512K)",
	 CALL(apply_interval)},
	{0, "budget", "PERCENT%|off", OBSERVING, false,
	 "what observing may cost a process, of its CPU time (1%)", CALL(apply_budget)},
	{0, "link", "perf|multi|session", OBSERVING, true, "force a way of linking probes",
	 CALL(apply_link)},
	{0, "allow-stepped", NULL, OBSERVING, false,
	 "also probe where the kernel must single-step (12-18 us a hit)",
	 FLAG(session.allow_stepped)},
	{0, "no-follow", NULL, OBSERVING, false, "do not observe child processes",
	 FLAG(session.no_follow)},
	{0, "by", "bytes|rate|live|lifetime|size|temporary|growth|peak|thread|escape", VERB_REPORT,
	 false, "what sites are listed by (bytes); escape: what lines of Go allocate for",
	 CALL(apply_by)},
	{0, "escape-log", "FILE", VERB_REPORT, false,
	 "with --by escape: quote the compiler, whose 'go build -gcflags=-m=2' wrote FILE",
	 CALL(apply_escape_log)},
	{'T', "top", "N", VERB_REPORT, false, "rows of a table (20; JSON: all)",
	 CALL(report_value__top)},
	{'i', "every", "TIME", VERB_REPORT, false,
	 "a table as often: of that time alone, or, of what is live, since the start",
	 CALL(report_value__every)},
	{'n', "times", "N", VERB_REPORT, false, "with -i: how many tables (until Ctrl-C)",
	 CALL(report_value__times)},
	{'z', "min-size", "BYTES", VERB_REPORT, false, "only calls of at least this size",
	 CALL(report_value__min_size)},
	{'Z', "max-size", "BYTES", VERB_REPORT, false, "only calls of at most this size",
	 CALL(report_value__max_size)},
	{0, "older", "TIME", VERB_REPORT, false,
	 "of live blocks those that are at least this old (--by live)", CALL(report_value__older)},
	{0, "site", "REGEX", VERB_REPORT, false,
	 "only stacks in which a function matches (POSIX, extended)", CALL(report_value__site)},
	{0, "from", "TIME", VERB_REPORT, false,
	 "of a capture, what comes after: since its start (90s), or RFC 3339",
	 CALL(report_value__from)},
	{0, "to", "TIME", VERB_REPORT, false, "of a capture, what comes before",
	 CALL(report_value__to)},
	{0, "tree", "up|down", VERB_REPORT, false,
	 "a tree of callers: up from what allocates (the default), or down from main",
	 CALL(report_value__tree), .optional = true},
	{0, "comm", "PATTERN[,...]", OBSERVING, false,
	 "processes with this command name, now or in a capture; * and ? match",
	 CALL(run_value__comms)},
	{0, "cgroup", "PATTERN[,...]", OBSERVING, false,
	 "processes of a cgroup and those below it, now: its path or its name",
	 CALL(run_value__cgroups)},
	{0, "debuginfo-dir", "DIR", VERB_REPORT, false,
	 "look for names in DIR/.build-id/xx/yyyy.debug first", CALL(report_value__debuginfo_dir)},
	{0, "diff", NULL, VERB_REPORT, false, "of two captures, what has changed: heapbeat diff",
	 FLAG(compares)},
	{'v', "verbose", NULL, VERB_REPORT, false, "stacks below each site", FLAG(verbose)},
	{'b', "batch", NULL, VERB_TOP, false, "print tables instead of filling the terminal",
	 FLAG(batch)},
	{'n', "iterations", "N", VERB_TOP, false, "end after this many refreshes",
	 CALL(apply_iterations)},
	{'d', "delay", "TIME", VERB_TOP, false, "between refreshes: 2s, 500ms (2s)",
	 CALL(apply_delay)},
	{0, "sort", "COLUMN", VERB_TOP, false,
	 "bytes, allocs, live, growth, change, rss, gc, cpu, sampling, cost, coverage, pid, "
	 "command, runtime, how or unit (bytes)",
	 CALL(apply_sort)},
	{0, "json", NULL, READING, false, "print JSON", FLAG(json)},
	{0, "format", "md|text|json", JUDGING, false,
	 "text, JSON, or Markdown for a pull request (text)", CALL(apply_format)},
	{0, "fail-on", "low|medium|high", JUDGING, false,
	 "end with status 3 if advice of this severity or above is found (diff: that is new)",
	 CALL(apply_fail_on)},
	{0, "mute", "PATTERN[,...]", JUDGING, false,
	 "advice not to count: HB-ID, RULE or RULE:FUNCTION, where * and ? match",
	 CALL(apply_mute)},
	{0, "per-op", "N[,M]", VERB_DIFF, false,
	 "compare per operation, of which the captures hold N (and M), not per CPU second",
	 CALL(apply_per_op)},
	{0, "advice", "ID", VERB_DIFF, false, "tell of this advice alone", CALL(apply_advice)},
	{0, "folded", NULL, VERB_REPORT, false, "print folded stacks for flame graphs",
	 FLAG(folded)},
	{0, "speedscope", NULL, VERB_REPORT, false, "print stacks as speedscope reads them",
	 FLAG(speedscope)},
	{0, "svg", NULL, VERB_REPORT, false, "print a flame graph", FLAG(svg)},
	{0, "pprof", "FILE", VERB_REPORT, false,
	 "write a profile for go tool pprof; - is standard output", CALL(apply_pprof)},
	{0, "html", "FILE", VERB_REPORT, false,
	 "write a page to look at in a browser, in one file; - is standard output",
	 CALL(apply_html)},
	{0, "probes", NULL, VERB_DOCTOR, false,
	 "with -p: where each probe of a process goes, and why", FLAG(probes)},
	{0, "no-stacks", NULL, OBSERVING, true, "samples carry the caller alone",
	 FLAG(session.no_stacks)},
	{0, "ring-bytes", "BYTES", OBSERVING, true, "size of the ring", CALL(apply_ring)},
	{0, "live-entries", "N", OBSERVING, true, "size of the live table", CALL(apply_live)},
	{0, "debug", NULL, OBSERVING | VERB_DOCTOR, false,
	 "say more on stderr; twice: libbpf's words, too", CALL(apply_debug)},
	{0, "socket.path", "PATH", ASKING | OBSERVING | VERB_TOP, false,
	 "the daemon's socket (" DEFAULT_SOCKET ")", CALL(apply_socket)},

	/* run: configuration */
	{0, "config.file", "FILE", VERB_RUN, false, "options as YAML; flags win over it",
	 CALL(run_value__config_file), .flag_only = true},
	{0, "config.check", NULL, VERB_RUN, false, "validate options and files, and end",
	 FLAG(daemon.config_check), .flag_only = true},
	{0, "config.strict", NULL, VERB_RUN, false,
	 "end if a process named by -p cannot be attached", FLAG(daemon.strict)},
	/* run: who */
	{0, "all", NULL, VERB_RUN, false, "observe every process that can be, the busiest first",
	 FLAG(daemon.all)},
	{'p', "pid", "PID[,PID...]", VERB_RUN, false, "processes to observe", LIST(pids)},
	{0, "comm", "PATTERN[,...]", VERB_RUN, false,
	 "processes with this command name; * and ? match", LIST(comms)},
	{0, "exe", "PATTERN[,...]", VERB_RUN, false,
	 "processes that run this file: a path, or a name without slashes", LIST(exes)},
	{0, "cgroup", "PATTERN[,...]", VERB_RUN, false,
	 "processes of a cgroup and those below it: its path or its name", LIST(cgroups)},
	{0, "max-targets", "N", VERB_RUN, false, "processes observed at once, at most 511 (32)",
	 CALL(run_value__max_targets)},
	{0, "advice.mute", "PATTERN[,...]", VERB_RUN, false,
	 "advice not to count: HB-ID, RULE or RULE:FUNCTION, where * and ? match", LIST(mute)},
	/* run: at what cost */
	{0, "budget", "PERCENT%", VERB_RUN, false,
	 "what observing may cost a process, of its CPU time (1%)", CALL(run_value__budget)},
	{0, "budget.host", "PERCENT%", VERB_RUN, false,
	 "what it may cost all processes together, of one core (2%)", CALL(run_value__host_budget)},
	{0, "interval", "BYTES", VERB_RUN, false,
	 "mean bytes between samples (default: what the budget pays for, at most 512K)",
	 CALL(run_value__interval)},
	{0, "allow-stepped", NULL, VERB_RUN, false,
	 "also probe where the kernel must single-step (12-18 us a hit)",
	 FLAG(daemon.allow_stepped)},
	{0, "no-follow", NULL, VERB_RUN, false, "do not observe child processes",
	 FLAG(daemon.no_follow)},
	{0, "on-loss", "ignore|log|exit", VERB_RUN, false, "what to do when samples are lost (log)",
	 CALL(run_value__on_loss)},
	{0, "bpf.stats", NULL, VERB_RUN, false,
	 "turn on kernel.bpf_stats_enabled: run times of all BPF programs of the host",
	 FLAG(daemon.bpf_stats)},
	{0, "link", "perf|multi|session", VERB_RUN, true, "force a way of linking probes",
	 CALL(run_value__link)},
	{0, "ring-bytes", "BYTES", VERB_RUN, true, "size of the ring", CALL(run_value__ring)},
	{0, "live-entries", "N", VERB_RUN, true, "size of the live table", CALL(run_value__live)},
	/* run: metrics and HTTP */
	{0, "labels.pid", NULL, VERB_RUN, false,
	 "a pid label on every process, not only on those "
	 "named by -p",
	 FLAG(daemon.labels_pid)},
	{0, "metrics.max-series", "N", VERB_RUN, false,
	 "series at most; further groups fold into one (10000)", CALL(run_value__max_series)},
	{0, "web.listen-address", "ADDRESS:PORT", VERB_RUN, false,
	 "where to serve HTTP, repeatable; \"\": nowhere (" DEFAULT_LISTEN ")", LIST(listen)},
	{0, "web.telemetry-path", "PATH", VERB_RUN, false, "path of the metrics (/metrics)",
	 CALL(run_value__telemetry_path)},
	{0, "web.config.file", "FILE", VERB_RUN, false,
	 "TLS, users, headers and rate limit, as other exporters have them",
	 CALL(run_value__web_config)},
	{0, "web.max-requests", "N", VERB_RUN, false, "requests answered at once (40)",
	 CALL(run_value__max_requests)},
	{0, "web.disable-exporter-metrics", NULL, VERB_RUN, false,
	 "leave out process_* of heapbeat itself", FLAG(daemon.disable_exporter_metrics)},
	{0, "web.enable-lifecycle", NULL, VERB_RUN, false, "allow POST /-/reload",
	 FLAG(daemon.enable_lifecycle)},
	{0, "web.allow-insecure", NULL, VERB_RUN, false,
	 "serve beyond loopback without TLS or users", FLAG(daemon.allow_insecure)},
	{0, "web.systemd-socket", NULL, VERB_RUN, false, "take the listener from systemd",
	 FLAG(daemon.systemd_socket)},
	{0, "debug", NULL, VERB_RUN, false, "serve /maps: what the BPF maps hold",
	 FLAG(daemon.debug)},
	/* run: socket, privileges, log */
	{0, "socket.path", "PATH", VERB_RUN, false,
	 "socket for attach, detach, status (" DEFAULT_SOCKET ")", CALL(run_value__socket_path)},
	{0, "socket.group", "GROUP", VERB_RUN, false, "who besides root may read from the socket",
	 CALL(run_value__socket_group)},
	{0, "capabilities.keep", "CAP[,CAP...]", VERB_RUN, false,
	 "capabilities not to drop after the start", LIST(keep)},
	{0, "log.level", "debug|info|warn|error", VERB_RUN, false, "what to log (info)",
	 CALL(run_value__log_level)},
	{0, "log.format", "logfmt|json", VERB_RUN, false, "form of a log line (logfmt)",
	 CALL(run_value__log_format)},
	{'h', "help", NULL, VERB_RUN, false, "this text", FLAG(daemon.help), .flag_only = true},
	{'h', "help", NULL, EVERY & ~VERB_RUN, false, "this text", FLAG(help)},
};

const size_t option_row_cnt = sizeof(option_rows) / sizeof(option_rows[0]);
_Static_assert(sizeof(option_rows) / sizeof(option_rows[0]) <= OPTION_ROWS_MAX,
	       "OPTION_ROWS_MAX must hold the table");

static const struct verb_row verbs[] = {
	{VERB_RECORD, "record", "[OPTION...] -p PID[,PID...] | [OPTION...] -- CMD [ARG...]",
	 "Observe processes and write a capture. Ctrl-C ends it cleanly. With -- CMD the program "
	 "is\n"
	 "started and seen from its first instruction on."},
	{VERB_REPORT, "report", "CAPTURE | -p PID[,PID...] [-d TIME] | [OPTION...] -- CMD [ARG...]",
	 "Allocation sites with counts, bytes, standard errors and coverage."},
	{VERB_ADVISE, "advise", "CAPTURE | -p PID[,PID...] [-d TIME] | [OPTION...] -- CMD [ARG...]",
	 "What to change, what it is expected to save, and how to verify it. Without any of "
	 "these:\n"
	 "what the running daemon advises, since when, and what was resolved in the last hour."},
	{VERB_DIFF, "diff", "[OPTION...] BEFORE AFTER",
	 "What has changed from one capture to the other, which advice is resolved, and whether "
	 "it\nsaved what was predicted."},
	{VERB_RULES, "rules", "[--json] [RULE]",
	 "The rules of advice: what they look at, their floors and why, what they need."},
	{VERB_TOP, "top", "[OPTION...] [-p PID[,PID...]]",
	 "Processes by what they allocate, live; Enter opens the sites of one, h is help. Asks "
	 "the\n"
	 "running daemon, or observes by itself: these processes, or the busiest."},
	{VERB_PS, "ps", "[--json]", "Processes: allocators found, attachable or why not."},
	{VERB_DOCTOR, "doctor", "[--json] | --probes -p PID [--json]",
	 "What this kernel, these privileges and limits allow, and what a hit costs here."},
	{VERB_RUN, "run", "[OPTION...]",
	 "Observe a host, or some of its processes, until told to end: metrics, profiles and\n"
	 "advice over HTTP. Every option but --config.file, --config.check and --help is a key of "
	 "the\n"
	 "file as well."},
	{VERB_ATTACH, "attach", "[OPTION...] PID[,PID...]",
	 "Tell the running daemon to observe these processes as well."},
	{VERB_DETACH, "detach", "[OPTION...] PID[,PID...]",
	 "Tell the running daemon to leave these processes alone."},
	{VERB_STATUS, "status", "[OPTION...]", "What the running daemon observes, at what cost."},
	{VERB_DASHBOARD, "dashboard", "[overview|process|go|self]",
	 "Print a Grafana dashboard to import; without a name, list them."},
	{VERB_CHECK_CONFIG, "check-config", "FILE",
	 "Validate a configuration file of run, and the web configuration that it names."},
	{VERB_DUMP, "dump", "[--json] CAPTURE",
	 "Every record of a capture, as text or as a line of JSON."},
	{VERB_COMPLETION, "completion", "bash|zsh",
	 "A script that completes verbs, options and values."},
};

const struct verb_row *verb_row__at(size_t index)
{
	return index < sizeof(verbs) / sizeof(verbs[0]) ? &verbs[index] : NULL;
}

const struct verb_row *verb_row__get(enum verb verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].verb == verb)
			return &verbs[i];
	return &verbs[0];
}

const struct option_row *option_row__find(enum verb verb, const char *name)
{
	for (size_t i = 0; i < option_row_cnt; i++)
		if ((option_rows[i].verbs & (int)verb) && !strcmp(option_rows[i].name, name))
			return &option_rows[i];
	return NULL;
}

int option_row__apply(const struct option_row *row, struct options *options, const char *value)
{
	if (row->apply)
		return row->apply(options, value);
	*(bool *)((char *)options + row->flag) = !value || !strcmp(value, "true");
	return 0;
}
