/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a capture (.hb) record by record, in bounded memory. Called by report, advise, diff and
 * tests. The file may be anything: only records that record__validate() accepts come out.
 */
#ifndef HB_CAPTURE_READER_H
#define HB_CAPTURE_READER_H

#include "base/error.h"
#include "collect/record.h"

struct capture_reader;

/* Open @path. NULL with errno set and @error filled (EXIT_RUNTIME): not there, not a capture, or
 * written by a newer heapbeat. */
struct capture_reader *capture_reader__new(const char *path, struct error *error);
void capture_reader__free(struct capture_reader *reader);

/* The header: one moment on both clocks. Owned by the reader. */
const struct capture_header *capture_reader__header(const struct capture_reader *reader);

/*
 * The next record in *ret_record, valid until the next call; END is the last one. Where the chain of
 * lengths is broken, reading goes on at the next place that looks like two records. 1, 0 at the end
 * (see capture_reader__is_truncated), or a negative errno if the file cannot be read.
 */
int capture_reader__next(struct capture_reader *reader, const struct record **ret_record);

/* After capture_reader__next() gave 0: the file ended without END, or inside a record. */
bool capture_reader__is_truncated(const struct capture_reader *reader);
/* After it gave 0: whether a part of the file is missing or was damaged, which @error then says
 * (EXIT_PARTIAL), the file being called @path. */
bool capture_reader__complaint(const struct capture_reader *reader, const char *path,
			       struct error *error);
/* Records skipped so far: broken ones, and types of a newer heapbeat. */
uint64_t capture_reader__damaged(const struct capture_reader *reader);
uint64_t capture_reader__unknown(const struct capture_reader *reader);

#endif
