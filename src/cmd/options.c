// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/options.h"

#include <errno.h>
#include <getopt.h>
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/banned.h"

#define DEFAULT_SECONDS 5.0 /* of report -p and advise -p */
#define OBSERVING	(VERB_RECORD | VERB_REPORT | VERB_ADVISE)
#define READING		(VERB_REPORT | VERB_ADVISE | VERB_PS | VERB_DOCTOR)

struct row {
	char letter; /* 0: long only */
	const char *name;
	const char *value; /* NULL: a flag */
	int verbs;
	bool hidden; /* for tests and measurements */
	const char *help;
	/* 0, or -EINVAL: the value is not understood. NULL: set the bool at @flag. */
	int (*apply)(struct options *options, const char *value);
	size_t flag;
};

#define FLAG(field)    NULL, offsetof(struct options, field)
#define CALL(function) function, 0

int options__parse_duration(const char *text, double *ret_seconds)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || !isfinite(value) || value <= 0 || value > 1e7)
		return -EINVAL;
	if (!strcmp(end, "ms"))
		value /= 1000;
	else if (!strcmp(end, "m"))
		value *= 60;
	else if (*end && strcmp(end, "s") != 0)
		return -EINVAL;
	*ret_seconds = value;
	return 0;
}

int options__parse_bytes(const char *text, uint64_t *ret_bytes)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (end == text || text[0] == '-' || errno || value > 1ULL << 40)
		return -EINVAL;
	if (!strcmp(end, "K") || !strcmp(end, "KiB"))
		value <<= 10;
	else if (!strcmp(end, "M") || !strcmp(end, "MiB"))
		value <<= 20;
	else if (*end)
		return -EINVAL;
	*ret_bytes = value;
	return 0;
}

static int apply_pids(struct options *options, const char *value)
{
	struct session_options *session = &options->session;

	for (;;) {
		char *end;
		long pid = strtol(value, &end, 10);

		if (end == value || pid <= 0 || pid > 1 << 22 ||
		    session->pid_cnt == SESSION_PIDS_MAX)
			return -EINVAL;
		session->pids[session->pid_cnt++] = (pid_t)pid;
		if (!*end)
			return 0;
		if (*end != ',')
			return -EINVAL;
		value = end + 1;
	}
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

static int apply_interval(struct options *options, const char *value)
{
	uint64_t bytes;

	if (options__parse_bytes(value, &bytes) || !bytes || bytes > 1ULL << 31)
		return -EINVAL;
	options->session.interval_bytes = bytes;
	return 0;
}

static int apply_budget(struct options *options, const char *value)
{
	char *end;
	double percent;

	if (!strcmp(value, "off")) {
		options->session.unlimited = true;
		return 0;
	}
	percent = strtod(value, &end);
	if (end == value || strcmp(end, "%") != 0 || !(percent > 0) || percent > 100)
		return -EINVAL;
	options->session.budget_ratio = percent / 100;
	return 0;
}

static int apply_link(struct options *options, const char *value)
{
	return link_kind__parse(value, &options->session.link);
}

static int apply_by(struct options *options, const char *value)
{
	return report__parse_by(value, &options->by);
}

static int apply_ring(struct options *options, const char *value)
{
	uint64_t bytes;

	if (options__parse_bytes(value, &bytes) || bytes < 4096 || bytes > 1U << 30 ||
	    (bytes & (bytes - 1)))
		return -EINVAL;
	options->session.ring_bytes = bytes;
	return 0;
}

static int apply_live(struct options *options, const char *value)
{
	uint64_t entries;

	if (options__parse_bytes(value, &entries) || !entries || entries > 1U << 26)
		return -EINVAL;
	options->session.live_entries = entries;
	return 0;
}

static int apply_debug(struct options *options, const char *value)
{
	(void)options;
	(void)value;
	log__set_level(log__level() < LOG_LEVEL_INFO ? LOG_LEVEL_INFO : LOG_LEVEL_DEBUG);
	return 0;
}

static const struct row rows[] = {
	{'p', "pid", "PID[,PID...]", OBSERVING | VERB_DOCTOR, false, "processes to observe",
	 CALL(apply_pids)},
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
	{0, "by", "bytes|rate|live", VERB_REPORT, false, "order of the sites (bytes)",
	 CALL(apply_by)},
	{'v', "verbose", NULL, VERB_REPORT, false, "stacks below each site", FLAG(verbose)},
	{0, "json", NULL, READING, false, "print JSON", FLAG(json)},
	{0, "folded", NULL, VERB_REPORT, false, "print folded stacks for flame graphs",
	 FLAG(folded)},
	{0, "speedscope", NULL, VERB_REPORT, false, "print stacks as speedscope reads them",
	 FLAG(speedscope)},
	{0, "svg", NULL, VERB_REPORT, false, "print a flame graph", FLAG(svg)},
	{0, "pprof", "FILE", VERB_REPORT, false,
	 "write a profile for go tool pprof; - is standard output", CALL(apply_pprof)},
	{0, "probes", NULL, VERB_DOCTOR, false,
	 "with -p: where each probe of a process goes, and why", FLAG(probes)},
	{0, "no-stacks", NULL, OBSERVING, true, "samples carry the caller alone",
	 FLAG(session.no_stacks)},
	{0, "ring-bytes", "BYTES", OBSERVING, true, "size of the ring", CALL(apply_ring)},
	{0, "live-entries", "N", OBSERVING, true, "size of the live table", CALL(apply_live)},
	{0, "debug", NULL, OBSERVING | VERB_DOCTOR, false,
	 "say more on stderr; twice: libbpf's words, too", CALL(apply_debug)},
	{'h', "help", NULL, OBSERVING | READING, false, "this text", FLAG(help)},
};

#define ROW_CNT (sizeof(rows) / sizeof(rows[0]))

static const struct {
	enum verb verb;
	const char *name, *usage, *text;
} verbs[] = {
	{VERB_RECORD, "record", "[OPTION...] -p PID[,PID...] | [OPTION...] -- CMD [ARG...]",
	 "Observe processes and write a capture. Ctrl-C ends it cleanly. With -- CMD the program "
	 "is\n"
	 "started and seen from its first instruction on."},
	{VERB_REPORT, "report", "CAPTURE | -p PID[,PID...] [-d TIME] | [OPTION...] -- CMD [ARG...]",
	 "Allocation sites with counts, bytes, standard errors and coverage."},
	{VERB_ADVISE, "advise", "CAPTURE | -p PID[,PID...] [-d TIME] | [OPTION...] -- CMD [ARG...]",
	 "What to change, what it is expected to save, and how to verify it."},
	{VERB_PS, "ps", "[--json]", "Processes: allocators found, attachable or why not."},
	{VERB_DOCTOR, "doctor", "[--json] | --probes -p PID [--json]",
	 "What this kernel, these privileges and limits allow, and what a hit costs here."},
};

static int verb_index(enum verb verb)
{
	for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
		if (verbs[i].verb == verb)
			return (int)i;
	return 0;
}

const char *verb__name(enum verb verb)
{
	return verbs[verb_index(verb)].name;
}

void options__print_help(enum verb verb)
{
	int at = verb_index(verb);

	printf("usage: heapbeat %s %s\n\n%s\n\n", verbs[at].name, verbs[at].usage, verbs[at].text);
	for (size_t i = 0; i < ROW_CNT; i++) {
		char flag[64], letter[8] = "    ";

		if (!(rows[i].verbs & (int)verb) || rows[i].hidden)
			continue;
		if (rows[i].letter)
			snprintf(letter, sizeof(letter), "-%c, ", rows[i].letter);
		snprintf(flag, sizeof(flag), "%s--%s%s%s", letter, rows[i].name,
			 rows[i].value ? " " : "", rows[i].value ? rows[i].value : "");
		printf("  %-30s %s\n", flag, rows[i].help);
	}
}

/* getopt's two tables for one verb; a long option without a letter returns 256 + its row. */
static void build_tables(enum verb verb, char *letters, struct option *longs)
{
	size_t at = 0, cnt = 0;

	letters[at++] = ':';
	for (size_t i = 0; i < ROW_CNT; i++) {
		if (!(rows[i].verbs & (int)verb))
			continue;
		longs[cnt++] = (struct option){rows[i].name,
					       rows[i].value ? required_argument : no_argument,
					       NULL, 256 + (int)i};
		if (!rows[i].letter)
			continue;
		letters[at++] = rows[i].letter;
		if (rows[i].value)
			letters[at++] = ':';
	}
	letters[at] = 0;
	longs[cnt] = (struct option){0};
}

static const struct row *find_row(int code)
{
	if (code >= 256)
		return &rows[code - 256];
	for (size_t i = 0; i < ROW_CNT; i++)
		if (rows[i].letter == code)
			return &rows[i];
	return NULL;
}

static int usage_error(struct error *error, enum verb verb, const char *what, const char *value)
{
	return error__set(error, EXIT_USAGE, -EINVAL, "%s '%s'; see heapbeat %s --help", what,
			  value, verb__name(verb));
}

static int parse_flags(struct options *options, enum verb verb, int argc, char **argv,
		       struct error *error)
{
	char letters[2 * ROW_CNT + 2];
	struct option longs[ROW_CNT + 1];
	int code;

	build_tables(verb, letters, longs);
	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, letters, longs, NULL)) >= 0) {
		const struct row *row;

		if (code == ':')
			return usage_error(error, verb, "a value is missing after",
					   argv[optind - 1]);
		if (code == '?')
			return usage_error(error, verb, "unknown option", argv[optind - 1]);
		row = find_row(code);
		if (!row->apply)
			*(bool *)((char *)options + row->flag) = true;
		else if (row->apply(options, optarg))
			return error__set(
				error, EXIT_USAGE, -EINVAL,
				"--%s: cannot use '%s', expected %s; see heapbeat %s --help",
				row->name, optarg, row->value, verb__name(verb));
	}
	return 0;
}

/* Whether a command follows "--". */
static bool has_command(int argc, char **argv)
{
	for (int i = 1; i < argc - 1; i++)
		if (!strcmp(argv[i], "--"))
			return true;
	return false;
}

static int take_operands(struct options *options, enum verb verb, bool separator, char **operands,
			 struct error *error)
{
	struct session_options *session = &options->session;

	if (verb == VERB_RECORD) {
		if (*operands && !separator)
			return usage_error(error, verb, "a command comes after --, not as",
					   *operands);
		session->command = *operands ? operands : NULL;
		if (!session->command && !session->pid_cnt)
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "nothing to observe: give -p PID or -- CMD");
		return 0;
	}
	if (*operands && (verb & (VERB_REPORT | VERB_ADVISE)) && !separator)
		options->capture = *operands++;
	else if (*operands && (verb & (VERB_REPORT | VERB_ADVISE)) && separator) {
		session->command = operands;
		return session->pid_cnt
			       ? usage_error(error, verb, "-p and a command exclude each other,",
					     *operands)
			       : 0;
	}
	if (*operands)
		return usage_error(error, verb, "unexpected argument", *operands);
	if ((verb & (VERB_REPORT | VERB_ADVISE)) && !options->capture == !session->pid_cnt)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "give either a capture or -p PID; see heapbeat %s --help",
				  verb__name(verb));
	return 0;
}

int options__parse(struct options *options, enum verb verb, int argc, char **argv,
		   struct error *error)
{
	bool separator = has_command(argc, argv);
	int err;

	*options = (struct options){.output = "heapbeat.hb", .by = BY_BYTES};
	session_options__init(&options->session);
	err = parse_flags(options, verb, argc, argv, error);
	if (err || options->help)
		return err;
	err = take_operands(options, verb, separator, argv + optind, error);
	if (err)
		return err;
	if (options->json + options->folded + options->speedscope + options->svg +
		    (options->pprof != NULL) >
	    1)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "--json, --folded, --speedscope, --svg and --pprof exclude each "
				  "other");
	if ((verb & (VERB_REPORT | VERB_ADVISE)) && !options->session.command &&
	    options->session.duration_s <= 0)
		options->session.duration_s = DEFAULT_SECONDS;
	return 0;
}
