// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/advice_remote.h"

#include <errno.h>
#include <string.h>

#include <jansson.h>

#include "cmd/remote_document.h"
#include "export/human.h"
#include "export/prose.h"
#include "export/style.h"
#include "export/wrapped.h"
#include "base/banned.h"

#define LABEL_WIDTH 11
#define CODE_INDENT 15

/* What the daemon sends comes from observed processes: it is made printable once more. */
static const char *word(char *dst, const json_t *object, const char *key)
{
	return human__name(dst, NAME_BYTES, json_string_value(json_object_get(object, key)));
}

static void print_place(const json_t *site)
{
	char name[NAME_BYTES], file[NAME_BYTES];
	const char *path = json_string_value(json_object_get(site, "file"));
	const char *slash = path ? strrchr(path, '/') : NULL;
	json_int_t line = json_integer_value(json_object_get(site, "line"));

	if (!site) {
		printf("the whole process");
		return;
	}
	printf("%s", human__function(name, sizeof(name),
				     json_string_value(json_object_get(site, "function"))));
	if (path && line)
		printf(" (%s:%lld)", human__name(file, sizeof(file), slash ? slash + 1 : path),
		       (long long)line);
	if (json_object_get(site, "caller"))
		printf(" <- %s",
		       human__function(name, sizeof(name),
				       json_string_value(json_object_get(site, "caller"))));
}

static void print_head(const json_t *item, const struct report_options *report)
{
	char id[NAME_BYTES], rule[NAME_BYTES], severity[NAME_BYTES], state[NAME_BYTES];

	printf("%s%s%s  %s  %s  %s   ", style__bold(report), word(id, item, "id"),
	       style__off(report), word(rule, item, "rule"), word(severity, item, "severity"),
	       word(state, item, "state"));
	print_place(json_object_get(item, "site"));
}

static void print_texts(const json_t *text, const struct report_options *report)
{
	char sentence[8 * NAME_BYTES], key[16];

	for (size_t i = 0; i < prose_section_cnt; i++) {
		const char *label = prose_sections[i].label;

		snprintf(key, sizeof(key), "%s", label);
		for (char *c = strchr(key, ' '); c; c = strchr(c, ' '))
			*c = '_';
		human__name(sentence, sizeof(sentence),
			    json_string_value(json_object_get(text, key)));
		printf("  %-*s", LABEL_WIDTH - 2, label);
		wrapped__print(stdout, sentence, LABEL_WIDTH, report->width);
		if (!strcmp(label, "do") && json_object_get(text, "sketch"))
			wrapped__code(stdout, json_string_value(json_object_get(text, "sketch")),
				      CODE_INDENT);
	}
}

static void print_item(const json_t *item, const struct report_options *report)
{
	const json_t *process = json_object_get(item, "process");
	char comm[NAME_BYTES], since[NAME_BYTES];

	print_head(item, report);
	printf("\n  in       %s (pid %lld)", word(comm, process, "comm"),
	       (long long)json_integer_value(json_object_get(process, "pid")));
	if (json_object_get(item, "since"))
		printf(", since %s", word(since, item, "since"));
	putchar('\n');
	print_texts(json_object_get(item, "text"), report);
	putchar('\n');
}

static void print_resolved(const json_t *item, const struct report_options *report)
{
	char at[NAME_BYTES], comm[NAME_BYTES], why[NAME_BYTES];

	print_head(item, report);
	word(why, item, "why");
	printf("\n  in       %s, at %s: %s\n", word(comm, json_object_get(item, "owner"), "comm"),
	       word(at, item, "resolved"),
	       !strcmp(why, "changed") ? "not found after a build or a setting has changed"
				       : "not found any more for ten minutes");
}

static bool is_muted(const json_t *item)
{
	const char *state = json_string_value(json_object_get(item, "state"));

	return state && !strcmp(state, "muted");
}

static void print_text(const json_t *document)
{
	const json_t *items = json_object_get(document, "items"), *item;
	const json_t *resolved = json_object_get(document, "resolved");
	struct report_options report = {0};
	size_t i;

	report_options__fit(&report, stdout);
	json_array_foreach((json_t *)items, i, item) if (!is_muted(item)) print_item(item, &report);
	json_array_foreach((json_t *)items, i, item)
	{
		if (!is_muted(item))
			continue;
		print_head(item, &report);
		putchar('\n');
	}
	json_array_foreach((json_t *)resolved, i, item)
	{
		print_resolved(item, &report);
	}
	if (!json_array_size(items) && !json_array_size(resolved))
		puts("no advice: nothing that the daemon observes passed the floors");
}

static bool reaches(const json_t *document, enum severity least)
{
	const json_t *item;
	size_t i;

	json_array_foreach(json_object_get(document, "items"), i, item)
	{
		const char *name = json_string_value(json_object_get(item, "severity"));
		enum severity severity;

		if (name && !severity__parse(name, &severity) && severity >= least &&
		    !is_muted(item))
			return true;
	}
	return false;
}

int advice_remote__print(const struct options *options, bool *ret_found, struct error *error)
{
	json_t *request = json_pack("{s:s, s:s}", "verb", "document", "name", "recommendations");
	json_t *document;

	if (options->format == FORMAT_MD || options->mute_cnt) {
		json_decref(request);
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "--format md and --mute need a capture or -p PID; the daemon "
				  "mutes by advice.mute");
	}
	document = remote_document__get(options->socket_path, request, error);
	if (!document && error->code == EXIT_OK)
		return error__set(error, EXIT_USAGE, -ENOENT,
				  "give a capture or -p PID, since no daemon listens at '%s'; see "
				  "heapbeat advise --help",
				  options->socket_path);
	if (!document)
		return -EREMOTEIO;
	if (options->format == FORMAT_JSON) {
		json_dumpf(document, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(12));
		putchar('\n');
	} else {
		print_text(document);
	}
	*ret_found = options->fails && reaches(document, options->fail_on);
	json_decref(document);
	return 0;
}
