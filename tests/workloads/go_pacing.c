// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * go_pacing CAPTURE PID GOGC...: what the pacing model makes of a capture, as JSON: what was measured of
 * the process, and what each setting would give. Exit code 2: the model does not fit today's pace.
 */
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "advice/go_collector.h"
#include "collect/capture_reader.h"
#include "model/model.h"

static const struct view_process *find(const struct view *view, uint32_t pid)
{
	for (size_t i = 0; i < view->process_cnt; i++)
		if (view->processes[i].tgid == pid && view->processes[i].go)
			return &view->processes[i];
	return NULL;
}

static struct view *read_capture(const char *path)
{
	struct capture_reader *reader;
	struct error error = {0};
	const struct record *record;
	struct view *view = NULL;
	struct model *model = model__new();

	reader = capture_reader__new(path, &error);
	if (reader)
		model__set_clock(model, capture_reader__header(reader)->boottime_ns,
				 capture_reader__header(reader)->wall_ns);
	while (reader && capture_reader__next(reader, &record) > 0)
		if (model__apply(model, record))
			break;
	if (reader)
		view = model__build(model);
	capture_reader__free(reader);
	model__free(model);
	return view;
}

static json_t *answer(const struct go_pacing *pacing, double gogc)
{
	struct go_pacing_answer then = go_pacing__ask(pacing, gogc, pacing->facts.limit_bytes);

	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:f}", "gogc", gogc, "interval_s",
			 then.interval_s, "low_s", then.low_s, "high_s", then.high_s, "goal_bytes",
			 then.goal_bytes, "gc_cores", then.gc_cores);
}

int main(int argc, char **argv)
{
	struct view *view = argc > 3 ? read_capture(argv[1]) : NULL;
	const struct view_process *process =
		view ? find(view, (uint32_t)strtoul(argv[2], NULL, 10)) : NULL;
	struct go_pacing_facts facts;
	struct go_pacing pacing;
	json_t *json, *answers;

	if (!process || go_collector__facts(process, &facts)) {
		fprintf(stderr, "go_pacing: nothing is known of that process\n");
		return 1;
	}
	json = json_pack("{s:f, s:f, s:f, s:f, s:f}", "live_bytes", facts.live_bytes, "goal_bytes",
			 facts.goal_bytes, "alloc_rate", facts.alloc_rate, "interval_s",
			 facts.interval_s, "cycle_cpu_s", facts.cycle_cpu_s);
	if (!go_pacing__fit(&facts, &pacing)) {
		json_object_set_new(json, "short_bytes", json_real(pacing.short_bytes));
		answers = json_array();
		for (int i = 3; i < argc; i++)
			json_array_append_new(answers, answer(&pacing, strtod(argv[i], NULL)));
		json_object_set_new(json, "answers", answers);
	}
	json_dumpf(json, stdout, JSON_REAL_PRECISION(6));
	printf("\n");
	argc = json_object_get(json, "answers") ? 0 : 2;
	json_decref(json);
	view__free(view);
	return argc;
}
