// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/doctor_probes.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>

#include "base/text.h"
#include "cmd/document.h"
#include "cmd/register_name.h"
#include "cmd/target_json.h"
#include "target/allocator.h"
#include "target/target.h"

#include "base/banned.h"

#define CLEAN_BYTES (3 * PATH_MAX)

/* How many arguments the probe of @place reads; its further registers mean nothing. */
static unsigned count_arguments(const struct place *place)
{
	for (size_t i = 0; i < allocator_cnt; i++)
		for (size_t k = 0; k < allocators[i].function_cnt; k++)
			if (allocators[i].functions[k].func == place->func)
				return allocators[i].functions[k].arg_cnt;
	return 0;
}

static void print_place(const struct place *place)
{
	unsigned args = count_arguments(place);

	if (!place->usable) {
		printf("  %-15s no probe: %s\n", place->symbol, place->reason);
		return;
	}
	printf("  %-15s +0x%-3x at 0x%-7" PRIx64 " %-28s %-8s args", place->symbol, place->delta,
	       place->file_offset, place->instruction, place->emulated ? "emulated" : "stepped");
	for (unsigned i = 0; i < args; i++)
		printf("%c%s", i ? ',' : ' ', register__name(place->regs[i]));
	printf("  sp %+d  %s%s\n", -(int)place->sp_words,
	       place->can_return ? "return can be hooked" : "no return hook",
	       place->after_syscall ? ", result in rax" : "");
}

static void print_file(const struct target_file *file)
{
	char build_id[BUILD_ID_TEXT_BYTES], path[CLEAN_BYTES];

	text__sanitise(path, sizeof(path), file->path);
	target_file__format_build_id(file, build_id);
	printf("%s: %s %s (%s), build-id %s%s\n", path, file->allocator,
	       file->family == FAMILY_VM ? "vm" : "heap", file->means,
	       build_id[0] ? build_id : "none", file->fd < 0 ? ", cannot be opened" : "");
	for (size_t i = 0; i < file->place_cnt; i++)
		print_place(&file->places[i]);
}

static void print_text(const struct target *target)
{
	char comm[3 * sizeof(target->comm)];

	printf("%d %s: %s\n", (int)target->pid, text__sanitise(comm, sizeof(comm), target->comm),
	       target->runtime);
	for (size_t i = 0; i < target->file_cnt; i++)
		print_file(&target->files[i]);
	if (target->hides[0]) {
		char hides[CLEAN_BYTES];

		printf("hides: %s\n", text__sanitise(hides, sizeof(hides), target->hides));
	}
	if (target->go_fd >= 0)
		printf("Go runtime: read from outside, without a probe on its allocator\n");
	else if (!target->file_cnt)
		printf("nothing to probe\n");
}

static int print_json(const struct target *target)
{
	json_t *document = document__new("heapbeat/probes/v1");
	int err = 0;

	if (!document ||
	    json_array_append_new(document__items(document), target_json__probes(target)))
		err = -1;
	else
		err = document__print(document);
	json_decref(document);
	if (err)
		fprintf(stderr, "heapbeat: cannot write the document\n");
	return err ? EXIT_RUNTIME : EXIT_OK;
}

int doctor_probes(pid_t pid, bool json)
{
	struct target_options options = {0};
	struct target *target;
	struct error error;
	int code = EXIT_OK;

	if (target__open(pid, &options, &target, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return (int)error.code;
	}
	if (target->refusal) {
		fprintf(stderr, "heapbeat: process %d is not probed: %s\n", (int)pid,
			target->refusal);
		code = (int)target->refusal_code;
	}
	if (json && print_json(target))
		code = code ? code : EXIT_RUNTIME;
	else if (!json && !target->refusal)
		print_text(target);
	target__free(target);
	return code;
}
