// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"
#include "cmd/advise.h"
#include "cmd/attach.h"
#include "cmd/check_config.h"
#include "cmd/completion.h"
#include "cmd/dashboard.h"
#include "cmd/diff.h"
#include "cmd/doctor.h"
#include "cmd/dump.h"
#include "cmd/ps.h"
#include "cmd/record.h"
#include "cmd/report.h"
#include "cmd/rules.h"
#include "cmd/run.h"
#include "cmd/status.h"
#include "cmd/top.h"
#include "base/banned.h"

static const struct {
	const char *name;
	int (*run)(int argc, char **argv);
	const char *help;
} verbs[] = {
	{"record", cmd_record, "observe processes or a command, write a capture"},
	{"report", cmd_report, "allocation sites of a capture or of running processes"},
	{"advise", cmd_advise, "what to change, and what that is expected to save"},
	{"diff", cmd_diff, "what has changed between two captures, and whether advice held"},
	{"rules", cmd_rules, "the rules of advice: floors, reasons, what they need"},
	{"top", cmd_top, "processes by what they allocate, live"},
	{"ps", cmd_ps, "processes: allocators found, attachable or why not"},
	{"doctor", cmd_doctor, "what this machine allows and what observing costs on it"},
	{"run", cmd_run, "the daemon: metrics, profiles and advice of a host over HTTP"},
	{"attach", cmd_attach, "tell the running daemon to observe a process"},
	{"detach", cmd_detach, "tell it to leave a process alone"},
	{"status", cmd_status, "what the running daemon observes, at what cost"},
	{"check-config", cmd_check_config, "validate a configuration file of the daemon"},
	{"dashboard", cmd_dashboard, "print the Grafana dashboards"},
	{"dump", cmd_dump, "every record of a capture, as text or JSON"},
	{"completion", cmd_completion, "a script for bash or zsh that completes all this"},
};

#define VERB_CNT (sizeof(verbs) / sizeof(verbs[0]))

static void print_help(FILE *file)
{
	fprintf(file,
		"usage: heapbeat VERB [OPTION...]\n\n"
		"Watches the heaps of running programs from outside, and says what to change.\n\n");
	for (size_t i = 0; i < VERB_CNT; i++)
		fprintf(file, "  %-12s %s\n", verbs[i].name, verbs[i].help);
	fprintf(file, "  %-12s %s\n  %-12s %s\n\n", "help", "this text, or help VERB", "version",
		"the version");
	fprintf(file, "heapbeat VERB --help tells the options of a verb.\n");
}

static int run_verb(const char *name, int argc, char **argv)
{
	for (size_t i = 0; i < VERB_CNT; i++)
		if (!strcmp(name, verbs[i].name))
			return verbs[i].run(argc, argv);
	fprintf(stderr, "heapbeat: unknown verb '%s'; see heapbeat help\n", name);
	return EXIT_USAGE;
}

static int run(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";
	char help_flag[] = "--help";

	if (!strcmp(name, "version") || !strcmp(name, "--version")) {
		printf("heapbeat " HEAPBEAT_VERSION "\n");
		return EXIT_OK;
	}
	if (argc > 2 && !strcmp(name, "help")) {
		char *help_argv[] = {argv[2], help_flag, NULL};

		return run_verb(argv[2], 2, help_argv);
	}
	if (!strcmp(name, "help") || !strcmp(name, "--help") || !strcmp(name, "-h")) {
		print_help(stdout);
		return EXIT_OK;
	}
	if (!*name) {
		print_help(stderr);
		return EXIT_USAGE;
	}
	return run_verb(name, argc - 1, argv + 1);
}

/* A report of which a part is missing must not pass for one. */
int main(int argc, char **argv)
{
	int code = run(argc, argv);

	errno = 0;
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	if (code == EXIT_OK || code == EXIT_PARTIAL || code == EXIT_FINDINGS)
		fprintf(stderr, "heapbeat: cannot write to stdout: %s\n",
			strerror(errno ? errno : EIO));
	return code == EXIT_OK || code == EXIT_PARTIAL || code == EXIT_FINDINGS ? EXIT_RUNTIME
										: code;
}
