// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/run_options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "base/nearest.h"
#include "base/yaml_tree.h"
#include "cmd/option_rows.h"
#include "web/config.h"
#include "base/banned.h"

#define KEY_BYTES 128

struct file_reader {
	struct options *options;
	const struct yaml_tree *tree;
	bool seen[OPTION_ROWS_MAX]; /* by row: keys may be written in two ways */
	struct error *error;
};

static const struct option_row *find_key(const char *key)
{
	const struct option_row *row = option_row__find(VERB_RUN, key);

	return row && !row->flag_only ? row : NULL;
}

/* Whether some key lies below @key: "web" is no option, but a way to several. */
static bool is_section(const char *key)
{
	size_t len = strlen(key);

	for (size_t i = 0; i < option_row_cnt; i++)
		if ((option_rows[i].verbs & VERB_RUN) && !option_rows[i].flag_only &&
		    !strncmp(option_rows[i].name, key, len) && option_rows[i].name[len] == '.')
			return true;
	return false;
}

/* The known key most like @key, or NULL if none is. */
static const char *nearest_key(const char *key)
{
	size_t best = nearest__limit(key) + 1;
	const char *found = NULL;

	for (size_t i = 0; i < option_row_cnt; i++) {
		const struct option_row *row = &option_rows[i];
		size_t distance;

		if (!(row->verbs & VERB_RUN) || row->flag_only || row->hidden)
			continue;
		distance = nearest__distance(key, row->name);
		if (distance < best) {
			best = distance;
			found = row->name;
		}
	}
	return found;
}

static int refuse_key(struct file_reader *reader, const struct yaml_node *node, const char *key)
{
	const struct option_row *row = option_row__find(VERB_RUN, key);
	const char *nearest = nearest_key(key);

	if (row && row->flag_only)
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "'%s' is a flag only, not a key", key);
	if (nearest)
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "unknown key '%.*s'; did you mean '%s'?", KEY_BYTES,
					     key, nearest);
	return yaml_tree__refuse_key(reader->tree, node, reader->error, "unknown key '%.*s'",
				     KEY_BYTES, key);
}

static int apply_text(struct file_reader *reader, const struct yaml_node *node,
		      const struct option_row *row)
{
	int err;

	if (node->kind != YAML_KIND_SCALAR || yaml_node__is_null(node))
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "%s: a value is missing, expected %s", row->name,
					 row->value);
	err = row->apply(reader->options, node->text);
	if (err == -ENOMEM)
		return error__set(reader->error, EXIT_RUNTIME, err, "out of memory");
	if (err == -E2BIG)
		return yaml_tree__refuse(reader->tree, node, reader->error, "%s: too many values",
					 row->name);
	if (err)
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "%s: cannot use '%.64s', expected %s", row->name,
					 node->text, row->value);
	return 0;
}

static int apply_flag(struct file_reader *reader, const struct yaml_node *node,
		      const struct option_row *row)
{
	bool value;

	if (yaml_node__bool(node, &value))
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "%s: expected true or false", row->name);
	return option_row__apply(row, reader->options, value ? "true" : "false");
}

static int apply_key(struct file_reader *reader, const struct yaml_node *node,
		     const struct option_row *row)
{
	int err = 0;

	if (reader->seen[row - option_rows])
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "'%s' is there twice", row->name);
	reader->seen[row - option_rows] = true;
	if (!row->value)
		return apply_flag(reader, node, row);
	if (node->kind == YAML_KIND_SEQUENCE && !row->clear)
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "%s: one value, not a list, expected %s", row->name,
					 row->value);
	if (row->clear)
		row->clear(reader->options);
	if (node->kind != YAML_KIND_SEQUENCE)
		return apply_text(reader, node, row);
	for (const struct yaml_node *item = node->first; item && !err; item = item->next)
		err = apply_text(reader, item, row);
	return err;
}

/* Entries of @mapping, whose keys go on from @prefix ("" or "web."). Depth is the tree's. */
static int apply_mapping(struct file_reader *reader, const struct yaml_node *mapping,
			 const char *prefix)
{
	int err = 0;

	for (const struct yaml_node *node = mapping->first; node && !err; node = node->next) {
		char key[KEY_BYTES], below[KEY_BYTES + 1];
		const struct option_row *row;

		if ((size_t)snprintf(key, sizeof(key), "%s%s", prefix, node->key) >= sizeof(key))
			return refuse_key(reader, node, node->key);
		row = find_key(key);
		if (node->kind == YAML_KIND_MAPPING && is_section(key)) {
			snprintf(below, sizeof(below), "%s.", key);
			err = apply_mapping(reader, node, below);
		} else if (row) {
			err = apply_key(reader, node, row);
		} else if (is_section(key) && yaml_node__is_null(node)) {
			continue; /* a section whose keys are commented out */
		} else {
			err = refuse_key(reader, node, key);
		}
	}
	return err;
}

static int read_file(struct options *options, const char *path, struct error *error)
{
	struct yaml_tree *tree = yaml_tree__read(path, error);
	struct file_reader reader = {.options = options, .tree = tree, .error = error};
	const struct yaml_node *root;
	int err = 0;

	if (!tree)
		return -errno;
	root = yaml_tree__root(tree);
	if (root && root->kind == YAML_KIND_MAPPING)
		err = apply_mapping(&reader, root, "");
	else if (root && !yaml_node__is_null(root))
		err = yaml_tree__refuse(tree, root, error, "expected keys and values");
	yaml_tree__free(tree);
	return err;
}

/* What no single value can tell. */
static int check_together(struct daemon_options *options, struct error *error)
{
	if (options->web_disabled && options->listen.cnt)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "web.listen-address: \"\" stands alone: it means no HTTP");
	if (!options->listen.cnt && !options->systemd_socket)
		options->web_disabled = true;
	if (options->web_disabled && options->systemd_socket)
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "web.systemd-socket and an empty web.listen-address exclude "
				  "each other");
	return 0;
}

static int parse_sources(struct options *options, int argc, char **argv, struct error *error)
{
	char *path;
	int err = options__parse_flags(options, VERB_RUN, argc, argv, error);

	if (err || options->daemon.help)
		return err;
	if (argv[optind])
		return error__set(error, EXIT_USAGE, -EINVAL,
				  "unexpected argument '%s'; see heapbeat run --help",
				  argv[optind]);
	if (!options->daemon.config_file)
		return 0;
	/* Begin again, so that the file comes first and the flags, known to be good, go over it. */
	path = options->daemon.config_file;
	options->daemon.config_file = NULL;
	daemon_options__release(&options->daemon);
	err = daemon_options__init(&options->daemon);
	options->daemon.config_file = path;
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	err = read_file(options, path, error);
	return err ?: options__parse_flags(options, VERB_RUN, argc, argv, error);
}

int run_options__parse(struct daemon_options *options, int argc, char **argv, struct error *error)
{
	struct options all = {0};
	int err = daemon_options__init(&all.daemon);

	if (err)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	err = parse_sources(&all, argc, argv, error);
	if (!err && !all.daemon.help)
		err = check_together(&all.daemon, error);
	if (err) {
		daemon_options__release(&all.daemon);
		return err;
	}
	*options = all.daemon;
	return 0;
}

int run_options__reload(struct daemon_options *ret_fresh, int argc, char **argv,
			struct error *error)
{
	return run_options__parse(ret_fresh, argc, argv, error);
}

static bool is_loopback(const char *address)
{
	return !strncmp(address, "127.", 4) || !strncmp(address, "localhost:", 10) ||
	       !strncmp(address, "[::1]:", 6);
}

int run_options__check(const struct daemon_options *options, struct error *error)
{
	struct web_config config = {0};
	bool guarded = false;
	int err;

	if (options->web_config_file) {
		err = web_config__read(&config, options->web_config_file, error);
		if (err)
			return err;
		guarded = web_config__is_guarded(&config);
		web_config__release(&config);
	}
	if (guarded || options->allow_insecure || options->web_disabled)
		return 0;
	for (size_t i = 0; i < options->listen.cnt; i++)
		if (!is_loopback(options->listen.items[i]))
			return error__set(error, EXIT_USAGE, -EINVAL,
					  "web.listen-address: '%s' is reachable from elsewhere: "
					  "give web.config.file users or client certificates, or "
					  "web.allow-insecure",
					  options->listen.items[i]);
	return 0;
}
