// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/go_types_text.h"

#include <stdlib.h>

#include "export/human.h"
#include "export/style.h"
#include "model/go_types.h"

#include "base/banned.h"

#define TYPES_SHOWN  10
#define TYPE_COLUMNS 36 /* before the type */

static void print_type(FILE *file, const struct go_type *type, double all,
		       const struct report_options *options)
{
	char bytes[HUMAN_BYTES], objects[HUMAN_BYTES], share[HUMAN_BYTES], name[NAME_BYTES];

	human__name(name, sizeof(name), type->type ? type->type : "bytes and strings");
	fprintf(file, "  %7s %10s %11s  %s\n",
		human__value(share, UNIT_RATIO, all > 0 ? (double)type->bytes / all : 0),
		human__value(bytes, UNIT_BYTES_PER_S, type->bytes_rate),
		human__value(objects, UNIT_PER_S, type->objects_rate),
		human__cut(name, options->width - TYPE_COLUMNS));
}

void go_types_text__print(FILE *file, const struct view_go *go,
			  const struct report_options *options)
{
	struct go_type *types;
	double all = 0;
	size_t cnt;

	if (!go->look_call_cnt || go_types__sum(go, &types, &cnt))
		return;
	for (size_t i = 0; i < cnt; i++)
		all += (double)types[i].bytes;
	if (cnt)
		fprintf(file, "\n%s  %7s %10s %11s  %s%s\n", style__dim(options), "share",
			"bytes/s", "objects/s", "type, while looked at", style__off(options));
	for (size_t i = 0; i < cnt && i < TYPES_SHOWN; i++)
		print_type(file, &types[i], all, options);
	if (cnt > TYPES_SHOWN)
		fprintf(file, "  %7s %zu more types\n", "", cnt - TYPES_SHOWN);
	free(types);
}
