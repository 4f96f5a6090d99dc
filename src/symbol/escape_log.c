// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/escape_log.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/table.h"
#include "base/vec.h"
#include "symbol/names.h"

#include "base/banned.h"

#define TEXT_MAX  400 /* bytes kept of an expression: closures are printed whole */
#define TEXTS_MAX (128U << 20)

/* Of one file of one package. */
struct source {
	const char *path;    /* without ./ and ../ before it */
	const char *package; /* as the build names it; "" unknown */
	uint32_t next;	     /* 1 + index of another one of this base name; 0: the last */
	size_t first, cnt;   /* of its entries */
};

struct escape_log {
	struct {
		struct source *items;
		size_t cnt, cap;
	} sources;
	struct {
		struct escape_entry *items; /* by source, line, column */
		size_t cnt, cap;
	} entries;
	struct table by_base; /* base name -> 1 + index of a source */
	struct table by_path; /* path and package -> index */
	struct names texts;
};

/* A line of the log, cut into its parts. */
struct message {
	const char *path;
	size_t path_len;
	uint32_t line, column;
	const char *text;
};

struct parser {
	struct escape_log *log;
	const char *package;
	bool open; /* reasons for the last entry may follow */
	uint32_t line_cnt;
};

static uint64_t hash_string(uint64_t seed, const char *s, size_t len)
{
	return hash__bytes(hash__bytes(seed, s, len), "", 1);
}

static const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

/* ":12:" at @s: the number and what follows. NULL if it is none. */
static const char *number_at(const char *s, uint32_t *ret)
{
	char *end;
	unsigned long value;

	if (*s != ':' || s[1] < '0' || s[1] > '9')
		return NULL;
	value = strtoul(s + 1, &end, 10);
	if (*end != ':' || value > UINT32_MAX)
		return NULL;
	*ret = (uint32_t)value;
	return end;
}

static bool parse(const char *line, struct message *ret)
{
	for (const char *colon = strchr(line, ':'); colon; colon = strchr(colon + 1, ':')) {
		const char *rest = number_at(colon, &ret->line);

		rest = rest ? number_at(rest, &ret->column) : NULL;
		if (!rest || rest[1] != ' ')
			continue;
		ret->path = line;
		ret->path_len = (size_t)(colon - line);
		ret->text = rest + 2;
		return ret->path_len > 0 && ret->line && ret->column;
	}
	return false;
}

/* What lies above the folder of the build has another name from within the program. */
static void drop_relative(struct message *message)
{
	for (;;) {
		size_t len = !strncmp(message->path, "./", 2)	 ? 2
			     : !strncmp(message->path, "../", 3) ? 3
								 : 0;

		if (!len || len >= message->path_len)
			return;
		message->path += len;
		message->path_len -= len;
	}
}

static int add_source(struct parser *parser, const struct message *message, uint64_t key,
		      uint64_t *ret_index)
{
	struct escape_log *log = parser->log;
	struct source new = {.package = parser->package};
	uint64_t base, first = 0;
	int err;

	if (log->sources.cnt >= ESCAPE_FILES_MAX)
		return -EFBIG;
	new.path = names__intern(&log->texts, message->path, message->path_len);
	if (!new.path)
		return -ENOMEM;
	base = hash_string(HASH_SEED, base_name(new.path), strlen(base_name(new.path)));
	table__get(&log->by_base, base, &first);
	new.next = (uint32_t)first;
	err = vec__add(&log->sources, new);
	if (!err)
		err = table__put(&log->by_base, base, log->sources.cnt);
	if (!err)
		err = table__put(&log->by_path, key, log->sources.cnt - 1);
	*ret_index = log->sources.cnt - 1;
	return err;
}

static int find_source(struct parser *parser, struct message *message, uint64_t *ret_index)
{
	uint64_t key;

	drop_relative(message);
	key = hash_string(HASH_SEED, message->path, message->path_len);
	key = hash_string(key, parser->package, strlen(parser->package));
	if (table__get(&parser->log->by_path, key, ret_index))
		return 0;
	return add_source(parser, message, key, ret_index);
}

/* "x escapes to heap[ in f]:" or "moved to heap: x": its length without what is no part of it; 0: any
 * other message. */
static size_t verdict_len(const char *text)
{
	static const char escapes[] = " escapes to heap", moved[] = "moved to heap: ";
	const char *found = strstr(text, escapes), *end;

	if (!strncmp(text, moved, sizeof(moved) - 1))
		return strlen(text);
	if (!found)
		return 0;
	end = found + sizeof(escapes) - 1;
	if (*end && *end != ':' && strncmp(end, " in ", 4) != 0)
		return 0;
	return (size_t)(end - text);
}

static const char *keep(struct parser *parser, const char *text, size_t len)
{
	return names__intern(&parser->log->texts, text, len < TEXT_MAX ? len : TEXT_MAX);
}

static int add_entry(struct parser *parser, const struct message *message, uint64_t source,
		     size_t len)
{
	struct escape_entry entry = {
		.line = message->line,
		.column = message->column,
		.text = keep(parser, message->text, len),
		.source = (uint32_t)source,
		.order = parser->line_cnt,
	};

	if (parser->log->entries.cnt >= ESCAPE_ENTRIES_MAX)
		return -EFBIG;
	parser->open = true;
	return entry.text ? vec__add(&parser->log->entries, entry) : -ENOMEM;
}

/* "  from EXPR (why) at ./main.go:12:7": the last one is where it reaches the heap. */
static int add_reason(struct parser *parser, const struct message *message, uint64_t source)
{
	struct escape_entry *last = &parser->log->entries.items[parser->log->entries.cnt - 1];
	const char *text = message->text + strspn(message->text, " ");

	if (strncmp(text, "from ", 5) != 0 || last->source != source ||
	    last->line != message->line || last->column != message->column)
		return 0;
	last->reason = keep(parser, text + 5, strlen(text + 5));
	return last->reason ? 0 : -ENOMEM;
}

static int take(struct parser *parser, char *line)
{
	struct message message;
	uint64_t source;
	size_t len;
	int err;

	parser->line_cnt++;
	line[strcspn(line, "\r\n")] = 0;
	if (line[0] == '#' && line[1] == ' ') {
		parser->open = false;
		parser->package = keep(parser, line + 2, strcspn(line + 2, " "));
		return parser->package ? 0 : -ENOMEM;
	}
	if (!parse(line, &message))
		return 0;
	if (parser->log->texts.bytes > TEXTS_MAX)
		return -EFBIG;
	err = find_source(parser, &message, &source);
	if (err)
		return err;
	if (message.text[0] == ' ')
		return parser->open ? add_reason(parser, &message, source) : 0;
	parser->open = false;
	len = verdict_len(message.text);
	return len ? add_entry(parser, &message, source, len) : 0;
}

static int by_place(const void *a, const void *b)
{
	const struct escape_entry *x = a, *y = b;

	if (x->source != y->source)
		return x->source < y->source ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	if (x->column != y->column)
		return x->column < y->column ? -1 : 1;
	return x->order < y->order ? -1 : x->order > y->order;
}

/* The compiler tells a place twice, how it came to be and the verdict: the first reason and the last
 * text are one entry. */
static void settle(struct escape_log *log)
{
	struct escape_entry *items = log->entries.items;
	size_t cnt = 0;

	if (!log->entries.cnt)
		return;
	qsort(items, log->entries.cnt, sizeof(*items), by_place);
	for (size_t i = 0; i < log->entries.cnt; i++) {
		struct escape_entry *last = cnt ? &items[cnt - 1] : NULL;
		struct source *source = &log->sources.items[items[i].source];

		if (last && last->source == items[i].source && last->line == items[i].line &&
		    last->column == items[i].column) {
			last->text = items[i].text;
			last->reason = last->reason ? last->reason : items[i].reason;
			continue;
		}
		if (!source->cnt++)
			source->first = cnt;
		items[cnt++] = items[i];
	}
	log->entries.cnt = cnt;
}

static int read_lines(struct parser *parser, FILE *file)
{
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	while (!err && getline(&line, &size, file) > 0)
		err = take(parser, line);
	free(line);
	return !err && ferror(file) ? -EIO : err;
}

struct escape_log *escape_log__read(FILE *file, struct error *error)
{
	struct escape_log *log = calloc(1, sizeof(*log));
	struct parser parser = {.log = log, .package = ""};
	int err = log ? read_lines(&parser, file) : -ENOMEM;

	if (err == -EFBIG)
		error__set(error, EXIT_RUNTIME, err, "the escape log has too many lines");
	else if (err)
		error__set(error, EXIT_RUNTIME, err, "cannot read the escape log: %s",
			   strerror(-err));
	else if (!log->entries.cnt)
		err = error__set(
			error, EXIT_RUNTIME, -EINVAL,
			"the escape log has no line such as 'x.go:1:2: y escapes to heap': "
			"go build -gcflags=-m=2 writes them to stderr");
	if (!err) {
		settle(log);
		return log;
	}
	escape_log__free(log);
	errno = -err;
	return NULL;
}

void escape_log__free(struct escape_log *log)
{
	if (!log)
		return;
	free(log->sources.items);
	free(log->entries.items);
	table__release(&log->by_base);
	table__release(&log->by_path);
	names__release(&log->texts);
	free(log);
}

/* Does @path end in @end, at a whole element? */
static bool ends_in(const char *path, const char *end)
{
	size_t path_len = strlen(path), len = strlen(end);

	if (len > path_len || strcmp(path + path_len - len, end) != 0)
		return false;
	return len == path_len || end[0] == '/' || path[path_len - len - 1] == '/';
}

/* Is @function of @package? A program's own package is called main, whatever its path. */
static bool is_of_package(const char *function, const char *package)
{
	size_t len = strlen(package);

	if (!len || !strncmp(function, "main.", 5))
		return true;
	/* dots of the last element are escaped there */
	for (; *package; package++) {
		if (!strncmp(function, "%2e", 3) && *package == '.')
			function += 3;
		else if (*function++ != *package)
			return false;
	}
	return *function == '.';
}

/* The one that names most of the path: a folder's x.go is another than that of its parent. */
static const struct source *source_at(const struct escape_log *log,
				      const struct escape_place *place)
{
	const char *base = place->file ? base_name(place->file) : NULL;
	const struct source *found = NULL;
	uint64_t at = 0;

	if (!base)
		return NULL;
	table__get(&log->by_base, hash_string(HASH_SEED, base, strlen(base)), &at);
	while (at) {
		const struct source *source = &log->sources.items[at - 1];

		if (ends_in(place->file, source->path) &&
		    is_of_package(place->function, source->package) &&
		    (!found || strlen(source->path) > strlen(found->path)))
			found = source;
		at = source->next;
	}
	return found;
}

bool escape_log__covers(const struct escape_log *log, const struct escape_place *place)
{
	return source_at(log, place) != NULL;
}

size_t escape_log__find(const struct escape_log *log, const struct escape_place *place,
			const struct escape_entry **ret_entries)
{
	const struct source *source = source_at(log, place);
	const struct escape_entry *entries;
	size_t low = 0, high, cnt = 0;

	if (!source || !source->cnt)
		return 0;
	entries = &log->entries.items[source->first];
	high = source->cnt;
	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (entries[middle].line < place->line)
			low = middle + 1;
		else
			high = middle;
	}
	while (low + cnt < source->cnt && entries[low + cnt].line == place->line)
		cnt++;
	*ret_entries = &entries[low];
	return cnt;
}
