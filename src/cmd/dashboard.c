// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/dashboard.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "base/exit.h"

#include "base/banned.h"

/* The files themselves, so that there is nothing to keep in step. The Makefile makes this object
 * anew when one of them changes: compilers do not list .incbin among what an object depends on. */
#define EMBED(name)                                                            \
	__asm__(".pushsection .rodata\n"                                       \
		".local dashboard_" #name "\n"                                 \
		"dashboard_" #name ": .incbin \"dashboards/" #name ".json\"\n" \
		".local dashboard_" #name "_end\n"                             \
		"dashboard_" #name "_end:\n"                                   \
		".popsection\n");                                              \
	extern const char dashboard_##name[], dashboard_##name##_end[]

EMBED(overview);
EMBED(process);
EMBED(go);
EMBED(self);

static const struct row {
	const char *name, *start, *end, *title;
} rows[] = {
	{"overview", dashboard_overview, dashboard_overview_end,
	 "who allocates, who grows, what to change, what observing costs"},
	{"process", dashboard_process, dashboard_process_end,
	 "one command or a few: rates, heap, sizes, lifetimes, hot sites, advice"},
	{"go", dashboard_go, dashboard_go_end,
	 "Go programs: collector, heap against goal and limit, goroutines, size classes, sites"},
	{"self", dashboard_self, dashboard_self_end,
	 "what the observer loses, sees, costs and fails at"},
};

#define ROW_CNT (sizeof(rows) / sizeof(rows[0]))

static const char usage[] = "usage: heapbeat dashboard [overview|process|go|self]\n"
			    "\n"
			    "Print a Grafana dashboard (JSON to import, Grafana 9 to 13) for a\n"
			    "Prometheus that scrapes heapbeat run. Without a name list them.\n"
			    "\n"
			    "  -h, --help   print this text\n";

const char *dashboard__find(const char *name, size_t *ret_bytes)
{
	for (size_t i = 0; i < ROW_CNT; i++) {
		if (strcmp(name, rows[i].name) != 0)
			continue;
		*ret_bytes = (size_t)(rows[i].end - rows[i].start);
		return rows[i].start;
	}
	return NULL;
}

static int print_dashboard(const char *name)
{
	size_t bytes;
	const char *json = dashboard__find(name, &bytes);

	if (!json) {
		fprintf(stderr,
			"heapbeat: dashboard: no dashboard '%s'; 'heapbeat dashboard' lists them\n",
			name);
		return EXIT_USAGE;
	}
	fwrite(json, 1, bytes, stdout); /* main.c looks at stdout's state */
	return EXIT_OK;
}

static void list_dashboards(void)
{
	for (size_t i = 0; i < ROW_CNT; i++)
		printf("%-8s  %s\n", rows[i].name, rows[i].title);
}

int cmd_dashboard(int argc, char **argv)
{
	static const struct option options[] = {
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	int option;

	optind = 0; /* glibc: start afresh, whatever was parsed before */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		if (option == 'h') {
			fputs(usage, stdout);
			return EXIT_OK;
		}
		fprintf(stderr,
			"heapbeat: dashboard: unknown option '%s'; try 'heapbeat dashboard "
			"--help'\n",
			argv[optind - 1]);
		return EXIT_USAGE;
	}
	if (argc - optind > 1) {
		fprintf(stderr, "heapbeat: dashboard: takes one name, found '%s' too\n",
			argv[optind + 1]);
		return EXIT_USAGE;
	}
	if (optind < argc)
		return print_dashboard(argv[optind]);
	list_dashboards();
	return EXIT_OK;
}
