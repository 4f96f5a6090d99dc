// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/metrics.h"

#include <errno.h>

#include "export/metrics_table.h"

#include "base/banned.h"

static const char head[] =
	"<!-- Written by the table in src/export/metrics_table.c: change that, then `make "
	"metrics-doc`. -->\n"
	"# Metrics\n\n"
	"What `heapbeat run` answers at `/metrics`, in the text format 0.0.4 or, where the client "
	"asks for it,\nOpenMetrics 1.0.\n\n"
	"- **Unknown is absent.** A figure that the observation of a process cannot give has no "
	"series: no live\n  bytes where some frees go unseen, no counters before the first look. 0 "
	"means that none was seen.\n"
	"- **Counters belong to groups** of processes that are of one kind, and keep what dead "
	"processes had. While\n  a process is looked at now and then, they go on at the rate of "
	"its "
	"last looks, for ten minutes after\n  the last one; a correction never steps back, the "
	"counter waits until it is reached.\n"
	"- **group** stands for the labels `comm`, `exe` (basename) and `unit` (leaf cgroup, "
	"systemd "
	"unit or\n  container id), fixed when a process image is first seen, and `runtime`; `pid` "
	"for "
	"processes that were\n  named by PID, or with `--labels.pid`. `runtime` and `allocator` "
	"are "
	"`mixed` where processes differ.\n  An empty value is left out. Groups without a living "
	"process go after ten minutes.\n"
	"- **Cap**: `--metrics.max-series` (10,000). Beyond it new groups fold into "
	"`comm=\"_other\"`, then histograms\n  and hotspots of the newest groups are left out; "
	"`heapbeat_series_dropped_total` counts both.\n"
	"- Rates are the reader's: `rate(heapbeat_allocated_bytes_total[5m])`, "
	"`deriv(heapbeat_heap_live_bytes[30m])`.\n\n"
	"- **Go programs** are read, not probed: their counters are the runtime's own and miss "
	"nothing. Those\n  `heapbeat_go_*` and `heapbeat_gc_*` that are sums are of all processes "
	"of the group, or absent until each\n  of them has been read.\n\n"
	"Name kept for what is not filled yet: `heapbeat_allocator_cpu_seconds_total`.\n\n"
	"| series | type | labels | what |\n|---|---|---|---|\n";

int metrics__write_reference(FILE *out)
{
	static const char *const types[] = {"counter", "gauge", "histogram"};
	static const char *const scopes[] = {"", "group", "group, `allocator`"};

	fputs(head, out);
	for (int m = 0; m < METRIC_MAX; m++) {
		const struct metric_row *row = &metric_rows[m];
		const char *separator = row->scope == SCOPE_SELF ? "" : ", ";

		fprintf(out, "| `%s` | %s | %s", row->name, types[row->type], scopes[row->scope]);
		for (int l = 0; l < METRIC_OWN_LABELS && row->labels[l]; l++) {
			fprintf(out, "%s`%s`", separator, row->labels[l]);
			separator = ", ";
		}
		fprintf(out, " | %s |\n", row->help);
	}
	return ferror(out) ? -EIO : 0;
}
