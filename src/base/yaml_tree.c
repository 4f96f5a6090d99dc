// SPDX-License-Identifier: GPL-2.0-or-later
#include "base/yaml_tree.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/stat.h>
#include <unistd.h>
#include <yaml.h>

#include "base/banned.h"

struct yaml_tree {
	char *name;
	struct yaml_node *root;
};

struct builder {
	yaml_parser_t parser;
	struct yaml_tree *tree;
	size_t node_cnt;
	struct error *error;
};

/* Depth is bounded by the builder, so recursion is, too. */
static void free_node(struct yaml_node *node)
{
	while (node) {
		struct yaml_node *next = node->next;

		free_node(node->first);
		free(node->text);
		free(node->key);
		free(node);
		node = next;
	}
}

void yaml_tree__free(struct yaml_tree *tree)
{
	if (!tree)
		return;
	free_node(tree->root);
	free(tree->name);
	free(tree);
}

const struct yaml_node *yaml_tree__root(const struct yaml_tree *tree)
{
	return tree->root;
}

static int refuse(const struct yaml_tree *tree, unsigned int line, unsigned int column,
		  struct error *error, const char *fmt, va_list args)
{
	char text[ERROR_TEXT_BYTES];

	vsnprintf(text, sizeof(text), fmt, args);
	return error__set(error, EXIT_USAGE, -EINVAL, "%s:%u:%u: %s", tree->name, line, column,
			  text);
}

int yaml_tree__refuse(const struct yaml_tree *tree, const struct yaml_node *node,
		      struct error *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	refuse(tree, node->line, node->column, error, fmt, args);
	va_end(args);
	return -EINVAL;
}

int yaml_tree__refuse_key(const struct yaml_tree *tree, const struct yaml_node *node,
			  struct error *error, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	refuse(tree, node->key_line, node->key_column, error, fmt, args);
	va_end(args);
	return -EINVAL;
}

__attribute__((format(printf, 3, 4))) static int refuse_at(struct builder *builder,
							   yaml_mark_t mark, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	refuse(builder->tree, (unsigned int)mark.line + 1, (unsigned int)mark.column + 1,
	       builder->error, fmt, args);
	va_end(args);
	return -EINVAL;
}

static int out_of_memory(struct builder *builder)
{
	return error__set(builder->error, EXIT_RUNTIME, -ENOMEM, "%s: out of memory",
			  builder->tree->name);
}

static int next_event(struct builder *builder, yaml_event_t *event)
{
	yaml_parser_t *parser = &builder->parser;
	bool early;

	if (yaml_parser_parse(parser, event))
		return 0;
	if (parser->error == YAML_MEMORY_ERROR)
		return out_of_memory(builder);
	/* The reader fails ahead of the parser and has no line of its own. */
	early = parser->error == YAML_READER_ERROR;
	return refuse_at(builder, early ? parser->mark : parser->problem_mark, "%s",
			 parser->problem ? parser->problem : "not YAML");
}

/* The text of a scalar, or NULL with @ret_err set. */
static char *take_text(struct builder *builder, const yaml_event_t *event, int *ret_err)
{
	const char *value = (const char *)event->data.scalar.value;
	size_t len = event->data.scalar.length;
	char *text = NULL;

	*ret_err = 0;
	if (event->data.scalar.tag)
		*ret_err = refuse_at(builder, event->start_mark, "tags are not supported");
	else if (memchr(value, 0, len))
		*ret_err = refuse_at(builder, event->start_mark, "a NUL byte");
	else if (!(text = strndup(value, len)))
		*ret_err = out_of_memory(builder);
	return text;
}

static struct yaml_node *new_node(struct builder *builder, const yaml_event_t *event)
{
	struct yaml_node *node;

	if (++builder->node_cnt > YAML_NODES_MAX) {
		refuse_at(builder, event->start_mark, "more than %d values", YAML_NODES_MAX);
		return NULL;
	}
	node = calloc(1, sizeof(*node));
	if (!node) {
		out_of_memory(builder);
		return NULL;
	}
	node->line = (unsigned int)event->start_mark.line + 1;
	node->column = (unsigned int)event->start_mark.column + 1;
	return node;
}

static int build_node(struct builder *builder, const yaml_event_t *event, int depth,
		      struct yaml_node **ret_node);

static void append(struct yaml_node *parent, struct yaml_node *child)
{
	if (parent->last)
		parent->last->next = child;
	else
		parent->first = child;
	parent->last = child;
}

/* The key of an entry; @key_event is a scalar or is refused. */
static int take_key(struct builder *builder, const struct yaml_node *parent,
		    const yaml_event_t *key_event, char **ret_key)
{
	const struct yaml_node *twin;
	char *key;
	int err;

	if (key_event->type != YAML_SCALAR_EVENT)
		return refuse_at(builder, key_event->start_mark,
				 "a key must be a plain word, not a list, a mapping or an alias");
	key = take_text(builder, key_event, &err);
	if (!key)
		return err;
	twin = yaml_node__find(parent, key);
	if (twin) {
		err = refuse_at(builder, key_event->start_mark,
				"key '%.64s' is there twice, first in line %u", key,
				twin->key_line);
		free(key);
		return err;
	}
	*ret_key = key;
	return 0;
}

/* One entry that begins with @event. */
static int build_entry(struct builder *builder, struct yaml_node *parent, yaml_event_t *event,
		       int depth)
{
	yaml_event_t value_event;
	struct yaml_node *child = NULL;
	char *key = NULL;
	int err;

	if (parent->kind == YAML_KIND_SEQUENCE) {
		err = build_node(builder, event, depth + 1, &child);
		if (!err)
			append(parent, child);
		return err;
	}
	err = take_key(builder, parent, event, &key);
	if (err)
		return err;
	err = next_event(builder, &value_event);
	if (!err) {
		err = build_node(builder, &value_event, depth + 1, &child);
		yaml_event_delete(&value_event);
	}
	if (err) {
		free(key);
		return err;
	}
	child->key = key;
	child->key_line = (unsigned int)event->start_mark.line + 1;
	child->key_column = (unsigned int)event->start_mark.column + 1;
	append(parent, child);
	return 0;
}

static int build_entries(struct builder *builder, struct yaml_node *parent, int depth)
{
	yaml_event_type_t end = parent->kind == YAML_KIND_MAPPING ? YAML_MAPPING_END_EVENT
								  : YAML_SEQUENCE_END_EVENT;

	for (;;) {
		yaml_event_t event;
		int err = next_event(builder, &event);
		bool ended;

		if (err)
			return err;
		ended = event.type == end;
		if (!ended)
			err = build_entry(builder, parent, &event, depth);
		yaml_event_delete(&event);
		if (ended || err)
			return err;
	}
}

static int build_node(struct builder *builder, const yaml_event_t *event, int depth,
		      struct yaml_node **ret_node)
{
	bool mapping = event->type == YAML_MAPPING_START_EVENT;
	struct yaml_node *node;
	int err = 0;

	if (event->type == YAML_ALIAS_EVENT)
		return refuse_at(builder, event->start_mark, "aliases are not supported");
	if (mapping ? !!event->data.mapping_start.tag
		    : event->type == YAML_SEQUENCE_START_EVENT && event->data.sequence_start.tag)
		return refuse_at(builder, event->start_mark, "tags are not supported");
	if (depth > YAML_DEPTH_MAX)
		return refuse_at(builder, event->start_mark, "nested deeper than %d levels",
				 YAML_DEPTH_MAX);
	node = new_node(builder, event);
	if (!node)
		return -EINVAL;
	if (event->type == YAML_SCALAR_EVENT) {
		node->kind = YAML_KIND_SCALAR;
		node->plain = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
		node->text = take_text(builder, event, &err);
	} else {
		node->kind = mapping ? YAML_KIND_MAPPING : YAML_KIND_SEQUENCE;
		err = build_entries(builder, node, depth);
	}
	if (err) {
		free_node(node);
		return err;
	}
	*ret_node = node;
	return 0;
}

/* Stream start, at most one document, stream end. */
static int build_tree(struct builder *builder)
{
	for (;;) {
		yaml_event_t event;
		bool ended;
		int err = next_event(builder, &event);

		if (err)
			return err;
		ended = event.type == YAML_STREAM_END_EVENT;
		if (event.type == YAML_DOCUMENT_START_EVENT && builder->tree->root)
			err = refuse_at(builder, event.start_mark, "a second document");
		else if (!ended && event.type != YAML_STREAM_START_EVENT &&
			 event.type != YAML_DOCUMENT_START_EVENT &&
			 event.type != YAML_DOCUMENT_END_EVENT)
			err = build_node(builder, &event, 1, &builder->tree->root);
		yaml_event_delete(&event);
		if (err || ended)
			return err;
	}
}

struct yaml_tree *yaml_tree__parse(const char *name, const char *bytes, size_t len,
				   struct error *error)
{
	struct builder builder = {.error = error};
	int err = -ENOMEM;

	builder.tree = calloc(1, sizeof(*builder.tree));
	if (builder.tree)
		builder.tree->name = strdup(name);
	if (!builder.tree || !builder.tree->name || !yaml_parser_initialize(&builder.parser)) {
		error__set(error, EXIT_RUNTIME, -ENOMEM, "%s: out of memory", name);
		goto out;
	}
	/* Other encodings would make places in the file meaningless. */
	yaml_parser_set_encoding(&builder.parser, YAML_UTF8_ENCODING);
	yaml_parser_set_input_string(&builder.parser, (const unsigned char *)bytes, len);
	err = build_tree(&builder);
	yaml_parser_delete(&builder.parser);
out:
	if (!err)
		return builder.tree;
	yaml_tree__free(builder.tree);
	errno = -err;
	return NULL;
}

/* Up to @cap bytes of @fd. A count, or -errno. */
static ssize_t read_all(int fd, char *bytes, size_t cap)
{
	size_t len = 0;

	while (len < cap) {
		ssize_t n = read(fd, bytes + len, cap - len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -errno;
		if (!n)
			break;
		len += (size_t)n;
	}
	return (ssize_t)len;
}

struct yaml_tree *yaml_tree__read(const char *path, struct error *error)
{
	struct yaml_tree *tree = NULL;
	char *bytes = malloc(YAML_BYTES_MAX + 1);
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	ssize_t len = fd < 0 ? -errno : 0;
	struct stat st;
	int err = 0;

	if (!bytes)
		len = -ENOMEM;
	if (len >= 0 && fstat(fd, &st))
		len = -errno;
	/* A FIFO or a device would never end, or hand out each byte once. */
	if (len >= 0 && !S_ISREG(st.st_mode))
		err = error__set(error, EXIT_RUNTIME, -EINVAL, "'%s' is not a regular file", path);
	else if (len >= 0)
		len = read_all(fd, bytes, YAML_BYTES_MAX + 1);
	if (len < 0)
		err = error__set(error, EXIT_RUNTIME, (int)len, "cannot read '%s': %s", path,
				 strerror((int)-len));
	else if (len > YAML_BYTES_MAX)
		err = error__set(error, EXIT_USAGE, -EFBIG, "%s: larger than %u bytes", path,
				 YAML_BYTES_MAX);
	if (!err) {
		tree = yaml_tree__parse(path, bytes, (size_t)len, error);
		err = tree ? 0 : -errno;
	}
	if (fd >= 0)
		close(fd);
	free(bytes);
	errno = -err;
	return tree;
}

const struct yaml_node *yaml_node__find(const struct yaml_node *mapping, const char *key)
{
	for (const struct yaml_node *entry = mapping->first; entry; entry = entry->next)
		if (entry->key && !strcmp(entry->key, key))
			return entry;
	return NULL;
}

bool yaml_node__is_null(const struct yaml_node *node)
{
	return node->kind == YAML_KIND_SCALAR && node->plain &&
	       (!*node->text || !strcmp(node->text, "~") || !strcasecmp(node->text, "null"));
}

int yaml_node__bool(const struct yaml_node *node, bool *ret_value)
{
	static const struct {
		const char *word;
		bool value;
	} words[] = {{"true", true},   {"yes", true}, {"on", true},
		     {"false", false}, {"no", false}, {"off", false}};

	if (node->kind != YAML_KIND_SCALAR || !node->plain)
		return -EINVAL;
	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (!strcasecmp(node->text, words[i].word)) {
			*ret_value = words[i].value;
			return 0;
		}
	return -EINVAL;
}
