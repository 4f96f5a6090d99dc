/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small YAML document as a tree: mappings, sequences, scalars, each with its place in the file.
 * Called by the readers of configuration files (cmd/, web/).
 *
 * Bounded whatever the file holds: bytes, depth and nodes have caps; aliases (which could make a
 * small file large), tags, complex keys and a second document are refused; so is a key that a
 * mapping has twice.
 */
#ifndef HB_YAML_TREE_H
#define HB_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>

#include "base/error.h"

#define YAML_BYTES_MAX (1U << 20)
#define YAML_DEPTH_MAX 16
#define YAML_NODES_MAX 4096

enum yaml_kind { YAML_KIND_SCALAR, YAML_KIND_SEQUENCE, YAML_KIND_MAPPING };

struct yaml_node {
	enum yaml_kind kind;
	unsigned int line, column; /* from 1 */
	bool plain;		   /* a scalar without quotes */
	char *text;		   /* of a scalar: UTF-8 without NUL; NULL otherwise */
	/* as an entry of a mapping; NULL otherwise */
	char *key;
	unsigned int key_line, key_column;
	/* entries of a mapping or a sequence, in the file's order */
	struct yaml_node *first, *last;
	struct yaml_node *next; /* the sibling after this one */
};

struct yaml_tree;

/* Read the regular file @path. NULL with errno set and @error filled: "FILE:LINE:COLUMN: ..." with
 * EXIT_USAGE for what it holds, EXIT_RUNTIME if it cannot be read. */
struct yaml_tree *yaml_tree__read(const char *path, struct error *error);
/* The same of @len bytes; @name stands for the file in errors. */
struct yaml_tree *yaml_tree__parse(const char *name, const char *bytes, size_t len,
				   struct error *error);
/* NULL is fine. */
void yaml_tree__free(struct yaml_tree *tree);

/* NULL if the document is empty. Lives as long as the tree. */
const struct yaml_node *yaml_tree__root(const struct yaml_tree *tree);
/* The entry of @mapping with @key, or NULL. */
const struct yaml_node *yaml_node__find(const struct yaml_node *mapping, const char *key);
/* Nothing, "~" or "null" without quotes. */
bool yaml_node__is_null(const struct yaml_node *node);
/* true, yes, on or false, no, off. 0 or -EINVAL. */
int yaml_node__bool(const struct yaml_node *node, bool *ret_value);

/* Fill @error with "FILE:LINE:COLUMN: ..." (EXIT_USAGE): the place of @node's value, or of its key.
 * Return -EINVAL. */
int yaml_tree__refuse(const struct yaml_tree *tree, const struct yaml_node *node,
		      struct error *error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));
int yaml_tree__refuse_key(const struct yaml_tree *tree, const struct yaml_node *node,
			  struct error *error, const char *fmt, ...)
	__attribute__((format(printf, 4, 5)));

#endif
