/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of its own for each test of captures, and the path of one capture in it. */
#ifndef HB_TEST_SCRATCH_H
#define HB_TEST_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static char dir[64];
static char path[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/heapbeat-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/a.hb", dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

#endif
