// SPDX-License-Identifier: GPL-2.0-or-later
#include "target/go_layout.h"

#include "base/banned.h"

#define ARRAY_CNT(a) (sizeof(a) / sizeof((a)[0]))

/* What .gopclntab was like, by the first version that wrote it so. */
#define PCLNTAB_17                                                                            \
	.magic = 0xfffffffa, .absolute = true, .header_offsets_at = 24, .function_bytes = 44, \
	.function_name_at = 8, .inlined_bytes = 20, .inlined_name_at = 12, .inlined_parent_at = 16
#define PCLNTAB_18                                                                                 \
	.magic = 0xfffffff0, .header_offsets_at = 32, .function_bytes = 40, .function_name_at = 4, \
	.inlined_bytes = 20, .inlined_name_at = 12, .inlined_parent_at = 16
#define PCLNTAB_20                                                                                 \
	.magic = 0xfffffff1, .header_offsets_at = 32, .function_bytes = 44, .function_name_at = 4, \
	.inlined_bytes = 16, .inlined_name_at = 4, .inlined_parent_at = 8

#define MODULEDATA_17 .types = 35, .etypes = 36
#define MODULEDATA_18 .types = 35, .etypes = 36, .rodata = 37, .gofunc = 38
#define MODULEDATA_20 .types = 37, .etypes = 38, .rodata = 39, .gofunc = 40
#define MODULEDATA_27 .types = 37, .etypes = 39, .rodata = 42, .gofunc = 43

/* mstats was turned over by 1.19, lost a word of statistics in 1.25. */
#define STATS_17                                                                           \
	.stats_words = 6, .profile_bytes = 32, .goal_kept = true, .pauses_to_stats = 5784, \
	.pauses_to_time = 5768
#define STATS_19 \
	.stats_words = 6, .profile_bytes = 32, .pauses_to_stats = -3600, .pauses_to_time = 4120
#define STATS_25                                                                                \
	.headroom_percent = 3, .stats_words = 5, .profile_bytes = 32, .pauses_to_stats = -3576, \
	.pauses_to_time = 4120
#define STATS_27                                                                                \
	.headroom_percent = 3, .stats_words = 5, .profile_bytes = 16, .pauses_to_stats = -3576, \
	.pauses_to_time = 4120
#define STATS_21	   STATS_19, .headroom_percent = 3
#define G(status, created) .g_status_at = (status), .g_created_at = (created)

/* One row a version: columns for structs of the running program change nearly every time. */
static const struct go_layout rows[] = {
	{.minor = 17,
	 PCLNTAB_17,
	 MODULEDATA_17,
	 .wrapper_id = 22,
	 STATS_17,
	 G(144, 296),
	 .live_at = 48,
	 .marked_at = 64},
	{.minor = 18, PCLNTAB_18, MODULEDATA_18, .wrapper_id = 21, STATS_17, G(144, 296)},
	{.minor = 19, PCLNTAB_18, MODULEDATA_18, .wrapper_id = 21, STATS_19, G(144, 296)},
	{.minor = 20, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 21, STATS_19, G(144, 296)},
	{.minor = 21, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 21, STATS_21, G(144, 280)},
	{.minor = 22, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22, STATS_21, G(144, 280)},
	{.minor = 23, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22, STATS_21, G(152, 288)},
	{.minor = 24, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22, STATS_21, G(152, 288)},
	{.minor = 25, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 23, STATS_25, G(144, 280)},
	{.minor = 26, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 23, STATS_25, G(144, 288)},
	{.minor = 27, PCLNTAB_20, MODULEDATA_27, .wrapper_id = 23, STATS_27, G(144, 288)},
};

const struct go_layout *go_layout__find(unsigned minor)
{
	const struct go_layout *found = NULL;

	for (size_t i = 0; i < ARRAY_CNT(rows) && rows[i].minor <= minor; i++)
		found = &rows[i];
	return found;
}

const struct go_layout *go_layout__rows(size_t *ret_cnt)
{
	*ret_cnt = ARRAY_CNT(rows);
	return rows;
}
