// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/ps.h"

#include <errno.h>
#include <getopt.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/exit.h"
#include "base/text.h"
#include "base/vec.h"
#include "cmd/document.h"
#include "cmd/target_json.h"
#include "target/cgroup.h"
#include "target/process_list.h"
#include "target/target.h"

#include "base/banned.h"

#define COMM_BYTES  48
#define COLUMN_MIN  20	 /* of the last column, however narrow the terminal */
#define STATE_BYTES 2048 /* a list of reasons, as text */

/* What stays of a target: its descriptors are closed at once, as there may be thousands. */
struct row {
	pid_t pid;
	char comm[COMM_BYTES];
	char unit[COMM_BYTES]; /* "" at the root of all control groups */
	const char *runtime, *allocator;
	bool has_rss;
	uint64_t rss_bytes;
	char *state;
	json_t *item;
};

struct rows {
	struct row *items;
	size_t cnt, cap;
};

static const char usage[] =
	"usage: heapbeat ps [--json]\n"
	"\n"
	"List processes by resident memory: runtime, allocator, whether heapbeat can attach, why\n"
	"not, and what hides from view.\n"
	"\n"
	"  --json       print heapbeat/processes/v1 instead of a table\n"
	"  -h, --help   print this text\n";

static char *format_state(const struct target *target)
{
	const char *state = target->refusal		    ? "refused: "
			    : target__is_attachable(target) ? "attachable"
							    : "not probed";
	bool is_open = !target->refusal && target->hides[0];
	char raw[STATE_BYTES], clean[STATE_BYTES];

	snprintf(raw, sizeof(raw), "%s%s%s", state, is_open ? "; " : "",
		 target->refusal ? target->refusal : target->hides);
	return strdup(text__sanitise(clean, sizeof(clean), raw));
}

/* What it belongs to, for the table and for the document. */
static int fill_unit(struct row *row)
{
	char path[CGROUP_PATH_BYTES], unit[CGROUP_UNIT_BYTES];

	if (!row->item || cgroup__read(row->pid, path, sizeof(path)))
		return 0;
	cgroup__unit(path, unit, sizeof(unit));
	text__sanitise(row->unit, sizeof(row->unit), unit);
	return *unit ? json_object_set_new(row->item, "unit", document__string(unit)) : 0;
}

static int fill_row(struct row *row, const struct target *target)
{
	*row = (struct row){
		.pid = target->pid,
		.runtime = target->runtime,
		.allocator = target->allocator[0] ? target->allocator : "-",
		.has_rss = target->rss_bytes > 0,
		.rss_bytes = target->rss_bytes,
	};
	text__sanitise(row->comm, sizeof(row->comm), target->comm);
	row->state = format_state(target);
	row->item = target_json__process(target);
	return row->state && row->item && !fill_unit(row) ? 0 : -ENOMEM;
}

/* A process that nothing can be read of still has its line. */
static int fill_unknown(struct row *row, pid_t pid, const struct error *error)
{
	*row = (struct row){
		.pid = pid,
		.comm = "-",
		.runtime = "-",
		.allocator = "-",
	};
	row->state = strdup(error->text);
	row->item = json_pack("{s:i, s:b, s:o, s:[]}", "pid", (int)pid, "attachable", 0, "refusal",
			      document__string(error->text), "files");
	return row->state && row->item ? 0 : -ENOMEM;
}

static void release_row(struct row *row)
{
	free(row->state);
	json_decref(row->item);
}

/* 0, also if the process is gone or has exited: it has no row then. */
static int add_process(struct rows *rows, pid_t pid)
{
	struct target_options options = {0};
	struct target *target = NULL;
	struct error error;
	struct row row;
	int err = target__open(pid, &options, &target, &error);

	if (err == -ENOMEM)
		return err;
	if (err && error.code == EXIT_RUNTIME)
		return 0;
	if (!err && target->refusal && target->refusal_code == EXIT_RUNTIME) {
		target__free(target);
		return 0;
	}
	err = err ? fill_unknown(&row, pid, &error) : fill_row(&row, target);
	target__free(target);
	if (!err)
		err = vec__add(rows, row);
	if (err)
		release_row(&row);
	return err;
}

static int compare_rows(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->rss_bytes != y->rss_bytes)
		return x->rss_bytes < y->rss_bytes ? 1 : -1;
	return (x->pid > y->pid) - (x->pid < y->pid);
}

static void format_bytes(uint64_t bytes, char *text, size_t size)
{
	static const char units[] = "KMGT";
	double value = (double)bytes / 1024;
	size_t unit = 0;

	while (value >= 999.5 && units[unit + 1]) {
		value /= 1024;
		unit++;
	}
	snprintf(text, size, value < 99.5 && unit ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

/* Runes of valid UTF-8. */
static int count_runes(const char *text)
{
	int cnt = 0;

	for (; *text; text++)
		cnt += ((unsigned char)*text & 0xc0) != 0x80;
	return cnt;
}

/* Columns of the terminal, 0 if stdout is none. */
static int terminal_columns(void)
{
	struct winsize size;

	if (!isatty(STDOUT_FILENO) || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size))
		return 0;
	return size.ws_col;
}

static int max_int(int a, int b)
{
	return a > b ? a : b;
}

/* Bytes of the first @runes runes of @text. */
static int cut_bytes(const char *text, int runes)
{
	const char *at = text;

	while (*at && (runes > 0 || ((unsigned char)*at & 0xc0) == 0x80)) {
		at++;
		runes -= ((unsigned char)*at & 0xc0) != 0x80;
	}
	return (int)(at - text);
}

static int print_table(const struct rows *rows)
{
	int comm = 4, runtime = 7, allocator = 9, unit = 0, columns = terminal_columns(), state;

	for (size_t i = 0; i < rows->cnt; i++) {
		comm = max_int(comm, count_runes(rows->items[i].comm));
		runtime = max_int(runtime, (int)strlen(rows->items[i].runtime));
		allocator = max_int(allocator, (int)strlen(rows->items[i].allocator));
		unit = max_int(unit, count_runes(rows->items[i].unit));
	}
	/* a column that would be empty is none */
	unit = unit ? max_int(unit, 4) + 2 : 0;
	state = columns - (7 + 1 + comm + 1 + runtime + 1 + allocator + 1 + 6 + unit + 2);
	state = columns ? max_int(state, COLUMN_MIN) : STATE_BYTES;
	printf("%7s %-*s %-*s %-*s %6s%*s  %s\n", "PID", comm, "COMM", runtime, "RUNTIME",
	       allocator, "ALLOCATOR", "RSS", -unit, unit ? "  UNIT" : "", "STATE");
	for (size_t i = 0; i < rows->cnt; i++) {
		const struct row *row = &rows->items[i];
		char rss[16] = "-";

		if (row->has_rss)
			format_bytes(row->rss_bytes, rss, sizeof(rss));
		printf("%7d %s%*s %-*s %-*s %6s", (int)row->pid, row->comm,
		       comm - count_runes(row->comm), "", runtime, row->runtime, allocator,
		       row->allocator, rss);
		if (unit)
			printf("  %s%*s", row->unit, unit - 2 - count_runes(row->unit), "");
		printf("  %.*s\n", cut_bytes(row->state, state), row->state);
	}
	return fflush(stdout) ? -EIO : 0;
}

static int print_json(const struct rows *rows)
{
	json_t *document = document__new("heapbeat/processes/v1");
	int err = document ? 0 : -ENOMEM;

	for (size_t i = 0; !err && i < rows->cnt; i++)
		if (json_array_append(document__items(document), rows->items[i].item))
			err = -ENOMEM;
	if (!err)
		err = document__print(document);
	json_decref(document);
	return err;
}

static int list_processes(bool json)
{
	struct rows rows = {0};
	pid_t *pids = NULL;
	size_t cnt = 0;
	int err = process_list__read(&pids, &cnt);

	for (size_t i = 0; !err && i < cnt; i++)
		err = add_process(&rows, pids[i]);
	if (!err && rows.cnt)
		qsort(rows.items, rows.cnt, sizeof(*rows.items), compare_rows);
	if (!err)
		err = json ? print_json(&rows) : print_table(&rows);
	for (size_t i = 0; i < rows.cnt; i++)
		release_row(&rows.items[i]);
	free(rows.items);
	free(pids);
	if (err)
		fprintf(stderr, "heapbeat: cannot list processes: %s\n", strerror(-err));
	return err ? EXIT_RUNTIME : EXIT_OK;
}

int cmd_ps(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", no_argument, NULL, 'j'},
		{"help", no_argument, NULL, 'h'},
		{0},
	};
	bool json = false;
	int option;

	optind = 0; /* glibc: start afresh, whatever was parsed before */
	opterr = 0;
	while ((option = getopt_long(argc, argv, "+:h", options, NULL)) != -1) {
		switch (option) {
		case 'j':
			json = true;
			break;
		case 'h':
			fputs(usage, stdout);
			return EXIT_OK;
		default:
			fprintf(stderr,
				"heapbeat: ps: unknown option '%s'; try 'heapbeat ps --help'\n",
				argv[optind - 1]);
			return EXIT_USAGE;
		}
	}
	if (optind < argc) {
		fprintf(stderr, "heapbeat: ps: takes no arguments, found '%s'\n", argv[optind]);
		return EXIT_USAGE;
	}
	return list_processes(json);
}
