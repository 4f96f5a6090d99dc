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

/* One row a version: columns for structs of the running program change nearly every time. */
static const struct go_layout rows[] = {
	{.minor = 17, PCLNTAB_17, MODULEDATA_17, .wrapper_id = 22},
	{.minor = 18, PCLNTAB_18, MODULEDATA_18, .wrapper_id = 21},
	{.minor = 19, PCLNTAB_18, MODULEDATA_18, .wrapper_id = 21},
	{.minor = 20, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 21},
	{.minor = 21, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 21},
	{.minor = 22, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22},
	{.minor = 23, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22},
	{.minor = 24, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 22},
	{.minor = 25, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 23},
	{.minor = 26, PCLNTAB_20, MODULEDATA_20, .wrapper_id = 23},
	{.minor = 27, PCLNTAB_20, MODULEDATA_27, .wrapper_id = 23},
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
