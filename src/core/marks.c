#include "core/marks.h"

#include "base/attr.h"
#include "base/text.h"

#include <stdbool.h>
#include <string.h>

#define SPACES_MAX 40     /* in a row */
#define BLANK_LINES_MAX 2 /* in a row */
#define JOINER 0x200d     /* makes one picture of two */
#define AS_PICTURE 0xfe0f /* the picture, not the letter */
#define KEY_CAP 0x20e3    /* a frame around a digit */

struct range {
	uint32_t first, last;
};

static const struct range hidden[] = {
	{ 0, 0x08 },
	{ 0x0b, 0x1f },
	{ 0x7f, 0x9f },
	{ 0xad, 0xad },
	{ 0x34f, 0x34f },
	{ 0x61c, 0x61c },
	{ 0x115f, 0x1160 },
	{ 0x17b4, 0x17b5 },
	{ 0x180b, 0x180f },
	{ 0x200b, 0x200f },
	{ 0x2028, 0x202e },
	{ 0x2060, 0x206f },
	{ 0x2800, 0x2800 },
	{ 0x3164, 0x3164 },
	{ 0xfe00, 0xfe0f },
	{ 0xfeff, 0xfeff },
	{ 0xffa0, 0xffa0 },
	{ 0xfff9, 0xfffb },
	{ 0x1bca0, 0x1bca3 },
	{ 0x1d173, 0x1d17a },
	{ 0xe0000, 0xe0fff },
};

static const struct range spaces[] = {
	{ ' ', ' ' },
	{ '\t', '\t' },
	{ 0xa0, 0xa0 },
	{ 0x1680, 0x1680 },
	{ 0x2000, 0x200a },
	{ 0x202f, 0x202f },
	{ 0x205f, 0x205f },
	{ 0x3000, 0x3000 },
};

static const struct range pictures[] = {
	{ 0xa9, 0xa9 },
	{ 0xae, 0xae },
	{ 0x203c, 0x3299 },
	{ 0x1f000, 0x1faff },
};

/* A piece of the text; nothing of it is copied before it is clear how. */
struct piece {
	const char *at;
	size_t len;
};

static bool
is_in(const struct range *ranges, size_t count, uint32_t code)
{
	for (size_t i = 0; i < count; i++) {
		if (code >= ranges[i].first && code <= ranges[i].last)
			return true;
	}
	return false;
}

bool
marks_is_hidden(uint32_t code)
{
	return is_in(hidden, COUNT_OF(hidden), code);
}

static bool
is_picture(uint32_t code)
{
	return is_in(pictures, COUNT_OF(pictures), code) &&
	    !marks_is_hidden(code);
}

static bool
is_key(uint32_t code)
{
	return (code >= '0' && code <= '9') || code == '#' || code == '*';
}

/* Whether a hidden character is part of the picture before it.
 * In:  before  the character before it, 0 if that was marked
 *      rest    what follows it */
static bool
joins(uint32_t code, uint32_t before, struct piece rest)
{
	uint32_t next = 0;

	if (code == JOINER)
		return is_picture(before) || before == AS_PICTURE;
	if (code != AS_PICTURE)
		return false;
	(void)text_read(rest.at, rest.len, &next);
	return is_picture(before) || (is_key(before) && next == KEY_CAP);
}

static void
write_code(struct piece one, uint32_t code, bool is_shown, struct buf *buf)
{
	if (is_shown)
		buf_add(buf, one.at, one.len);
	else
		buf_addf(buf, "[U+%04X]", (unsigned)code);
}

/* The spaces that a line begins with.
 * Out:  count  how many characters they are */
static struct piece
take_spaces(struct piece line, size_t *count)
{
	struct piece run = { line.at, 0 };
	uint32_t code = 0;
	size_t used;

	*count = 0;
	while ((used = text_read(line.at + run.len, line.len - run.len,
	            &code)) > 0 &&
	    is_in(spaces, COUNT_OF(spaces), code)) {
		run.len += used;
		(*count)++;
	}
	return run;
}

static void
skip(struct piece *line, size_t len)
{
	line->at += len;
	line->len -= len;
}

/* One character that is no space.
 * Returns: it, or 0 if it was marked */
static uint32_t
write_one(struct piece *line, uint32_t before, struct buf *buf)
{
	struct piece one = { line->at, 0 };
	uint32_t code = 0;
	bool is_shown;

	one.len = text_read(line->at, line->len, &code);
	if (one.len == 0) {
		buf_addf(buf, "[0x%02X]", (unsigned char)*line->at);
		skip(line, 1);
		return 0;
	}
	skip(line, one.len);
	is_shown = !marks_is_hidden(code) || joins(code, before, *line);
	write_code(one, code, is_shown, buf);
	return is_shown ? code : 0;
}

/* What is written as it is, and all there mostly is: printable ASCII, with spaces
 * one by one. */
static size_t
plain_len(struct piece line)
{
	size_t len = 0;

	while (len < line.len && line.at[len] >= ' ' && line.at[len] < 0x7f &&
	    (line.at[len] != ' ' || (len > 0 && line.at[len - 1] != ' ')))
		len++;
	/* A space may be the first of several. */
	while (len > 0 && line.at[len - 1] == ' ')
		len--;
	return len;
}

static void
write_line(struct piece line, struct buf *buf)
{
	uint32_t before = 0;

	while (line.len > 0) {
		size_t count;
		size_t plain = plain_len(line);
		struct piece run;

		if (plain > 0) {
			buf_add(buf, line.at, plain);
			before = (unsigned char)line.at[plain - 1];
			skip(&line, plain);
			continue;
		}
		run = take_spaces(line, &count);
		if (count > SPACES_MAX)
			buf_addf(buf, "[%zu spaces]", count);
		else
			buf_add(buf, run.at, run.len);
		skip(&line, run.len);
		if (run.len > 0)
			before = ' ';
		else
			before = write_one(&line, before, buf);
	}
}

/* So many spaces that they are shown as a mark are not blank. */
static bool
is_blank(struct piece line)
{
	size_t count;

	return take_spaces(line, &count).len == line.len && count <= SPACES_MAX;
}

/* The next line of a text, without its end.
 * Out:  is_last  no line end came after it */
static struct piece
take_line(struct piece *text, bool *is_last)
{
	const char *end =
	    text->len > 0 ? memchr(text->at, '\n', text->len) : NULL;
	struct piece line = { text->at, text->len };

	*is_last = end == NULL;
	if (end == NULL)
		return line;
	line.len = (size_t)(end - text->at);
	skip(text, line.len + 1);
	if (line.len > 0 && line.at[line.len - 1] == '\r')
		line.len--;
	return line;
}

static void
begin_line(bool *is_first, struct buf *buf)
{
	if (!*is_first)
		buf_add(buf, "\n", 1);
	*is_first = false;
}

/* Blank lines that came to an end. */
static void
write_blanks(const struct piece blanks[BLANK_LINES_MAX], size_t count,
    bool *is_first, struct buf *buf)
{
	if (count > BLANK_LINES_MAX) {
		begin_line(is_first, buf);
		buf_addf(buf, "[%zu blank lines]", count);
		return;
	}
	for (size_t i = 0; i < count; i++) {
		begin_line(is_first, buf);
		buf_add(buf, blanks[i].at, blanks[i].len);
	}
}

void
marks_write(const char *text, size_t len, struct buf *buf)
{
	struct piece rest = { text, len };
	struct piece blanks[BLANK_LINES_MAX];
	size_t blank_count = 0;
	bool is_first = true;
	bool is_last = false;

	while (!is_last) {
		struct piece line = take_line(&rest, &is_last);

		if (is_blank(line)) {
			if (blank_count < BLANK_LINES_MAX)
				blanks[blank_count] = line;
			blank_count++;
			continue;
		}
		write_blanks(blanks, blank_count, &is_first, buf);
		blank_count = 0;
		begin_line(&is_first, buf);
		write_line(line, buf);
	}
	write_blanks(blanks, blank_count, &is_first, buf);
}

void
marks_write_line(const char *text, struct buf *buf)
{
	size_t len = strlen(text);
	struct buf marked;
	const char *rest;

	buf_init(&marked, MARKS_GROWTH * len);
	marks_write(text, len, &marked);
	rest = buf_text(&marked);
	while (*rest != '\0') {
		size_t plain = strcspn(rest, "\n\t");

		buf_add(buf, rest, plain);
		rest += plain;
		if (*rest != '\0')
			buf_add(buf, *rest++ == '\n' ? "\\n" : "\\t", 2);
	}
	buf_finish(&marked);
}
