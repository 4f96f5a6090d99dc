// SPDX-License-Identifier: GPL-2.0-or-later
#define FAKE_STACKS 20000
#include "unpacked.h"

#include "export/pprof_text.h"

#include "base/banned.h"

static void profile_is_what_stores_demand(void **state)
{
	struct fake_names named = {0};
	struct view *view = fake_report__view(&named);
	struct name_source own = fake_names__source(&named);
	struct pprof_source source = {.view = view, .names = &own};
	unpacked_t *profile = unpacked__of(NULL, &source, NULL, NULL);
	const sample_t *sample = sample_of(profile, "grow_list");

	(void)state;
	unpacked__check(profile);
	assert_string_equal(text_at(profile, profile->default_sample_type), "alloc_space");
	assert_int_equal(profile->period, 524288);
	assert_int_equal(profile->duration_nanos, 0);
	assert_int_equal(profile->n_mapping, 1);
	assert_string_equal(text_at(profile, profile->mapping[0]->filename), "/usr/bin/prog");
	assert_string_equal(text_at(profile, profile->mapping[0]->build_id),
			    "abababababababababababababababababababab");
	assert_non_null(sample);
	assert_int_equal(sample->value[OBJECTS], 60);
	assert_int_equal(sample->value[SPACE], 60 * 4096);
	assert_int_equal(sample->n_label, 2);
	assert_string_equal(text_at(profile, sample->label[0]->key), "pid");
	assert_int_equal(sample->label[0]->num, 4242);
	assert_string_equal(text_at(profile, sample->label[1]->key), "comm");
	assert_string_equal(text_at(profile, sample->label[1]->str), "prog");
	/* the vm family is beside the heap */
	assert_null(sample_of(profile, "dictResize"));
	assert_true(sum_of(profile, SPACE) == (int64_t)view->processes->bytes.value);
	assert_true(sum_of(profile, OBJECTS) == (int64_t)view->processes->calls.value);
	unpacked__free(profile);
	view__free(view);
}

static void inlined_frames_are_lines_of_one_location(void **state)
{
	struct fake_names named = {0};
	struct view *view = fake_report__view(&named);
	struct name_source own = fake_names__source(&named);
	struct pprof_source source = {.view = view, .names = &own};
	unpacked_t *profile = unpacked__of(NULL, &source, NULL, NULL);
	const sample_t *sample = NULL;

	(void)state;
	for (size_t i = 0; i < profile->n_sample; i++)
		if (profile->sample[i]->n_location_id == 4)
			sample = profile->sample[i];
	assert_non_null(sample);
	assert_string_equal(name_in(profile, sample, 0, 0), "zmalloc");
	assert_string_equal(name_in(profile, sample, 2, 0), "createStringObject");
	assert_string_equal(name_in(profile, sample, 2, 1), "processInput");
	assert_string_equal(name_in(profile, sample, 3, 0), "main");
	assert_int_equal(profile->location[sample->location_id[2] - 1]->n_line, 2);
	assert_int_equal(profile->location[sample->location_id[2] - 1]->line[0]->line, 30);
	assert_int_equal(profile->location[sample->location_id[2] - 1]->address,
			 profile->mapping[0]->memory_start + 3 * 16);
	unpacked__free(profile);
	view__free(view);
}

static void live_bytes_are_zero_unless_known(void **state)
{
	struct pprof_options heap = {.kind = PPROF_HEAP};
	struct view *view = view_of(10, 20, 30);
	struct pprof_source source = source_of(view);
	unpacked_t *profile;

	(void)state;
	view->processes->stacks[1].live_bytes = 700;
	view->processes->stacks[1].live_objects = 7;
	profile = unpacked__of(NULL, &source, &heap, NULL);
	unpacked__check(profile);
	assert_int_equal(sum_of(profile, LIVE_SPACE), 0);
	assert_int_equal(sum_of(profile, LIVE_OBJECTS), 0);
	unpacked__free(profile);
	/* 300 bytes more than any sample tells of */
	view->processes->live_bytes = fake_figure(1000, 0, BASIS_EXACT);
	view->processes->live_objects = fake_figure(7, 0, BASIS_EXACT);
	profile = unpacked__of(NULL, &source, &heap, NULL);
	unpacked__check(profile);
	assert_string_equal(text_at(profile, profile->default_sample_type), "inuse_space");
	assert_int_equal(value_of(profile, "f2", LIVE_SPACE), 700);
	assert_int_equal(value_of(profile, "f2", LIVE_OBJECTS), 7);
	assert_int_equal(value_of(profile, "(other)", LIVE_SPACE), 300);
	assert_int_equal(value_of(profile, "(other)", SPACE), 0);
	unpacked__free(profile);
	view__free(view);
}

static void hostile_names_become_valid_text(void **state)
{
	struct fake_names named = {0};
	struct view *view = fake_report__view(&named);
	struct name_source own = fake_names__source(&named);
	struct pprof_source source = {.view = view, .names = &own};
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);
	unpacked_t *profile;

	(void)state;
	fake_report__make_hostile(view, &named);
	profile = unpacked__of(NULL, &source, NULL, NULL);
	unpacked__check(profile);
	assert_int_equal(profile->n_sample, 4);
	unpacked__free(profile);
	assert_int_equal(pprof_text__write(file, NULL, &source, &(struct pprof_options){0}), 0);
	fclose(file);
	for (char *c = out; (c = strchr(c, '\t'));)
		*c = ' ';
	assert_harmless(out);
	free(out);
	view__free(view);
}

/* Frames without a module, at 0, and at an address of a place in another module. */
static void odd_frames_have_addresses_of_their_own(void **state)
{
	struct view *view = view_of(1, 2, 3);
	struct view_process *process = view->processes;
	unpacked_t *profile;

	(void)state;
	process->stacks[0].frames[0] = (struct frame){.offset = 0x7f1234567891};
	process->stacks[1].frames[0] = (struct frame){0};
	process->stacks[2].frames[0] =
		(struct frame){.module = 1, .offset = (5ULL << 32) + 9 * 16 + 1};
	assert_int_equal(fold__sites(view, &names), 0);
	profile = profile_of(view, NULL);
	assert_int_equal(profile->n_sample, 3);
	assert_int_equal(profile->n_location, 4);
	assert_int_equal(value_of(profile, "0x7f1234567891", OBJECTS), 1);
	assert_int_equal(value_of(profile, "0x0", OBJECTS), 2);
	unpacked__free(profile);
	view__free(view);
}

static void without_stacks_it_is_a_valid_profile(void **state)
{
	struct view *view = fake_view__new(), *silent = view_of(0, 0, 0);
	unpacked_t *profile;

	(void)state;
	view->process_cnt = 0;
	profile = profile_of(view, NULL);
	assert_int_equal(profile->n_sample, 0);
	assert_true(profile->period > 0);
	unpacked__free(profile);
	profile = profile_of(silent, NULL);
	assert_int_equal(profile->n_sample, 0);
	unpacked__free(profile);
	view__free(view);
	view__free(silent);
}

static void equal_stacks_are_one_sample(void **state)
{
	struct view *view = fake_view__new();
	unpacked_t *profile;

	(void)state;
	fake_view__stack(view, HB_MALLOC, 3, 100, FRAMES(1, 9));
	fake_view__stack(view, HB_CALLOC, 5, 1000, FRAMES(1, 9));
	fake_view__stack(view, HB_MALLOC, 7, 100, FRAMES(1, 9))->complete = false;
	fake_view__total(view);
	assert_int_equal(fold__sites(view, &names), 0);
	profile = profile_of(view, NULL);
	assert_int_equal(profile->n_sample, 1);
	assert_int_equal(value_of(profile, "f1", OBJECTS), 15);
	assert_int_equal(value_of(profile, "f1", SPACE), 6000);
	unpacked__free(profile);
	view__free(view);
}

/* What no stack speaks for is there, too. */
static void unattributed_bytes_are_other(void **state)
{
	struct view *view = view_of(10, 20, 30);
	unpacked_t *profile;

	(void)state;
	view->processes->heap_class[20].calls += 3;
	view->processes->heap_class[20].bytes += 3 << 19;
	fake_view__total(view);
	assert_int_equal(fold__sites(view, &names), 0);
	profile = profile_of(view, NULL);
	assert_int_equal(value_of(profile, "(other)", OBJECTS), 3);
	assert_int_equal(value_of(profile, "(other)", SPACE), 3 << 19);
	assert_int_equal(value_of(profile, "f3", SPACE), 3000);
	unpacked__free(profile);
	view__free(view);
}

static void looks_are_carried_over_the_whole_life(void **state)
{
	struct view *view = view_of(10, 20, 31);
	struct view_process *process = view->processes;
	unpacked_t *profile;

	(void)state;
	process->frees_seen = false;
	process->observed_s = 1;
	process->bytes_rate = fake_figure(6100, 10, BASIS_WINDOW);
	process->calls_rate = fake_figure(61.003, 0.1, BASIS_WINDOW);
	assert_true(pprof__alloc_space(process) == 610000);
	profile = profile_of(view, NULL);
	assert_int_equal(sum_of(profile, SPACE), 610000);
	assert_int_equal(sum_of(profile, OBJECTS), 6100);
	assert_int_equal(value_of(profile, "f2", SPACE), 200000);
	unpacked__free(profile);
	/* never less than what was counted */
	process->bytes_rate = fake_figure(1, 1, BASIS_WINDOW);
	assert_true(pprof__alloc_space(process) == 6100);
	/* nor anything that is no number */
	process->bytes_rate.value = process->bytes.value = NAN;
	assert_true(pprof__alloc_space(process) == 0);
	process->bytes_rate.value = INFINITY;
	profile = profile_of(view, NULL);
	unpacked__free(profile);
	view__free(view);
}

/* Beyond 2^53 a double does not know every whole number: the parts add up all the same. */
static void huge_totals_add_up(void **state)
{
	struct view *view = view_of(3, 7, 11);
	struct view_process *process = view->processes;

	(void)state;
	process->frees_seen = false;
	for (int i = 0; i < 50; i++) {
		unpacked_t *profile;

		process->bytes_rate = fake_figure(1e16 + 1234567891011.0 * i, 0, BASIS_WINDOW);
		profile = profile_of(view, NULL);
		assert_true(sum_of(profile, SPACE) == (int64_t)pprof__alloc_space(process));
		unpacked__free(profile);
	}
	view__free(view);
}

static void stacks_beyond_the_caps_are_other(void **state)
{
	struct pprof_options small = {.max_bytes = 64 << 10};
	struct view *view = fake_view__new();
	struct pprof_source source = source_of(view);
	unpacked_t *profile;
	int64_t bytes, calls;

	(void)state;
	for (unsigned int i = 0; i < 20000; i++)
		fake_view__stack(view, HB_MALLOC, 1 + i % 7, 64 + i,
				 FRAMES(i % 200, 200 + i / 200));
	fake_view__total(view);
	assert_int_equal(fold__sites(view, &names), 0);
	bytes = (int64_t)view->processes->bytes.value;
	calls = (int64_t)view->processes->calls.value;
	profile = profile_of(view, NULL);
	assert_int_equal(profile->n_sample, PPROF_STACKS_MAX);
	assert_int_equal(sum_of(profile, SPACE), bytes);
	assert_int_equal(sum_of(profile, OBJECTS), calls);
	assert_true(value_of(profile, "(other)", OBJECTS) >= 4001);
	unpacked__free(profile);
	profile = unpacked__of(NULL, &source, &small, NULL);
	unpacked__check(profile);
	assert_in_range(unpacked_bytes, 32 << 10, 64 << 10);
	assert_int_equal(sum_of(profile, SPACE), bytes);
	assert_int_equal(sum_of(profile, OBJECTS), calls);
	unpacked__free(profile);
	view__free(view);
}

/* Three images: two of one process and name are one to a store, the other process is apart. */
static void processes_are_told_apart_by_labels(void **state)
{
	struct view *view = view_of(10, 20, 30);
	struct view_process *processes = view__alloc(view, 3 * sizeof(*processes));
	const struct view_process *last;
	struct pprof_source source = source_of(view);
	unpacked_t *profile;

	(void)state;
	for (int i = 0; i < 3; i++)
		processes[i] = *view->processes;
	processes[1].exec_id = 2;
	processes[2].tgid = 4243;
	view->processes = processes;
	view->process_cnt = 3;
	profile = profile_of(view, NULL);
	assert_int_equal(profile->n_sample, 6);
	assert_int_equal(sum_of(profile, SPACE), 18000);
	unpacked__free(profile);
	last = &processes[2];
	source.processes = &last;
	source.process_cnt = 1;
	profile = unpacked__of(NULL, &source, NULL, NULL);
	unpacked__check(profile);
	assert_int_equal(profile->n_sample, 3);
	assert_int_equal(profile->sample[0]->label[0]->num, 4243);
	assert_int_equal(sum_of(profile, SPACE), 6000);
	unpacked__free(profile);
	view__free(view);
}

static void thousands_of_processes_share_the_caps(void **state)
{
	enum { MANY = 3000 };
	struct view *view = view_of(10, 20, 30);
	struct view_process *processes = view__alloc(view, MANY * sizeof(*processes));
	unpacked_t *profile;

	(void)state;
	for (uint32_t i = 0; i < MANY; i++) {
		processes[i] = *view->processes;
		processes[i].tgid = 1 + i;
	}
	view->processes = processes;
	view->process_cnt = MANY;
	profile = profile_of(view, NULL);
	assert_int_equal(sum_of(profile, SPACE), MANY * 6000);
	assert_int_equal(sum_of(profile, OBJECTS), MANY * 60);
	unpacked__free(profile);
	view__free(view);
}

static void text_form_lists_stacks(void **state)
{
	struct view *before = view_of(10, 20, 0), *after = view_of(10, 25, 7);
	struct pprof_source was = source_of(before), is = source_of(after);
	struct pprof_options options = {.duration_ns = 5000000000};
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	(void)state;
	assert_int_equal(pprof_text__write(file, NULL, &is, &options), 0);
	fclose(file);
	assert_non_null(strstr(out, "heap profile: 0: 0 [42: 4200] @ 1 in 524288 bytes\n"));
	assert_non_null(
		strstr(out, "0: 0 [25: 2500] pid 4242 prog\n#\tf2\tsrc/file.c:20\n#\tf9\t"));
	free(out);
	file = open_memstream(&out, &len);
	assert_int_equal(pprof_text__write(file, &was, &is, &options), 0);
	fclose(file);
	assert_non_null(
		strstr(out, "heap profile: 0: 0 [12: 1200] @ 1 in 524288 bytes, of 5.000 s\n"));
	assert_non_null(strstr(out, "0: 0 [7: 700] pid 4242 prog\n#\tf3\t"));
	assert_null(strstr(out, "#\tf1\t"));
	free(out);
	view__free(before);
	view__free(after);
}

static int no_names(void *ctx, uint32_t module, uint64_t address, const struct symbol_name **ret)
{
	(void)ctx;
	(void)module;
	(void)address;
	(void)ret;
	return -ENOMEM;
}

static void failures_are_answered(void **state)
{
	struct view *view = view_of(10, 20, 30);
	struct name_source broken = {.names = no_names};
	struct pprof_source source = {.view = view, .names = &broken};
	struct pprof_options options = {0};
	struct pprof_floor floor = {0};
	FILE *full = fopen("/dev/full", "w");

	(void)state;
	assert_non_null(full);
	setvbuf(full, NULL, _IONBF, 0);
	assert_int_equal(pprof__write(full, &source, &options, &floor), -ENOMEM);
	assert_int_equal(floor.cnt, 0);
	assert_int_equal(pprof_text__write(full, NULL, &source, &options), -ENOMEM);
	source.names = &names;
	assert_int_equal(pprof__write(full, &source, &options, &floor), -EIO);
	assert_int_equal(pprof__write_delta(full, &source, &source, &options), -EIO);
	clearerr(full);
	assert_int_equal(pprof_text__write(full, NULL, &source, &options), -EIO);
	fclose(full);
	pprof_floor__release(&floor);
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(profile_is_what_stores_demand),
		cmocka_unit_test(inlined_frames_are_lines_of_one_location),
		cmocka_unit_test(live_bytes_are_zero_unless_known),
		cmocka_unit_test(hostile_names_become_valid_text),
		cmocka_unit_test(odd_frames_have_addresses_of_their_own),
		cmocka_unit_test(without_stacks_it_is_a_valid_profile),
		cmocka_unit_test(equal_stacks_are_one_sample),
		cmocka_unit_test(unattributed_bytes_are_other),
		cmocka_unit_test(looks_are_carried_over_the_whole_life),
		cmocka_unit_test(huge_totals_add_up),
		cmocka_unit_test(stacks_beyond_the_caps_are_other),
		cmocka_unit_test(processes_are_told_apart_by_labels),
		cmocka_unit_test(thousands_of_processes_share_the_caps),
		cmocka_unit_test(text_form_lists_stacks),
		cmocka_unit_test(failures_are_answered),
	};

	return cmocka_run_group_tests(tests, name_frames, NULL);
}
