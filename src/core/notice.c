#include "core/notice.h"

#include "base/buf.h"
#include "base/text.h"
#include "core/marks.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unigbrk.h>

#define ELLIPSIS "\xe2\x80\xa6"        /* U+2026 */
#define SAID_MAX ((size_t)2 * ASK_MAX) /* bytes, before they are cut */
#define DOT " \xc2\xb7 "               /* U+00B7 between two names */

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
	.is_cut = true,
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

/* One line, marked and cut.
 * Out:     to  max + 1 bytes */
static void
write_line(char *to, size_t max, const char *text)
{
	struct buf marked;

	buf_init(&marked, MARKS_GROWTH * strlen(text));
	marks_write_line(text, &marked);
	notice_cut(to, max, buf_text(&marked));
	buf_finish(&marked);
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
	write_line(notice->title, NOTICE_TITLE_MAX, line);
}

/* What the event says, or what it asks.
 * Returns: whether that is all */
static bool
add_said(const struct event *event, struct buf *text)
{
	const char *body = event->body;

	if (!has_text(body)) {
		ask_add_text(&event->ask, text);
		return !event->ask.is_cut;
	}
	/* The rest of an error is its trace. */
	buf_add(text, body,
	    event->kind == KIND_SESSION_ERROR ? strcspn(body, "\n")
	                                      : strlen(body));
	return !event->is_body_cut && !event->ask.is_cut;
}

static bool
is_blank(const char *text)
{
	return text[strspn(text, " \t\n")] == '\0';
}

/* Marked before it is cut: what hides may be longer than what shows. */
static void
write_body(const struct event *event, const struct look *look,
    struct notice *notice)
{
	struct buf text;
	struct buf marked;
	bool is_whole = false;

	buf_init(&text, SAID_MAX);
	buf_init(&marked, MARKS_GROWTH * SAID_MAX);
	if (look->privacy == PRIVACY_FULL)
		is_whole = add_said(event, &text);
	marks_write(buf_text(&text), text.len, &marked);
	if (buf_status(&text) != STATUS_OK || buf_status(&marked) != STATUS_OK)
		is_whole = false;
	if (is_blank(buf_text(&marked))) {
		is_whole = false;
		buf_clear(&marked);
		buf_addf(&marked, "%s", stopgap(event->kind));
	}
	notice_cut(notice->body, NOTICE_BODY_MAX, buf_text(&marked));
	notice->is_cut = !is_whole || marked.len > NOTICE_BODY_MAX ||
	    (event->kind == KIND_QUESTION_ASKED &&
	        !ask_takes_words(&event->ask));
	buf_finish(&text);
	buf_finish(&marked);
}

/* One in place of several: how many of what, and which. */
static void
write_digest(const struct look *look, struct notice *notice)
{
	memset(notice, 0, sizeof(*notice));
	write_line(notice->title, NOTICE_TITLE_MAX, look->digest);
	notice_cut(notice->body, NOTICE_BODY_MAX,
	    has_text(look->names) ? look->names : look->digest);
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
	write_line(notice->subtitle, NOTICE_SUBTITLE_MAX, line);
	write_body(event, look, notice);
}
