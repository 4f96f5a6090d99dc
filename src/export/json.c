// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/json.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>

#include "export/human.h"

#include "base/banned.h"

static void add(struct json_doc *doc, json_t *parent, const char *key, json_t *value)
{
	int err;

	if (!parent || !value) {
		doc->failed = true;
		json_decref(value);
		return;
	}
	err = key ? json_object_set_new(parent, key, value) : json_array_append_new(parent, value);
	if (err)
		doc->failed = true;
}

void json_doc__time(struct json_doc *doc, json_t *object, const char *key, uint64_t wall_ns)
{
	time_t seconds = (time_t)(wall_ns / 1000000000);
	char text[40], at[64];
	struct tm tm;

	if (!gmtime_r(&seconds, &tm) || !strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm))
		return;
	snprintf(at, sizeof(at), "%s.%03dZ", text, (int)(wall_ns / 1000000 % 1000));
	json_doc__string(doc, object, key, at);
}

void json_doc__init(struct json_doc *doc, const char *schema, const struct view *view)
{
	char name[64];

	*doc = (struct json_doc){.root = json_object()};
	snprintf(name, sizeof(name), "heapbeat/%s/v1", schema);
	add(doc, doc->root, "schema", json_string(name));
	json_doc__text(doc, doc->root, "host", view->host);
	json_doc__time(doc, doc->root, "at", view->wall_ns);
	json_doc__number(doc, doc->root, "span_s", view->span_s);
	if (view->truncated)
		json_doc__bool(doc, doc->root, "truncated", true);
	doc->items = json_doc__array(doc, doc->root, "items");
}

int json_doc__write(struct json_doc *doc, FILE *file)
{
	int err = doc->failed ? -ENOMEM : 0;

	if (!err && (json_dumpf(doc->root, file, JSON_INDENT(2) | JSON_REAL_PRECISION(12)) ||
		     fputc('\n', file) == EOF))
		err = -EIO;
	json_decref(doc->root);
	*doc = (struct json_doc){0};
	return err;
}

json_t *json_doc__object(struct json_doc *doc, json_t *parent, const char *key)
{
	json_t *object = json_object();

	add(doc, parent, key, object);
	return doc->failed ? NULL : object;
}

json_t *json_doc__array(struct json_doc *doc, json_t *parent, const char *key)
{
	json_t *array = json_array();

	add(doc, parent, key, array);
	return doc->failed ? NULL : array;
}

void json_doc__text(struct json_doc *doc, json_t *object, const char *key, const char *value)
{
	char text[8 * NAME_BYTES];

	add(doc, object, key, json_string(human__name(text, sizeof(text), value)));
}

void json_doc__string(struct json_doc *doc, json_t *object, const char *key, const char *value)
{
	if (value && *value)
		json_doc__text(doc, object, key, value);
}

#define INTEGER_MAX 9007199254740992.0 /* 2^53: every integer below is a double */

/* Whole numbers as integers: a count of 16 digits is printed to the last one. */
static json_t *json_number_of(double value)
{
	if (value == floor(value) && fabs(value) < INTEGER_MAX)
		return json_integer((json_int_t)value);
	return json_real(value);
}

void json_doc__number(struct json_doc *doc, json_t *object, const char *key, double value)
{
	if (isfinite(value))
		add(doc, object, key, json_number_of(value));
}

void json_doc__count(struct json_doc *doc, json_t *object, const char *key, uint64_t value)
{
	/* jansson's integers are signed; a count beyond 2^63 has met an error long before */
	add(doc, object, key, json_integer((json_int_t)(value & INT64_MAX)));
}

void json_doc__bool(struct json_doc *doc, json_t *object, const char *key, bool value)
{
	add(doc, object, key, json_boolean(value));
}

void json_doc__id(struct json_doc *doc, json_t *object, const char *key, uint64_t value)
{
	char text[24];

	snprintf(text, sizeof(text), "%016" PRIx64, value);
	add(doc, object, key, json_string(text));
}

const char *basis__name(enum basis basis)
{
	static const char *const names[] = {"", "exact", "sampled", "window", "bucket"};

	return (size_t)basis < sizeof(names) / sizeof(*names) ? names[basis] : "";
}

void json_doc__figure(struct json_doc *doc, json_t *object, const char *key,
		      const struct figure *figure)
{
	json_t *json;

	if (figure->basis == BASIS_UNKNOWN || !isfinite(figure->value))
		return;
	json = json_doc__object(doc, object, key);
	json_doc__number(doc, json, "value", figure->value);
	json_doc__number(doc, json, "stderr", figure->stderr_abs);
	json_doc__count(doc, json, "n", figure->n);
	json_doc__string(doc, json, "basis", basis__name(figure->basis));
	json_doc__number(doc, json, "low", figure->low);
	json_doc__number(doc, json, "high", figure->high);
	if (figure->lower_bound)
		json_doc__bool(doc, json, "lower_bound", true);
}

void json_doc__process(struct json_doc *doc, json_t *object, const struct view_process *process)
{
	static const char *const reasons[] = {
		[EXIT_REASON_EXIT] = "exit",	     [EXIT_REASON_EXEC] = "exec",
		[EXIT_REASON_LOST] = "lost",	     [EXIT_REASON_OOM] = "oom",
		[EXIT_REASON_RELEASED] = "released",
	};
	json_t *json = json_doc__object(doc, object, "process");
	char id[80];

	snprintf(id, sizeof(id), "%" PRIu32 "-%" PRIu64 "-%" PRIu64, process->tgid,
		 process->start_ticks, process->exec_id);
	json_doc__string(doc, json, "id", id);
	json_doc__count(doc, json, "pid", process->tgid);
	json_doc__text(doc, json, "comm", process->comm);
	json_doc__string(doc, json, "exe", process->exe);
	json_doc__string(doc, json, "runtime", process->runtime);
	json_doc__string(doc, json, "allocator", process->allocator);
	json_doc__bool(doc, json, "exited", process->exited);
	if (process->exited && process->exit_reason < sizeof(reasons) / sizeof(*reasons))
		json_doc__string(doc, json, "exit_reason", reasons[process->exit_reason]);
}
