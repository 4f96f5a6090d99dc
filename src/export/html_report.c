// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/html_report.h"

#include <errno.h>
#include <string.h>

#include "export/advice_json.h"
#include "export/page_assets.h"
#include "export/processes_json.h"
#include "export/stacks_json.h"

#include "base/banned.h"

/* JSON between tags: "<" stands in strings alone, so that no name can end the script or begin a
 * comment. */
static ssize_t write_escaped(void *ctx, const char *data, size_t bytes)
{
	FILE *out = ctx;

	for (size_t at = 0; at < bytes;) {
		const char *less = memchr(data + at, '<', bytes - at);
		size_t part = less ? (size_t)(less - data) - at : bytes - at;

		if (fwrite(data + at, 1, part, out) != part || (less && fputs("\\u003c", out) < 0))
			return 0;
		at += part + (less != NULL);
	}
	return (ssize_t)bytes;
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* The processes of the view as a host has them. */
static int fill_host(struct host *host, const struct view *view)
{
	host->name = view->host;
	host->wall_ns = view->wall_ns;
	host->processes = host__alloc(host, (view->process_cnt + 1) * sizeof(*host->processes));
	if (!host->processes)
		return -ENOMEM;
	for (size_t i = 0; i < view->process_cnt; i++) {
		const struct view_process *process = &view->processes[i];

		host->processes[host->process_cnt++] = (struct host_process){
			.tgid = process->tgid,
			.start_ticks = process->start_ticks,
			.exec_id = process->exec_id,
			.image = process->image,
			.comm = process->comm,
			.exe = base_name(process->exe),
			.runtime = process->runtime,
			.allocator = process->allocator,
			.rss_bytes = process->rss_bytes,
			.anon_bytes = process->anon_bytes,
			.cpu_ns = (uint64_t)(process->cpu_s * 1e9),
			.cpu_ratio = process->span_s > 0 ? process->cpu_s / process->span_s : 0,
			.state = process->refusal ? TARGET_REFUSED : TARGET_ATTACHED,
		};
	}
	return 0;
}

static int write_processes(FILE *out, const struct html_report *report)
{
	struct processes_filter filter = {0};
	struct analysis analysis = {.view = (struct view *)report->view};
	struct publication publication = {.host = host__new(), .analysis = &analysis};
	int err = publication.host ? fill_host(publication.host, report->view) : -ENOMEM;

	if (!err)
		err = processes_json__write(out, &publication, &filter);
	host__free(publication.host);
	return err;
}

static int write_moments(FILE *out, const struct html_report *report)
{
	struct flame_source source = {.names = report->names};
	int err = 0;

	for (size_t i = 0; i < report->moment_cnt && !err; i++) {
		source.view = report->moments[i];
		/* the last record may have been due for one, too */
		if (source.view->wall_ns >= report->view->wall_ns)
			break;
		err = stacks_json__write(out, &source);
		fputc(',', out);
	}
	source.view = report->view;
	return err ? err : stacks_json__write(out, &source);
}

static int write_documents(FILE *out, const struct html_report *report)
{
	struct flame_source source = {.view = report->view, .names = report->names};
	int err;

	fputs("{\"processes\":", out);
	err = write_processes(out, report);
	fputs(",\"recommendations\":", out);
	err = err ? err : advice_json__write(out, report->advice);
	fputs(",\"gc\":", out);
	err = err ? err : gc_json__write(out, &source);
	fputs(",\"moments\":[", out);
	err = err ? err : write_moments(out, report);
	fputs("]}", out);
	return err;
}

static int write_data(FILE *file, const struct html_report *report)
{
	static const cookie_io_functions_t functions = {.write = write_escaped};
	FILE *out = fopencookie(file, "w", functions);
	int err;

	if (!out)
		return -ENOMEM;
	fputs("<script type=\"application/json\" id=\"report-data\">", file);
	err = write_documents(out, report);
	if (fclose(out) && !err)
		err = -EIO;
	fputs("</script>\n", file);
	return err;
}

static void write_file(FILE *out, struct page_file file)
{
	fwrite(file.data, 1, file.bytes, out);
}

static void write_head(FILE *out)
{
	struct page_file style = page_asset__get(PAGE_STYLE);
	char of_script[PAGE_HASH_BYTES], of_style[PAGE_HASH_BYTES];

	fprintf(out,
		"<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
		"script-src 'sha256-%s'; style-src 'sha256-%s'; base-uri 'none'; "
		"form-action 'none'\">\n<meta name=\"referrer\" content=\"no-referrer\">\n<style>",
		page_file__hash(of_script, page_asset__get(PAGE_SCRIPT)),
		page_file__hash(of_style, style));
	write_file(out, style);
	fputs("</style>\n", out);
}

int html_report__write(FILE *file, const struct html_report *report)
{
	int err;

	write_file(file, page_shell__part(SHELL_TOP));
	write_head(file);
	write_file(file, page_shell__part(SHELL_HEAD));
	fputs("<p>This report needs a browser that runs scripts.</p>\n", file);
	write_file(file, page_shell__part(SHELL_GROUPS));
	fputs("<p>Written by heapbeat " HEAPBEAT_VERSION ".</p>\n", file);
	write_file(file, page_shell__part(SHELL_LINKS));
	err = write_data(file, report);
	fputs("<script>", file);
	write_file(file, page_asset__get(PAGE_SCRIPT));
	fputs("</script>\n", file);
	write_file(file, page_shell__part(SHELL_SCRIPTS));
	if (!err && ferror(file))
		err = -EIO;
	return err;
}
