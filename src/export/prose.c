// SPDX-License-Identifier: GPL-2.0-or-later
#include "export/prose.h"

#include <inttypes.h>
#include <string.h>

#include "advice/rule.h"
#include "export/human.h"

#include "base/banned.h"

const struct prose_section prose_sections[] = {
	{"what", offsetof(struct rule, what)},	   {"why", offsetof(struct rule, why)},
	{"do", offsetof(struct rule, remedy)},	   {"saves", offsetof(struct rule, saves)},
	{"costs", offsetof(struct rule, costs)},   {"wrong if", offsetof(struct rule, wrong_if)},
	{"verify", offsetof(struct rule, verify)},
};

const size_t prose_section_cnt = sizeof(prose_sections) / sizeof(*prose_sections);

const char *prose__section(const struct prose_section *section, const struct advice *advice)
{
	return *(const char *const *)((const char *)advice->rule + section->offset);
}

const char *prose__sketch(const struct advice *advice)
{
	return advice->sketch ? advice->sketch : advice->rule->sketch;
}

void prose__place(struct text *text, const struct view_site *site)
{
	char name[NAME_BYTES], file[NAME_BYTES];
	const char *slash = site->file ? strrchr(site->file, '/') : NULL;

	text__add(text, "%s", human__function(name, sizeof(name), site->function));
	if (site->file && site->line)
		text__add(text, " (%s:%" PRIu32 ")",
			  human__name(file, sizeof(file), slash ? slash + 1 : site->file),
			  site->line);
}

void prose__where(struct text *text, const struct advice *advice)
{
	char caller[NAME_BYTES];

	if (!advice->site) {
		text__add(text, "the whole process");
		return;
	}
	prose__place(text, advice->site);
	if (advice->site->caller)
		text__add(text, " <- %s",
			  human__function(caller, sizeof(caller), advice->site->caller));
}

static void add_name(struct text *text, const char *name)
{
	char printable[NAME_BYTES];

	text__add(text, "%s", human__function(printable, sizeof(printable), name));
}

static bool is_map(enum go_construct by)
{
	return by == GO_BY_MAP_INSERT || by == GO_BY_MAKE_MAP;
}

/* The type as the source writes it; of an append or a slice its elements' where @elem, else the
 * slice's. */
static void add_type(struct text *text, const struct view_site *site, bool elem)
{
	const struct view_go_trait *trait = site ? site->trait : NULL;
	const char *type = trait && trait->type		       ? trait->type
			   : trait && is_map(trait->construct) ? "map[K]V"
							       : "T";
	bool of_slice =
		trait && (trait->construct == GO_BY_APPEND || trait->construct == GO_BY_MAKE_SLICE);

	if (of_slice && !elem)
		text__add(text, "[]");
	/* one type with two names: this one is what people write */
	add_name(text, strcmp(type, "uint8") ? type : "byte");
}

/* The expression that makes one: of a slice with as many elements as the advice says. */
static void add_new(struct text *text, const struct advice *advice)
{
	const struct advice_number *elements = advice__number(advice, "elements");

	if (elements)
		text__add(text, "make(");
	add_type(text, advice->site, false);
	if (elements)
		text__add(text, ", %.0f)", elements->figure.value);
	else
		text__add(text, "{}");
}

/* What the trait of a Go site names; NULL where it is unknown. */
static const char *trait_word(const struct advice *advice, const char *key)
{
	const struct view_go_trait *trait = advice->site ? advice->site->trait : NULL;

	if (!trait)
		return NULL;
	if (!strcmp(key, "type"))
		return trait->type;
	if (!strcmp(key, "callee"))
		return trait->callee;
	if (!strcmp(key, "via"))
		return trait->via;
	return strcmp(key, "through") ? NULL : trait->through;
}

/* {function} and the like; false if @key is no such name. */
static bool add_word(struct text *text, const struct advice *advice, const char *key)
{
	const struct view_site *site = advice->site;
	char comm[NAME_BYTES];

	if (!strcmp(key, "function"))
		add_name(text, site ? site->function : "the process");
	else if (!strcmp(key, "caller"))
		add_name(text, site && site->caller ? site->caller : "its caller");
	else if (!strcmp(key, "entry"))
		add_name(text, advice->place && advice->place->entry_function
				       ? advice->place->entry_function
				       : "its function");
	else if (!strcmp(key, "type") || !strcmp(key, "elem"))
		add_type(text, site, !strcmp(key, "elem"));
	else if (!strcmp(key, "new"))
		add_new(text, advice);
	else if (!strcmp(key, "via") || !strcmp(key, "callee") || !strcmp(key, "through"))
		add_name(text, trait_word(advice, key) ?: "the library");
	else if (!strcmp(key, "place") && site)
		prose__place(text, site);
	else if (!strcmp(key, "place"))
		text__add(text, "no one place");
	else if (!strcmp(key, "comm"))
		text__add(text, "%s", human__name(comm, sizeof(comm), advice->process->comm));
	else if (!strcmp(key, "pid"))
		text__add(text, "%" PRIu32, advice->process->tgid);
	else if (!strcmp(key, "id"))
		text__add(text, "%s", advice->id);
	else
		return false;
	return true;
}

/* {key}, {key=}, {key~}, {key#}; false if there is no such number. */
static bool add_number(struct text *text, const struct advice *advice, const char *key, char how)
{
	const struct advice_number *number = advice__number(advice, key);
	char value[3 * HUMAN_BYTES];

	if (!number || number->figure.basis == BASIS_UNKNOWN)
		return false;
	switch (how) {
	case '#':
		text__add(text, "%.0f", number->figure.value);
		break;
	case '=':
		text__add(text, "%s", human__figure(value, number->unit, &number->figure));
		break;
	case '~':
		text__add(text, "%s", human__with_interval(value, number->unit, &number->figure));
		break;
	default:
		text__add(text, "%s", human__with_error(value, number->unit, &number->figure));
	}
	return true;
}

static bool is_known(const struct advice *advice, const char *key)
{
	const struct advice_number *number = advice__number(advice, key);

	return trait_word(advice, key) || (number && number->figure.basis != BASIS_UNKNOWN);
}

/* Name between the braces at @at, without its mark; behind the closing brace in *ret_end. False if
 * this is no placeholder (a brace of a code sketch). */
static bool parse_key(const char *at, char *key, size_t size, char *ret_how, const char **ret_end)
{
	const char *first = at + 1 + (at[1] == '?');
	size_t len = strspn(first, "abcdefghijklmnopqrstuvwxyz_0123456789");
	const char *end = first + len;

	*ret_how = at[1] == '?' ? '?' : 0;
	if (*end && strchr("=~#", *end))
		*ret_how = *end++;
	if (!len || *end != '}' || len >= size)
		return false;
	memcpy(key, first, len);
	key[len] = 0;
	*ret_end = end + 1;
	return true;
}

size_t prose__expand(struct text *text, const struct advice *advice, const char *template_text)
{
	const char *at = template_text, *end;
	size_t unknown = 0;
	char key[48], how;

	while (*at) {
		size_t plain = strcspn(at, "{");

		text__append(text, at, plain);
		at += plain;
		if (!*at)
			break;
		if (!strncmp(at, "{/}", 3)) {
			at += 3;
			continue;
		}
		if (!parse_key(at, key, sizeof(key), &how, &end)) {
			text__append(text, at++, 1);
			continue;
		}
		at = end;
		if (how == '?') {
			const char *close = is_known(advice, key) ? NULL : strstr(at, "{/}");

			at = close ? close + 3 : at;
			continue;
		}
		if (!add_word(text, advice, key) && !add_number(text, advice, key, how)) {
			text__add(text, "-");
			unknown++;
		}
	}
	return unknown;
}

/* What stands for {key} where no advice is meant. */
static const char *plain_word(const char *key)
{
	static const char *const rows[][2] = {
		{"function", "the function"},
		{"caller", "its caller"},
		{"place", "the place"},
		{"entry", "their function"},
		{"comm", "the program"},
		{"pid", "PID"},
		{"id", "ID"},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		if (!strcmp(key, rows[i][0]))
			return rows[i][1];
	return "N";
}

/* Behind the condition that begins at @at, or NULL if it is never closed. */
static const char *behind_condition(const char *at)
{
	const char *close = strstr(at, "{/}");

	return close ? close + 3 : NULL;
}

/*
 * Conditions that follow each other at once are alternatives, of which one will be said: the first
 * stands for all. One that stands alone is left out. Returns where to go on; what is between stays.
 */
static const char *pass_condition(const char *at, const char *words, bool *within)
{
	const char *behind = behind_condition(at);

	*within = behind && !strncmp(behind, "{?", 2);
	return *within || !behind ? words : behind;
}

void prose__plain(struct text *text, const char *template_text)
{
	const char *at = template_text, *end;
	bool within = false;
	char key[48], how;

	while (*at) {
		size_t plain = strcspn(at, "{");

		text__append(text, at, plain);
		at += plain;
		if (!*at)
			break;
		if (within && !strncmp(at, "{/}", 3)) {
			/* past the other alternatives */
			for (at += 3; !strncmp(at, "{?", 2) && behind_condition(at);)
				at = behind_condition(at);
			within = false;
		} else if (!parse_key(at, key, sizeof(key), &how, &end)) {
			text__append(text, at++, 1);
		} else if (how == '?') {
			at = pass_condition(at, end, &within);
		} else {
			text__add(text, "%s", plain_word(key));
			at = end;
		}
	}
}

void prose__lack(struct text *text, const struct advice_note *note)
{
	switch (note->lack) {
	case LACK_FREES:
		text__add(text, "needs full or exact coverage throughout: not every free was seen");
		break;
	case LACK_SPAN:
		text__add(text, "%.1f s observed, needs %.0f s", note->have, note->need);
		break;
	case LACK_POINTS:
		text__add(text, "%.0f points in time, needs %.0f", note->have, note->need);
		break;
	case LACK_SAMPLES:
		text__add(text, "%.0f samples, needs %.0f", note->have, note->need);
		break;
	case LACK_PROFILE:
		text__add(text, "the program keeps no heap profile");
		break;
	case LACK_LOOKS:
		text__add(text, "samples leave it open: needs a look at the calls");
		break;
	case LACK_NONE:
	case LACK_MAX:
		break;
	}
}
