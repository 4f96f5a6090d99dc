// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/rules.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "advice/rule.h"
#include "base/clock.h"
#include "base/nearest.h"
#include "cmd/options.h"
#include "export/rules_text.h"
#include "base/banned.h"

#define HOST_BYTES 256

static int refuse(const char *name)
{
	size_t best = nearest__limit(name) + 1;
	const char *nearest = NULL;

	for (size_t i = 0; i < rule_cnt; i++) {
		size_t distance = nearest__distance(name, rules[i]->id);

		if (distance < best) {
			best = distance;
			nearest = rules[i]->id;
		}
	}
	fprintf(stderr, "heapbeat: rules: no rule '%.64s'; %s%s%s\n", name,
		nearest ? "did you mean '" : "heapbeat rules lists them", nearest ? nearest : "",
		nearest ? "'?" : "");
	return EXIT_USAGE;
}

static int print(const struct rule *only, const struct options *options)
{
	char host[HOST_BYTES] = "";
	struct view frame = {.host = host, .wall_ns = clock__wall_ns()};
	struct report_options report = {0};

	gethostname(host, sizeof(host) - 1);
	report_options__fit(&report, stdout);
	return options->json ? rules_json__write(stdout, only, &frame)
			     : rules_text__write(stdout, only, &report);
}

int cmd_rules(int argc, char **argv)
{
	const struct rule *only = NULL;
	struct error error = {0};
	struct options options;
	int err;

	if (options__parse(&options, VERB_RULES, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_RULES);
		return EXIT_OK;
	}
	if (options.operand) {
		only = rule__find(options.operand);
		if (!only)
			return refuse(options.operand);
	}
	err = print(only, &options);
	if (err)
		fprintf(stderr, "heapbeat: cannot print the rules: %s\n", strerror(-err));
	return err ? EXIT_RUNTIME : EXIT_OK;
}
