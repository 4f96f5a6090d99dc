// SPDX-License-Identifier: GPL-2.0-or-later
#include "model/groups.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/vec.h"
#include "model/go_view.h"
#include "model/group_list.h"
#include "model/group_state.h"

#include "base/banned.h"

/* The last figures of an image may come after it was last seen alive. */
#define GONE_KEPT_NS (30 * 1000000000ULL)
#define TICK_NS	     10000000ULL /* USER_HZ, in which /proc tells starts */

/* One process image, from when it was first seen alive until its last figures are in. */
struct group_image {
	struct group_state *group;
	uint64_t alive_ns; /* last seen alive */
	uint64_t cpu_ns;   /* of the process, then */
	uint32_t number;   /* of the view: a process let go and attached anew has a new one */
	double cpu_s;	   /* since it was first seen */
	double alive_s;	   /* between the last two ticks */
	bool ended;	   /* or let go, says the view */
	enum target_state state;
	enum group_trend growth[GROUP_GROWTHS];
	struct charge charge;
	struct image_totals *totals;	 /* NULL until it has been looked at */
	struct image_totals *beside;	 /* of Go's heap where malloc has totals; NULL: none yet */
	bool counted_beside;		 /* that was counted before; outlives a release */
	struct image_hotspots *hotspots; /* NULL until sites are known */
	struct by_function *live;	 /* live bytes by site; the same */
	struct image_go *go; /* NULL until its Go runtime has been read; outlives a release */
	bool read_alone;     /* no malloc is observed beside Go's heap */
	bool from_start;     /* it began after the first tick */
};

struct groups {
	struct groups_options options;
	struct charge_budget budget;
	struct group_list list;
	struct table images;	/* image_key() -> struct group_image * */
	size_t watched, folded; /* images with totals, with hotspots */
	size_t go_cnt;		/* images with a Go runtime */
	uint64_t begun_ns;	/* the first tick */
	uint64_t analysis_number;
};

struct groups *groups__new(const struct groups_options *options)
{
	struct groups *groups = calloc(1, sizeof(*groups));

	if (!groups)
		return NULL;
	groups->options = *options;
	groups->list.max_series = options->max_series;
	groups->list.series = options->series;
	groups__set_budget(groups, options->budget_ratio, options->floor_ratio);
	return groups;
}

void groups__set_budget(struct groups *groups, double budget_ratio, double floor_ratio)
{
	groups->budget = (struct charge_budget){.ratio = budget_ratio, .floor = floor_ratio};
}

/* What was published of it stays with its group. */
static void forget(struct groups *groups, struct group_image *image)
{
	groups->watched -= image->totals != NULL;
	groups->folded -= image->hotspots != NULL;
	free(image->totals);
	groups->watched -= image->beside != NULL;
	free(image->beside);
	image->beside = NULL;
	image_hotspots__free(image->hotspots);
	by_function__free(image->live);
	image->totals = NULL;
	image->hotspots = NULL;
	image->live = NULL;
	image->charge = (struct charge){0};
	memset(image->growth, 0, sizeof(image->growth));
}

static void image__free(struct groups *groups, struct group_image *image)
{
	forget(groups, image);
	groups->go_cnt -= image->go != NULL;
	image_go__free(image->go);
	free(image);
}

void groups__free(struct groups *groups)
{
	const struct table_slot *slot = NULL;

	if (!groups)
		return;
	while ((slot = table__next(&groups->images, slot)))
		image__free(groups, (struct group_image *)(uintptr_t)slot->value);
	table__release(&groups->images);
	group_list__release(&groups->list);
	free(groups);
}

static uint64_t image_key(uint32_t tgid, uint64_t start_ticks, uint64_t exec_id)
{
	uint64_t key = hash__bytes(HASH_SEED, &tgid, sizeof(tgid));

	key = hash__bytes(key, &start_ticks, sizeof(start_ticks));
	return hash__bytes(key, &exec_id, sizeof(exec_id));
}

static struct group_image *find_image(const struct groups *groups, uint64_t key)
{
	uint64_t value;

	return table__get(&groups->images, key, &value) ? (struct group_image *)(uintptr_t)value
							: NULL;
}

/* NULL if out of memory, or beyond the cap on images. */
static struct group_image *add_image(struct groups *groups, uint64_t key,
				     const struct host_process *process, uint64_t now_ns)
{
	struct group_identity identity;
	struct group_image *image;

	if (groups->images.cnt >= GROUPS_IMAGES_MAX)
		return NULL;
	group_identity__set(&identity, process, process->by_pid || groups->options.labels_pid);
	image = calloc(1, sizeof(*image));
	if (!image)
		return NULL;
	image->group = group_list__admit(&groups->list, &identity);
	image->alive_ns = now_ns;
	image->cpu_ns = process->cpu_ns;
	image->from_start = process->start_ticks * TICK_NS >= groups->begun_ns;
	if (!image->group || table__put(&groups->images, key, (uint64_t)(uintptr_t)image)) {
		free(image);
		return NULL;
	}
	return image;
}

static int join(struct groups *groups, struct host_process *process, uint64_t now_ns)
{
	uint64_t key = image_key(process->tgid, process->start_ticks, process->exec_id);
	struct group_image *image = find_image(groups, key);
	double cpu_s, alive_s;

	process->group = UINT32_MAX;
	if (!image)
		image = add_image(groups, key, process, now_ns);
	if (!image)
		return groups->images.cnt >= GROUPS_IMAGES_MAX ? 0 : -ENOMEM;
	alive_s = (double)(now_ns - image->alive_ns) / 1e9;
	cpu_s = process->cpu_ns > image->cpu_ns ? (double)(process->cpu_ns - image->cpu_ns) / 1e9
						: 0;
	image->alive_ns = now_ns;
	image->alive_s = alive_s;
	image->cpu_ns += process->cpu_ns > image->cpu_ns ? process->cpu_ns - image->cpu_ns : 0;
	image->cpu_s += cpu_s;
	image->state = process->state;
	image->group->alive_ns = now_ns;
	group_state__join(image->group, process, cpu_s, alive_s);
	/* A trend is one only while its points go on. */
	for (int g = 0; g < GROUP_GROWTHS && image->state == TARGET_ATTACHED; g++)
		if (image->growth[g] > image->group->now.growth[g])
			image->group->now.growth[g] = image->growth[g];
	return 0;
}

static int see_go(struct groups *groups, struct group_image *image,
		  const struct view_process *process)
{
	bool had = image->go;
	int err = image_go__see(&image->go, process, image->from_start);

	groups->go_cnt += !had && image->go;
	return err;
}

/* What is kept of an image from its first view on. A Go program that was let go has been counted
 * until then, and what it did unseen meanwhile comes with its runtime's own counters alone. */
static int watch(struct groups *groups, struct group_image *image,
		 const struct view_process *process)
{
	bool again = image->go;

	if (!image->totals) {
		image->totals = calloc(1, sizeof(*image->totals));
		if (!image->totals)
			return -ENOMEM;
		image->totals->skip_before = process->go && (again || !image->from_start);
		groups->watched++;
	}
	return process->go ? see_go(groups, image, process) : 0;
}

/* A program with cgo has two heaps: its group's counters are of both. */
static int observe_beside(struct groups *groups, struct group_image *image,
			  const struct view_process *process, uint64_t now_ns, bool alive)
{
	struct view_process heap;

	if (!go_view__heap(process, &heap))
		return 0;
	if (!image->beside) {
		image->beside = calloc(1, sizeof(*image->beside));
		if (!image->beside)
			return -ENOMEM;
		image->beside->skip_before = image->counted_beside || !image->from_start;
		image->counted_beside = true;
		groups->watched++;
	}
	image_totals__advance(image->beside, &image->group->totals, &heap, now_ns, alive, true);
	if (alive)
		group_state__observe_beside(image->group, process, &heap);
	return 0;
}

static int observe(struct groups *groups, const struct view_process *process, uint64_t now_ns)
{
	uint64_t key = image_key(process->tgid, process->start_ticks, process->exec_id);
	struct group_image *image = find_image(groups, key);
	bool alive, counted;
	int err;

	if (!image || (!process->window_cnt && !process->go) || process->image < image->number)
		return 0;
	if (process->image > image->number)
		forget(groups, image);
	image->number = process->image;
	image->ended = process->exited;
	err = watch(groups, image, process);
	if (err)
		return err;
	alive = image->alive_ns == now_ns &&
		(!process->exited || process->exit_reason == EXIT_REASON_RELEASED);
	image->read_alone = process->go && !process->window_cnt;
	/* A runtime that counts for itself misses nothing between two readings. */
	counted = !process->exited && (image->read_alone || (image->state == TARGET_ATTACHED &&
							     process->mode >= PLAN_EXACT));
	image_totals__advance(image->totals, &image->group->totals, process, now_ns, alive,
			      counted);
	if (image->hotspots)
		hotspots__add(&image->group->hotspots, image->hotspots,
			      image->totals->published[GROUP_ALLOCATED_BYTES]);
	if (alive)
		group_state__observe(image->group, process, now_ns, counted);
	err = observe_beside(groups, image, process, now_ns, alive);
	if (err || !alive)
		return err;
	charge__advance(&image->charge, &image->group->charges, &groups->budget, now_ns,
			process->sums.charged_s, image->cpu_s);
	return 0;
}

static enum group_trend trend(const struct figure *growth, bool growing)
{
	if (growth->basis == BASIS_UNKNOWN)
		return TREND_UNKNOWN;
	return growing ? TREND_GROWING : TREND_FLAT;
}

/* What only a folded view knows. */
static int analyse(struct groups *groups, const struct view_process *process)
{
	uint64_t key = image_key(process->tgid, process->start_ticks, process->exec_id);
	struct group_image *image = find_image(groups, key);
	bool had;
	int err;

	if (!image || process->image != image->number)
		return 0;
	image->growth[GROWTH_LIVE] = trend(&process->live_growth, process->growing);
	image->growth[GROWTH_RESIDENT] = trend(&process->rss_growth, process->rss_growing);
	if (process->go) {
		err = see_go(groups, image, process);
		if (!err)
			err = image_go__see_sites(image->go, process->go);
		if (err)
			return err;
	}
	if (!image->totals || !process->site_cnt)
		return 0;
	had = image->hotspots;
	err = image_hotspots__share(&image->hotspots, process,
				    image->totals->published[GROUP_ALLOCATED_BYTES]);
	groups->folded += !had && image->hotspots;
	return err ? err : by_function__see_live(&image->live, process);
}

static int gather_image(struct group_image *image, uint64_t now_ns)
{
	bool alive = image->alive_ns == now_ns && !image->ended;
	bool fresh = alive && image->go && image_go__is_fresh(image->go, now_ns);
	int err = 0;

	if (alive && image->live)
		err = group_state__add_live(image->group, image->live);
	if (err || !image->go)
		return err;
	if (fresh && image->read_alone)
		group_state__read(image->group, image->alive_s, image->go->read_ns);
	return group_state__add_go(image->group, image->go, fresh, (double)image->cpu_ns / 1e9);
}

/* After the views: groups borrow names of functions from images until the tick is published. */
static int gather(struct groups *groups, uint64_t now_ns)
{
	const struct table_slot *slot = NULL;
	int err = 0;

	while ((slot = table__next(&groups->images, slot))) {
		int failed = gather_image((struct group_image *)(uintptr_t)slot->value, now_ns);

		err = err ? err : failed;
	}
	return err;
}

static void remove_gone(struct groups *groups, uint64_t now_ns)
{
	struct {
		uint64_t *items;
		size_t cnt, cap;
	} gone = {0};
	const struct table_slot *slot = NULL;

	while ((slot = table__next(&groups->images, slot))) {
		const struct group_image *image = (struct group_image *)(uintptr_t)slot->value;

		/* Out of memory: it is removed at a later tick. */
		if (now_ns - image->alive_ns > GONE_KEPT_NS && vec__add(&gone, slot->key))
			break;
	}
	for (size_t i = 0; i < gone.cnt; i++) {
		uint64_t value;

		if (table__remove(&groups->images, gone.items[i], &value))
			image__free(groups, (struct group_image *)(uintptr_t)value);
	}
	free(gone.items);
}

/* Which group each process is in, now that groups have their places. */
static void place_processes(const struct groups *groups, struct host *host)
{
	for (size_t i = 0; i < host->process_cnt; i++) {
		struct host_process *process = &host->processes[i];
		const struct group_image *image = find_image(
			groups, image_key(process->tgid, process->start_ticks, process->exec_id));

		process->group = image ? image->group->index : UINT32_MAX;
	}
}

static int analyse_all(struct groups *groups, const struct view *analysed, uint64_t number)
{
	int err = 0;

	if (!analysed || number == groups->analysis_number)
		return 0;
	for (size_t i = 0; i < analysed->process_cnt; i++) {
		int failed = analyse(groups, &analysed->processes[i]);

		err = err ? err : failed;
	}
	groups->analysis_number = number;
	return err;
}

int groups__update(struct groups *groups, struct host *host, const struct view *view,
		   const struct view *analysed, uint64_t analysis_number)
{
	bool chosen = analysed && analysis_number != groups->analysis_number;
	int err = 0, failed;

	if (!groups->begun_ns)
		groups->begun_ns = host->at_ns;
	group_list__begin(&groups->list);
	for (size_t i = 0; i < host->process_cnt; i++) {
		failed = join(groups, &host->processes[i], host->at_ns);
		err = err ? err : failed;
	}
	for (size_t i = 0; view && i < view->process_cnt; i++) {
		failed = observe(groups, &view->processes[i], host->at_ns);
		err = err ? err : failed;
	}
	failed = analyse_all(groups, analysed, analysis_number);
	err = err ? err : failed;
	failed = gather(groups, host->at_ns);
	err = err ? err : failed;
	remove_gone(groups, host->at_ns);
	group_list__end(&groups->list, host->at_ns, chosen);
	failed = group_list__publish(&groups->list, host);
	place_processes(groups, host);
	return err ? err : failed;
}

size_t groups__bytes(const struct groups *groups)
{
	return sizeof(*groups) + table__bytes(&groups->images) +
	       groups->images.cnt * sizeof(struct group_image) +
	       groups->watched * sizeof(struct image_totals) +
	       groups->go_cnt * (sizeof(struct image_go) + BY_FUNCTION_MAX * HOTSPOT_NAME_BYTES) +
	       groups->folded * (sizeof(struct image_hotspots) + sizeof(struct by_function) +
				 (HOTSPOTS_KEPT + BY_FUNCTION_MAX) * HOTSPOT_NAME_BYTES) +
	       group_list__bytes(&groups->list);
}
