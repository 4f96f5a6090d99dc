// SPDX-License-Identifier: GPL-2.0-or-later
#include "kernel/object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "base/log.h"
#include "heapbeat.skel.h"
#include "kernel/multi.h"
#include "base/banned.h"

struct object {
	struct heapbeat_bpf *skel;
	struct bpf_link *exits; /* NULL: this kernel does not tell who dies for memory */
	enum link_kind link;
	size_t slot_cnt;
	size_t ring_bytes;
	struct hb_config *configs;
	struct hb_counters *counters;
	struct hb_go_config *go_configs;
	struct hb_go_counters *go_counters;
	struct hb_go_look *go_looks;
	struct hb_go_look_counters *go_look_counters;
};

/* Programs that others do without: what they are not fit for here they do not take along. */
#define EXTRAS_ALL ((1U << EXTRA_CNT) - 1)

enum extra { EXTRA_GO_SAMPLE, EXTRA_GO_GC, EXTRA_GO_LOOK, EXTRA_CNT };

static const char *const link_names[] = {"best", "perf", "multi", "session"};

const char *link_kind__name(enum link_kind kind)
{
	return (size_t)kind < 4 ? link_names[kind] : "none";
}

int link_kind__parse(const char *name, enum link_kind *ret_kind)
{
	for (int kind = LINK_PERF; kind <= LINK_SESSION; kind++) {
		if (!strcmp(name, link_names[kind])) {
			*ret_kind = (enum link_kind)kind;
			return 0;
		}
	}
	return -EINVAL;
}

/* libbpf's own words, one level lower: a load that fails because a feature is missing is normal. */
static int forward_print(enum libbpf_print_level level, const char *fmt, va_list args)
{
	char line[512];

	(void)level;
	if (log__level() < LOG_LEVEL_DEBUG)
		return 0;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
	vsnprintf(line, sizeof(line), fmt, args);
#pragma GCC diagnostic pop
	line[strcspn(line, "\n")] = 0;
	log_debug("libbpf", "%s", line);
	return 0;
}

static size_t page_up(size_t bytes)
{
	size_t page = (size_t)sysconf(_SC_PAGESIZE);

	return (bytes + page - 1) / page * page;
}

static struct bpf_program *extra_program(struct heapbeat_bpf *skel, enum extra extra)
{
	switch (extra) {
	case EXTRA_GO_SAMPLE:
		return skel->progs.go_sample;
	case EXTRA_GO_GC:
		return skel->progs.go_gc;
	default:
		return skel->progs.go_look;
	}
}

static void choose_extras(struct heapbeat_bpf *skel, enum link_kind link, uint32_t extras)
{
	for (int i = 0; i < EXTRA_CNT; i++) {
		struct bpf_program *program = extra_program(skel, (enum extra)i);

		bpf_program__set_autoload(program, extras & 1U << i);
		if (link != LINK_PERF)
			bpf_program__set_expected_attach_type(
				program, (enum bpf_attach_type)BPF_TRACE_UPROBE_MULTI);
	}
}

static void choose_programs(struct heapbeat_bpf *skel, enum link_kind link)
{
	int type = link == LINK_SESSION ? BPF_TRACE_UPROBE_SESSION
		   : link == LINK_MULTI ? BPF_TRACE_UPROBE_MULTI
					: 0;
	bool session = link == LINK_SESSION;

	bpf_program__set_autoload(skel->progs.native_session, session);
	bpf_program__set_autoload(skel->progs.native_entry, !session);
	bpf_program__set_autoload(skel->progs.native_return, !session);
	if (!type)
		return;
	bpf_program__set_expected_attach_type(skel->progs.native_session,
					      (enum bpf_attach_type)type);
	bpf_program__set_expected_attach_type(skel->progs.native_entry, (enum bpf_attach_type)type);
	bpf_program__set_expected_attach_type(skel->progs.native_return,
					      (enum bpf_attach_type)type);
	bpf_program__set_expected_attach_type(skel->progs.native_empty,
					      (enum bpf_attach_type)BPF_TRACE_UPROBE_MULTI);
}

static int size_maps(struct heapbeat_bpf *skel, const struct object_options *options)
{
	uint32_t slots = (uint32_t)options->slot_cnt;
	int err;

	err = bpf_map__set_max_entries(skel->maps.configs, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.counters, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.go_configs, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.go_counters, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.go_states, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.go_looks, slots);
	err = err ?: bpf_map__set_max_entries(skel->maps.go_look_counters, slots);
	err = err
		      ?: bpf_map__set_max_entries(skel->maps.go_calls,
						  (uint32_t)(options->go_calls ?: OBJECT_GO_CALLS));
	err = err ?: bpf_map__set_max_entries(skel->maps.ring, (uint32_t)options->ring_bytes);
	err = err ?: bpf_map__set_max_entries(skel->maps.live, (uint32_t)options->live_entries);
	skel->rodata->wakeup_bytes = options->ring_bytes / 4;
	skel->rodata->sample_stacks = options->stacks;
	return err;
}

static int load_with(const struct object_options *options, enum link_kind link, uint32_t extras,
		     struct heapbeat_bpf **ret_skel)
{
	struct heapbeat_bpf *skel = heapbeat_bpf__open();
	int err;

	if (!skel)
		return -errno;
	choose_programs(skel, link);
	choose_extras(skel, link, extras);
	err = size_maps(skel, options);
	err = err ?: heapbeat_bpf__load(skel);
	if (!err && link != LINK_PERF)
		err = multi__self_test(bpf_program__fd(skel->progs.native_empty));
	if (err) {
		heapbeat_bpf__destroy(skel);
		return err;
	}
	*ret_skel = skel;
	return 0;
}

/* Those extra programs that load here, each tried alone. */
static uint32_t find_extras(const struct object_options *options, enum link_kind link)
{
	uint32_t extras = 0;

	for (int i = 0; i < EXTRA_CNT; i++) {
		struct heapbeat_bpf *skel;
		int err = load_with(options, link, 1U << i, &skel);

		if (err) {
			log_debug("kernel", "Go program %d does not load: %s, continuing without",
				  i, strerror(-err));
			continue;
		}
		heapbeat_bpf__destroy(skel);
		extras |= 1U << i;
	}
	return extras;
}

static int load(const struct object_options *options, enum link_kind link,
		struct heapbeat_bpf **ret_skel)
{
	struct heapbeat_bpf *skel;
	uint32_t extras;
	int err;

	if (!load_with(options, link, EXTRAS_ALL, ret_skel))
		return 0;
	err = load_with(options, link, 0, &skel);
	if (err)
		return err;
	extras = find_extras(options, link);
	if (extras) {
		heapbeat_bpf__destroy(skel);
		return load_with(options, link, extras, ret_skel);
	}
	*ret_skel = skel;
	return 0;
}

/* The wanted way of linking, or the best that loads and links on this kernel. */
static int load_best(struct object *object, const struct object_options *options)
{
	enum link_kind link = options->link ? options->link : LINK_SESSION;
	int err;

	for (;; link--) {
		err = load(options, link, &object->skel);
		if (!err) {
			object->link = link;
			return 0;
		}
		log_debug("kernel", "%s links do not load: %s", link_kind__name(link),
			  strerror(-err));
		if (options->link || link == LINK_PERF)
			return err;
	}
}

/* @slots values of @bytes of an array map as memory, NULL with errno. */
static void *map_array(const struct bpf_map *map, size_t slots, size_t bytes)
{
	void *array = mmap(NULL, page_up(slots * bytes), PROT_READ | PROT_WRITE, MAP_SHARED,
			   bpf_map__fd(map), 0);

	return array == MAP_FAILED ? NULL : array;
}

static void unmap_array(void *array, size_t slots, size_t bytes)
{
	if (array)
		munmap(array, page_up(slots * bytes));
}

static int map_arrays(struct object *object)
{
	struct heapbeat_bpf *skel = object->skel;
	size_t slots = object->slot_cnt;

	object->configs = map_array(skel->maps.configs, slots, sizeof(struct hb_config));
	if (!object->configs)
		return -errno;
	object->counters = map_array(skel->maps.counters, slots, sizeof(struct hb_counters));
	if (!object->counters)
		return -errno;
	object->go_configs = map_array(skel->maps.go_configs, slots, sizeof(struct hb_go_config));
	if (!object->go_configs)
		return -errno;
	object->go_counters =
		map_array(skel->maps.go_counters, slots, sizeof(struct hb_go_counters));
	if (!object->go_counters)
		return -errno;
	object->go_looks = map_array(skel->maps.go_looks, slots, sizeof(struct hb_go_look));
	if (!object->go_looks)
		return -errno;
	object->go_look_counters =
		map_array(skel->maps.go_look_counters, slots, sizeof(struct hb_go_look_counters));
	return object->go_look_counters ? 0 : -errno;
}

static void watch_exits(struct object *object)
{
	object->exits = bpf_program__attach(object->skel->progs.process_exit);
	if (object->exits)
		return;
	log_debug("kernel", "exits are not watched: %s, continuing without", strerror(errno));
}

struct object *object__new(const struct object_options *options, struct error *error)
{
	struct object *object = calloc(1, sizeof(*object));
	int err;

	if (!object) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "out of memory");
		return NULL;
	}
	libbpf_set_print(forward_print);
	object->slot_cnt = options->slot_cnt;
	object->ring_bytes = options->ring_bytes;
	err = load_best(object, options);
	err = err ?: map_arrays(object);
	if (!err)
		watch_exits(object);
	if (err) {
		const char *why = err == -EPERM || err == -EACCES
					  ? "needs root (or CAP_BPF and CAP_PERFMON)"
					  : "see heapbeat doctor";

		error__set(error, EXIT_REFUSED, err,
			   "cannot load the BPF programs (%s links): %s; %s",
			   link_kind__name(options->link), strerror(-err), why);
		object__free(object);
		return NULL;
	}
	return object;
}

void object__free(struct object *object)
{
	if (!object)
		return;
	unmap_array(object->configs, object->slot_cnt, sizeof(struct hb_config));
	unmap_array(object->counters, object->slot_cnt, sizeof(struct hb_counters));
	unmap_array(object->go_configs, object->slot_cnt, sizeof(struct hb_go_config));
	unmap_array(object->go_counters, object->slot_cnt, sizeof(struct hb_go_counters));
	unmap_array(object->go_looks, object->slot_cnt, sizeof(struct hb_go_look));
	unmap_array(object->go_look_counters, object->slot_cnt, sizeof(struct hb_go_look_counters));
	bpf_link__destroy(object->exits);
	heapbeat_bpf__destroy(object->skel);
	free(object);
}

enum link_kind object__link(const struct object *object)
{
	return object->link;
}

size_t object__slot_cnt(const struct object *object)
{
	return object->slot_cnt;
}

size_t object__ring_bytes(const struct object *object)
{
	return object->ring_bytes;
}

struct hb_config *object__config(struct object *object, size_t slot)
{
	return &object->configs[slot];
}

volatile struct hb_counters *object__counters(struct object *object, size_t slot)
{
	return &object->counters[slot];
}

struct hb_go_config *object__go_config(struct object *object, size_t slot)
{
	return &object->go_configs[slot];
}

volatile struct hb_go_counters *object__go_counters(struct object *object, size_t slot)
{
	return &object->go_counters[slot];
}

struct hb_go_look *object__go_look(struct object *object, size_t slot)
{
	return &object->go_looks[slot];
}

volatile struct hb_go_look_counters *object__go_look_counters(struct object *object, size_t slot)
{
	return &object->go_look_counters[slot];
}

int object__clear_go(struct object *object, size_t slot)
{
	const struct bpf_map *states = object->skel->maps.go_states;
	void *zero = calloc(1, bpf_map__value_size(states));
	uint32_t key = (uint32_t)slot;
	int err = zero ? 0 : -ENOMEM;

	if (!err && bpf_map_update_elem(bpf_map__fd(states), &key, zero, BPF_ANY))
		err = -errno;
	free(zero);
	return err;
}

int object__program_fd(const struct object *object, enum object_program program)
{
	const struct bpf_program *const programs[PROGRAM_CNT] = {
		[PROGRAM_SESSION] = object->skel->progs.native_session,
		[PROGRAM_ENTRY] = object->skel->progs.native_entry,
		[PROGRAM_RETURN] = object->skel->progs.native_return,
		[PROGRAM_EMPTY] = object->skel->progs.native_empty,
		[PROGRAM_GO_SAMPLE] = object->skel->progs.go_sample,
		[PROGRAM_GO_GC] = object->skel->progs.go_gc,
		[PROGRAM_GO_LOOK] = object->skel->progs.go_look,
	};

	return bpf_program__fd(programs[program]);
}

int object__ring_fd(const struct object *object)
{
	return bpf_map__fd(object->skel->maps.ring);
}

int object__go_calls_fd(const struct object *object)
{
	return bpf_map__fd(object->skel->maps.go_calls);
}

int object__deaths_fd(const struct object *object)
{
	return bpf_map__fd(object->skel->maps.deaths);
}

int object__live_fd(const struct object *object)
{
	return bpf_map__fd(object->skel->maps.live);
}

#define BATCH 4096

/* Walk the live map and count, or delete, the entries of @image. */
static int64_t walk_live(struct object *object, uint32_t image, uint32_t epoch, bool purge)
{
	struct hb_live_key *keys = malloc(BATCH * sizeof(*keys));
	struct hb_live *blocks = malloc(BATCH * sizeof(*blocks));
	int fd = object__live_fd(object), err = 0;
	uint64_t batch = 0;
	int64_t found = 0;
	bool first = true;

	while (keys && blocks && !err) {
		uint32_t cnt = BATCH;

		err = bpf_map_lookup_batch(fd, first ? NULL : &batch, &batch, keys, blocks, &cnt,
					   NULL);
		if (err && err != -ENOENT)
			break;
		first = false;
		for (uint32_t i = 0; i < cnt; i++) {
			if (keys[i].image != image || (epoch && keys[i].epoch != epoch))
				continue;
			if (!purge || !bpf_map_delete_elem(fd, &keys[i]))
				found++;
		}
	}
	free(keys);
	free(blocks);
	return err && err != -ENOENT ? err : found;
}

int64_t object__purge_live(struct object *object, uint32_t image, uint32_t epoch)
{
	return walk_live(object, image, epoch, true);
}

int64_t object__count_live(struct object *object, uint32_t image)
{
	return walk_live(object, image, 0, false);
}

struct bpf_object *object__bpf(const struct object *object)
{
	return object->skel->obj;
}
