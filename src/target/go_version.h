/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which Go built a program: from .go.buildinfo, which `go version` reads and some projects remove,
 * else from the string runtime.buildVersion, which the runtime itself needs.
 *
 * Called by go_program.c.
 */
#ifndef HB_TARGET_GO_VERSION_H
#define HB_TARGET_GO_VERSION_H

#include "target/go_file.h"

#define GO_VERSION_BYTES 64

/* "go1.26.4", or "devel go1.27-..."; 0, or -ENOENT with "" in @version. */
int go_version__read(struct go_file *file, char version[GO_VERSION_BYTES]);
/* 26 of "go1.26.4"; 0: it is no such version. */
unsigned go_version__minor(const char *version);

#endif
