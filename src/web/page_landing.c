// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export/human.h"
#include "export/page_assets.h"
#include "web/html.h"
#include "web/route.h"
#include "web/target_id.h"

#include "base/banned.h"

#define TOP_GROUPS 50

static const char style[] =
	":root{color-scheme:light dark;--fg:#1c2024;--bg:#fdfdfc;--dim:#60646c;--line:#d9d9e0;"
	"--link:#0b5cad}\n"
	"@media(prefers-color-scheme:dark){:root{--fg:#edeef0;--bg:#111113;--dim:#b0b4ba;"
	"--line:#363a3f;--link:#7cc0ff}}\n"
	"body{margin:0;font:15px/1.5 system-ui,sans-serif;color:var(--fg);background:var(--bg)}\n"
	"header,main{max-width:72rem;margin:0 auto;padding:.75rem 1rem}\n"
	"header{border-bottom:1px solid var(--line)}header a{font-weight:600}\n"
	"header span,.dim{color:var(--dim)}\n"
	"a{color:var(--link)}a:focus-visible{outline:2px solid var(--link);outline-offset:2px}\n"
	".skip{position:absolute;left:-99rem}.skip:focus{left:1rem;top:.5rem}\n"
	".wide{overflow-x:auto}table{border-collapse:collapse;width:100%}\n"
	"caption{text-align:left;font-weight:600;padding:.5rem 0}\n"
	"th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid var(--line);"
	"white-space:nowrap}\n"
	".n{text-align:right;font-variant-numeric:tabular-nums}\n";

void page__style(const struct web_call *call, struct web_reply *reply)
{
	FILE *out = reply__open(reply, 200, "text/css; charset=utf-8");

	(void)call;
	if (out)
		fputs(style, out);
	reply__close(reply, 0);
}

/* A group with what it is ordered by. */
struct row {
	const struct group *group;
	double rate;
	size_t advice_cnt;
};

static int compare(const void *a, const void *b)
{
	const struct row *x = a, *y = b;

	if (x->rate != y->rate)
		return x->rate < y->rate ? 1 : -1;
	if (x->group->rss_bytes != y->group->rss_bytes)
		return x->group->rss_bytes < y->group->rss_bytes ? 1 : -1;
	return strcmp(x->group->id, y->group->id);
}

/* Count the advice on the members of each group. */
static void count_advice(const struct publication *publication, struct row *rows)
{
	const struct host *host = publication->host;
	const struct analysis *analysis = publication->analysis;

	for (size_t i = 0; analysis && analysis->advice && i < analysis->advice->cnt; i++) {
		uint32_t image = analysis->advice->items[i].process->image;
		const struct group *group = NULL;

		for (size_t k = 0; k < host->process_cnt && !group; k++)
			if (host->processes[k].image == image)
				group = target__group_of(host, &host->processes[k]);
		if (group)
			rows[group - host->groups].advice_cnt++;
	}
}

static void cell(FILE *out, const char *text)
{
	fprintf(out, "<td class=\"n\">%s</td>", text);
}

static void cell_value(FILE *out, enum advice_unit unit, bool known, double value)
{
	char text[HUMAN_BYTES];

	cell(out, known ? human__value(text, unit, value) : "-");
}

static void cell_figure(FILE *out, enum advice_unit unit, const struct figure *figure)
{
	char text[HUMAN_BYTES];

	cell(out, human__figure(text, unit, figure));
}

static void write_row(FILE *out, const struct row *row)
{
	const struct group *group = row->group;

	fprintf(out, "<tr><th scope=\"row\"><a href=\"/targets/%s/debug/pprof/\">", group->id);
	html__text(out, *group->comm ? group->comm : "?");
	fputs("</a></th><td>", out);
	html__text(out, group->exe);
	fputs("</td><td>", out);
	html__text(out, group->unit);
	fputs("</td><td>", out);
	/* "go1.26.4" says both. */
	html__text(out, group->go.known && *group->go.version ? group->go.version : group->runtime);
	fprintf(out, "</td><td class=\"n\">%u</td>", group->member_cnt);
	cell_figure(out, UNIT_BYTES_PER_S, &group->bytes_rate);
	cell_figure(out, UNIT_BYTES, &group->live_bytes);
	cell_value(out, UNIT_BYTES, group->rss_bytes > 0, group->rss_bytes);
	cell_value(out, UNIT_RATIO, group->cost_ratio >= 0, group->cost_ratio);
	fprintf(out, "<td class=\"n\">%zu</td></tr>\n", row->advice_cnt);
}

static void write_table(FILE *out, const struct row *rows, size_t cnt, size_t all)
{
	fprintf(out,
		"<div class=\"wide\" role=\"region\" aria-label=\"Groups\" tabindex=\"0\">"
		"<table><caption>Groups by allocation rate: %zu of %zu</caption>\n<thead><tr>"
		"<th scope=\"col\">command</th><th scope=\"col\">program</th>"
		"<th scope=\"col\">unit</th><th scope=\"col\">runtime</th>"
		"<th scope=\"col\" class=\"n\">processes</th>"
		"<th scope=\"col\" class=\"n\">allocated</th><th scope=\"col\" "
		"class=\"n\">live</th>"
		"<th scope=\"col\" class=\"n\">RSS</th><th scope=\"col\" class=\"n\">cost</th>"
		"<th scope=\"col\" class=\"n\">advice</th></tr></thead>\n<tbody>\n",
		cnt, all);
	for (size_t i = 0; i < cnt; i++)
		write_row(out, &rows[i]);
	fputs("</tbody></table></div>\n", out);
}

static int write_groups(FILE *out, const struct publication *publication)
{
	const struct host *host = publication ? publication->host : NULL;
	size_t cnt = host ? host->group_cnt : 0;
	struct row *rows;

	if (!cnt) {
		fputs("<p>Nothing has been published yet; this page shows the state at the "
		      "moment it was loaded.</p>\n",
		      out);
		return 0;
	}
	rows = calloc(cnt, sizeof(*rows));
	if (!rows)
		return -ENOMEM;
	for (size_t i = 0; i < cnt; i++) {
		const struct figure *rate = &host->groups[i].bytes_rate;

		rows[i].group = &host->groups[i];
		rows[i].rate = rate->basis == BASIS_UNKNOWN ? -1 : rate->value;
	}
	count_advice(publication, rows);
	qsort(rows, cnt, sizeof(*rows), compare);
	write_table(out, rows, cnt < TOP_GROUPS ? cnt : TOP_GROUPS, cnt);
	free(rows);
	return 0;
}

static void write_links(FILE *out, const struct daemon_options *options)
{
	static const char *const links[][2] = {
		{"/debug/pprof/", "profiles (pprof)"},
		{"/api/v1/flamegraph?format=svg", "flame graph"},
		{"/api/v1/recommendations", "recommendations"},
		{"/api/v1/hotspots", "hotspots"},
		{"/api/v1/processes", "processes"},
		{"/api/v1/status", "status"},
		{"/sd/metrics", "discovery: metrics"},
		{"/sd/profiles", "discovery: profiles"},
		{"/sd/parca", "discovery: Parca"},
		{"/healthz", "health"},
		{"/readyz", "readiness"},
	};

	fputs("<nav aria-label=\"Pages\"><a href=\"", out);
	html__text(out, options->telemetry_path);
	fputs("\">metrics</a>", out);
	for (size_t i = 0; i < sizeof(links) / sizeof(*links); i++)
		fprintf(out, " &middot; <a href=\"%s\">%s</a>", links[i][0], links[i][1]);
	if (options->debug)
		fputs(" &middot; <a href=\"/maps\">maps</a>", out);
	fputs("</nav>\n", out);
}

static void write_part(FILE *out, enum page_shell_part part)
{
	struct page_file file = page_shell__part(part);

	fwrite(file.data, 1, file.bytes, out);
}

/* The page, for whom it works without scripts a table of groups instead of it, and the way to all
 * other pages. */
void page__landing(const struct web_call *call, struct web_reply *reply)
{
	FILE *out = reply__open(reply, 200, TYPE_HTML);
	int err = 0;

	if (out) {
		write_part(out, SHELL_TOP);
		fputs("<link rel=\"stylesheet\" href=\"/page.css\">\n"
		      "<link rel=\"icon\" type=\"image/svg+xml\" href=\"/icon.svg\">\n",
		      out);
		write_part(out, SHELL_HEAD);
		err = write_groups(out, call->publication);
		write_part(out, SHELL_GROUPS);
		write_links(out, call->options);
		write_part(out, SHELL_LINKS);
		fputs("<script src=\"/page.js\"></script>\n", out);
		write_part(out, SHELL_SCRIPTS);
	}
	reply__close(reply, err);
}

static void write_target(FILE *out, const char *prefix, const char *id)
{
	static const char *const names[] = {"allocs", "heap"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		fprintf(out,
			" <a href=\"%s/debug/pprof/%s\">%s</a> <a class=\"dim\" "
			"href=\"%s/debug/pprof/%s?debug=1\">text</a>",
			prefix, names[i], names[i], prefix, names[i]);
	fprintf(out, " <a href=\"/api/v1/flamegraph?format=svg&amp;target=%s\">flame graph</a>",
		id);
}

static void write_targets(FILE *out, const struct view *view)
{
	char id[TARGET_ID_BYTES], prefix[TARGET_ID_BYTES + 16];

	fputs("<div class=\"wide\" role=\"region\" aria-label=\"Targets\" tabindex=\"0\">"
	      "<table><caption>Targets</caption>\n<thead><tr><th scope=\"col\">pid</th>"
	      "<th scope=\"col\">command</th><th scope=\"col\">id</th><th scope=\"col\">profiles"
	      "</th></tr></thead>\n<tbody>\n",
	      out);
	for (size_t i = 0; i < view->process_cnt; i++) {
		const struct view_process *process = &view->processes[i];

		if (!target__has_profile(process))
			continue;
		target__format(id, process);
		snprintf(prefix, sizeof(prefix), "/targets/%s", id);
		fprintf(out, "<tr><td>%u</td><th scope=\"row\">", process->tgid);
		html__text(out, process->comm);
		fprintf(out, "%s</th><td>%s</td><td>", process->exited ? " (ended)" : "", id);
		write_target(out, prefix, id);
		fputs("</td></tr>\n", out);
	}
	fputs("</tbody></table></div>\n", out);
}

/* Of the host, or of the target in the path. */
void page__profile_index(const struct web_call *call, struct web_reply *reply)
{
	const struct analysis *analysis = call->publication ? call->publication->analysis : NULL;
	char prefix[TARGET_ID_BYTES + 16] = "";
	FILE *out;

	if (*call->id && !target__exists(call->publication, call->id)) {
		reply__say(reply, 404,
			   "no such target; it may have ended. /debug/pprof/ lists "
			   "them");
		return;
	}
	/* an id that exists is made of digits and dashes */
	if (*call->id)
		snprintf(prefix, sizeof(prefix), "/targets/%s", call->id);
	out = reply__open(reply, 200, TYPE_HTML);
	if (out) {
		html__begin(out, "heapbeat: profiles");
		fprintf(out, "<h1>Profiles</h1>\n<p>%s:", *prefix ? prefix : "the whole host");
		write_target(out, prefix, call->id);
		fputs("</p>\n<p class=\"dim\">?seconds=N gives what is allocated within the next N "
		      "seconds (at most 120).</p>\n",
		      out);
		if (analysis && !*prefix)
			write_targets(out, analysis->view);
		html__end(out);
	}
	reply__close(reply, 0);
}
