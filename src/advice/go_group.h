/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several uses of a Go program that one change would end, taken as one: what a decoder makes of a
 * text by maps, boxes and strings, or all that is boxed for one callee. Pure; for the checks of
 * advice/ alone.
 */
#ifndef HB_GO_GROUP_H
#define HB_GO_GROUP_H

#include <stdbool.h>

#include "model/view.h"

/* The sum as a use of its own, to be weighed like one: its leader's names, everybody's figures. */
struct go_group {
	struct view_site site;
	struct view_go_trait trait;
	const struct view_site *leader; /* the heaviest; NULL: nobody was taken */
	size_t lines;			/* source lines that differ */
};

/*
 * Sum the uses of @go that @takes with @key. 0, or -ENOMEM; free it with go_group__release, also when
 * it is empty. @group must stay where it is: its site refers to its trait.
 */
int go_group__make(struct go_group *group, const struct view_go *go,
		   bool (*takes)(const struct view_site *use, const void *key), const void *key);
void go_group__release(struct go_group *group);

/* Are @a and @b in one function? */
bool go_group__same_function(const struct view_site *a, const struct view_site *b);

/* NULL is equal to NULL alone. */
bool go_group__same_name(const char *a, const char *b);

#endif
