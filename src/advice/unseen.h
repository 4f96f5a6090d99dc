/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What sampling by size may have missed. A block is sampled in proportion to its size, so small ones
 * hardly are: of sizes from 16 bytes to 16 kB in equal numbers, half of the samples show the largest
 * and one in two thousand the smallest, and the sizes that were seen look steadier than they are.
 * Pure; for the checks of advice/ alone.
 */
#ifndef HB_UNSEEN_H
#define HB_UNSEEN_H

#include "model/view.h"

/*
 * Upper bound of the share of the blocks born where @chains were that are @spread times smaller than
 * @top_bytes or less, those that were missed included; 0 to 1. Size by size, octave by octave, what was
 * not seen is bounded by what would have been seen of it (95 %). Once the blocks of an octave are
 * surely fewer than those of a larger one, smaller octaves hold no more than it does: the sizes of one
 * site have one peak.
 */
double unseen__small_share(const struct chain *chains, size_t cnt, double top_bytes, double spread);

#endif
