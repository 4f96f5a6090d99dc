/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has become of the advice on one program. For compare/ alone. */
#ifndef HB_OUTCOME_H
#define HB_OUTCOME_H

#include "compare/compare.h"

/* Fill the advice of @program, whose sites are filled. 0 or -ENOMEM. */
int outcome__fill(struct comparison *comparison, struct compare_program *program);

#endif
