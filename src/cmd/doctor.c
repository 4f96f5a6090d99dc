// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/doctor.h"

#include <errno.h>
#include <jansson.h>
#include <string.h>
#include <sys/utsname.h>

#include "cmd/doctor_probes.h"
#include "cmd/document.h"
#include "cmd/options.h"
#include "kernel/feature.h"
#include "kernel/object.h"
#include "probe/cost.h"
#include "base/banned.h"

/* What a hit costs by one way of linking, measured now. */
struct link_cost {
	enum link_kind kind;
	bool measured;
	struct cost_table table;
};

#define LINK_KINDS 3

static void measure_links(struct link_cost *costs)
{
	for (int i = 0; i < LINK_KINDS; i++) {
		struct object_options options = {
			.link = (enum link_kind)(LINK_SESSION - i),
			.slot_cnt = 1,
			.ring_bytes = OBJECT_RING_BYTES,
			.live_entries = 4096,
			.stacks = true,
		};
		struct object *object = object__new(&options, NULL);

		costs[i].kind = options.link;
		if (!object)
			continue;
		costs[i].measured = !cost__calibrate(object, 0, &costs[i].table, NULL);
		object__free(object);
	}
}

static void print_text(const struct feature *features, size_t cnt, const struct link_cost *costs)
{
	struct utsname name = {0};

	uname(&name);
	printf("kernel %s %s\n\n", name.release, name.machine);
	for (size_t i = 0; i < cnt; i++)
		printf("  %-8s %-22s %s%s%s\n", feature_state__name(features[i].state),
		       features[i].name, features[i].what, features[i].detail[0] ? " - " : "",
		       features[i].detail);
	printf("\nCPU of the target per event, ns (a bare malloc and free pair: %.0f)\n\n"
	       "  %-10s %8s %10s %10s %12s\n",
	       costs[0].table.bare_ns, "links", "a hit", "+ return", "+ sample", "full pair");
	for (int i = 0; i < LINK_KINDS; i++) {
		const struct cost_table *table = &costs[i].table;

		if (costs[i].measured)
			printf("  %-10s %8.0f %10.0f %10.0f %12.0f\n",
			       link_kind__name(costs[i].kind), table->hit_ns, table->return_ns,
			       table->sample_ns, 2 * table->hit_ns + table->return_ns);
		else
			printf("  %-10s %8s\n", link_kind__name(costs[i].kind), "-");
	}
	printf("\nA sample is a record with its stack copy; a full pair is malloc and free with "
	       "--full, unsampled.\n");
}

/* What is to be mended, last, where it is read. */
static void print_remedies(const struct feature *features, size_t cnt, bool usable)
{
	const char *title = "\nTo fix:\n";

	if (!usable) {
		printf("%s  no probe can be made: run as root on Linux 6.1 or later, outside of a "
		       "restricted container\n",
		       title);
		title = "";
	}
	for (size_t i = 0; i < cnt; i++) {
		if (features[i].state == FEATURE_OK || !features[i].remedy)
			continue;
		printf("%s  %s: %s\n", title, features[i].name, features[i].remedy);
		title = "";
	}
	if (*title)
		printf("\nNothing is to be fixed.\n");
}

static json_t *cost_json(const struct link_cost *cost)
{
	const struct cost_table *table = &cost->table;

	return json_pack("{s:s, s:s, s:f, s:f, s:f, s:f}", "kind", "cost", "name",
			 link_kind__name(cost->kind), "bare_ns", table->bare_ns, "hit_ns",
			 table->hit_ns, "return_ns", table->return_ns, "sample_ns",
			 table->sample_ns);
}

static json_t *feature_json(const struct feature *feature)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s}", "kind", "feature", "name", feature->name,
			 "state", feature_state__name(feature->state), "what", feature->what,
			 "detail", feature->detail);
}

static int print_json(const struct feature *features, size_t cnt, const struct link_cost *costs)
{
	json_t *document = document__new("heapbeat/status/v1");
	int err = document ? 0 : -ENOMEM;

	for (size_t i = 0; i < cnt && !err; i++)
		err = json_array_append_new(document__items(document), feature_json(&features[i]));
	for (int i = 0; i < LINK_KINDS && !err; i++)
		if (costs[i].measured)
			err = json_array_append_new(document__items(document),
						    cost_json(&costs[i]));
	err = err ? -ENOMEM : document__print(document);
	json_decref(document);
	return err;
}

static int examine(bool json)
{
	struct feature features[FEATURES_MAX];
	struct link_cost costs[LINK_KINDS] = {0};
	size_t cnt = feature__probe_all(features);
	bool usable = false;

	measure_links(costs);
	for (int i = 0; i < LINK_KINDS; i++)
		usable |= costs[i].measured;
	if (!json) {
		print_text(features, cnt, costs);
		print_remedies(features, cnt, usable);
	} else if (print_json(features, cnt, costs)) {
		fprintf(stderr, "heapbeat: cannot write the document\n");
		return EXIT_RUNTIME;
	}
	if (!usable) {
		fprintf(stderr, "heapbeat: no probe can be made here: run as root on Linux 6.1 or "
				"later, outside of a restricted container\n");
		return EXIT_REFUSED;
	}
	return EXIT_OK;
}

int cmd_doctor(int argc, char **argv)
{
	struct error error = {0};
	struct options options;

	if (options__parse(&options, VERB_DOCTOR, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_DOCTOR);
		return EXIT_OK;
	}
	if (options.probes != (options.session.pid_cnt == 1)) {
		fprintf(stderr,
			"heapbeat: --probes and -p PID go together; see heapbeat doctor --help\n");
		return EXIT_USAGE;
	}
	if (options.probes)
		return doctor_probes(options.session.pids[0], options.json);
	return examine(options.json);
}
