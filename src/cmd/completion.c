// SPDX-License-Identifier: GPL-2.0-or-later
#include "cmd/completion.h"

#include <stdio.h>
#include <string.h>

#include "cmd/option_rows.h"
#include "base/banned.h"

/* What may stand where a value or an operand does. */
enum value_kind { VALUE_NONE, VALUE_WORDS, VALUE_FILE, VALUE_PID, VALUE_OTHER };

static enum value_kind kind_of(const char *value)
{
	if (!value)
		return VALUE_NONE;
	if (strchr(value, '|'))
		return VALUE_WORDS;
	if (!strcmp(value, "FILE") || !strcmp(value, "DIR") || !strcmp(value, "PATH"))
		return VALUE_FILE;
	return !strncmp(value, "PID", 3) ? VALUE_PID : VALUE_OTHER;
}

/* "bytes|rate|live" with blanks; what is no literal word (PERCENT%) is left out. */
static void print_words(const char *value)
{
	for (const char *word = value; *word;) {
		size_t len = strcspn(word, "|");

		if (strcspn(word, "ABCDEFGHIJKLMNOPQRSTUVWXYZ") >= len)
			printf("%.*s ", (int)len, word);
		word += len + (word[len] == '|');
	}
}

static bool is_shown(const struct option_row *row, enum verb verb)
{
	return (row->verbs & (int)verb) && !row->hidden;
}

/* Operands that are files, and those that are words of the usage. */
static bool takes_files(enum verb verb)
{
	return verb & (VERB_REPORT | VERB_ADVISE | VERB_DIFF | VERB_DUMP | VERB_CHECK_CONFIG);
}

static const char *operand_words(enum verb verb)
{
	switch (verb) {
	case VERB_DASHBOARD:
		return "overview|process|go|self";
	case VERB_COMPLETION:
		return "bash|zsh";
	default:
		return "";
	}
}

static void print_bash_value(const struct option_row *row)
{
	enum value_kind kind = kind_of(row->value);

	if (kind == VALUE_NONE)
		return;
	printf("\t\t");
	if (row->letter)
		printf("-%c|", row->letter);
	printf("--%s) ", row->name);
	if (kind == VALUE_WORDS) {
		printf("_heapbeat_words \"");
		print_words(row->value);
		printf("\" ;;\n");
	} else if (kind == VALUE_FILE) {
		printf("_heapbeat_files ;;\n");
	} else if (kind == VALUE_PID) {
		printf("_heapbeat_words \"$(ps -eo pid=)\" ;;\n");
	} else {
		printf(": ;;\n");
	}
}

static void print_bash_verb(const struct verb_row *row)
{
	printf("\t%s)\n\t\tcase $prev in\n", row->name);
	for (size_t i = 0; i < option_row_cnt; i++)
		if (is_shown(&option_rows[i], row->verb) && !option_rows[i].optional)
			print_bash_value(&option_rows[i]);
	printf("\t\t*) case $cur in\n\t\t   -*) _heapbeat_words \"");
	for (size_t i = 0; i < option_row_cnt; i++)
		if (is_shown(&option_rows[i], row->verb))
			printf("--%s ", option_rows[i].name);
	printf("\" ;;\n\t\t   *) ");
	if (takes_files(row->verb))
		printf("_heapbeat_files");
	else if (row->verb & (VERB_ATTACH | VERB_DETACH))
		printf("_heapbeat_words \"$(ps -eo pid=)\"");
	else if (*operand_words(row->verb)) {
		printf("_heapbeat_words \"");
		print_words(operand_words(row->verb));
		printf("\"");
	} else {
		printf(":");
	}
	printf(" ;;\n\t\t   esac ;;\n\t\tesac ;;\n");
}

static void print_verb_names(void)
{
	const struct verb_row *row;

	for (size_t i = 0; (row = verb_row__at(i)); i++)
		printf("%s ", row->name);
	printf("help version");
}

static void print_bash(void)
{
	const struct verb_row *row;

	printf("# bash completion for heapbeat: heapbeat completion bash\n"
	       "_heapbeat_words() {\n\tCOMPREPLY=($(compgen -W \"$1\" -- \"$cur\"))\n}\n"
	       "_heapbeat_files() {\n\tcompopt -o filenames 2>/dev/null\n"
	       "\tCOMPREPLY=($(compgen -f -- \"$cur\"))\n}\n"
	       "_heapbeat() {\n"
	       "\tlocal cur=${COMP_WORDS[COMP_CWORD]} prev=${COMP_WORDS[COMP_CWORD-1]} i\n"
	       "\tCOMPREPLY=()\n"
	       "\t[ \"$cur\" = = ] && cur=\n"
	       "\t[ \"$prev\" = = ] && prev=${COMP_WORDS[COMP_CWORD-2]}\n"
	       "\tif [ \"$COMP_CWORD\" -eq 1 ] || [ \"$prev\" = help ]; then\n"
	       "\t\t_heapbeat_words \"");
	print_verb_names();
	printf("\"\n\t\treturn\n\tfi\n"
	       "\tfor ((i = 2; i < COMP_CWORD; i++)); do\n"
	       "\t\tif [ \"${COMP_WORDS[i]}\" = -- ]; then\n"
	       "\t\t\tCOMPREPLY=($(compgen -c -f -- \"$cur\"))\n\t\t\treturn\n\t\tfi\n\tdone\n"
	       "\tcase ${COMP_WORDS[1]} in\n");
	for (size_t i = 0; (row = verb_row__at(i)); i++)
		print_bash_verb(row);
	printf("\tesac\n}\ncomplete -F _heapbeat heapbeat\n");
}

/* Within '...[...]' of zsh. */
static void print_zsh_text(const char *text)
{
	for (; *text; text++)
		if (*text == '\'')
			printf("'\\''");
		else if (strchr("[]:\\", *text))
			printf("\\%c", *text);
		else
			putchar(*text == '\n' ? ' ' : *text);
}

static void print_zsh_action(const struct option_row *row)
{
	switch (kind_of(row->value)) {
	case VALUE_NONE:
		return;
	case VALUE_WORDS:
		printf(":value:(");
		print_words(row->value);
		printf(")");
		return;
	case VALUE_FILE:
		printf(":file:_files");
		return;
	case VALUE_PID:
		printf(":process:_pids");
		return;
	case VALUE_OTHER:
		printf(":value:");
	}
}

static void print_zsh_option(const struct option_row *row)
{
	char flags[2][48];
	int cnt = 0;

	if (row->letter)
		snprintf(flags[cnt++], sizeof(flags[0]), "-%c", row->letter);
	snprintf(flags[cnt++], sizeof(flags[0]), "--%s%s", row->name,
		 row->optional ? "=-"
		 : row->value  ? "="
			       : "");
	for (int i = 0; i < cnt; i++) {
		printf(" \\\n\t\t\t'*%s[", flags[i]);
		print_zsh_text(row->help);
		printf("]");
		if (row->optional)
			printf(":"); /* the value may be left out */
		print_zsh_action(row);
		printf("'");
	}
}

static void print_zsh_verb(const struct verb_row *row)
{
	printf("\t%s)\n\t\t_arguments -s", row->name);
	for (size_t i = 0; i < option_row_cnt; i++)
		if (is_shown(&option_rows[i], row->verb))
			print_zsh_option(&option_rows[i]);
	if (takes_files(row->verb))
		printf(" \\\n\t\t\t'*:file:_files'");
	else if (row->verb & (VERB_ATTACH | VERB_DETACH))
		printf(" \\\n\t\t\t'*:process:_pids'");
	else if (*operand_words(row->verb)) {
		printf(" \\\n\t\t\t'*:name:(");
		print_words(operand_words(row->verb));
		printf(")'");
	}
	printf(" ;;\n");
}

static void print_zsh(void)
{
	const struct verb_row *row;

	printf("#compdef heapbeat\n# heapbeat completion zsh\n_heapbeat() {\n"
	       "\tlocal -a verbs\n\tif ((CURRENT == 2)); then\n\t\tverbs=(");
	for (size_t i = 0; (row = verb_row__at(i)); i++) {
		printf("\n\t\t\t'%s:", row->name);
		print_zsh_text(row->text);
		printf("'");
	}
	printf("\n\t\t\t'help:the options of a verb'\n\t\t\t'version:the version')\n"
	       "\t\t_describe verb verbs\n\t\treturn\n\tfi\n"
	       "\tif ((${words[(I)--]} && ${words[(I)--]} < CURRENT)); then\n"
	       "\t\t_command_names -e || _files\n\t\treturn\n\tfi\n"
	       "\tlocal verb=${words[2]}\n\tshift words\n\t((CURRENT--))\n\tcase $verb in\n");
	for (size_t i = 0; (row = verb_row__at(i)); i++)
		print_zsh_verb(row);
	printf("\tesac\n}\n_heapbeat \"$@\"\n");
}

int cmd_completion(int argc, char **argv)
{
	struct error error = {0};
	struct options options;

	if (options__parse(&options, VERB_COMPLETION, argc, argv, &error)) {
		fprintf(stderr, "heapbeat: %s\n", error.text);
		return EXIT_USAGE;
	}
	if (options.help) {
		options__print_help(VERB_COMPLETION);
		return EXIT_OK;
	}
	if (!strcmp(options.operand, "bash"))
		print_bash();
	else
		print_zsh();
	return EXIT_OK;
}
