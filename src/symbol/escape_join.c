// SPDX-License-Identifier: GPL-2.0-or-later
#include "symbol/escape_join.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "base/table.h"
#include "symbol/go_construct.h"

#include "base/banned.h"

size_t escape_join__find(const struct escape_log *log, const struct view_site *site,
			 const struct name_source *names, const struct escape_entry **ret_entries)
{
	struct escape_place place = {site->function, site->file, site->line};
	size_t found = escape_log__find(log, &place, ret_entries);
	const struct symbol_name *list;
	int cnt = found ? 0 : names__of_frame(names, &site->frame, &list);

	for (int i = 0; i < cnt && !found; i++) {
		place = (struct escape_place){list[i].function, list[i].file, list[i].line};
		found = escape_log__find(log, &place, ret_entries);
	}
	return found;
}

struct check {
	const struct escape_log *log;
	const struct name_source *names;
	struct table lines;		 /* seen */
	size_t expected, there;		 /* of the lines that must be in the log */
	const struct view_site *example; /* the heaviest that is not */
};

/* Appends have a line in newer versions alone; inserts into maps have none; of conversions of strings the
 * compiler may say that they do not escape, and long ones allocate all the same. */
static bool must_be_told(const struct view_site *site)
{
	if (!site->go || !site->trait || !site->bytes.n || !site->file)
		return false;
	return site->trait->construct == GO_BY_NEW || site->trait->construct == GO_BY_MAKE_SLICE ||
	       site->trait->construct == GO_BY_INTERFACE;
}

static int check_site(struct check *check, const struct view_site *site)
{
	struct escape_place place = {site->function, site->file, site->line};
	const struct escape_entry *entries;
	uint64_t key;

	if (!must_be_told(site) || !escape_log__covers(check->log, &place))
		return 0;
	key = hash__bytes(HASH_SEED, site->file, strlen(site->file));
	key = hash__bytes(key, &site->line, sizeof(site->line));
	if (table__get(&check->lines, key, NULL))
		return 0;
	check->expected++;
	if (escape_join__find(check->log, site, check->names, &entries))
		check->there++;
	else if (!check->example)
		check->example = site;
	return table__put(&check->lines, key, 1);
}

static int judge(const struct check *check, struct error *error)
{
	const struct view_site *example = check->example;

	if (!check->expected)
		return error__set(error, EXIT_RUNTIME, -ESTALE,
				  "the escape log is of another build: it has none of the files in "
				  "which this program moves variables to the heap");
	if (check->there * 2 >= check->expected)
		return 0;
	return error__set(error, EXIT_RUNTIME, -ESTALE,
			  "the escape log is of another build: of %zu lines that allocate in its "
			  "files it has only %zu; not %s:%" PRIu32 " (%s, %s)",
			  check->expected, check->there, example->file, example->line,
			  example->function, go_construct__name(example->trait->construct));
}

int escape_join__check(const struct escape_log *log, const struct view *view,
		       const struct name_source *names, struct error *error)
{
	struct check check = {.log = log, .names = names};
	int err = 0;

	for (size_t i = 0; i < view->process_cnt && !err; i++)
		for (size_t k = 0; k < view->processes[i].site_cnt && !err; k++)
			err = check_site(&check, &view->processes[i].sites[k]);
	table__release(&check.lines);
	if (err)
		return error__set(error, EXIT_RUNTIME, err, "out of memory");
	return judge(&check, error);
}
