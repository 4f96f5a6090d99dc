/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The functions that allocate most in a group: cumulative bytes of a bounded set, of which twenty
 * are published. Called by groups.c.
 *
 * An image's bytes are shared out by its sites' shares in the newest analysis, so that they move
 * evenly and add up with the group's counter. What is published stays until another function is
 * clearly heavier, so that series do not come and go; each one replaced is counted. Weight fades
 * with a half-life of an hour; the bytes do not.
 */
#ifndef HB_HOTSPOTS_H
#define HB_HOTSPOTS_H

#include "model/host.h"

#define HOTSPOTS_KEPT	   64  /* of an image and of a group; the rest waits to become heavier */
#define HOTSPOT_NAME_BYTES 200 /* longer names are cut */
/* A new one must be heavier by this to take the place of one that is published. */
#define HOTSPOT_HYSTERESIS 1.25

/* One function of one image. */
struct image_hotspot {
	uint64_t key; /* hash of the name as it is published */
	double share; /* of the image's allocated bytes */
	double given; /* bytes that the group has got already */
	char *name;
};

struct image_hotspots {
	struct image_hotspot items[HOTSPOTS_KEPT];
	size_t cnt;
};

struct hotspot {
	uint64_t key;
	double bytes;  /* never fall */
	double weight; /* bytes, faded */
	bool shown;
	char *name;
};

struct hotspots {
	struct hotspot items[HOTSPOTS_KEPT];
	size_t cnt;
	uint64_t faded_ns;
};

/*
 * Take over the shares of @process's heap sites (its view is folded); @allocated: what the image has
 * allocated by now. NULL *@hotspots: made. 0 or -ENOMEM with the old shares in force.
 */
int image_hotspots__share(struct image_hotspots **hotspots, const struct view_process *process,
			  double allocated);
void image_hotspots__free(struct image_hotspots *hotspots);

/* Give to @group what the shares of @allocated bytes come to by now. 0 or -ENOMEM: given later. */
int hotspots__add(struct hotspots *group, struct image_hotspots *image, double allocated);
/* Choose anew which ones are published; how many of them had to go. */
size_t hotspots__choose(struct hotspots *group, uint64_t now_ns);
void hotspots__release(struct hotspots *group);

/* @function as a label: valid, cut, and without an address: "[module]" where no symbol is known. */
void hotspot__name(char *dst, size_t size, const char *function);

#endif
