/* SPDX-License-Identifier: GPL-2.0-or-later */
/* --debuginfo-dir: debug files by build-id, as /usr/lib/debug has them. Called by replay.c. */
#ifndef HB_DEBUG_DIR_H
#define HB_DEBUG_DIR_H

#include <stddef.h>
#include <stdint.h>

/* DIR/.build-id/xx/yyyy.debug of build-id @id, a regular file: a descriptor, or -errno. Whether its
 * build-id is that one is for the reader to see. */
int debug_dir__open(const char *dir, const uint8_t *id, size_t id_bytes);

#endif
