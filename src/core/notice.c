#include "core/notice.h"

#include "base/text.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unigbrk.h>

#define ELLIPSIS "\xe2\x80\xa6" /* U+2026 */
#define DOT " \xc2\xb7 "        /* U+00B7 between two names */

/* What happened, short enough to stand before the session's title. */
static const char *
headline(enum kind kind)
{
	switch (kind) {
	case KIND_PERMISSION_ASKED:
		return "Permission needed";
	case KIND_QUESTION_ASKED:
		return "Question";
	case KIND_SESSION_ERROR:
		return "Failed";
	case KIND_SESSION_IDLE:
		return "Finished";
	case KIND_TEST:
		return "Test";
	case KIND_NOTE:
	case KIND_PERMISSION_REPLIED:
	case KIND_QUESTION_REPLIED:
	case KIND_QUESTION_REJECTED:
	case KIND_SESSION_BUSY:
	case KIND_SESSION_DELETED:
		break;
	}
	return "Note";
}

/* What to say when the event brings no text of its own. */
static const char *
stopgap(enum kind kind)
{
	switch (kind) {
	case KIND_PERMISSION_ASKED:
		return "The agent waits for your permission.";
	case KIND_QUESTION_ASKED:
		return "The agent waits for your answer.";
	case KIND_SESSION_ERROR:
		return "The agent stopped with an error.";
	case KIND_SESSION_IDLE:
		return "The agent finished its turn.";
	case KIND_TEST:
		return "Notifications reach this device.";
	case KIND_NOTE:
	case KIND_PERMISSION_REPLIED:
	case KIND_QUESTION_REPLIED:
	case KIND_QUESTION_REJECTED:
	case KIND_SESSION_BUSY:
	case KIND_SESSION_DELETED:
		break;
	}
	return "Something happened.";
}

const struct notice notice_neutral = {
	.title = "nudge",
	.body = "There is news from your agents.",
};

/* The last place, at most max bytes in, between two characters as a reader sees
 * them: accents, joined emoji and flags stay whole. */
static size_t
cut_whole(const char *text, size_t max)
{
	char breaks[NOTICE_BODY_MAX + 8];
	size_t seen = text_cut(text, max + 4); /* and what comes next */
	size_t len = text_cut(text, max);

	u8_grapheme_breaks((const uint8_t *)text, seen, breaks);
	for (size_t i = len; i > 0; i--) {
		if (i < seen && breaks[i] != 0)
			return i;
	}
	return len;
}

void
notice_cut(char *to, size_t max, const char *text)
{
	size_t len = text_cut(text, max);

	if (text[len] == '\0') {
		memmove(to, text, len + 1);
		return;
	}
	len = cut_whole(text, max - strlen(ELLIPSIS));
	memmove(to, text, len);
	memcpy(to + len, ELLIPSIS, sizeof(ELLIPSIS));
}

/* U+202A to U+202E and U+2066 to U+2069 turn the text after them around, that of
 * others too. Right-to-left text needs none of them. */
static bool
is_reversal(const char *c)
{
	return (memcmp(c, "\xe2\x80", 2) == 0 && c[2] >= '\xaa' &&
	           c[2] <= '\xae') ||
	    (memcmp(c, "\xe2\x81", 2) == 0 && c[2] >= '\xa6' && c[2] <= '\xa9');
}

/* A lock screen shows line breaks and tabs; other control characters only make
 * a payload large. */
static void
clean(char *text)
{
	char *to = text;

	for (; *text != '\0'; text++) {
		bool is_control = (unsigned char)*text < 0x20 || *text == 0x7f;

		if (*text == '\xe2' && is_reversal(text)) {
			text += 2;
			continue;
		}
		*to = *text;
		if (is_control && *text != '\n' && *text != '\t')
			*to = ' ';
		to++;
	}
	*to = '\0';
}

/* "one", "one · two" or nothing. */
static void
join(char *to, size_t size, const char *one, const char *two)
{
	bool both = one != NULL && two != NULL;

	(void)snprintf(to, size, "%s%s%s", one != NULL ? one : "",
	    both ? DOT : "", two != NULL ? two : "");
}

static bool
has_text(const char *text)
{
	return text != NULL && *text != '\0';
}

static void
write_title(const struct event *event, struct notice *notice)
{
	char line[2 * EVENT_TITLE_MAX + 64];

	if (has_text(event->title))
		(void)snprintf(line, sizeof(line), "%s", event->title);
	else if (has_text(event->session_title))
		(void)snprintf(line, sizeof(line), "%s: %s",
		    headline(event->kind), event->session_title);
	else
		(void)snprintf(line, sizeof(line), "%s", headline(event->kind));
	clean(line);
	if (!has_text(line))
		(void)snprintf(line, sizeof(line), "%s", headline(event->kind));
	notice_cut(notice->title, NOTICE_TITLE_MAX, line);
}

static void
write_body(const struct event *event, const struct look *look,
    struct notice *notice)
{
	char text[EVENT_BODY_MAX + 1] = "";
	const char *body = event->body;

	if (look->privacy == PRIVACY_FULL && has_text(body))
		(void)snprintf(text, sizeof(text), "%s", body);
	text_trim(text);
	/* The rest of an error is its trace. */
	if (event->kind == KIND_SESSION_ERROR)
		text[strcspn(text, "\n")] = '\0';
	clean(text);
	notice_cut(notice->body, NOTICE_BODY_MAX,
	    *text != '\0' ? text : stopgap(event->kind));
}

/* One in place of several. */
static void
write_digest(const struct look *look, struct notice *notice)
{
	memset(notice, 0, sizeof(*notice));
	(void)snprintf(notice->title, sizeof(notice->title),
	    "Several notifications");
	notice_cut(notice->body, NOTICE_BODY_MAX, look->digest);
	clean(notice->body);
}

void
notice_write(const struct event *event, const struct look *look,
    struct notice *notice)
{
	char line[2 * EVENT_TITLE_MAX + 64] = "";

	if (look->privacy == PRIVACY_NONE) {
		*notice = notice_neutral;
		return;
	}
	if (has_text(look->digest)) {
		write_digest(look, notice);
		return;
	}
	write_title(event, notice);
	if (look->privacy == PRIVACY_FULL)
		join(line, sizeof(line), event->project_name,
		    look->names_host ? event->host : NULL);
	clean(line);
	notice_cut(notice->subtitle, NOTICE_SUBTITLE_MAX, line);
	write_body(event, look, notice);
}
