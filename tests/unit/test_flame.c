// SPDX-License-Identifier: GPL-2.0-or-later
#include "fake_report.h"

#include <jansson.h>

#include "export/flame_svg.h"
#include "export/flame_tree.h"
#include "export/folded.h"
#include "export/speedscope.h"

#include "base/banned.h"

typedef int (*write_fn)(FILE *file, const struct flame_source *source);

static const write_fn writers[] = {folded__write_source, speedscope__write, flame_svg__write};

static char *written(write_fn write, const struct flame_source *source)
{
	char *out = NULL;
	size_t len;
	FILE *file = open_memstream(&out, &len);

	assert_non_null(file);
	assert_int_equal(write(file, source), 0);
	fclose(file);
	return out;
}

static size_t count(const char *s, const char *part)
{
	size_t cnt = 0;

	for (; (s = strstr(s, part)); s += strlen(part))
		cnt++;
	return cnt;
}

static json_t *loaded(const struct flame_source *source)
{
	char *out = written(speedscope__write, source);
	json_error_t error;
	json_t *json = json_loads(out, JSON_REJECT_DUPLICATES, &error);

	if (!json)
		fail_msg("%s", error.text);
	free(out);
	return json;
}

static const char *string_in(const json_t *object, const char *key)
{
	const char *s = json_string_value(json_object_get(object, key));

	if (!s)
		fail_msg("no string '%s'", key);
	return s;
}

/* Name of the frame that entry @at of @sample means. */
static const char *frame_name(const json_t *root, const json_t *sample, size_t at)
{
	const json_t *frames = json_object_get(json_object_get(root, "shared"), "frames");
	json_int_t number = json_integer_value(json_array_get(sample, at));

	return string_in(json_array_get(frames, (size_t)number), "name");
}

static void speedscope_has_the_fields_of_its_format(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};
	json_t *root = loaded(&source), *profile, *samples, *weights, *first;
	json_int_t sum = 0;

	(void)state;
	assert_string_equal(string_in(root, "$schema"),
			    "https://www.speedscope.app/file-format-schema.json");
	assert_non_null(strstr(string_in(root, "exporter"), "heapbeat"));
	assert_int_equal(json_array_size(json_object_get(root, "profiles")), 1);
	profile = json_array_get(json_object_get(root, "profiles"), 0);
	assert_string_equal(string_in(profile, "type"), "sampled");
	assert_string_equal(string_in(profile, "unit"), "bytes");
	assert_string_equal(string_in(profile, "name"), "prog (4242): allocated bytes");
	samples = json_object_get(profile, "samples");
	weights = json_object_get(profile, "weights");
	assert_int_equal(json_array_size(samples), 4);
	assert_int_equal(json_array_size(weights), 4);
	for (size_t i = 0; i < 4; i++)
		sum += json_integer_value(json_array_get(weights, i));
	assert_true(sum == (json_int_t)view->processes->bytes.value);
	assert_int_equal(json_integer_value(json_object_get(profile, "startValue")), 0);
	assert_true(json_integer_value(json_object_get(profile, "endValue")) == sum);
	/* outermost first, inlined functions apart */
	first = json_array_get(samples, 0);
	assert_int_equal(json_array_size(first), 5);
	assert_string_equal(frame_name(root, first, 0), "main");
	assert_string_equal(frame_name(root, first, 1), "processInput");
	assert_string_equal(frame_name(root, first, 4), "zmalloc");
	json_decref(root);
	source.by = BY_LIVE;
	root = loaded(&source);
	profile = json_array_get(json_object_get(root, "profiles"), 0);
	assert_string_equal(string_in(profile, "name"), "prog (4242): live bytes");
	assert_int_equal(json_integer_value(json_object_get(profile, "endValue")), 19000000);
	json_decref(root);
	view__free(view);
}

static void tree_merges_callers_and_adds_up(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};
	struct flame_tree tree = {0};
	size_t mains = 0;

	(void)state;
	assert_int_equal(flame_tree__build(&tree, &source), 0);
	assert_true(tree.items[0].value == view->processes->bytes.value);
	for (uint32_t i = 0; i < tree.cnt; i++) {
		double inner = 0;
		const char *last = "";

		for (uint32_t c = tree.items[i].first; c != FLAME_NONE; c = tree.items[c].next) {
			assert_int_equal(tree.items[c].parent, i);
			assert_int_equal(tree.items[c].depth, tree.items[i].depth + 1);
			assert_true(strcmp(last, tree.items[c].name) < 0);
			last = tree.items[c].name;
			inner += tree.items[c].value;
		}
		assert_true(inner <= tree.items[i].value);
		mains += !strcmp(tree.items[i].name, "main");
	}
	assert_int_equal(mains, 1);
	flame_tree__release(&tree);
	view__free(view);
}

static void svg_shows_wide_frames_and_drops_narrow_ones(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};
	char *out = written(flame_svg__write, &source), *again;

	(void)state;
	assert_int_equal(strncmp(out, "<?xml ", 6), 0);
	assert_non_null(strstr(out, "<svg xmlns=\"http://www.w3.org/2000/svg\""));
	assert_non_null(strstr(out, "<title>main: 525 MB, 100 %</title>"));
	assert_non_null(strstr(out, ">prog (4242)</text>"));
	/* 246 kB of 525 MB are half a unit wide: there, but too narrow for a label */
	assert_int_equal(count(out, "<title>grow_list: 246 kB"), 1);
	assert_null(strstr(out, ">grow_list</text>"));
	/* 640 bytes are nothing */
	assert_null(strstr(out, "dictResize"));
	assert_int_equal(count(out, "<g>"), count(out, "</g>"));
	assert_int_equal(count(out, "<text "), count(out, "</text>"));
	assert_null(strstr(out, "<script"));
	assert_null(strstr(out, "href"));
	again = written(flame_svg__write, &source);
	assert_string_equal(out, again);
	free(again);
	free(out);
	view__free(view);
}

static void hostile_names_are_escaped_in_every_writer(void **state)
{
	static char script[] = "</title><script>x('&\"')</script>";
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};

	(void)state;
	fake_report__make_hostile(view, &fake);
	fake_names__set(&fake, 4, script, NULL);
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		char *out = written(writers[i], &source);

		assert_harmless(out);
		free(out);
	}
	char *svg = written(flame_svg__write, &source);

	assert_non_null(strstr(svg, "&lt;/title&gt;&lt;script&gt;x(&#39;&amp;&quot;&#39;)"));
	assert_null(strstr(svg, "<script"));
	assert_int_equal(count(svg, "<title>"), count(svg, "</title>"));
	free(svg);
	view__free(view);
}

static void one_process_is_drawn_alone(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake);
	struct view_process *processes = view__alloc(view, 2 * sizeof(*processes));
	const struct view_process *second = &processes[1];
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};

	(void)state;
	processes[0] = processes[1] = *view->processes;
	processes[1].comm = "second";
	view->processes = processes;
	view->process_cnt = 2;
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		char *out = written(writers[i], &source);

		assert_non_null(strstr(out, "prog"));
		assert_non_null(strstr(out, "second"));
		free(out);
	}
	source.processes = &second;
	source.process_cnt = 1;
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		char *out = written(writers[i], &source);

		assert_null(strstr(out, "prog"));
		assert_non_null(strstr(out, "second"));
		free(out);
	}
	view__free(view);
}

/* A stack deeper than any picture: it counts for the frames that are there. */
static void depth_is_bounded(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};
	unsigned int frames[FRAMES_MAX];
	struct flame_tree tree = {0};
	uint32_t deepest = 0;
	char *out;

	(void)state;
	/* three names a frame: 288 levels and the two above them */
	for (unsigned int i = 0; i < FRAMES_MAX; i++)
		frames[i] = 1 + i % 60;
	for (unsigned int i = 1; i <= 60; i++)
		fake_names__set(&fake, i, "a", "b", "c", NULL);
	fake_view__stack(view, HB_MALLOC, 7, 1000, FRAMES_MAX, frames);
	fake_view__total(view);
	assert_int_equal(fold__sites(view, &names), 0);
	assert_int_equal(flame_tree__build(&tree, &source), 0);
	for (uint32_t i = 0; i < tree.cnt; i++)
		deepest = tree.items[i].depth > deepest ? tree.items[i].depth : deepest;
	assert_int_equal(deepest, FLAME_DEPTH_MAX);
	assert_true(tree.items[0].value == 7000);
	flame_tree__release(&tree);
	out = written(flame_svg__write, &source);
	assert_int_equal(count(out, "<g>"), FLAME_DEPTH_MAX + 1);
	free(out);
	view__free(view);
}

static void nothing_to_draw_is_a_valid_picture(void **state)
{
	struct fake_names fake = {0};
	struct view *view = fake_view__new();
	struct name_source names = fake_names__source(&fake);
	struct flame_source source = {.view = view, .names = &names, .by = BY_BYTES};
	json_t *root, *profile;
	char *out;

	(void)state;
	view->process_cnt = 0;
	out = written(flame_svg__write, &source);
	assert_non_null(strstr(out, ">no stacks</text>"));
	assert_null(strstr(out, "nan"));
	free(out);
	root = loaded(&source);
	profile = json_array_get(json_object_get(root, "profiles"), 0);
	assert_int_equal(json_array_size(json_object_get(profile, "samples")), 0);
	assert_int_equal(json_integer_value(json_object_get(profile, "endValue")), 0);
	json_decref(root);
	view->process_cnt = 1; /* a process without a stack is no profile of its own */
	root = loaded(&source);
	assert_int_equal(json_array_size(json_object_get(root, "profiles")), 1);
	json_decref(root);
	view__free(view);
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
	struct fake_names fake = {0};
	struct view *view = fake_report__view(&fake);
	struct name_source names = fake_names__source(&fake), broken = {.names = no_names};
	struct flame_source source = {.view = view, .by = BY_BYTES};

	(void)state;
	for (size_t i = 0; i < sizeof(writers) / sizeof(*writers); i++) {
		FILE *full = fopen("/dev/full", "w");

		assert_non_null(full);
		setvbuf(full, NULL, _IONBF, 0);
		source.names = &broken;
		assert_int_equal(writers[i](full, &source), -ENOMEM);
		source.names = &names;
		assert_int_equal(writers[i](full, &source), -EIO);
		fclose(full);
	}
	view__free(view);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(speedscope_has_the_fields_of_its_format),
		cmocka_unit_test(tree_merges_callers_and_adds_up),
		cmocka_unit_test(svg_shows_wide_frames_and_drops_narrow_ones),
		cmocka_unit_test(hostile_names_are_escaped_in_every_writer),
		cmocka_unit_test(one_process_is_drawn_alone),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(nothing_to_draw_is_a_valid_picture),
		cmocka_unit_test(failures_are_answered),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
