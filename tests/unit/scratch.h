/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A folder of its own for each test, and the path of one file in it. */
#ifndef HB_TEST_SCRATCH_H
#define HB_TEST_SCRATCH_H

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#ifndef SCRATCH_NAME
#define SCRATCH_NAME "a.hb" /* of the one file in it */
#endif

static char dir[64];
static char path[96];

static int set_up(void **state)
{
	(void)state;
	snprintf(dir, sizeof(dir), "/tmp/heapbeat-test-XXXXXX");
	if (!mkdtemp(dir))
		return -1;
	snprintf(path, sizeof(path), "%s/" SCRATCH_NAME, dir);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	unlink(path);
	return rmdir(dir);
}

#endif
