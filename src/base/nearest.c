// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/nearest.h"

#include <stdint.h>
#include <string.h>

#include "base/banned.h"

static size_t smaller(size_t a, size_t b)
{
	return a < b ? a : b;
}

size_t nearest__distance(const char *a, const char *b)
{
	size_t a_len = strlen(a), b_len = strlen(b);
	size_t row[NEAREST_LEN_MAX + 1];

	if (a_len > NEAREST_LEN_MAX || b_len > NEAREST_LEN_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= b_len; j++)
		row[j] = j;
	for (size_t i = 1; i <= a_len; i++) {
		size_t diagonal = row[0];

		row[0] = i;
		for (size_t j = 1; j <= b_len; j++) {
			size_t above = row[j];
			size_t changed = diagonal + (a[i - 1] != b[j - 1]);

			row[j] = smaller(changed, smaller(above, row[j - 1]) + 1);
			diagonal = above;
		}
	}
	return row[b_len];
}

size_t nearest__limit(const char *word)
{
	return 1 + strlen(word) / 4;
}
