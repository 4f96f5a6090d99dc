// SPDX-License-Identifier: GPL-2.0-or-later
/* The options of `run`: flags, configuration file, and which of them wins. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/text.h"
#include "cmd/option_rows.h"
#include "cmd/run_options.h"
#include "config_file.h"
#include "base/banned.h"

#define ARGS_MAX 80

/* Parse the words of @line, where "''" is the empty word and FILE the test's own file. */
static int parse(struct daemon_options *options, const char *line, struct error *error)
{
	static char words[8192];
	char *argv[ARGS_MAX], *save = NULL;
	int argc = 0;

	*error = (struct error){0};
	snprintf(words, sizeof(words), "run %s", line);
	for (char *word = strtok_r(words, " ", &save); word && argc < ARGS_MAX - 1;
	     word = strtok_r(NULL, " ", &save)) {
		argv[argc] = !strcmp(word, "''") ? word + 2 : word;
		argv[argc] = !strcmp(word, "FILE") ? path : argv[argc];
		argc++;
	}
	argv[argc] = NULL;
	return run_options__parse(options, argc, argv, error);
}

static struct daemon_options accepted(const char *line)
{
	struct daemon_options options;
	struct error error;

	if (parse(&options, line, &error))
		fail_msg("'run %s' is refused: %s", line, error.text);
	return options;
}

static struct daemon_options accepted_file(const char *text, const char *flags)
{
	char line[1024];

	write_text(text);
	snprintf(line, sizeof(line), "--config.file FILE %s", flags);
	return accepted(line);
}

static void refused(const char *line, const char *why)
{
	struct daemon_options options;
	struct error error;

	if (!parse(&options, line, &error))
		fail_msg("'run %s' is accepted", line);
	assert_int_equal(error.code, EXIT_USAGE);
	if (!strstr(error.text, why))
		fail_msg("'run %s': '%s' does not say '%s'", line, error.text, why);
}

static void refused_file(const char *text, const char *why)
{
	write_text(text);
	refused("--config.file FILE", why);
}

static void check_list(const struct string_list *list, const char *expected)
{
	struct text text = {0};

	for (size_t i = 0; i < list->cnt; i++)
		text__add(&text, "%s%s", i ? " " : "", list->items[i]);
	assert_string_equal(text__str(&text), expected);
	text__release(&text);
}

static void defaults_are_those_of_the_manual(void **state)
{
	struct daemon_options options = accepted("");

	(void)state;
	assert_false(daemon_options__selects(&options));
	assert_int_equal(options.max_targets, 32);
	assert_true(options.budget_ratio == 0.01 && options.host_budget_ratio == 0.02);
	assert_int_equal(options.interval_bytes, 0);
	assert_int_equal(options.on_loss, ON_LOSS_LOG);
	assert_int_equal(options.max_series, 10000);
	assert_int_equal(options.max_requests, 40);
	check_list(&options.listen, "127.0.0.1:10060");
	assert_string_equal(options.telemetry_path, "/metrics");
	assert_string_equal(options.socket_path, "/run/heapbeat.sock");
	assert_null(options.socket_group);
	assert_null(options.web_config_file);
	assert_int_equal(options.log_level, LOG_LEVEL_INFO);
	assert_int_equal(options.log_format, LOG_FORMAT_LOGFMT);
	assert_false(options.web_disabled || options.strict || options.all || options.debug);
	daemon_options__release(&options);
}

/* The same as flags and as a file, so that no row can land elsewhere by one of the two ways. */
static const char as_flags[] =
	"--config.strict --all -p 7,11 --pid 13 --comm redis-server,nginx --comm x --exe /usr/*/y "
	"--cgroup system.slice --advice.mute pool,HB-0123ab --max-targets 64 --budget 0.5% "
	"--budget.host 3% --interval 64K "
	"--allow-stepped --no-follow --on-loss=exit --bpf.stats --labels.pid "
	"--metrics.max-series 500 --web.listen-address :9 --web.listen-address=[::1]:10 "
	"--web.telemetry-path /m --web.config.file w.yml --web.max-requests 3 "
	"--web.disable-exporter-metrics --web.enable-lifecycle --web.allow-insecure "
	"--socket.path /run/x --socket.group adm --capabilities.keep CAP_SYS_NICE,bpf "
	"--log.level debug --log.format json --debug --link perf --ring-bytes 64K --live-entries 5";

static const char as_file[] =
	"config: {strict: true}\nall: true\npid: [7, 11, 13]\ncomm: [redis-server, nginx, x]\n"
	"exe: /usr/*/y\ncgroup:\n  - system.slice\nadvice: {mute: [pool, HB-0123ab]}\nmax-targets: "
	"64\nbudget: 0.5%\n"
	"budget.host: 3%\ninterval: 64K\nallow-stepped: true\nno-follow: true\non-loss: exit\n"
	"bpf: {stats: yes}\nlabels.pid: true\nmetrics: {max-series: 500}\n"
	"web:\n  listen-address: [\":9\", \"[::1]:10\"]\n  telemetry-path: /m\n"
	"  config: {file: w.yml}\n  max-requests: 3\n  disable-exporter-metrics: true\n"
	"  enable-lifecycle: true\n  allow-insecure: true\n"
	"socket: {path: /run/x, group: adm}\ncapabilities:\n  keep: [CAP_SYS_NICE, bpf]\n"
	"log:\n  level: debug\n  format: json\ndebug: true\nlink: perf\nring-bytes: 64K\n"
	"live-entries: 5\n";

static void check_everything(const struct daemon_options *options)
{
	assert_true(options->strict && options->all && options->allow_stepped);
	assert_true(options->no_follow && options->bpf_stats && options->labels_pid);
	assert_true(options->disable_exporter_metrics && options->enable_lifecycle);
	assert_true(options->allow_insecure && options->debug);
	assert_int_equal(options->pid_cnt, 3);
	assert_int_equal(options->pids[0], 7);
	assert_int_equal(options->pids[2], 13);
	check_list(&options->comms, "redis-server nginx x");
	check_list(&options->exes, "/usr/*/y");
	check_list(&options->cgroups, "system.slice");
	check_list(&options->mute, "pool HB-0123ab");
	assert_int_equal(options->max_targets, 64);
	assert_true(options->budget_ratio == 0.005 && options->host_budget_ratio == 0.03);
	assert_int_equal(options->interval_bytes, 65536);
	assert_int_equal(options->on_loss, ON_LOSS_EXIT);
	assert_int_equal(options->max_series, 500);
	check_list(&options->listen, ":9 [::1]:10");
	assert_string_equal(options->telemetry_path, "/m");
	assert_string_equal(options->web_config_file, "w.yml");
	assert_int_equal(options->max_requests, 3);
	assert_string_equal(options->socket_path, "/run/x");
	assert_string_equal(options->socket_group, "adm");
	check_list(&options->keep_capabilities, "sys_nice bpf");
	assert_int_equal(options->log_level, LOG_LEVEL_DEBUG);
	assert_int_equal(options->log_format, LOG_FORMAT_JSON);
	assert_int_equal(options->link, LINK_PERF);
	assert_int_equal(options->ring_bytes, 65536);
	assert_int_equal(options->live_entries, 5);
}

static void every_option_lands_by_flag_and_by_key(void **state)
{
	struct daemon_options options = accepted(as_flags);

	(void)state;
	check_everything(&options);
	daemon_options__release(&options);
	options = accepted_file(as_file, "");
	check_everything(&options);
	daemon_options__release(&options);
}

/* Every row of run is a key, but those that say where the file is. */
static void every_row_is_a_key(void **state)
{
	struct error error;

	(void)state;
	for (size_t i = 0; i < option_row_cnt; i++) {
		struct daemon_options options;
		char text[128];

		if (!(option_rows[i].verbs & VERB_RUN))
			continue;
		snprintf(text, sizeof(text), "%s: [{}]\n", option_rows[i].name);
		write_text(text);
		assert_true(parse(&options, "--config.file FILE", &error) < 0);
		if (!!strstr(error.text, "unknown key"))
			fail_msg("%s: %s", option_rows[i].name, error.text);
		assert_int_equal(!!strstr(error.text, "flag only"), option_rows[i].flag_only);
	}
}

static void flags_win_and_replace_lists(void **state)
{
	struct daemon_options options =
		accepted_file("comm: [a, b]\npid: [1, 2]\nbudget: 2%\nmax-targets: 5\n"
			      "web.listen-address: [\":1\", \":2\"]\nlog.level: debug\n",
			      "--comm c --pid 3 --pid 4 --budget 1% --web.listen-address :3");

	(void)state;
	check_list(&options.comms, "c");
	assert_int_equal(options.pid_cnt, 2);
	assert_int_equal(options.pids[0], 3);
	check_list(&options.listen, ":3");
	assert_true(options.budget_ratio == 0.01);
	assert_int_equal(options.max_targets, 5);
	assert_int_equal(options.log_level, LOG_LEVEL_DEBUG);
	daemon_options__release(&options);
	/* a file's list replaces the default's */
	options = accepted_file("web.listen-address: \":2\"\n", "");
	check_list(&options.listen, ":2");
	daemon_options__release(&options);
}

static void an_empty_address_means_no_http(void **state)
{
	struct daemon_options options = accepted("--web.listen-address ''");

	(void)state;
	assert_true(options.web_disabled && !options.listen.cnt);
	daemon_options__release(&options);
	options = accepted_file("web: {listen-address: []}\n", "");
	assert_true(options.web_disabled);
	daemon_options__release(&options);
	options = accepted_file("web: {listen-address: \"\"}\n", "--web.listen-address :1");
	assert_false(options.web_disabled);
	check_list(&options.listen, ":1");
	daemon_options__release(&options);
	refused("--web.listen-address '' --web.listen-address :1", "stands alone");
	refused("--web.listen-address '' --web.systemd-socket", "exclude each other");
}

static void wrong_flags_are_refused_by_name(void **state)
{
	(void)state;
	refused("--web.listen-address localhost", "--web.listen-address: cannot use 'localhost'");
	refused("--web.listen-address 1.2.3:80", "--web.listen-address");
	refused("--web.listen-address ::1:80", "--web.listen-address");
	refused("--web.listen-address [::1:80", "--web.listen-address");
	refused("--web.listen-address :65536", "--web.listen-address");
	refused("--web.listen-address :-1", "--web.listen-address");
	refused("--web.telemetry-path metrics", "--web.telemetry-path");
	refused("--web.telemetry-path /m?x", "--web.telemetry-path");
	refused("--max-targets 0", "--max-targets");
	refused("--max-targets 512", "--max-targets");
	refused("--max-targets +5", "--max-targets");
	refused("--budget off", "PERCENT%");
	refused("--budget.host 0%", "--budget.host");
	refused("--comm a,,b", "--comm");
	refused("--comm ''", "--comm");
	refused("--capabilities.keep cap_nothing", "cap_nothing");
	refused("--log.level warning", "debug|info|warn|error");
	refused("--on-loss abort", "ignore|log|exit");
	refused("--advice.mute no-such-rule", "advice.mute");
	refused("--advice.mute HB-12345", "advice.mute");
	refused("now", "unexpected argument 'now'");
	refused("--json", "unknown option '--json'");
	refused("--socket.path", "a value is missing");
}

static void mistakes_in_the_file_have_a_place(void **state)
{
	(void)state;
	refused_file("all: true\nweb:\n  listen-adress: x\n",
		     "c.yml:3:3: unknown key 'web.listen-adress'; did you mean "
		     "'web.listen-address'?");
	refused_file("bugdet: 1%\n", "c.yml:1:1: unknown key 'bugdet'; did you mean 'budget'?");
	refused_file("nothing-like-it-at-all: 1\n", "unknown key 'nothing-like-it-at-all'");
	refused_file("budget: 1\n", "c.yml:1:9: budget: cannot use '1', expected PERCENT%");
	refused_file("all: 1\n", "c.yml:1:6: all: expected true or false");
	refused_file("all: 'true'\n", "true or false");
	refused_file("max-targets: [1, 2]\n", "max-targets: one value, not a list");
	refused_file("comm: {a: b}\n", "comm: a value is missing");
	refused_file("comm: [a, [b]]\n", "c.yml:1:11: comm: a value is missing");
	refused_file("comm:\n", "comm: a value is missing");
	refused_file("config: {file: x}\n", "'config.file' is a flag only");
	refused_file("web: {max-requests: 3}\nweb.max-requests: 4\n",
		     "c.yml:2:1: 'web.max-requests' is there twice");
	refused_file("web: 5\n", "unknown key 'web'");
	refused_file("- a\n", "c.yml:1:1: expected keys and values");
	refused_file("all: true\nall: true\n", "c.yml:2:1: key 'all' is there twice");
	refused_file("budget: {host: 1%, x: 2}\n", "c.yml:1:20: unknown key 'budget.x'");
	refused_file("pid: 1,,2\n", "c.yml:1:6: pid: cannot use '1,,2'");
}

static void long_and_many_things_are_refused(void **state)
{
	struct text text = {0};

	(void)state;
	text__add(&text, "x");
	for (int i = 0; i < 100; i++)
		text__add(&text, "yyyy");
	text__add(&text, ": 1\n");
	refused_file(text__str(&text), "c.yml:1:1: unknown key");
	text__clear(&text);
	text__add(&text, "comm: [");
	for (int i = 0; i <= SELECTORS_MAX; i++)
		text__add(&text, "%sc%d", i ? ", " : "", i);
	text__add(&text, "]\n");
	refused_file(text__str(&text), "comm: too many values");
	text__clear(&text);
	for (int i = 0; i <= LISTEN_MAX; i++)
		text__add(&text, "--web.listen-address :%d ", i + 1);
	refused(text__str(&text), "--web.listen-address: too many values at ':9'");
	text__release(&text);
}

static void empty_files_and_sections_say_nothing(void **state)
{
	struct daemon_options options = accepted_file("", "");

	(void)state;
	check_list(&options.listen, "127.0.0.1:10060");
	daemon_options__release(&options);
	options = accepted_file("# all: true\nweb:\n  # max-requests: 3\nall: false\n", "");
	assert_false(options.all);
	assert_int_equal(options.max_requests, 40);
	daemon_options__release(&options);
}

static void a_file_that_is_not_there_is_a_failure_at_run_time(void **state)
{
	struct daemon_options options;
	struct error error;

	(void)state;
	assert_int_equal(parse(&options, "--config.file FILE", &error), -ENOENT);
	assert_int_equal(error.code, EXIT_RUNTIME);
	assert_non_null(strstr(error.text, "No such file"));
}

static void help_looks_at_nothing_else(void **state)
{
	struct daemon_options options = accepted("--config.file /nonexistent --help");

	(void)state;
	assert_true(options.help);
	daemon_options__release(&options);
}

static void a_reload_names_what_needs_a_restart(void **state)
{
	struct daemon_options old = accepted("--comm a");
	/* what a reload may change */
	struct daemon_options fresh =
		accepted("--comm b --all -p 5 --exe x --cgroup y --max-targets 7 --budget 2% "
			 "--budget.host 4% --on-loss exit --config.strict --log.level warn "
			 "--log.format json");
	static const char *const fixed[][2] = {
		{"--interval 4K", "interval"},
		{"--allow-stepped", "allow-stepped"},
		{"--no-follow", "no-follow"},
		{"--link perf", "link"},
		{"--ring-bytes 4K", "ring-bytes"},
		{"--live-entries 7", "live-entries"},
		{"--bpf.stats", "bpf.stats"},
		{"--labels.pid", "labels.pid"},
		{"--metrics.max-series 200", "metrics.max-series"},
		{"--web.listen-address ''", "web.listen-address"},
		{"--web.listen-address :1", "web.listen-address"},
		{"--web.telemetry-path /x", "web.telemetry-path"},
		{"--web.config.file x", "web.config.file"},
		{"--web.max-requests 1", "web.max-requests"},
		{"--web.disable-exporter-metrics", "web.disable-exporter-metrics"},
		{"--web.enable-lifecycle", "web.enable-lifecycle"},
		{"--web.allow-insecure", "web.allow-insecure"},
		{"--web.systemd-socket", "web.systemd-socket"},
		{"--socket.path x", "socket.path"},
		{"--socket.group x", "socket.group"},
		{"--capabilities.keep bpf", "capabilities.keep"},
		{"--debug", "debug"},
	};

	(void)state;
	assert_null(daemon_options__needs_restart(&old, &fresh));
	daemon_options__adopt(&old, &fresh);
	check_list(&old.comms, "b");
	check_list(&fresh.comms, "a");
	assert_true(old.all && old.pid_cnt == 1 && old.pids[0] == 5 && old.strict);
	assert_true(old.budget_ratio == 0.02 && old.host_budget_ratio == 0.04);
	assert_int_equal(old.max_targets, 7);
	assert_int_equal(old.on_loss, ON_LOSS_EXIT);
	assert_int_equal(old.log_level, LOG_LEVEL_WARN);
	daemon_options__release(&fresh);
	for (size_t i = 0; i < sizeof(fixed) / sizeof(fixed[0]); i++) {
		fresh = accepted(fixed[i][0]);
		assert_string_equal(daemon_options__needs_restart(&old, &fresh), fixed[i][1]);
		daemon_options__release(&fresh);
	}
	daemon_options__release(&old);
}

static void a_reload_reads_the_file_anew_and_a_bad_one_leaves_the_old(void **state)
{
	char verb[] = "run", flag[] = "--config.file", budget[] = "--budget", one[] = "1%";
	char *argv[] = {verb, flag, path, budget, one, NULL};
	struct daemon_options options, fresh;
	struct error error = {0};

	(void)state;
	write_text("comm: a\nbudget: 5%\n");
	assert_int_equal(run_options__parse(&options, 5, argv, &error), 0);
	write_text("comm: [a\n");
	assert_true(run_options__reload(&fresh, 5, argv, &error) < 0);
	assert_non_null(strstr(error.text, "c.yml:"));
	check_list(&options.comms, "a");
	write_text("comm: b\nbudget: 7%\n");
	assert_int_equal(run_options__reload(&fresh, 5, argv, &error), 0);
	check_list(&fresh.comms, "b");
	assert_true(fresh.budget_ratio == 0.01);
	daemon_options__release(&fresh);
	daemon_options__release(&options);
}

static void a_check_looks_at_addresses_and_the_web_configuration(void **state)
{
	struct daemon_options options = accepted("--web.listen-address 0.0.0.0:1");
	struct error error;

	(void)state;
	assert_true(run_options__check(&options, &error) < 0);
	assert_non_null(strstr(error.text, "0.0.0.0:1"));
	daemon_options__release(&options);
	options = accepted("--web.listen-address 0.0.0.0:1 --web.allow-insecure");
	assert_int_equal(run_options__check(&options, &error), 0);
	daemon_options__release(&options);
	options = accepted("--web.listen-address [::1]:1 --web.listen-address localhost:2");
	assert_int_equal(run_options__check(&options, &error), 0);
	daemon_options__release(&options);
	write_text("basic_auth_usrs: {}\n");
	options = accepted("--web.config.file FILE");
	assert_true(run_options__check(&options, &error) < 0);
	assert_non_null(strstr(error.text, "c.yml:1:1: unknown key"));
	daemon_options__release(&options);
}

int main(void)
{
#define with_file(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_are_those_of_the_manual),
		with_file(every_option_lands_by_flag_and_by_key),
		with_file(every_row_is_a_key),
		with_file(flags_win_and_replace_lists),
		with_file(an_empty_address_means_no_http),
		cmocka_unit_test(wrong_flags_are_refused_by_name),
		with_file(mistakes_in_the_file_have_a_place),
		with_file(long_and_many_things_are_refused),
		with_file(empty_files_and_sections_say_nothing),
		with_file(a_file_that_is_not_there_is_a_failure_at_run_time),
		cmocka_unit_test(help_looks_at_nothing_else),
		cmocka_unit_test(a_reload_names_what_needs_a_restart),
		with_file(a_reload_reads_the_file_anew_and_a_bad_one_leaves_the_old),
		with_file(a_check_looks_at_addresses_and_the_web_configuration),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
