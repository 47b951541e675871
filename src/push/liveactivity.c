#include "push/liveactivity.h"

#include "base/b64url.h"
#include "core/notice.h"
#include "push/content.h"
#include "push/opaque.h"
#include "push/progress.h"

#include <inttypes.h>

#define SEALED_MAX 4096
#define STAYS_S 300 /* how long the end is still shown */

const char *
liveactivity_token(const struct job *job)
{
	char id[OPAQUE_ID_LEN + 1];

	if (job->progress->step == ACTIVITY_START)
		return job->device->progress.start;
	if (opaque_collapse_id(job, id) != STATUS_OK)
		return NULL;
	return device_turn_token(job->device, id);
}

/* Ten only where it matters, because those are counted. */
enum status
liveactivity_add_headers(struct buf *headers, const struct job *job,
    const char *topic)
{
	char push_id[OPAQUE_UUID_LEN + 1];
	enum status status = opaque_push_id(job, push_id);

	if (status != STATUS_OK)
		return status;
	buf_addf(headers, "content-type: application/json\n");
	buf_addf(headers, "apns-push-type: liveactivity\n");
	buf_addf(headers, "apns-topic: %s.push-type.liveactivity\n", topic);
	buf_addf(headers, "apns-id: %s\n", push_id);
	buf_addf(headers, "apns-expiration: %" PRId64 "\n",
	    job->event->expires_ms / 1000);
	buf_addf(headers, "apns-priority: %d\n",
	    job->progress->step == ACTIVITY_END ? 10 : 5);
	return buf_status(headers);
}

static bool
is_open(const struct job *job)
{
	return job->look->privacy == PRIVACY_FULL &&
	    job->device->encrypt == NULL;
}

static enum status
add_sealed(struct buf *body, const struct job *job, const struct push_env *env)
{
	struct buf sealed;
	enum status status;

	buf_init(&sealed, SEALED_MAX);
	status = content_encrypt(job, env, job->device->encrypt, &sealed);
	buf_addf(body, ",\"e\":\"");
	b64url_add(body, buf_text(&sealed), sealed.len);
	buf_addf(body, "\"");
	buf_finish(&sealed);
	return status;
}

/* Where only the device may know more, that is in "e". */
static enum status
add_content_state(struct buf *body, const struct job *job,
    const struct push_env *env)
{
	enum status status = STATUS_OK;

	buf_addf(body, ",\"content-state\":{");
	progress_add_state(body, job, is_open(job));
	if (job->device->encrypt != NULL)
		status = add_sealed(body, job, env);
	buf_addf(body, "}");
	return status;
}

/* iOS wants words for a start, and shows them. */
static enum status
add_start(struct buf *body, const struct job *job)
{
	const struct agent_session *session = job->progress->session;
	char id[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, id);
	struct notice notice = notice_neutral;

	if (status != STATUS_OK)
		return status;
	if (is_open(job))
		progress_write_notice(session, &notice);
	buf_addf(body,
	    ",\"attributes-type\":\"NudgeTurn\",\"attributes\":{\"id\":\"%s\"}"
	    ",\"alert\":{\"title\":",
	    id);
	buf_add_json(body, notice.title);
	content_add_member(body, "body", notice.body);
	buf_addf(body, "}");
	return STATUS_OK;
}

enum status
liveactivity_add_body(struct buf *body, const struct job *job,
    const struct push_env *env)
{
	const struct progress *progress = job->progress;
	int64_t ts_s = progress->ts_ms / 1000;
	enum status status;

	buf_addf(body, "{\"aps\":{\"timestamp\":%" PRId64 ",\"event\":\"%s\"",
	    ts_s, activity_step_str(progress->step));
	status = add_content_state(body, job, env);
	if (status == STATUS_OK && progress->step == ACTIVITY_START)
		status = add_start(body, job);
	if (progress->step == ACTIVITY_END)
		buf_addf(body, ",\"dismissal-date\":%" PRId64, ts_s + STAYS_S);
	else
		buf_addf(body, ",\"stale-date\":%" PRId64,
		    progress->stale_ms / 1000);
	buf_addf(body, "}}");
	return status != STATUS_OK ? status : buf_status(body);
}
