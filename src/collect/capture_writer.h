/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes a capture (.hb): header, records, END. Called by cmd/record and by tests.
 *
 * Invariant: the file always ends at a record boundary, also when the disk is full: what a failed
 * write left of a record is truncated away, nothing is written after it, and the capture stays
 * readable (as truncated, since END is missing).
 */
#ifndef HB_CAPTURE_WRITER_H
#define HB_CAPTURE_WRITER_H

#include "base/error.h"
#include "collect/record.h"

struct capture_writer;

/*
 * Create or overwrite @path, mode 0600. @boottime_ns and @wall_ns are one moment on both clocks.
 * A symbolic link, anything but a regular file, and a file of another user are refused: a capture
 * made by root holds what only root may read. NULL with errno set and @error filled.
 */
struct capture_writer *capture_writer__new(const char *path, uint64_t boottime_ns, uint64_t wall_ns,
					   struct error *error);

/*
 * Append @record (buffered; call capture_writer__flush at least each second). 0; -EBADMSG for a
 * record that readers would refuse; or, once, the negative errno of the write that failed
 * (-ENOSPC, -EFBIG, -EIO). After that records are dropped and counted, and 0 is returned, so that
 * the caller says it once.
 */
int capture_writer__add(struct capture_writer *writer, const struct record *record);

/* Hand everything buffered to the kernel. 0, or the write's negative errno once. */
int capture_writer__flush(struct capture_writer *writer);

/* Bytes in the file and in the buffer; records dropped since the failure. */
uint64_t capture_writer__bytes(const struct capture_writer *writer);
uint64_t capture_writer__dropped(const struct capture_writer *writer);

/*
 * Append END with @reason (unless a write has failed), flush, close and free @writer (NULL is
 * fine). 0, or the first failure's negative errno, even if it was returned before.
 */
int capture_writer__close(struct capture_writer *writer, uint64_t time_ns, uint32_t reason);

#endif
