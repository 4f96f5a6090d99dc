// SPDX-License-Identifier: GPL-2.0-or-later
/* The option parser, and that the manual page knows the options: run from the repository's root. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <ctype.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cmd/option_rows.h"
#include "cmd/report_values.h"
#include "top/top_processes.h"
#include "base/banned.h"

#define MAN_PAGE      "man/heapbeat.8"
#define DIFF_MAN_PAGE "man/heapbeat-diff.1"
#define RUN_MAN_PAGE  "man/heapbeat-run.8"
#define TOP_MAN_PAGE  "man/heapbeat-top.1"
#define CONF_PAGE     "man/heapbeat.conf.5"
#define ARGS_MAX      32

/* The verbs that observe or read by themselves, and then the others, with their manual pages. */
static const enum verb all_verbs[] = {VERB_RECORD, VERB_REPORT,	      VERB_ADVISE, VERB_PS,
				      VERB_DOCTOR, VERB_CHECK_CONFIG, VERB_RUN,	   VERB_DASHBOARD,
				      VERB_ATTACH, VERB_DETACH,	      VERB_STATUS, VERB_DIFF,
				      VERB_RULES,  VERB_TOP};

#define VERB_CNT (sizeof(all_verbs) / sizeof(all_verbs[0]))

static const char *page_of(enum verb verb)
{
	bool daemon;

	if (verb == VERB_DIFF)
		return DIFF_MAN_PAGE;
	daemon = verb & (VERB_RUN | VERB_ATTACH | VERB_DETACH | VERB_STATUS);

	return verb == VERB_TOP ? TOP_MAN_PAGE : daemon ? RUN_MAN_PAGE : MAN_PAGE;
}

/* Parse the words of @line (spaces between them) as heapbeat would get them. */
static int parse(struct options *options, enum verb verb, const char *line, struct error *error)
{
	static char words[1024]; /* options point into it */
	char *argv[ARGS_MAX], *save = NULL;
	int argc = 0;

	*error = (struct error){0};
	snprintf(words, sizeof(words), "%s %s", verb__name(verb), line);
	for (char *word = strtok_r(words, " ", &save); word && argc < ARGS_MAX - 1;
	     word = strtok_r(NULL, " ", &save))
		argv[argc++] = word;
	argv[argc] = NULL;
	return options__parse(options, verb, argc, argv, error);
}

static struct options accepted(enum verb verb, const char *line)
{
	struct options options;
	struct error error;

	if (parse(&options, verb, line, &error))
		fail_msg("'%s %s' is refused: %s", verb__name(verb), line, error.text);
	return options;
}

static size_t comms_of(enum verb verb, const char *line)
{
	struct options options = accepted(verb, line);
	size_t cnt = options.daemon.comms.cnt;

	string_list__clear(&options.daemon.comms);
	return cnt;
}

static void refused(enum verb verb, const char *line, const char *why)
{
	struct options options = {0};
	struct error error;

	if (parse(&options, verb, line, &error) != -EINVAL)
		fail_msg("'%s %s' is accepted", verb__name(verb), line);
	assert_int_equal(error.code, EXIT_USAGE);
	if (!strstr(error.text, why))
		fail_msg("'%s %s': '%s' does not say '%s'", verb__name(verb), line, error.text,
			 why);
	string_list__clear(&options.daemon.cgroups);
	string_list__clear(&options.daemon.comms);
}

static void durations_have_units(void **state)
{
	static const struct {
		const char *text;
		double seconds;
	} good[] = {{"10", 10},	    {"10s", 10},  {"500ms", 0.5}, {"2m", 120},
		    {"0.25", 0.25}, {"1.5m", 90}, {"1e3s", 1000}};
	static const char *const bad[] = {"",	 "s",	"0",   "-1",  "1h", "10 s",
					  "nan", "inf", "1e8", "5ss", "ms", "0x"};
	double seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(options__parse_duration(good[i].text, &seconds), 0);
		assert_true(seconds == good[i].seconds);
	}
	seconds = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (options__parse_duration(bad[i], &seconds) != -EINVAL)
			fail_msg("'%s' is taken for a duration", bad[i]);
	assert_true(seconds == 7);
}

static void bytes_have_units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} good[] = {{"0", 0},	     {"4096", 4096}, {"512K", 512 << 10},
		    {"2M", 2 << 20}, {"1KiB", 1024}, {"3MiB", 3 << 20}};
	static const char *const bad[] = {
		"", "K", "-1", "-1K", "1G", "1.5M", "4096B", "99999999999999999999", "1 K"};
	uint64_t bytes;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(options__parse_bytes(good[i].text, &bytes), 0);
		assert_int_equal(bytes, good[i].bytes);
	}
	bytes = 7;
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		if (options__parse_bytes(bad[i], &bytes) != -EINVAL)
			fail_msg("'%s' is taken for a number of bytes", bad[i]);
	assert_int_equal(bytes, 7);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct options record = accepted(VERB_RECORD, "-p 42");
	struct options report = accepted(VERB_REPORT, "-p 42");

	(void)state;
	assert_string_equal(record.output, "heapbeat.hb");
	assert_true(record.session.duration_s == 0);
	assert_true(record.session.budget_ratio == BUDGET_RATIO);
	assert_int_equal(record.session.interval_bytes, 0);
	assert_false(record.session.full || record.session.unlimited || record.session.no_follow ||
		     record.session.allow_stepped || record.session.no_stacks);
	assert_true(report.session.duration_s == 5);
	assert_int_equal(report.by, BY_BYTES);
	assert_false(report.json || report.folded || report.verbose);
}

static void pids_come_as_lists_and_repeatedly(void **state)
{
	struct options options = accepted(VERB_RECORD, "-p 7,11 --pid=13 -p17");

	(void)state;
	assert_int_equal(options.session.pid_cnt, 4);
	assert_int_equal(options.session.pids[0], 7);
	assert_int_equal(options.session.pids[1], 11);
	assert_int_equal(options.session.pids[2], 13);
	assert_int_equal(options.session.pids[3], 17);
}

static void pids_that_cannot_be_are_refused(void **state)
{
	struct text many = {0};

	(void)state;
	refused(VERB_RECORD, "-p 0", "--pid");
	refused(VERB_RECORD, "-p -1", "--pid");
	refused(VERB_RECORD, "-p 1,,2", "--pid");
	refused(VERB_RECORD, "-p 1,", "--pid");
	refused(VERB_RECORD, "-p 12x", "'12x'");
	refused(VERB_RECORD, "-p 99999999999999999999", "--pid");
	for (int i = 0; i <= SESSION_PIDS_MAX; i++)
		text__add(&many, "%s%d", i ? "," : "-p ", i + 1);
	refused(VERB_RECORD, text__str(&many), "--pid");
	*strrchr(many.data, ',') = 0;
	assert_int_equal(accepted(VERB_RECORD, text__str(&many)).session.pid_cnt, SESSION_PIDS_MAX);
	text__release(&many);
}

static void every_value_lands_where_it_belongs(void **state)
{
	struct options options =
		accepted(VERB_RECORD, "-p 1 -d 2m -o out.hb --full --interval 64K --budget 2.5% "
				      "--allow-stepped --no-follow --link multi");

	(void)state;
	assert_true(options.session.duration_s == 120);
	assert_string_equal(options.output, "out.hb");
	assert_true(options.session.full);
	assert_int_equal(options.session.interval_bytes, 65536);
	assert_true(options.session.budget_ratio == 0.025);
	assert_true(options.session.allow_stepped && options.session.no_follow);
	assert_int_equal(options.session.link, LINK_MULTI);
	assert_true(accepted(VERB_RECORD, "-p 1 --budget off").session.unlimited);
	options = accepted(VERB_REPORT, "-p 1 --by live -v --folded");
	assert_int_equal(options.by, BY_LIVE);
	assert_true(options.verbose && options.folded);
}

static void values_out_of_range_are_refused_by_name(void **state)
{
	(void)state;
	refused(VERB_RECORD, "-p 1 --interval 0", "--interval");
	refused(VERB_RECORD, "-p 1 --interval 2049M", "--interval");
	assert_int_equal(accepted(VERB_RECORD, "-p 1 --interval 2048M").session.interval_bytes,
			 1ULL << 31);
	refused(VERB_RECORD, "-p 1 --budget 1", "PERCENT%");
	refused(VERB_RECORD, "-p 1 --budget 0%", "--budget");
	refused(VERB_RECORD, "-p 1 --budget -1%", "--budget");
	refused(VERB_RECORD, "-p 1 --budget 101%", "--budget");
	refused(VERB_RECORD, "-p 1 --budget nan%", "--budget");
	refused(VERB_RECORD, "-p 1 --link kprobe", "perf|multi|session");
	refused(VERB_RECORD, "-p 1 --ring-bytes 4097", "--ring-bytes");
	refused(VERB_REPORT, "-p 1 --by weight", "bytes|rate|live|lifetime");
	refused(VERB_RECORD, "-p 1 -d 1h", "--duration");
}

static void unknown_and_incomplete_options_are_refused(void **state)
{
	(void)state;
	refused(VERB_RECORD, "-p 1 --colour", "--colour");
	refused(VERB_RECORD, "-p 1 -x", "-x");
	refused(VERB_RECORD, "-p", "a value is missing after '-p'");
	refused(VERB_RECORD, "-p 1 --interval", "a value is missing after '--interval'");
	refused(VERB_RECORD, "-p 1 --full=yes", "--full=yes");
	/* options of other verbs */
	refused(VERB_RECORD, "-p 1 --json", "--json");
	refused(VERB_REPORT, "-p 1 -o x.hb", "-o");
	refused(VERB_ADVISE, "-p 1 --by live", "--by");
	refused(VERB_DOCTOR, "--full", "--full");
}

static void record_needs_something_to_observe(void **state)
{
	struct options options = accepted(VERB_RECORD, "-d 5 -- ls -l --json");

	(void)state;
	refused(VERB_RECORD, "", "-p PID, --comm NAME or -- CMD");
	refused(VERB_RECORD, "--", "-p PID, --comm NAME or -- CMD");

	refused(VERB_RECORD, "./prog", "a command comes after --");
	assert_string_equal(options.session.command[0], "ls");
	assert_string_equal(options.session.command[1], "-l");
	assert_string_equal(options.session.command[2], "--json");
	assert_null(options.session.command[3]);
	assert_false(options.json);
	assert_int_equal(comms_of(VERB_RECORD, "--comm redis*"), 1);
}

static void report_reads_one_thing(void **state)
{
	struct options options = accepted(VERB_REPORT, "old.hb --json");

	(void)state;
	assert_string_equal(options.capture, "old.hb");
	assert_true(options.json);
	refused(VERB_REPORT, "", "a capture or -p PID");
	refused(VERB_REPORT, "old.hb -p 1", "a capture or -p PID");
	refused(VERB_REPORT, "old.hb new.hb", "new.hb");
	refused(VERB_REPORT, "-p 1 -- ls", "exclude each other");
	assert_string_equal(accepted(VERB_REPORT, "old.hb --pprof -").pprof, "-");
	refused(VERB_REPORT, "old.hb --json --folded", "exclude each other");
	refused(VERB_REPORT, "old.hb --json --pprof out.pb.gz", "exclude each other");
	refused(VERB_REPORT, "old.hb --svg --speedscope", "exclude each other");
	refused(VERB_REPORT, "old.hb --pprof", "a value is missing");
	refused(VERB_ADVISE, "old.hb --pprof -", "unknown option");
	/* the daemon's */
	assert_null(accepted(VERB_ADVISE, "--json").capture);
	refused(VERB_DOCTOR, "now", "now");
}

static void a_report_is_narrowed(void **state)
{
	struct options options = accepted(VERB_REPORT, "-p 1 -z 1K -Z 64K --older 5s --site ^ma.n "
						       "-T 7 -i 5 -n 12 --tree=down");

	(void)state;
	assert_int_equal(options.filter.min_bytes, 1024);
	assert_int_equal(options.filter.max_bytes, 65536);
	assert_int_equal(options.filter.older_ns, 5000000000);
	assert_string_equal(options.site, "^ma.n");
	assert_int_equal(options.top, 7);
	assert_int_equal(options.tree, TREE_DOWN);
	assert_true(options.every_s == 5 && options.session.duration_s == 60);
	/* what is old is live */
	assert_int_equal(options.by, BY_LIVE);
	assert_int_equal(accepted(VERB_REPORT, "-p 1 --older 5 --by bytes").by, BY_BYTES);
	assert_int_equal(accepted(VERB_REPORT, "x.hb --tree").tree, TREE_UP);
	assert_string_equal(accepted(VERB_REPORT, "x.hb --from 10s --to 1m").from, "10s");
	assert_int_equal(comms_of(VERB_REPORT, "x.hb --comm a,b"), 2);
	refused(VERB_REPORT, "-p 1 --from 10s", "of a capture");
	refused(VERB_REPORT, "x.hb --from yesterday", "'yesterday'");
	refused(VERB_REPORT, "x.hb -i 5", "of running processes");
	refused(VERB_REPORT, "-p 1 -n 5", "-n needs -i");
	refused(VERB_REPORT, "-p 1 -z 2K -Z 1K", "-z is above -Z");
	refused(VERB_REPORT, "-p 1 --site a(b", "'a(b'");
	refused(VERB_REPORT, "-p 1 --tree=left", "'left'");
	refused(VERB_REPORT, "x.hb --cgroup a", "does not hold cgroups");
	refused(VERB_REPORT, "--comm a -- ls", "exclude each other");
}

static void moments_are_read(void **state)
{
	const uint64_t start = 1764016200ULL * 1000000000; /* 2025-11-24T20:30:00Z */
	uint64_t ns = 1;

	(void)state;
	assert_int_equal(report_value__moment("0", start, &ns), 0);
	assert_int_equal(ns, 0);
	assert_int_equal(report_value__moment("1500ms", start, &ns), 0);
	assert_int_equal(ns, 1500000000);
	assert_int_equal(report_value__moment("2025-11-24T20:31:00Z", start, &ns), 0);
	assert_int_equal(ns, 60000000000);
	assert_int_equal(report_value__moment("2025-11-24T22:31:00+02:00", start, &ns), 0);
	assert_int_equal(ns, 60000000000);
	/* before the start is the start */
	assert_int_equal(report_value__moment("2025-11-24T20:29:59.5Z", start, &ns), 0);
	assert_int_equal(ns, 0);
	for (const char *const *bad =
		     (const char *const[]){"", "x", "2025-11-24", "10x", "2025-11-24T20:31:00",
					   "2025-11-24T20:31:00+2", "-5s", NULL};
	     *bad; bad++)
		assert_int_equal(report_value__moment(*bad, start, &ns), -EINVAL);
}

static void diff_takes_two_captures_and_what_they_hold(void **state)
{
	struct options options = accepted(VERB_DIFF, "a.hb b.hb --per-op 100,250.5 --advice HB-0");

	(void)state;
	assert_string_equal(options.capture, "a.hb");
	assert_string_equal(options.after, "b.hb");
	assert_true(options.ops_before == 100 && options.ops_after == 250.5);
	assert_string_equal(options.advice_id, "HB-0");
	options = accepted(VERB_DIFF, "--per-op 7 a.hb b.hb");
	assert_true(options.ops_before == 7 && options.ops_after == 7);
	options = accepted(VERB_DIFF, "a.hb b.hb");
	assert_true(options.ops_before == 0 && options.format == FORMAT_TEXT && !options.fails);
	refused(VERB_DIFF, "", "two captures");
	refused(VERB_DIFF, "a.hb", "two captures");
	refused(VERB_DIFF, "a.hb b.hb c.hb", "c.hb");
	refused(VERB_DIFF, "a.hb b.hb -p 1", "-p");
	refused(VERB_DIFF, "a.hb b.hb --per-op 0", "--per-op");
	refused(VERB_DIFF, "a.hb b.hb --per-op 1,", "--per-op");
	refused(VERB_DIFF, "a.hb b.hb --per-op 1,nan", "--per-op");
	refused(VERB_DIFF, "a.hb b.hb --per-op 1,2,3", "--per-op");
	refused(VERB_DIFF, "a.hb b.hb --per-op -4", "--per-op");
}

static void formats_severities_and_mutes_are_checked(void **state)
{
	struct options options =
		accepted(VERB_ADVISE,
			 "a.hb --format md --fail-on medium --mute pool,HB-0123ab --mute go-*:f*");

	(void)state;
	assert_int_equal(options.format, FORMAT_MD);
	assert_true(options.fails && options.fail_on == SEVERITY_MEDIUM);
	assert_int_equal(options.mute_cnt, 2);
	assert_int_equal(accepted(VERB_ADVISE, "a.hb --json").format, FORMAT_JSON);
	assert_int_equal(accepted(VERB_ADVISE, "a.hb --json --format json").format, FORMAT_JSON);
	refused(VERB_ADVISE, "a.hb --json --format md", "--format");
	refused(VERB_ADVISE, "a.hb --format html", "--format");
	refused(VERB_ADVISE, "a.hb --fail-on severe", "--fail-on");
	refused(VERB_ADVISE, "a.hb --mute no-such-rule", "--mute");
	refused(VERB_ADVISE, "a.hb --mute pool,", "--mute");
	refused(VERB_ADVISE, "a.hb --mute HB-12", "--mute");
	refused(VERB_REPORT, "a.hb --fail-on high", "--fail-on");
	assert_string_equal(accepted(VERB_RULES, "pool --json").operand, "pool");
	refused(VERB_RULES, "pool leak", "leak");
}

static void verbs_of_the_daemon_take_their_operands(void **state)
{
	struct options options = accepted(VERB_ATTACH, "7,11 13 --socket.path /run/x");

	(void)state;
	assert_int_equal(options.session.pid_cnt, 3);
	assert_int_equal(options.session.pids[2], 13);
	assert_string_equal(options.socket_path, "/run/x");
	assert_string_equal(accepted(VERB_STATUS, "").socket_path, DEFAULT_SOCKET);
	assert_true(accepted(VERB_STATUS, "--json").json);
	assert_string_equal(accepted(VERB_CHECK_CONFIG, "a.yml").operand, "a.yml");
	assert_null(accepted(VERB_DASHBOARD, "").operand);
	refused(VERB_ATTACH, "", "name a PID");
	refused(VERB_DETACH, "7x", "'7x'");
	refused(VERB_STATUS, "7", "unexpected argument '7'");
	refused(VERB_CHECK_CONFIG, "", "name a file");
	refused(VERB_CHECK_CONFIG, "a b", "unexpected argument 'b'");
}

static void top_takes_what_tops_take(void **state)
{
	struct options options = accepted(VERB_TOP, "-b -n 3 -d 500ms -p 7,11 --sort live --json");

	(void)state;
	assert_true(options.batch && options.json);
	assert_int_equal(options.iterations, 3);
	assert_true(options.delay_s == 0.5);
	assert_int_equal(options.session.pid_cnt, 2);
	assert_int_equal(options.sort, PROCESS_LIVE);
	options = accepted(VERB_TOP, "");
	assert_false(options.batch || options.json);
	assert_int_equal(options.iterations, 0);
	assert_true(options.delay_s == 2);
	assert_int_equal(options.sort, PROCESS_BYTES);
	assert_string_equal(options.socket_path, DEFAULT_SOCKET);
	refused(VERB_TOP, "--sort beauty", "COLUMN");
	refused(VERB_TOP, "-n 0", "--iterations");
	refused(VERB_TOP, "-d 0", "--delay");
	refused(VERB_TOP, "-d 1ms", "--delay");
	refused(VERB_TOP, "-d 2h", "--delay");
	refused(VERB_TOP, "4242", "unexpected argument '4242'");
	refused(VERB_TOP, "--full", "--full");
}

static void help_wins_over_what_is_missing(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERB_CNT; i++)
		if (all_verbs[i] != VERB_RUN)
			assert_true(accepted(all_verbs[i], "--help").help);
	assert_true(accepted(VERB_RECORD, "-h").help);
}

/* One parse must not see what the one before left. */
static void parsing_again_starts_afresh(void **state)
{
	struct options options;

	(void)state;
	accepted(VERB_REPORT, "-p 1 --folded -v");
	options = accepted(VERB_REPORT, "old.hb");
	assert_int_equal(options.session.pid_cnt, 0);
	assert_false(options.folded || options.verbose);
}

/* What options__print_help() writes to stdout. */
static void read_help(enum verb verb, struct text *help)
{
	int saved = dup(STDOUT_FILENO);
	FILE *file = tmpfile();
	char line[512];

	assert_non_null(file);
	fflush(stdout);
	dup2(fileno(file), STDOUT_FILENO);
	options__print_help(verb);
	fflush(stdout);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	rewind(file);
	while (fgets(line, sizeof(line), file))
		text__add(help, "%s", line);
	fclose(file);
}

/* The options of the help, each as mdoc has it and between spaces: " -pid p ". */
static void read_table(enum verb verb, struct text *names)
{
	struct text help = {0};

	read_help(verb, &help);
	for (const char *line = help.data; line && *line;
	     line = strchr(line, '\n') ? strchr(line, '\n') + 1 : NULL) {
		const char *dashes = strstr(line, "--");

		if (strncmp(line, "  ", 2) != 0 || !dashes || dashes > line + 6)
			continue;
		if (line[2] == '-' && line[3] != '-')
			text__add(names, " %c ", line[3]);
		text__add(names, " %.*s ", (int)strcspn(dashes + 1, " [\n"), dashes + 1);
	}
	text__release(&help);
}

/* The flags of the list items of one verb's section in the manual page, in the same form. */
static void read_manual(FILE *file, const char *verb, struct text *names)
{
	bool within = false, item = false;
	char line[512], heading[64];

	snprintf(heading, sizeof(heading), ".Ss heapbeat %s\n", verb);
	rewind(file);
	while (fgets(line, sizeof(line), file)) {
		bool goes_on = strstr(line, "\\\n");

		if (!strncmp(line, ".Sh ", 4) || !strncmp(line, ".Ss ", 4))
			within = !strcmp(line, heading);
		item = within && (item || !strncmp(line, ".It ", 4));
		for (const char *at = item ? strstr(line, "Fl ") : NULL; at;
		     at = strstr(at, "Fl ")) {
			size_t len = strcspn(at += 3, " \n");

			/* "Fl -" alone is the "--" before a command. */
			if (len > 1 || *at != '-')
				text__add(names, " %.*s ", (int)len, at);
		}
		item = item && goes_on;
	}
}

static void check_names(const char *verb, const struct text *needles, const struct text *hay,
			const char *where)
{
	char name[64];
	size_t cnt = 0;

	for (const char *at = text__str(needles); *at;) {
		size_t len = strcspn(at + 1, " ");

		snprintf(name, sizeof(name), " %.*s ", (int)len, at + 1);
		if (!strstr(text__str(hay), name))
			fail_msg("%s: option '-%.*s' is not in the %s", verb, (int)len, at + 1,
				 where);
		at += len + 2;
		cnt++;
	}
	assert_true(cnt >= 2);
}

static FILE *open_page(const char *name)
{
	FILE *file = fopen(name, "re");

	if (!file)
		fail_msg("cannot open '%s': run from the repository's root", name);
	return file;
}

static void manual_pages_name_the_options_of_each_verb_and_no_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < VERB_CNT; i++) {
		const char *verb = verb__name(all_verbs[i]);
		FILE *file = open_page(page_of(all_verbs[i]));
		struct text table = {0}, manual = {0};

		read_table(all_verbs[i], &table);
		read_manual(file, verb, &manual);
		check_names(verb, &table, &manual, "manual page");
		check_names(verb, &manual, &table, "table of options");
		text__release(&table);
		text__release(&manual);
		fclose(file);
	}
}

/* Whether "key" is live or fixed, by what a reload would say of a change of it. */
static void manual_page_has_every_key_and_whether_a_reload_changes_it(void **state)
{
	FILE *file = open_page(CONF_PAGE);
	char line[512];
	size_t cnt = 0, expected = 0;

	(void)state;
	while (fgets(line, sizeof(line), file)) {
		const struct option_row *row;
		char key[64], yes[8];
		const char *last;

		if (sscanf(line, ".It Cm %63s Ta", key) != 1 || !strstr(line, " Ta "))
			continue;
		row = option_row__find(VERB_RUN, key);
		if (!row || row->flag_only || row->hidden)
			fail_msg("'%s' in " CONF_PAGE " is no key", key);
		last = strrchr(line, ' ');
		assert_int_equal(sscanf(last, "%7s", yes), 1);
		if (!strcmp(yes, "no") != daemon_options__is_fixed(key))
			fail_msg("'%s': reload '%s' in " CONF_PAGE " is not so", key, yes);
		cnt++;
	}
	fclose(file);
	for (size_t i = 0; i < option_row_cnt; i++)
		expected += (option_rows[i].verbs & VERB_RUN) && !option_rows[i].hidden &&
			    !option_rows[i].flag_only;
	assert_int_equal(cnt, expected);
}

static void hidden_options_are_not_in_the_help(void **state)
{
	struct text table = {0};

	(void)state;
	read_table(VERB_RECORD, &table);
	assert_non_null(strstr(text__str(&table), " -interval "));
	assert_null(strstr(text__str(&table), " -link "));
	assert_null(strstr(text__str(&table), " -ring-bytes "));
	text__release(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations_have_units),
		cmocka_unit_test(bytes_have_units),
		cmocka_unit_test(defaults_are_those_of_the_manual),
		cmocka_unit_test(pids_come_as_lists_and_repeatedly),
		cmocka_unit_test(pids_that_cannot_be_are_refused),
		cmocka_unit_test(every_value_lands_where_it_belongs),
		cmocka_unit_test(values_out_of_range_are_refused_by_name),
		cmocka_unit_test(unknown_and_incomplete_options_are_refused),
		cmocka_unit_test(record_needs_something_to_observe),
		cmocka_unit_test(report_reads_one_thing),
		cmocka_unit_test(a_report_is_narrowed),
		cmocka_unit_test(moments_are_read),
		cmocka_unit_test(top_takes_what_tops_take),
		cmocka_unit_test(help_wins_over_what_is_missing),
		cmocka_unit_test(parsing_again_starts_afresh),
		cmocka_unit_test(manual_pages_name_the_options_of_each_verb_and_no_others),
		cmocka_unit_test(manual_page_has_every_key_and_whether_a_reload_changes_it),
		cmocka_unit_test(diff_takes_two_captures_and_what_they_hold),
		cmocka_unit_test(formats_severities_and_mutes_are_checked),
		cmocka_unit_test(verbs_of_the_daemon_take_their_operands),
		cmocka_unit_test(hidden_options_are_not_in_the_help),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
