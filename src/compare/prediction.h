/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What advice was to save, held against what has been saved. For compare/ alone. */
#ifndef HB_PREDICTION_H
#define HB_PREDICTION_H

#include "compare/compare.h"

/* Fill the predictions of @item, one of @program's, whose outcomes are all judged. */
void prediction__hold(const struct comparison *comparison, const struct compare_program *program,
		      struct compare_advice *item);

#endif
