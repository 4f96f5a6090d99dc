// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/introspect.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "kernel/object.h"
#include "base/banned.h"

/* The kernel tells what a descriptor's object takes in its fdinfo. */
static uint64_t memory_of(int fd)
{
	char path[64], line[128];
	uint64_t bytes = 0;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file))
		if (!strncmp(line, "memlock:", 8))
			bytes = strtoull(line + 8, NULL, 10);
	fclose(file);
	return bytes;
}

size_t introspect__maps(const struct object *object, struct map_facts *ret, size_t max)
{
	struct bpf_map *map;
	size_t cnt = 0;

	bpf_object__for_each_map(map, object__bpf(object))
	{
		struct map_facts *facts = &ret[cnt];

		if (cnt == max || bpf_map__fd(map) < 0)
			continue;
		*facts = (struct map_facts){
			.capacity = bpf_map__max_entries(map),
			.memory_bytes = memory_of(bpf_map__fd(map)),
		};
		snprintf(facts->name, sizeof(facts->name), "%s", bpf_map__name(map));
		cnt++;
	}
	return cnt;
}

size_t introspect__programs(const struct object *object, struct program_facts *ret, size_t max)
{
	struct bpf_program *program;
	size_t cnt = 0;

	bpf_object__for_each_program(program, object__bpf(object))
	{
		struct bpf_prog_info info = {0};
		uint32_t bytes = sizeof(info);
		int fd = bpf_program__fd(program);

		if (cnt == max || fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &bytes))
			continue;
		ret[cnt] = (struct program_facts){
			.runs = info.run_cnt,
			.run_ns = info.run_time_ns,
			.recursion_misses = info.recursion_misses,
			.memory_bytes = memory_of(fd),
		};
		snprintf(ret[cnt].name, sizeof(ret[cnt].name), "%s", bpf_program__name(program));
		cnt++;
	}
	return cnt;
}

int introspect__enable_stats(void)
{
	int fd = bpf_enable_stats(BPF_STATS_RUN_TIME);

	return fd < 0 ? -errno : fd;
}
