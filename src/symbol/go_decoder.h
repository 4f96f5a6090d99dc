/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which functions of a Go program belong to libraries that decode text into values, and which of them
 * make values of interface type: maps, slices and boxes that a decoder would not make which knows the
 * types. Told by names; pure; one table. Called when the origin of a stack is looked for.
 */
#ifndef HB_GO_DECODER_H
#define HB_GO_DECODER_H

#include <stdbool.h>

#include "model/view.h"

/* The library that @function is of, "encoding/json": static; NULL: of none in the table. */
const char *go_decoder__of(const char *function);

/*
 * Does a stack whose allocation is of @kind, and that runs through @function, make a value of
 * interface type? @innermost: no other code that is not the runtime's lies between the two.
 */
bool go_decoder__makes_any(const char *function, enum go_construct kind, bool innermost);

#endif
