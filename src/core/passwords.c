#include "core/passwords.h"

#include <string.h>

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

/* The name that a line gives a password to, without the spaces around it.
 * Returns: false if it gives none */
static bool
read_name(const char *line, const char **name, size_t *len)
{
	size_t end = strcspn(line, ":\n");

	if (*line == '#' || line[end] != ':')
		return false;
	while (end > 0 && strchr(" \t\r\f\v", *line) != NULL) {
		line++;
		end--;
	}
	while (end > 0 && strchr(" \t\r\f\v", line[end - 1]) != NULL)
		end--;
	*name = line;
	*len = end;
	return end > 0;
}

bool
passwords_next(const char **at, const char **login, size_t *len)
{
	while (**at != '\0') {
		const char *line = *at;

		*at = next_line(line);
		if (read_name(line, login, len))
			return true;
	}
	return false;
}

static bool
is_of(const char *line, const char *login)
{
	const char *name;
	size_t len;

	return read_name(line, &name, &len) && len == strlen(login) &&
	    memcmp(name, login, len) == 0;
}

bool
passwords_has(const char *text, const char *login)
{
	for (; *text != '\0'; text = next_line(text)) {
		if (is_of(text, login))
			return true;
	}
	return false;
}

static void
add_line(struct buf *out, const char *line)
{
	buf_add(out, line, strcspn(line, "\r\n"));
	buf_add(out, "\n", 1);
}

enum status
passwords_put(const char *text, const char *login, const char *line,
    struct buf *out)
{
	bool is_put = line == NULL;

	for (; *text != '\0'; text = next_line(text)) {
		if (!is_of(text, login)) {
			buf_add(out, text, (size_t)(next_line(text) - text));
		} else if (!is_put) {
			add_line(out, line);
			is_put = true;
		}
	}
	if (!is_put) {
		if (out->len > 0 && out->data[out->len - 1] != '\n')
			buf_add(out, "\n", 1);
		add_line(out, line);
	}
	return buf_status(out);
}
