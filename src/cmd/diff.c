// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/diff.h"

#include <errno.h>
#include <string.h>

#include "advice/advice.h"
#include "advice/mute.h"
#include "base/text.h"
#include "cmd/options.h"
#include "cmd/replay.h"
#include "compare/compare.h"
#include "export/diff_text.h"
#include "export/human.h"
#include "base/banned.h"

struct diff {
	struct replay replays[COMPARE_SIDES];
	struct advice_list *lists[COMPARE_SIDES];
	struct comparison *comparison;
	bool partial;
};

/* What is missing of one capture is said at once; only what ends the verb is left in @error. */
static int read_side(struct diff *diff, const struct options *options, int side,
		     struct error *error)
{
	struct options one = *options;
	struct replay *replay = &diff->replays[side];
	int err;

	one.capture = side == BEFORE ? options->capture : options->after;
	err = replay__run(replay, &one, error);
	if (err)
		return err;
	if (error->text[0])
		fprintf(stderr, "heapbeat: %s\n", error->text);
	*error = (struct error){0};
	diff->partial |= replay->partial;
	diff->lists[side] = advice__evaluate(replay->view);
	if (!diff->lists[side])
		return error__set(error, EXIT_RUNTIME, -errno, "out of memory");
	mute__apply(diff->lists[side], options->mutes, options->mute_cnt);
	return 0;
}

static void add_names(struct text *text, const struct comparison *comparison, int side)
{
	char name[NAME_BYTES];

	if (!comparison->alone_cnt[side])
		text__add(text, "no program");
	for (size_t i = 0; i < comparison->alone_cnt[side] && i < 3; i++)
		text__add(text, "%s%s", i ? ", " : "",
			  human__name(name, sizeof(name), comparison->alone[side][i]));
	if (comparison->alone_cnt[side] > 3)
		text__add(text, " ...");
}

static int refuse_unmatched(const struct diff *diff, const struct options *options,
			    struct error *error)
{
	struct text before = {0}, after = {0};
	int err;

	add_names(&before, diff->comparison, BEFORE);
	add_names(&after, diff->comparison, AFTER);
	err = error__set(error, EXIT_RUNTIME, -ENOENT,
			 "nothing to compare: '%s' is of %s, '%s' of %s", options->capture,
			 text__str(&before), options->after, text__str(&after));
	text__release(&before);
	text__release(&after);
	return err;
}

static int compare(struct diff *diff, const struct options *options, struct error *error)
{
	const struct compare_options how = {.ops = {options->ops_before, options->ops_after}};
	const struct compare_program *program;

	diff->comparison = comparison__new(diff->lists[BEFORE], diff->lists[AFTER], &how);
	if (!diff->comparison)
		return error__set(error, EXIT_RUNTIME, -errno, "out of memory");
	if (!diff->comparison->program_cnt)
		return refuse_unmatched(diff, options, error);
	if (options->advice_id && !comparison__find(diff->comparison, options->advice_id, &program))
		return error__set(error, EXIT_RUNTIME, -ENOENT, "neither capture draws advice '%s'",
				  options->advice_id);
	return 0;
}

static int print(const struct diff *diff, const struct options *options, struct error *error)
{
	struct diff_options how = {
		.names = {options->capture, options->after},
		.advice_id = options->advice_id,
		.report = {.limit = REPORT_LIMIT},
	};
	int err;

	report_options__fit(&how.report, stdout);
	if (options->format == FORMAT_JSON)
		err = diff_json__write(stdout, diff->comparison, &how);
	else if (options->format == FORMAT_MD)
		err = diff_md__write(stdout, diff->comparison, &how);
	else
		err = diff_text__write(stdout, diff->comparison, &how);
	if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot print the comparison: %s",
			   strerror(-err));
	return err;
}

static int run(struct diff *diff, const struct options *options, struct error *error)
{
	int err = read_side(diff, options, BEFORE, error);

	if (!err)
		err = read_side(diff, options, AFTER, error);
	if (!err)
		err = compare(diff, options, error);
	return err ? err : print(diff, options, error);
}

static int exit_code(const struct diff *diff, const struct options *options, int err,
		     const struct error *error)
{
	if (err) {
		fprintf(stderr, "heapbeat: %s\n", error->text);
		return error->code ? (int)error->code : EXIT_RUNTIME;
	}
	if (options->fails && comparison__reaches(diff->comparison, options->fail_on))
		return EXIT_FINDINGS;
	return diff->partial ? EXIT_PARTIAL : EXIT_OK;
}

int cmd_diff(int argc, char **argv)
{
	struct error error = {0};
	struct options options;
	struct diff diff = {0};
	int err, code;

	if (options__parse(&options, VERB_DIFF, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_DIFF);
		return EXIT_OK;
	}
	err = run(&diff, &options, &error);
	code = exit_code(&diff, &options, err, &error);
	comparison__free(diff.comparison);
	for (int side = 0; side < COMPARE_SIDES; side++) {
		advice_list__free(diff.lists[side]);
		replay__release(&diff.replays[side]);
	}
	return code;
}
