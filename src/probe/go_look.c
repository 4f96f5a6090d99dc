// SPDX-License-Identifier: GPL-2.0-or-later
#include "probe/go_look.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kernel/link.h"
#include "kernel/object.h"
#include "kernel/tasks.h"
#include "probe/go_point.h"
#include "base/banned.h"

#define SLICE_MINOR   19 /* the last one whose growslice is told the old slice as a whole */
#define SIZED_MAX     32
#define FUNCTIONS_MAX 8192 /* of the runtime; it has about 2,500 */

static const char malloc_name[] = "runtime.mallocgc";

/* Entries beside mallocgc; those that a version does not have are not missed. Their arguments are known
 * where the version is. */
static const struct {
	const char *function;
	uint8_t probe; /* enum hb_go_look_probe */
} entries[] = {
	{"runtime.growslice", HB_GO_LOOK_GROW},
	{"runtime.hashGrow", HB_GO_LOOK_HASH_GROW},
	{"internal/runtime/maps.(*Map).growToTable", HB_GO_LOOK_TO_TABLE},
	{"internal/runtime/maps.(*table).grow", HB_GO_LOOK_TABLE_GROW},
	{"internal/runtime/maps.(*table).split", HB_GO_LOOK_TABLE_SPLIT},
	{"runtime.concatstrings", HB_GO_LOOK_CONCAT},
};

/* Packages that are the runtime's, and what it shares with others: as symbol/go_construct.c has them,
 * so that places are where stacks enter the runtime. */
static const char *const packages[] = {"runtime.", "internal/runtime/"};
static const char *const shared[] = {
	"reflect.unsafe_New",
	"reflect.unsafe_NewArray",
	"reflect.mapassign",
	"reflect.mapassign0",
	"reflect.mapassign_faststr",
	"reflect.mapassign_faststr0",
	"reflect.makemap",
	"reflect.makechan",
	"reflect.growslice",
	"reflect.typedslicecopy",
	"internal/bytealg.MakeNoZero",
	"internal/reflectlite.unsafe_New",
	"maps.clone",
};

static int add_point(struct go_look *look, const struct go_point_source *source,
		     const struct go_function *function, uint8_t probe, const char *name)
{
	struct go_place place;
	uint64_t offset;
	int err = go_point__find(source, function, &place, &offset);

	if (err)
		return err;
	if (!place.usable) {
		snprintf(look->missing, sizeof(look->missing), "%s cannot be probed: %s", name,
			 place.reason);
		return -ENOTSUP;
	}
	if (look->point_cnt == GO_LOOK_PROBES_MAX)
		return -ENOSPC;
	look->points[look->point_cnt++] = (struct go_look_point){
		.offset = offset, .probe = probe, .at_check = place.at_check};
	return 0;
}

/* "mallocgcSmallScanNoHeaderSC4", "mallocgcTinySC2": one for each class of small objects (1.27). */
static bool is_sized(const char *name)
{
	const char *class = strstr(name, "SC");

	return class && class[2] >= '0' && class[2] <= '9' &&
	       strspn(class + 2, "0123456789") == strlen(class + 2);
}

/* All entries by which objects are taken, or none: part of them would pass for all. */
static int find_allocs(struct go_look *look, const struct go_point_source *source)
{
	struct go_function malloc_function, sized[SIZED_MAX + 32];
	size_t cnt;
	int err;

	if (go_program__find(source->program, malloc_name, &malloc_function))
		return -ENOTSUP;
	look->malloc_from = malloc_function.vaddr + source->bias;
	look->malloc_to = look->malloc_from + malloc_function.bytes;
	err = add_point(look, source, &malloc_function, HB_GO_LOOK_ALLOC, malloc_name);
	cnt = go_program__find_prefix(source->program, malloc_name, sized,
				      sizeof(sized) / sizeof(*sized));
	for (size_t i = 0; i < cnt && !err; i++) {
		const char *name = go_program__name(source->program, &sized[i]);

		if (is_sized(name))
			err = add_point(look, source, &sized[i], HB_GO_LOOK_ALLOC_SIZED, name);
	}
	return err;
}

static int find_points(struct go_look *look, const struct go_point_source *source)
{
	int err = find_allocs(look, source);

	for (size_t i = 0; i < sizeof(entries) / sizeof(*entries) && !err; i++) {
		struct go_function function;

		if (go_program__find(source->program, entries[i].function, &function) ||
		    !look->minor)
			continue;
		err = add_point(look, source, &function, entries[i].probe, entries[i].function);
		if (err == -ENOTSUP)
			err = 0;
	}
	if (err)
		look->point_cnt = 0;
	return err == -ENOMEM ? err : 0;
}

static int by_address(const void *a, const void *b)
{
	const struct go_function *x = a, *y = b;

	return x->vaddr < y->vaddr ? -1 : x->vaddr > y->vaddr;
}

/* Neighbours become one stretch of code. Beyond the room for them code of the runtime passes for
 * somebody's, which its name will tell. */
static int find_bounds(struct go_look *look, const struct go_point_source *source)
{
	struct go_function *all = calloc(FUNCTIONS_MAX, sizeof(*all));
	size_t cnt = 0, bound_cnt = 0;
	uint32_t last = 0;

	if (!all)
		return -ENOMEM;
	for (size_t i = 0; i < sizeof(packages) / sizeof(*packages); i++)
		cnt += go_program__find_prefix(source->program, packages[i], all + cnt,
					       FUNCTIONS_MAX - cnt);
	for (size_t i = 0; i < sizeof(shared) / sizeof(*shared) && cnt < FUNCTIONS_MAX; i++)
		cnt += !go_program__find(source->program, shared[i], &all[cnt]);
	qsort(all, cnt, sizeof(*all), by_address);
	for (size_t i = 0; i < HB_GO_BOUNDS; i++)
		look->bounds[i] = HB_GO_NO_BOUND;
	for (size_t i = 0; i < cnt; i++) {
		uint64_t from = all[i].vaddr + source->bias, to = from + all[i].bytes;
		bool joins = bound_cnt && all[i].index == last + 1;

		if (!joins && bound_cnt + 2 > HB_GO_BOUNDS)
			break;
		if (!joins)
			look->bounds[bound_cnt++] = from;
		look->bounds[joins ? bound_cnt - 1 : bound_cnt++] = to;
		last = all[i].index;
	}
	free(all);
	return 0;
}

int go_look__find(struct go_look *look, pid_t pid, int fd, uint64_t bias,
		  struct go_program *program, struct error *error)
{
	struct go_point_source source = {.pid = pid, .bias = bias, .program = program};
	int err = 0;

	*look = (struct go_look){
		.pid = pid,
		.fd = fcntl(fd, F_DUPFD_CLOEXEC, 3),
		.minor = go_program__minor(program),
	};
	if (look->fd < 0)
		err = -errno;
	source.fd = look->fd;
	err = err ?: find_points(look, &source);
	err = err ?: find_bounds(look, &source);
	if (!err)
		return 0;
	go_look__release(look);
	return error__set(error, EXIT_RUNTIME, err, "cannot look at process %d: %s", pid,
			  strerror(-err));
}

bool go_look__usable(const struct go_look *look)
{
	return look->point_cnt > 0;
}

int go_look__init(struct go_look *look, struct object *object, size_t slot, uint32_t image,
		  const struct cost_table *costs, struct error *error)
{
	struct hb_go_look *config = object__go_look(object, slot);
	struct hb_task_row row;
	int err = tasks__row(object, look->pid, &row);

	if (err)
		return error__set(error, EXIT_RUNTIME, err, "cannot look at process %d: %s",
				  look->pid, strerror(-err));
	look->object = object;
	look->slot = slot;
	look->costs = costs;
	memset((void *)object__go_look_counters(object, slot), 0,
	       sizeof(struct hb_go_look_counters));
	*config = (struct hb_go_look){
		.tgid = (uint32_t)look->pid,
		.image = image,
		.exec_id = row.exec_id,
		.malloc_from = look->malloc_from,
		.malloc_to = look->malloc_to,
	};
	memcpy(config->bounds, look->bounds, sizeof(config->bounds));
	return 0;
}

void go_look__release(struct go_look *look)
{
	if (!look->pid)
		return;
	if (look->object)
		go_look__shut(look);
	link_set__free(look->links);
	if (look->fd >= 0)
		close(look->fd);
	*look = (struct go_look){.fd = -1};
}

static uint64_t cookie(const struct go_look *look, const struct go_look_point *point)
{
	uint64_t flags = HB_COOKIE_NO_RETURN;

	if (point->at_check)
		flags |= HB_COOKIE_AT_CHECK;
	if (point->probe == HB_GO_LOOK_GROW && look->minor <= SLICE_MINOR)
		flags |= HB_COOKIE_SLICE;
	return (uint64_t)look->slot | (uint64_t)point->probe << HB_COOKIE_FUNC_SHIFT |
	       flags << HB_COOKIE_FLAGS_SHIFT;
}

static void set_gate(struct go_look *look, bool open)
{
	__atomic_store_n(&object__go_look(look->object, look->slot)->open, open, __ATOMIC_RELEASE);
}

int go_look__open(struct go_look *look, struct error *error)
{
	struct probe_point points[GO_LOOK_PROBES_MAX];

	if (!look->links) {
		for (size_t i = 0; i < look->point_cnt; i++)
			points[i] = (struct probe_point){.fd = look->fd,
							 .offset = look->points[i].offset,
							 .cookie = cookie(look, &look->points[i])};
		look->links = link_set__new_entries(look->object, PROGRAM_GO_LOOK, look->pid,
						    points, look->point_cnt, error);
		if (!look->links)
			return -errno;
	}
	set_gate(look, true);
	return 0;
}

void go_look__shut(struct go_look *look)
{
	if (look->object)
		set_gate(look, false);
}

bool go_look__unlink_step(struct go_look *look)
{
	if (!look->links)
		return true;
	if (link_set__close_next(look->links))
		return false;
	link_set__free(look->links);
	look->links = NULL;
	return true;
}

void go_look__unlink(struct go_look *look)
{
	while (!go_look__unlink_step(look))
		;
}

bool go_look__is_linked(const struct go_look *look)
{
	return look->links != NULL;
}

void go_look__read(const struct go_look *look, struct hb_go_look_counters *ret)
{
	memcpy(ret, (const void *)object__go_look_counters(look->object, look->slot), sizeof(*ret));
}

uint64_t go_look__charged_ns(const struct go_look *look)
{
	return look->object ? (uint64_t)((double)object__go_look_counters(look->object, look->slot)
						 ->hits *
					 look->costs->go_look_ns)
			    : 0;
}
