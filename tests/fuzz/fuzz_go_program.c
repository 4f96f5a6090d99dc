// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Broken Go executables, made from a sound one: the input is which form, then patches of three bytes
 * {place, place, value}. So no corpus of large files is needed to get past the headers.
 */
#include <stdio.h>

#include "../unit/go_ask.h"
#include "base/banned.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes);

static struct go_image sample(uint8_t form)
{
	struct go_image image = go_image__of(GO_OLDEST_MINOR + form % 11);

	image.sections = !(form & 0x10);
	image.info = !(form & 0x20);
	image.in_place = !(form & 0x40);
	image.base = form & 0x80 ? 0 : image.base;
	go_image__build(&image);
	return image;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t bytes)
{
	struct go_image image;

	if (!bytes)
		return 0;
	image = sample(data[0]);
	for (size_t i = 1; i + 3 <= bytes; i += 3)
		image.bytes[(data[i] | data[i + 1] << 8) % IMAGE_BYTES] = data[i + 2];
	ask_all(image.bytes, IMAGE_BYTES);
	return 0;
}
