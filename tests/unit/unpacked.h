/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A profile as written, unpacked again by zlib and protobuf-c, and what tests ask of it. */
#ifndef HB_UNPACKED_H
#define HB_UNPACKED_H

#include "fake_report.h"

#include <zlib.h>

#include "base/table.h"
#include "export/pprof.h"
#include "src/export/profile.pb-c.h"

typedef Heapbeat__Pprof__Profile unpacked_t;
typedef Heapbeat__Pprof__Sample sample_t;

#define UNPACKED_NOW 1800000000123456789ULL

static size_t unpacked_bytes; /* of the last profile, without gzip */

static inline unpacked_t *unpack(const char *body, size_t len)
{
	size_t room = 32U << 20;
	uint8_t *bytes = malloc(room);
	z_stream stream = {.next_in = (Bytef *)(uintptr_t)body, .avail_in = (uInt)len};
	unpacked_t *profile;

	assert_non_null(bytes);
	stream.next_out = bytes;
	stream.avail_out = (uInt)room;
	assert_int_equal(inflateInit2(&stream, 15 + 16), Z_OK); /* gzip alone will do */
	assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
	assert_int_equal(stream.avail_in, 0);
	unpacked_bytes = stream.total_out;
	inflateEnd(&stream);
	profile = heapbeat__pprof__profile__unpack(NULL, unpacked_bytes, bytes);
	assert_non_null(profile);
	free(bytes);
	return profile;
}

/* What pprof__write (@before NULL) or pprof__write_delta says. */
static inline unpacked_t *unpacked__of(const struct pprof_source *before,
				       const struct pprof_source *source,
				       const struct pprof_options *options,
				       struct pprof_floor *floor)
{
	struct pprof_options now = options ? *options : (struct pprof_options){0};
	unpacked_t *profile;
	char *body = NULL;
	size_t len;
	FILE *file = open_memstream(&body, &len);

	assert_non_null(file);
	now.time_ns = UNPACKED_NOW;
	if (before)
		assert_int_equal(pprof__write_delta(file, before, source, &now), 0);
	else
		assert_int_equal(pprof__write(file, source, &now, floor), 0);
	fclose(file);
	profile = unpack(body, len);
	free(body);
	return profile;
}

static inline void unpacked__free(unpacked_t *profile)
{
	heapbeat__pprof__profile__free_unpacked(profile, NULL);
}

static inline const char *text_at(const unpacked_t *profile, int64_t at)
{
	assert_true(at >= 0 && (size_t)at < profile->n_string_table);
	return profile->string_table[at];
}

/* Name of line number @line of frame number @frame of @sample. */
static inline const char *name_in(const unpacked_t *profile, const sample_t *sample, size_t frame,
				  size_t line)
{
	const Heapbeat__Pprof__Location *location;

	assert_true(frame < sample->n_location_id);
	location = profile->location[sample->location_id[frame] - 1];
	assert_true(line < location->n_line);
	return text_at(profile, profile->function[location->line[line]->function_id - 1]->name);
}

/* The one sample whose innermost function is @name, or NULL. */
static inline const sample_t *sample_of(const unpacked_t *profile, const char *name)
{
	const sample_t *found = NULL;

	for (size_t i = 0; i < profile->n_sample; i++)
		if (!strcmp(name_in(profile, profile->sample[i], 0, 0), name)) {
			assert_null(found);
			found = profile->sample[i];
		}
	return found;
}

/* Value number @value of that sample; 0 if there is none. */
static inline int64_t value_of(const unpacked_t *profile, const char *name, size_t value)
{
	const sample_t *sample = sample_of(profile, name);

	return sample ? sample->value[value] : 0;
}

static inline int64_t sum_of(const unpacked_t *profile, size_t value)
{
	int64_t sum = 0;

	for (size_t i = 0; i < profile->n_sample; i++)
		sum += profile->sample[i]->value[value];
	return sum;
}

static inline void check_tables(const unpacked_t *profile)
{
	assert_string_equal(text_at(profile, 0), "");
	for (size_t i = 0; i < profile->n_string_table; i++)
		assert_harmless(profile->string_table[i]);
	for (size_t i = 0; i < profile->n_mapping; i++) {
		assert_int_equal(profile->mapping[i]->id, i + 1);
		assert_true(*text_at(profile, profile->mapping[i]->filename));
		assert_true(profile->mapping[i]->has_functions);
		text_at(profile, profile->mapping[i]->build_id);
	}
	for (size_t i = 0; i < profile->n_function; i++) {
		assert_int_equal(profile->function[i]->id, i + 1);
		assert_true(*text_at(profile, profile->function[i]->name));
		text_at(profile, profile->function[i]->filename);
	}
}

static inline void check_locations(const unpacked_t *profile)
{
	struct table addresses = {0};

	for (size_t i = 0; i < profile->n_location; i++) {
		const Heapbeat__Pprof__Location *location = profile->location[i];

		assert_int_equal(location->id, i + 1);
		assert_true(location->address);
		assert_false(table__get(&addresses, location->address, NULL));
		assert_int_equal(table__put(&addresses, location->address, 1), 0);
		assert_true(location->mapping_id <= profile->n_mapping);
		if (location->mapping_id) {
			const Heapbeat__Pprof__Mapping *mapping =
				profile->mapping[location->mapping_id - 1];

			assert_in_range(location->address, mapping->memory_start,
					mapping->memory_limit - 1);
		}
		assert_true(location->n_line);
		for (size_t j = 0; j < location->n_line; j++)
			assert_in_range(location->line[j]->function_id, 1, profile->n_function);
	}
	table__release(&addresses);
}

static inline void check_samples(const unpacked_t *profile)
{
	struct table stacks = {0};

	assert_true(profile->n_sample <= PPROF_STACKS_MAX);
	for (size_t i = 0; i < profile->n_sample; i++) {
		const sample_t *sample = profile->sample[i];
		uint64_t hash = HASH_SEED;
		bool speaks = false;

		assert_int_equal(sample->n_value, 4);
		for (size_t j = 0; j < 4; j++) {
			assert_true(sample->value[j] >= 0);
			speaks |= sample->value[j] > 0;
		}
		assert_true(speaks);
		assert_true(sample->n_location_id);
		for (size_t j = 0; j < sample->n_location_id; j++)
			assert_in_range(sample->location_id[j], 1, profile->n_location);
		hash = hash__bytes(hash, sample->location_id,
				   sample->n_location_id * sizeof(*sample->location_id));
		for (size_t j = 0; j < sample->n_label; j++) {
			const Heapbeat__Pprof__Label *label = sample->label[j];

			assert_string_not_equal(text_at(profile, label->key), "bytes");
			assert_true(!label->str != !label->num);
			hash = hash__bytes(hash, &label->str, sizeof(label->str));
			hash = hash__bytes(hash, &label->num, sizeof(label->num));
		}
		assert_false(table__get(&stacks, hash, NULL)); /* equal stacks are one sample */
		assert_int_equal(table__put(&stacks, hash, 1), 0);
	}
	table__release(&stacks);
}

/* All that stores demand of any profile. */
static inline void unpacked__check(const unpacked_t *profile)
{
	static const char *const types[] = {"alloc_objects", "alloc_space", "inuse_objects",
					    "inuse_space"};

	assert_int_equal(profile->n_sample_type, 4);
	for (size_t i = 0; i < 4; i++) {
		assert_string_equal(text_at(profile, profile->sample_type[i]->type), types[i]);
		assert_string_equal(text_at(profile, profile->sample_type[i]->unit),
				    i % 2 ? "bytes" : "count");
	}
	assert_non_null(profile->period_type);
	assert_string_equal(text_at(profile, profile->period_type->type), "space");
	assert_string_equal(text_at(profile, profile->period_type->unit), "bytes");
	assert_true(profile->period > 0);
	assert_true(profile->time_nanos == (int64_t)UNPACKED_NOW);
	assert_true(unpacked_bytes <= PPROF_BYTES_MAX);
	check_tables(profile);
	check_locations(profile);
	check_samples(profile);
}

/* The four values of a sample. */
enum { OBJECTS, SPACE, LIVE_OBJECTS, LIVE_SPACE };

static struct fake_names fake; /* of every test: frames 1 to 9 are f1 to f9 */
static struct name_source names;

static inline int name_frames(void **state)
{
	static char text[10][4];

	(void)state;
	names = fake_names__source(&fake);
	for (unsigned int i = 1; i < 10; i++) {
		snprintf(text[i], sizeof(text[i]), "f%u", i);
		fake_names__set(&fake, i, text[i], NULL);
	}
	return 0;
}

static inline struct pprof_source source_of(struct view *view)
{
	return (struct pprof_source){.view = view, .names = &names};
}

static inline unpacked_t *profile_of(struct view *view, struct pprof_floor *floor)
{
	struct pprof_source source = source_of(view);
	unpacked_t *profile = unpacked__of(NULL, &source, NULL, floor);

	unpacked__check(profile);
	return profile;
}

/* Stacks f1, f2, f3 <- f9 with so many calls of 100 bytes each; 0: no such stack. */
static inline struct view *view_of(uint64_t first, uint64_t second, uint64_t third)
{
	const uint64_t calls[] = {first, second, third};
	struct view *view = fake_view__new();

	for (unsigned int i = 0; i < 3; i++)
		if (calls[i])
			fake_view__stack(view, HB_MALLOC, calls[i], 100, FRAMES(i + 1, 9));
	fake_view__total(view);
	assert_int_equal(fold__sites(view, &names), 0);
	return view;
}

#endif
