// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/flame_svg.h"

#include <errno.h>
#include <math.h>
#include <string.h>

#include "export/flame_tree.h"
#include "export/human.h"

#include "base/banned.h"

#define ROW	  18 /* units of height */
#define TOP	  30 /* of the first row: the headline is above it */
#define FONT	  11
#define CHARACTER 6.7 /* width of one in the font */
#define LABEL_MIN 6.0 /* characters that are worth to be cut to */
#define GREY	  "#888888"

struct picture {
	FILE *file;
	const struct flame_tree *tree;
	double per_byte; /* units of width */
	uint32_t depth;	 /* of the deepest frame that is drawn */
};

/* Text between tags and in double quotes. Names have no control bytes by now. */
static void put_escaped(FILE *file, const char *s)
{
	for (; *s; s++) {
		switch (*s) {
		case '&':
			fputs("&amp;", file);
			break;
		case '<':
			fputs("&lt;", file);
			break;
		case '>':
			fputs("&gt;", file);
			break;
		case '"':
			fputs("&quot;", file);
			break;
		case '\'':
			fputs("&#39;", file);
			break;
		default:
			fputc(*s, file);
		}
	}
}

/* A warm, light colour that depends on @name alone: black text is readable on it. */
static void put_colour(FILE *file, const char *name)
{
	uint64_t hash = hash__bytes(HASH_SEED, name, strlen(name));

	fprintf(file, "#%02x%02x%02x", 225 + (unsigned int)(hash >> 8 & 0xff) % 30,
		130 + (unsigned int)(hash >> 24 & 0xff) % 100,
		70 + (unsigned int)(hash >> 40 & 0xff) % 50);
}

static bool is_drawn(const struct picture *p, const struct flame_node *node)
{
	return node->value * p->per_byte >= FLAME_SVG_MIN;
}

static void draw(const struct picture *p, const struct flame_node *node, double x)
{
	double width = node->value * p->per_byte, total = p->tree->items[0].value;
	char label[NAME_BYTES], bytes[HUMAN_BYTES], share[HUMAN_BYTES];
	unsigned int y = TOP + ROW * node->depth;

	fputs("<g><title>", p->file);
	put_escaped(p->file, node->name);
	fprintf(p->file, ": %s, %s</title>", human__value(bytes, UNIT_BYTES, node->value),
		human__value(share, UNIT_RATIO, node->value / total));
	fprintf(p->file, "<rect x=\"%.1f\" y=\"%u\" width=\"%.1f\" height=\"%d\" rx=\"1\" fill=\"",
		x, y, width > 0.6 ? width - 0.3 : width, ROW - 1);
	put_colour(p->file, node->name);
	fputs("\"/>", p->file);
	snprintf(label, sizeof(label), "%s", node->name);
	if (width >= LABEL_MIN * CHARACTER ||
	    width - 6 >= (double)human__width(label) * CHARACTER) {
		human__cut(label, (size_t)((width - 6) / CHARACTER));
		fprintf(p->file, "<text x=\"%.1f\" y=\"%u\">", x + 3, y + ROW - 6);
		put_escaped(p->file, label);
		fputs("</text>", p->file);
	}
	fputs("</g>\n", p->file);
}

/* All frames in the order of the tree, without recursion: at most FLAME_DEPTH_MAX levels. */
static void walk(struct picture *p, bool drawing)
{
	double left[FLAME_DEPTH_MAX + 2] = {0}; /* where the next node of a level begins */
	const struct flame_tree *tree = p->tree;
	uint32_t at = 0;

	while (at != FLAME_NONE) {
		const struct flame_node *node = &tree->items[at];
		double x = left[node->depth];

		left[node->depth] += node->value * p->per_byte;
		if (is_drawn(p, node)) {
			if (node->depth > p->depth)
				p->depth = node->depth;
			if (drawing)
				draw(p, node, x);
			if (node->first != FLAME_NONE) {
				left[node->depth + 1] = x;
				at = node->first;
				continue;
			}
		}
		while (at && tree->items[at].next == FLAME_NONE)
			at = tree->items[at].parent;
		at = at ? tree->items[at].next : FLAME_NONE;
	}
}

static void put_headline(const struct picture *p, enum report_by by)
{
	char bytes[HUMAN_BYTES];
	double total = p->tree->items[0].value;

	fprintf(p->file, "<text x=\"3\" y=\"19\" font-size=\"14\" fill=\"" GREY "\">");
	if (total > 0)
		fprintf(p->file, "%s %s by stack, outermost function at the top",
			human__value(bytes, UNIT_BYTES, total),
			by == BY_LIVE ? "live" : "allocated");
	else
		fprintf(p->file, "no stacks");
	fputs("</text>\n", p->file);
}

int flame_svg__write(FILE *file, const struct flame_source *source)
{
	struct flame_tree tree = {0};
	struct picture p = {.file = file, .tree = &tree};
	unsigned int height;
	int err = flame_tree__build(&tree, source);

	if (err)
		goto out;
	if (tree.items[0].value > 0)
		p.per_byte = FLAME_SVG_WIDTH / tree.items[0].value;
	walk(&p, false);
	height = TOP + ROW * (p.depth + 1) + 4;
	fprintf(file,
		"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
		"<svg xmlns=\"http://www.w3.org/2000/svg\" version=\"1.1\" width=\"%d\" "
		"height=\"%u\" "
		"viewBox=\"0 0 %d %u\" font-family=\"ui-monospace,monospace\" font-size=\"%d\">\n",
		FLAME_SVG_WIDTH, height, FLAME_SVG_WIDTH, height, FONT);
	put_headline(&p, source->by);
	walk(&p, true);
	fputs("</svg>\n", file);
	if (ferror(file))
		err = -EIO;
out:
	flame_tree__release(&tree);
	return err;
}
