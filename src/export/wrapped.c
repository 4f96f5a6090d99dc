// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/wrapped.h"

#include <string.h>

#include "base/banned.h"

void wrapped__print(FILE *file, const char *words, size_t indent, size_t width)
{
	size_t column = indent;

	for (const char *at = words; *at;) {
		size_t len = strcspn(at, " "), columns = 0;

		for (size_t i = 0; i < len; i++)
			columns += ((unsigned char)at[i] & 0xc0) != 0x80;
		if (column > indent && column + 1 + columns > width) {
			fprintf(file, "\n%*s", (int)indent, "");
			column = indent;
		} else if (column > indent) {
			fputc(' ', file);
			column++;
		}
		fwrite(at, 1, len, file);
		column += columns;
		at += len;
		at += strspn(at, " ");
	}
	fputc('\n', file);
}

void wrapped__code(FILE *file, const char *code, size_t indent)
{
	while (*code) {
		size_t len = strcspn(code, "\n");

		fprintf(file, "%*s%.*s\n", (int)indent, "", (int)len, code);
		code += len + (code[len] == '\n');
	}
}
