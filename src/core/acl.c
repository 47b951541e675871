#include "core/acl.h"

#include <stdio.h>
#include <string.h>

#define MARK "# nudge: "
#define END_MARK "# nudge: end "
#define MARK_MAX 96 /* bytes */

/* Where our lines for a login are. */
struct block {
	const char *begin; /* NULL = there are none */
	const char *end;   /* behind the last line; NULL = it has none */
	int line;          /* number of the first line */
	int end_line;      /* number of the line at end */
};

/* Bytes of a line without what ends it and spaces before that. */
static size_t
line_len(const char *line)
{
	size_t len = strcspn(line, "\n");

	while (len > 0 && strchr(" \t\r", line[len - 1]) != NULL)
		len--;
	return len;
}

static const char *
next_line(const char *line)
{
	line += strcspn(line, "\n");
	return *line == '\n' ? line + 1 : line;
}

static bool
is_line(const char *line, const char *wanted)
{
	size_t len = strlen(wanted);

	return line_len(line) == len && memcmp(line, wanted, len) == 0;
}

static struct block
find(const char *text, const char *login)
{
	struct block block = { NULL, NULL, 0, 0 };
	char begin[MARK_MAX];
	char end[MARK_MAX];
	int number = 1;

	(void)snprintf(begin, sizeof(begin), MARK "%s", login);
	(void)snprintf(end, sizeof(end), END_MARK "%s", login);
	for (const char *line = text; *line != '\0' && block.end == NULL;
	     line = next_line(line)) {
		if (block.begin == NULL && is_line(line, begin)) {
			block.begin = line;
			block.line = number;
		} else if (block.begin != NULL && is_line(line, end)) {
			block.end = next_line(line);
			block.end_line = number + 1;
		}
		number++;
	}
	return block;
}

bool
acl_has(const char *text, const char *login)
{
	return find(text, login).begin != NULL;
}

/* Whether a line is a keyword and its value. */
static bool
has_keyword(const char *line, const char *keyword)
{
	size_t len = strlen(keyword);

	line += strspn(line, " ");
	return strncmp(line, keyword, len) == 0 && line[len] == ' ';
}

/* Whether a line is "user LOGIN". */
static bool
is_user(const char *line, const char *login)
{
	size_t len = strlen(login);
	size_t rest;

	if (!has_keyword(line, "user"))
		return false;
	rest = line_len(line);
	while (rest > 0 && *line == ' ') {
		line++;
		rest--;
	}
	line += strlen("user");
	rest -= strlen("user");
	while (rest > 0 && strchr(" \t", *line) != NULL) {
		line++;
		rest--;
	}
	return rest == len && memcmp(line, login, len) == 0;
}

int
acl_foreign(const char *text, const char *login)
{
	struct block block = find(text, login);
	int number = 1;

	for (; *text != '\0'; text = next_line(text)) {
		bool is_ours = block.begin != NULL && text >= block.begin &&
		    (block.end == NULL || text < block.end);

		if (!is_ours && is_user(text, login))
			return number;
		number++;
	}
	return 0;
}

bool
acl_next(const char **at, char login[TEXT_ID_MAX + 1])
{
	const char *line = *at;

	for (; *line != '\0'; line = next_line(line)) {
		size_t len = line_len(line);
		char name[TEXT_ID_MAX + 1] = "";

		if (strncmp(line, MARK, strlen(MARK)) != 0)
			continue;
		len -= strlen(MARK);
		if (len > TEXT_ID_MAX)
			continue;
		memcpy(name, line + strlen(MARK), len);
		if (!text_is_id(name))
			continue;
		memcpy(login, name, sizeof(name));
		*at = next_line(line);
		return true;
	}
	*at = line;
	return false;
}

static enum status
has_no_end(const struct block *block, const char *login, struct fault *fault)
{
	fault_set(fault,
	    "line %d: '" MARK "%s' has no end: put a line '" END_MARK
	    "%s' behind its last line",
	    block->line, login, login);
	return STATUS_BAD_INPUT;
}

enum status
acl_put(const char *text, const char *login, const char *lines, struct buf *out,
    struct fault *fault)
{
	struct block block = find(text, login);
	size_t before;

	if (block.begin != NULL && block.end == NULL)
		return has_no_end(&block, login, fault);
	before =
	    block.begin != NULL ? (size_t)(block.begin - text) : strlen(text);
	buf_add(out, text, before);
	if (before > 0 && text[before - 1] != '\n')
		buf_add(out, "\n", 1);
	buf_addf(out, MARK "%s\n%s" END_MARK "%s\n", login, lines, login);
	if (block.end != NULL)
		buf_addf(out, "%s", block.end);
	return buf_status(out);
}

/* The line behind a block that would belong to another 'user' line without it;
 * 0 = none. */
static int
orphan(const struct block *block)
{
	int number = block->end_line;

	for (const char *line = block->end; *line != '\0';
	     line = next_line(line)) {
		if (has_keyword(line, "user"))
			return 0;
		if (has_keyword(line, "topic"))
			return number;
		number++;
	}
	return 0;
}

enum status
acl_drop(const char *text, const char *login, struct buf *out,
    struct fault *fault)
{
	struct block block = find(text, login);

	if (block.begin == NULL) {
		buf_addf(out, "%s", text);
		return buf_status(out);
	}
	if (block.end == NULL)
		return has_no_end(&block, login, fault);
	if (orphan(&block) != 0) {
		fault_set(fault,
		    "line %d: this 'topic' is %s's, and would become somebody "
		    "else's: put a 'user' line above it, or remove it",
		    orphan(&block), login);
		return STATUS_BAD_INPUT;
	}
	buf_add(out, text, (size_t)(block.begin - text));
	buf_addf(out, "%s", block.end);
	return buf_status(out);
}
