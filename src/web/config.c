// SPDX-License-Identifier: GPL-2.0-or-later
#include "web/config.h"

#include <ctype.h>
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/nearest.h"
#include "base/yaml_tree.h"
#include "base/banned.h"

#define NAME_MAX_BYTES	255
#define HEADER_MAX	4096
#define BCRYPT_BYTES	60 /* $2b$NN$ + 22 of salt + 31 of hash */
#define BCRYPT_COST_MIN 4
#define BCRYPT_COST_MAX 16 /* 4 s a check here; one thread answers all requests */
#define BURST_MAX	1000000

struct reader {
	struct web_config *config;
	const struct yaml_tree *tree;
	const char *path;
	struct error *error;
};

/* A key of a section. NULL @apply: other exporters know it, this server cannot do it; to ignore it
 * would leave a door open that the file says is shut. */
struct key {
	const char *name;
	int (*apply)(struct reader *reader, const struct yaml_node *node);
};

#define KEY_CNT(keys) (sizeof(keys) / sizeof((keys)[0]))

static int refuse_unknown(struct reader *reader, const struct yaml_node *node,
			  const struct key *keys, size_t cnt)
{
	size_t best = nearest__limit(node->key) + 1;
	const char *found = NULL;

	for (size_t i = 0; i < cnt; i++) {
		size_t distance = nearest__distance(node->key, keys[i].name);

		if (distance < best) {
			best = distance;
			found = keys[i].name;
		}
	}
	if (found)
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "unknown key '%.64s'; did you mean '%s'?", node->key,
					     found);
	return yaml_tree__refuse_key(reader->tree, node, reader->error, "unknown key '%.64s'",
				     node->key);
}

static int read_section(struct reader *reader, const struct yaml_node *section,
			const struct key *keys, size_t cnt)
{
	int err = 0;

	if (yaml_node__is_null(section))
		return 0;
	if (section->kind != YAML_KIND_MAPPING)
		return yaml_tree__refuse(reader->tree, section, reader->error,
					 "expected keys and values");
	for (const struct yaml_node *node = section->first; node && !err; node = node->next) {
		size_t i = 0;

		while (i < cnt && strcmp(keys[i].name, node->key) != 0)
			i++;
		if (i == cnt)
			err = refuse_unknown(reader, node, keys, cnt);
		else if (keys[i].apply)
			err = keys[i].apply(reader, node);
		else
			err = yaml_tree__refuse_key(reader->tree, node, reader->error,
						    "'%s' is not supported here", node->key);
	}
	return err;
}

/* A copy of a scalar in *field. */
static int take_text(struct reader *reader, const struct yaml_node *node, char **field)
{
	if (node->kind != YAML_KIND_SCALAR || yaml_node__is_null(node) || !*node->text)
		return yaml_tree__refuse(reader->tree, node, reader->error, "a value is missing");
	free(*field);
	*field = strdup(node->text);
	return *field ? 0 : error__set(reader->error, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

/* A path, by the folder of the configuration file. */
static int take_path(struct reader *reader, const struct yaml_node *node, char **field)
{
	const char *slash = strrchr(reader->path, '/');
	char *path = NULL;
	int err = take_text(reader, node, field);

	if (err || **field == '/' || !slash)
		return err;
	if (asprintf(&path, "%.*s/%s", (int)(slash - reader->path), reader->path, *field) < 0)
		return error__set(reader->error, EXIT_RUNTIME, -ENOMEM, "out of memory");
	free(*field);
	*field = path;
	return 0;
}

static int take_bool(struct reader *reader, const struct yaml_node *node, bool *field)
{
	if (yaml_node__bool(node, field))
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "expected true or false");
	return 0;
}

static int apply_cert(struct reader *reader, const struct yaml_node *node)
{
	return take_path(reader, node, &reader->config->cert_file);
}

static int apply_key(struct reader *reader, const struct yaml_node *node)
{
	return take_path(reader, node, &reader->config->key_file);
}

static int apply_client_ca(struct reader *reader, const struct yaml_node *node)
{
	return take_path(reader, node, &reader->config->client_ca_file);
}

static int apply_client_auth(struct reader *reader, const struct yaml_node *node)
{
	char *type = NULL;
	int err = take_text(reader, node, &type);

	if (!err && !strcmp(type, "RequireAndVerifyClientCert"))
		reader->config->require_client_cert = true;
	else if (!err && strcmp(type, "NoClientCert") != 0)
		err = yaml_tree__refuse(reader->tree, node, reader->error,
					"'%.64s' is not supported here; NoClientCert or "
					"RequireAndVerifyClientCert",
					type);
	free(type);
	return err;
}

static int apply_min_version(struct reader *reader, const struct yaml_node *node)
{
	char *version = NULL;
	int err = take_text(reader, node, &version);

	if (!err && !strcmp(version, "TLS13"))
		reader->config->min_version = 13;
	else if (!err && strcmp(version, "TLS12") != 0)
		err = yaml_tree__refuse(reader->tree, node, reader->error,
					"'%.64s' is not offered; TLS12 or TLS13", version);
	free(version);
	return err;
}

/* The highest version is always offered. */
static int apply_max_version(struct reader *reader, const struct yaml_node *node)
{
	char *version = NULL;
	int err = take_text(reader, node, &version);

	if (!err && strcmp(version, "TLS13") != 0)
		err = yaml_tree__refuse(reader->tree, node, reader->error,
					"only TLS13 can be the highest version");
	free(version);
	return err;
}

/* Without effect in other exporters, too, since Go 1.17. */
static int apply_prefer_server(struct reader *reader, const struct yaml_node *node)
{
	bool ignored;

	return take_bool(reader, node, &ignored);
}

static int apply_tls(struct reader *reader, const struct yaml_node *node)
{
	static const struct key keys[] = {
		{"cert_file", apply_cert},
		{"key_file", apply_key},
		{"client_ca_file", apply_client_ca},
		{"client_auth_type", apply_client_auth},
		{"min_version", apply_min_version},
		{"max_version", apply_max_version},
		{"prefer_server_cipher_suites", apply_prefer_server},
		{"cert", NULL},
		{"key", NULL},
		{"client_ca", NULL},
		{"client_allowed_sans", NULL},
		{"cipher_suites", NULL},
		{"curve_preferences", NULL},
	};
	struct web_config *config = reader->config;
	int err = read_section(reader, node, keys, KEY_CNT(keys));

	if (err || (node->kind == YAML_KIND_MAPPING && !node->first) || yaml_node__is_null(node))
		return err;
	if (!config->cert_file || !config->key_file)
		return yaml_tree__refuse_key(reader->tree, node, reader->error, "%s is missing",
					     config->cert_file ? "key_file" : "cert_file");
	if (config->require_client_cert != !!config->client_ca_file)
		return yaml_tree__refuse_key(
			reader->tree, node, reader->error,
			"client_ca_file and client_auth_type RequireAndVerifyClientCert need "
			"each other");
	config->tls = true;
	return 0;
}

static int apply_http2(struct reader *reader, const struct yaml_node *node)
{
	return take_bool(reader, node, &reader->config->http2);
}

/* One of @words (ended by NULL), without regard to case; NULL: any. */
static bool is_one_of(const char *value, const char *const *words)
{
	if (!words[0])
		return true;
	for (; *words; words++)
		if (!strcasecmp(value, *words))
			return true;
	return false;
}

/* The security headers; any other could break the protocol or the server's own. */
static const struct {
	const char *name, *words[3];
} known_headers[] = {
	{"Content-Security-Policy", {NULL}},
	{"Strict-Transport-Security", {NULL}},
	{"X-Content-Type-Options", {"nosniff", NULL}},
	{"X-Frame-Options", {"deny", "sameorigin", NULL}},
	{"X-XSS-Protection", {NULL}},
};

static bool is_header_value(const char *value)
{
	size_t len = strlen(value);

	for (size_t i = 0; i < len; i++)
		if (!isprint((unsigned char)value[i]))
			return false;
	return len <= HEADER_MAX;
}

static int add_header(struct reader *reader, const struct yaml_node *node)
{
	struct web_config *config = reader->config;
	struct web_header *header = &config->headers[config->header_cnt];
	size_t i = 0;
	int err;

	while (i < KEY_CNT(known_headers) && strcmp(node->key, known_headers[i].name) != 0)
		i++;
	if (i == KEY_CNT(known_headers))
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "header '%.64s' cannot be set", node->key);
	_Static_assert(KEY_CNT(known_headers) <= WEB_HEADERS_MAX, "no header can be there twice");
	config->header_cnt++;
	err = take_text(reader, node, &header->value);
	if (err)
		return err;
	if (!is_header_value(header->value) || !is_one_of(header->value, known_headers[i].words))
		return yaml_tree__refuse(reader->tree, node, reader->error, "%s cannot be '%.64s'",
					 node->key, header->value);
	header->name = strdup(node->key);
	return header->name ? 0 : error__set(reader->error, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

/* Apply @each to the entries of a mapping whose keys are names of the user's own. */
static int read_entries(struct reader *reader, const struct yaml_node *node,
			int (*each)(struct reader *reader, const struct yaml_node *node))
{
	int err = 0;

	if (yaml_node__is_null(node))
		return 0;
	if (node->kind != YAML_KIND_MAPPING)
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "expected keys and values");
	for (const struct yaml_node *entry = node->first; entry && !err; entry = entry->next)
		err = each(reader, entry);
	return err;
}

static int apply_headers(struct reader *reader, const struct yaml_node *node)
{
	return read_entries(reader, node, add_header);
}

static int apply_http(struct reader *reader, const struct yaml_node *node)
{
	static const struct key keys[] = {{"http2", apply_http2}, {"headers", apply_headers}};

	return read_section(reader, node, keys, KEY_CNT(keys));
}

/* "" or why @hash is none. */
static const char *bcrypt_flaw(const char *hash)
{
	static const char letters[] =
		"./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
	int cost;

	if (strlen(hash) != BCRYPT_BYTES || strncmp(hash, "$2", 2) != 0 ||
	    !strchr("aby", hash[2]) || hash[3] != '$' || !isdigit((unsigned char)hash[4]) ||
	    !isdigit((unsigned char)hash[5]) || hash[6] != '$' ||
	    strspn(hash + 7, letters) != BCRYPT_BYTES - 7)
		return "is no bcrypt hash ($2y$...)";
	cost = (hash[4] - '0') * 10 + hash[5] - '0';
	if (cost < BCRYPT_COST_MIN || cost > BCRYPT_COST_MAX)
		return "has a bcrypt cost that is not from 4 to 16";
	return "";
}

static int add_user(struct reader *reader, const struct yaml_node *node)
{
	struct web_config *config = reader->config;
	struct web_user *user = &config->users[config->user_cnt];
	const char *flaw;
	int err;

	if (config->user_cnt == WEB_USERS_MAX)
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "more than %d users", WEB_USERS_MAX);
	/* The name ends at the colon of "name:password". */
	if (!*node->key || strchr(node->key, ':') || strlen(node->key) > NAME_MAX_BYTES)
		return yaml_tree__refuse_key(reader->tree, node, reader->error,
					     "'%.64s' cannot be a user", node->key);
	config->user_cnt++;
	err = take_text(reader, node, &user->bcrypt);
	if (err)
		return err;
	flaw = bcrypt_flaw(user->bcrypt);
	/* Not the value: it may be a password. */
	if (*flaw)
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "the password of '%.64s' %s", node->key, flaw);
	user->name = strdup(node->key);
	return user->name ? 0 : error__set(reader->error, EXIT_RUNTIME, -ENOMEM, "out of memory");
}

static int apply_users(struct reader *reader, const struct yaml_node *node)
{
	return read_entries(reader, node, add_user);
}

/* "1s", "100ms", "1m30s", "0" as Go writes a duration. 0 or -EINVAL. */
static int parse_duration(const char *text, double *ret_seconds)
{
	static const struct {
		const char *name;
		double seconds;
	} units[] = {{"ns", 1e-9}, {"us", 1e-6}, {"ms", 1e-3}, {"s", 1}, {"m", 60}, {"h", 3600}};
	double sum = 0;

	if (!strcmp(text, "0")) {
		*ret_seconds = 0;
		return 0;
	}
	do {
		size_t digits = strspn(text, "0123456789."), letters, i = 0;
		char *end;
		double value = strtod(text, &end);

		if (!digits || digits > 20 || end != text + digits)
			return -EINVAL;
		letters = strspn(end, "nusmh");
		while (i < KEY_CNT(units) && (strlen(units[i].name) != letters ||
					      strncmp(units[i].name, end, letters) != 0))
			i++;
		if (i == KEY_CNT(units))
			return -EINVAL;
		sum += value * units[i].seconds;
		text = end + letters;
	} while (*text);
	if (!isfinite(sum) || sum > 86400)
		return -EINVAL;
	*ret_seconds = sum;
	return 0;
}

static int apply_rate_interval(struct reader *reader, const struct yaml_node *node)
{
	if (node->kind != YAML_KIND_SCALAR ||
	    parse_duration(node->text, &reader->config->rate_interval_s))
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "expected a time such as 1s or 100ms, a day at most");
	return 0;
}

static int apply_burst(struct reader *reader, const struct yaml_node *node)
{
	char *end = NULL;
	unsigned long burst = 0;

	if (node->kind == YAML_KIND_SCALAR && isdigit((unsigned char)node->text[0]))
		burst = strtoul(node->text, &end, 10);
	if (!end || *end || burst > BURST_MAX)
		return yaml_tree__refuse(reader->tree, node, reader->error,
					 "expected a number up to %d", BURST_MAX);
	reader->config->rate_burst = (unsigned int)burst;
	return 0;
}

static int apply_rate_limit(struct reader *reader, const struct yaml_node *node)
{
	static const struct key keys[] = {{"interval", apply_rate_interval},
					  {"burst", apply_burst}};

	return read_section(reader, node, keys, KEY_CNT(keys));
}

int web_config__read(struct web_config *config, const char *path, struct error *error)
{
	static const struct key keys[] = {
		{"tls_server_config", apply_tls},
		{"http_server_config", apply_http},
		{"basic_auth_users", apply_users},
		{"rate_limit", apply_rate_limit},
	};
	struct reader reader = {.config = config, .path = path, .error = error};
	struct yaml_tree *tree;
	int err = 0;

	*config = (struct web_config){.min_version = 12, .http2 = true};
	tree = yaml_tree__read(path, error);
	if (!tree)
		return -errno;
	reader.tree = tree;
	if (yaml_tree__root(tree))
		err = read_section(&reader, yaml_tree__root(tree), keys, KEY_CNT(keys));
	/* As elsewhere: without a burst nothing at all would get through. */
	if (!err && config->rate_interval_s > 0 && !config->rate_burst)
		config->rate_burst = 1;
	yaml_tree__free(tree);
	if (err)
		web_config__release(config);
	return err;
}

void web_config__release(struct web_config *config)
{
	free(config->cert_file);
	free(config->key_file);
	free(config->client_ca_file);
	for (size_t i = 0; i < config->header_cnt; i++) {
		free(config->headers[i].name);
		free(config->headers[i].value);
	}
	for (size_t i = 0; i < config->user_cnt; i++) {
		free(config->users[i].name);
		free(config->users[i].bcrypt);
	}
	*config = (struct web_config){0};
}

bool web_config__is_guarded(const struct web_config *config)
{
	return config->user_cnt || (config->tls && config->require_client_cert);
}
