/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One place where a Go program's own code allocates, weighed: what the rules of such places share.
 * Its figures come from the program's own profile, one sample per half a megabyte. The runtime counts
 * every object by size class; so of each class the place's share of the samples is taken, times that
 * count: the luck of the draw cancels where the place is most of its class. Pure; for the checks of
 * advice/ alone.
 */
#ifndef HB_GO_WEIGHT_H
#define HB_GO_WEIGHT_H

#include "advice/rule.h"

struct go_weight {
	const struct view_go *go;
	const struct view_site *site;
	const struct view_go_trait *trait;
	struct figure calls, bytes; /* per second */
	struct figure share;	    /* of the bytes that the program allocates */
};

/* Does the program's own code allocate at @site itself, by @construct? */
bool go_weight__is(const struct view_site *site, enum go_construct construct);

/* What @site, a use of @process, allocates, as above; as the profile alone has it where that cannot be
 * told. For compare/, too. */
void go_weight__of(const struct view_process *process, const struct view_site *site,
		   struct go_weight *ret_use);

/*
 * Weigh @site against the floors of @rule (share and either rate, then samples). VERDICT_SPEAK with
 * *ret_use filled, VERDICT_SILENT, or VERDICT_LACKS with @note filled.
 */
enum verdict go_weight__weigh(const struct rule *rule, const struct view_process *process,
			      const struct view_site *site, struct go_weight *ret_use,
			      struct advice_note *note);

/* Set calls_rate, bytes_rate and bytes_share. */
void go_weight__set_evidence(struct advice *advice, const struct go_weight *use);

/*
 * Set what a change saves: calls_avoided, bytes_avoided, their share, and collections at the same
 * setting, which fall with the bytes; weight and severity by the share of bytes.
 */
void go_weight__set_savings(struct advice *advice, const struct go_weight *use, struct figure calls,
			    struct figure bytes);

/* Objects per second of all places together, that the size class of @size_bytes holds; INFINITY:
 * unknown, or it has none (tiny and large objects). In *ret_samples those of all places of that size. */
double go_weight__class_rate(const struct view_go *go, uint64_t size_bytes, uint64_t *ret_samples);

/* The size class that an object of @size_bytes takes; @size_bytes where there is none. */
double go_weight__class_bytes(const struct view_go *go, double size_bytes);

/* Seconds that an object of the place lives on average, by Little's law: as many are alive as come
 * within a life. */
double go_weight__mean_life_s(const struct go_weight *use);

#endif
