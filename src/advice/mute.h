/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Advice that somebody has decided not to follow. A pattern is an id (HB-7f3a91), a rule (go-pool) or
 * a rule and a function (go-pool:main.handle*); * and ? match in rule and function. Pure; called by
 * cmd/ and daemon/.
 */
#ifndef HB_MUTE_H
#define HB_MUTE_H

#include "advice/advice.h"

/* Whether @patterns (one, or several with commas between) can match anything: an id is well formed,
 * a rule exists. 0 or -EINVAL. */
int mute__check(const char *patterns);
bool mute__matches(const char *patterns, const struct advice *advice);
/* Mark what any of @cnt @patterns matches as ADVICE_MUTED. */
void mute__apply(struct advice_list *list, const char *const *patterns, size_t cnt);

#endif
