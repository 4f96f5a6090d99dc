// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/pprof_strings.h"

#include <errno.h>
#include <stdlib.h>

#include "base/vec.h"
#include "export/human.h"

#include "base/banned.h"

int pprof_strings__init(struct pprof_strings *strings, struct names *memory)
{
	*strings = (struct pprof_strings){.memory = memory};
	return pprof_strings__number(strings, "") < 0 ? -ENOMEM : 0;
}

void pprof_strings__release(struct pprof_strings *strings)
{
	free(strings->items);
	table__release(&strings->numbers);
	*strings = (struct pprof_strings){0};
}

int64_t pprof_strings__number(struct pprof_strings *strings, const char *s)
{
	char clean[NAME_BYTES];
	const char *kept;
	uint64_t found;

	if (!s)
		return 0;
	human__name(clean, sizeof(clean), s);
	/* Interned strings are told apart by their address, which no hash can mistake. */
	kept = names__intern(strings->memory, clean, sizeof(clean));
	if (!kept)
		return -ENOMEM;
	if (table__get(&strings->numbers, (uintptr_t)kept, &found))
		return (int64_t)found;
	if (vec__add(strings, (char *)(uintptr_t)kept) ||
	    table__put(&strings->numbers, (uintptr_t)kept, strings->cnt - 1))
		return -ENOMEM;
	return (int64_t)strings->cnt - 1;
}
