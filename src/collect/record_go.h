/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which Go records can be trusted: called by record__validate() alone, with records whose fixed part
 * is there. Rows and frames must lie within the record, and numbers index what they should. What a
 * number says is not judged here: a target may hold anything.
 */
#ifndef HB_COLLECT_RECORD_GO_H
#define HB_COLLECT_RECORD_GO_H

#include <stdbool.h>

#include "collect/record.h"

bool record_go__check_classes(const struct record *record);
bool record_go__check_bucket(const struct record *record);
bool record_go__check_counts(const struct record *record);
bool record_go__check_goroutines(const struct record *record);
bool record_go__check_sample(const struct record *record);
bool record_go__check_cycle(const struct record *record);
bool record_go__check_calls(const struct record *record);
bool record_go__check_site(const struct record *record);

#endif
