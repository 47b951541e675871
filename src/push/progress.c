#include "push/progress.h"

#include "core/marks.h"
#include "push/content.h"
#include "push/opaque.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Marked, and then cut: what hides may be longer than what shows.
 * Out:  line  NOTICE_TITLE_MAX + 1 bytes */
static void
write_line(char *line, const char *text)
{
	struct buf marked;

	buf_init(&marked, MARKS_GROWTH * strlen(text));
	marks_write_line(text, &marked);
	notice_cut(line, NOTICE_TITLE_MAX, buf_text(&marked));
	buf_finish(&marked);
}

static void
add_line(struct buf *json, const char *name, const char *text)
{
	char line[NOTICE_TITLE_MAX + 1];

	write_line(line, text);
	if (*line != '\0')
		content_add_member(json, name, line);
}

void
progress_add_state(struct buf *json, const struct job *job, bool is_open)
{
	const struct agent_session *session = job->progress->session;

	buf_addf(json, "\"state\":\"%s\",\"since\":%" PRId64,
	    agent_doing_str(session->doing), session->since_ms);
	if (!is_open)
		return;
	add_line(json, "title", session->title);
	add_line(json, "project", session->project);
	content_add_member(json, "session_id", job->event->session_id);
	content_add_member(json, "host", job->event->host);
	content_add_href(json, job);
}

void
progress_write_notice(const struct agent_session *session,
    struct notice *notice)
{
	char title[AGENT_LINE_MAX + 16];
	bool has_title = *session->title != '\0';

	(void)snprintf(title, sizeof(title), "Working%s%s",
	    has_title ? ": " : "", session->title);
	write_line(notice->title, title);
	write_line(notice->body,
	    *session->project != '\0' ? session->project
	                              : "The agent began a turn.");
}

enum status
progress_message(const struct job *job, struct buf *json)
{
	const struct progress *progress = job->progress;
	char id[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, id);

	if (status != STATUS_OK)
		return status;
	buf_addf(json,
	    "{\"progress\":{\"id\":\"%s\",\"event\":\"%s\",\"ts\":%" PRId64
	    ",\"stale\":%" PRId64 ",",
	    id, activity_step_str(progress->step), progress->ts_ms,
	    progress->stale_ms);
	progress_add_state(json, job, job->look->privacy == PRIVACY_FULL);
	buf_addf(json, "}}");
	return buf_status(json);
}
