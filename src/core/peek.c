#include "core/peek.h"

#include <stdbool.h>
#include <string.h>

struct reader {
	const char *at;
	const char *end;
};

/* Behind the closing quote.
 * In:      reader  behind the opening one
 * Out:     text, len  what stands between them
 * Returns: false if it is not closed. */
static bool
read_string(struct reader *reader, const char **text, size_t *len)
{
	*text = reader->at;
	while (reader->at < reader->end && *reader->at != '"')
		reader->at +=
		    *reader->at == '\\' && reader->at + 1 < reader->end ? 2 : 1;
	if (reader->at >= reader->end)
		return false;
	*len = (size_t)(reader->at++ - *text);
	return true;
}

static void
skip_space(struct reader *reader)
{
	while (reader->at < reader->end && strchr(" \t\r\n", *reader->at) &&
	    *reader->at != '\0')
		reader->at++;
}

static bool
take_byte(struct reader *reader, char byte)
{
	skip_space(reader);
	if (reader->at >= reader->end || *reader->at != byte)
		return false;
	reader->at++;
	return true;
}

/* Behind a name: its value, if that is an id. */
static bool
read_value(struct reader reader, char id[TEXT_ID_MAX + 1])
{
	char copy[TEXT_ID_MAX + 1] = "";
	const char *text;
	size_t len;

	if (!take_byte(&reader, ':') || !take_byte(&reader, '"') ||
	    !read_string(&reader, &text, &len) || len > TEXT_ID_MAX)
		return false;
	memcpy(copy, text, len);
	if (strlen(copy) != len || !text_is_id(copy))
		return false;
	memcpy(id, copy, sizeof(copy));
	return true;
}

void
peek_id(const char *bytes, size_t len, const char *name,
    char id[TEXT_ID_MAX + 1])
{
	struct reader reader = { bytes, bytes + len };
	size_t name_len = strlen(name);
	const char *text;
	size_t text_len;
	int depth = 0;

	id[0] = '\0';
	while (reader.at < reader.end && depth >= 0) {
		char byte = *reader.at++;

		depth += byte == '{' || byte == '[';
		depth -= byte == '}' || byte == ']';
		if (byte != '"')
			continue;
		if (!read_string(&reader, &text, &text_len))
			return;
		if (depth == 1 && text_len == name_len &&
		    memcmp(text, name, name_len) == 0 && read_value(reader, id))
			return;
	}
}
