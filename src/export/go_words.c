// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/go_words.h"

#include "base/banned.h"

const char *go_part__name(uint32_t part)
{
	switch (part) {
	case GO_PART_STATE:
		return "state";
	case GO_PART_CLASSES:
		return "classes";
	case GO_PART_BUCKETS:
		return "buckets";
	case GO_PART_GOROUTINES:
		return "goroutines";
	case GO_PART_CYCLES:
		return "cycles";
	case GO_PART_SAMPLES:
		return "samples";
	case GO_PART_REFILLS:
		return "refills";
	case GO_PART_TYPES:
		return "types";
	default:
		return "";
	}
}

const char *go_cause__name(enum go_cause cause)
{
	static const char *const names[] = {"heap", "time", "forced"};

	return (size_t)cause < sizeof(names) / sizeof(*names) ? names[cause] : "";
}

const char *go_call_kind__name(enum go_call_kind kind)
{
	static const char *const names[] = {"alloc", "grow", "map_grow", "concat"};

	return (size_t)kind < sizeof(names) / sizeof(*names) ? names[kind] : "";
}

bool go_state__has_limit(const struct record_go_state *state)
{
	return state->memory_limit_bytes < INT64_MAX;
}
