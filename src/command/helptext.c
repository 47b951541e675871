#include "command/helptext.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

static size_t
indent_of(const char *line)
{
	return strspn(line, " ");
}

/* Where the next line begins. */
static const char *
skip_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* The bytes of an item's term: up to two spaces, or the end of the line. */
static size_t
term_len(const char *line)
{
	size_t len = strcspn(line, "\n");

	for (size_t i = 0; i + 1 < len; i++) {
		if (line[i] == ' ' && line[i + 1] == ' ')
			return i;
	}
	return len;
}

static bool
is_item(const char *line)
{
	return *line == '-' || term_len(line) < strcspn(line, "\n");
}

/* Add a line without its indentation. */
static void
join(char *text, const char *line)
{
	size_t used = strlen(text);

	line += indent_of(line);
	(void)snprintf(text + used, HELPTEXT_TEXT_MAX - used, "%s%.*s",
	    used > 0 ? " " : "", (int)strcspn(line, "\n"), line);
}

static const char *
take_item(const char *line, struct helptext_part *part)
{
	size_t len = term_len(line + 2);

	part->kind = HELPTEXT_ITEM;
	(void)snprintf(part->term, sizeof(part->term), "%.*s", (int)len,
	    line + 2);
	if (line[2 + len] == ' ')
		join(part->text, line + 2 + len);
	line = skip_line(line);
	while (indent_of(line) > 2) {
		join(part->text, line);
		line = skip_line(line);
	}
	return line;
}

bool
helptext_next(const char **at, struct helptext_part *part)
{
	const char *line = *at;

	memset(part, 0, sizeof(*part));
	while (*line == '\n')
		line++;
	if (*line == '\0')
		return false;
	if (indent_of(line) == 2 && is_item(line + 2)) {
		*at = take_item(line, part);
		return true;
	}
	part->kind = indent_of(line) > 0 ? HELPTEXT_EXAMPLE : HELPTEXT_PROSE;
	join(part->text, line);
	line = skip_line(line);
	while (part->kind == HELPTEXT_PROSE && *line != '\0' && *line != '\n' &&
	    indent_of(line) == 0) {
		join(part->text, line);
		line = skip_line(line);
	}
	*at = line;
	return true;
}

static bool
is_argument(const char *word)
{
	return isupper((unsigned char)*word) != 0;
}

static const char *
take_word(const char *at, char word[HELPTEXT_NAME_MAX])
{
	size_t len;

	at += strspn(at, " ");
	len = strcspn(at, " ");
	(void)snprintf(word, HELPTEXT_NAME_MAX, "%.*s", (int)len, at);
	return at + len;
}

bool
helptext_next_option(const char **at, struct helptext_option *option)
{
	char word[HELPTEXT_NAME_MAX];
	const char *rest;

	memset(option, 0, sizeof(*option));
	*at = take_word(*at, option->name);
	if (*option->name == '\0')
		return false;
	rest = take_word(*at, word);
	if (is_argument(word)) {
		memcpy(option->argument, word, sizeof(word));
		*at = rest;
	}
	return true;
}
