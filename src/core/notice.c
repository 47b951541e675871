#include "core/notice.h"

#include "base/text.h"

#include <stdio.h>
#include <string.h>

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

static void
copy(char *to, size_t max, const char *from)
{
	size_t len = text_cut(from, max);

	if (from[len] != '\0') {
		len = text_cut(from, max - strlen(ELLIPSIS));
		memcpy(to, from, len);
		memcpy(to + len, ELLIPSIS, sizeof(ELLIPSIS));
		return;
	}
	memcpy(to, from, len + 1);
}

/* A lock screen shows line breaks and tabs; other control characters only make
 * a payload large. */
static void
fold_body(char *body)
{
	for (; *body != '\0'; body++) {
		if (((unsigned char)*body < 0x20 || *body == 0x7f) &&
		    *body != '\n' && *body != '\t')
			*body = ' ';
	}
}

/* "one", "one · two" or nothing. */
static void
join(char *to, size_t size, const char *one, const char *two)
{
	bool both = one != NULL && two != NULL;

	(void)snprintf(to, size, "%s%s%s", one != NULL ? one : "",
	    both ? DOT : "", two != NULL ? two : "");
}

void
notice_write(const struct event *event, struct notice *notice)
{
	char line[2 * EVENT_TITLE_MAX + 64];
	const char *body = event->body;

	if (event->title != NULL && *event->title != '\0')
		(void)snprintf(line, sizeof(line), "%s", event->title);
	else if (event->session_title != NULL && *event->session_title != '\0')
		(void)snprintf(line, sizeof(line), "%s: %s",
		    headline(event->kind), event->session_title);
	else
		(void)snprintf(line, sizeof(line), "%s", headline(event->kind));
	copy(notice->title, NOTICE_TITLE_MAX, line);

	join(line, sizeof(line), event->project_name, event->host);
	copy(notice->subtitle, NOTICE_SUBTITLE_MAX, line);

	if (body == NULL || *body == '\0')
		body = stopgap(event->kind);
	copy(notice->body, NOTICE_BODY_MAX, body);
	fold_body(notice->body);
}
