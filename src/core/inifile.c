#include "core/inifile.h"

#include <stddef.h>
#include <string.h>

/* Where a change goes. */
struct place {
	const char *set;     /* the last line that sets the key */
	const char *comment; /* the first that has it as a comment */
	const char *head;    /* of the first section of that name */
};

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

static const char *
skip_blanks(const char *at)
{
	return at + strspn(at, " \t");
}

static bool
is_head(const char *line, const char *section)
{
	size_t len = strlen(section);

	line = skip_blanks(line);
	return *line == '[' && strncmp(line + 1, section, len) == 0 &&
	    line[1 + len] == ']';
}

/* "key =", with spaces as anybody likes them. */
static bool
is_key(const char *line, const char *key)
{
	size_t len = strlen(key);

	line = skip_blanks(line);
	if (strncmp(line, key, len) != 0)
		return false;
	line = skip_blanks(line + len);
	return *line == '=' || *line == ':';
}

static bool
is_comment(const char *line, const char *key)
{
	line = skip_blanks(line);
	return *line == ';' && is_key(line + 1, key);
}

static struct place
find(const char *text, const struct inifile_change *change)
{
	struct place place = { NULL, NULL, NULL };
	bool is_here = false;

	for (; *text != '\0'; text = next_line(text)) {
		if (*skip_blanks(text) == '[')
			is_here = is_head(text, change->section);
		if (!is_here)
			continue;
		if (place.head == NULL)
			place.head = text;
		if (is_key(text, change->key))
			place.set = text;
		else if (place.comment == NULL && is_comment(text, change->key))
			place.comment = text;
	}
	return place;
}

static void
add_until(struct buf *out, const char *from, const char *to)
{
	buf_add(out, from, (size_t)(to - from));
}

static void
add_line(struct buf *out, const struct inifile_change *change)
{
	if (out->len > 0 && buf_text(out)[out->len - 1] != '\n')
		buf_addf(out, "\n");
	buf_addf(out, "%s = %s\n", change->key, change->value);
}

/* Every line that sets the key is left out. */
static void
take_away(const char *text, const struct inifile_change *change,
    struct buf *out)
{
	bool is_here = false;

	while (*text != '\0') {
		const char *next = next_line(text);

		if (*skip_blanks(text) == '[')
			is_here = is_head(text, change->section);
		if (!is_here || !is_key(text, change->key))
			add_until(out, text, next);
		text = next;
	}
}

void
inifile_change(const char *text, const struct inifile_change *change,
    struct buf *out)
{
	struct place place = find(text, change);
	const char *end = text + strlen(text);
	const char *line = place.set != NULL ? place.set : place.comment;

	if (change->value == NULL) {
		take_away(text, change, out);
		return;
	}
	if (line == NULL && place.head != NULL) {
		add_until(out, text, next_line(place.head));
		add_line(out, change);
		add_until(out, next_line(place.head), end);
		return;
	}
	if (line != NULL) {
		add_until(out, text, line);
		add_line(out, change);
		add_until(out, next_line(line), end);
		return;
	}
	add_until(out, text, end);
	buf_addf(out, "%s%s[%s]\n", out->len > 0 && end[-1] != '\n' ? "\n" : "",
	    out->len > 0 ? "\n" : "", change->section);
	add_line(out, change);
}
