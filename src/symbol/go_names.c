// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/go_names.h"

#include "target/elf_image.h"
#include "target/go_call_site.h"
#include "target/go_program.h"
#include "base/banned.h"

/* The symbolizer keeps names of its own; those of the program go before they reach its bound. */
#define KEPT_BYTES (1U << 20)

struct go_program *go_names__open(int fd)
{
	struct elf_image *image = elf_image__open(fd);
	bool is_go = image && go_program__is_go(image);

	elf_image__free(image);
	return is_go ? go_program__open(fd, NULL) : NULL;
}

int go_names__site(struct go_program *program, uint64_t address, struct go_call_site *ret)
{
	if (go_program__bytes(program) > KEPT_BYTES)
		go_program__rest(program);
	return go_call_site__read(program, address + 1, ret);
}

size_t go_names__find(struct go_program *program, uint64_t address,
		      struct line_frame frames[LINES_DEPTH_MAX])
{
	struct go_line lines[GO_INLINE_MAX];
	size_t cnt = 0;
	int found;

	if (go_program__bytes(program) > KEPT_BYTES)
		go_program__rest(program);
	found = go_program__lines(program, address, lines, GO_INLINE_MAX);
	for (int i = 0; i < found; i++) {
		/* The concrete function stays, whatever is left out before it. */
		if (i < found - 1 && cnt == LINES_DEPTH_MAX - 1)
			continue;
		frames[cnt++] = (struct line_frame){
			.name = lines[i].function,
			.file = lines[i].file,
			.line = lines[i].line,
			.inlined = i < found - 1,
		};
	}
	return cnt;
}
