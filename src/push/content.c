#include "push/content.h"

#include "base/b64url.h"
#include "base/text.h"
#include "push/ece.h"
#include "push/opaque.h"
#include "push/progress.h"

#include <inttypes.h>
#include <string.h>

#define HREF_BASE_MAX 512 /* bytes; a longer one would crowd out the text */
#define DRAFT_MAX 16384   /* bytes, before it is made to fit */
#define BODY_LEAST 16     /* bytes; below it there is nothing left to cut */

bool
content_is_secret(const struct job *job)
{
	return job->look->privacy == PRIVACY_NONE;
}

bool
content_is_asking(const struct job *job)
{
	return job->look->digest == NULL &&
	    kind_class(job->event->kind) == CLASS_ANSWER;
}

/* And it may be known. */
static bool
is_asking(const struct job *job)
{
	return !content_is_secret(job) && content_is_asking(job);
}

const char *
content_category(const struct job *job, const struct notice *notice)
{
	if (!is_asking(job))
		return NULL;
	if (job->event->kind == KIND_QUESTION_ASKED)
		return "NUDGE_QUESTION";
	return notice->is_cut ? "NUDGE_PERMISSION_CUT" : "NUDGE_PERMISSION";
}

void
content_add_cut(struct buf *json, const struct job *job,
    const struct notice *notice)
{
	if (is_asking(job) && notice->is_cut)
		content_add_member(json, "cut", "true");
}

const char *
content_level(const struct job *job)
{
	static const char *const levels[] = {
		[LEVEL_PASSIVE] = "passive",
		[LEVEL_ACTIVE] = "active",
		[LEVEL_TIME_SENSITIVE] = "time-sensitive",
	};

	return levels[job->look->level];
}

void
content_add_member(struct buf *json, const char *name, const char *text)
{
	if (text == NULL)
		return;
	buf_add(json, ",\"", 2);
	buf_add(json, name, strlen(name));
	buf_add(json, "\":", 2);
	buf_add_json(json, text);
}

/* The address under which this device knows the event's host, or NULL. */
static const char *
server_of(const struct job *job)
{
	const struct device *device = job->device;

	for (size_t i = 0; job->event->host && i < device->server_count; i++) {
		if (strcmp(device->servers[i].host, job->event->host) == 0)
			return device->servers[i].url;
	}
	return NULL;
}

static void
add_session_of(struct buf *text, const char *base, const char *session)
{
	b64url_add(text, base, strlen(base));
	buf_addf(text, "/session/%s", session);
}

/* Below the address under which this device knows the host, else below the
 * project's directory. */
void
content_add_href(struct buf *json, const struct job *job)
{
	const char *server = server_of(job);
	const char *base =
	    server != NULL ? server : job->event->project_directory;

	if (base == NULL || job->event->session_id == NULL ||
	    strlen(base) > HREF_BASE_MAX)
		return;
	buf_addf(json, ",\"href\":\"%s", server != NULL ? "/server/" : "/");
	add_session_of(json, base, job->event->session_id);
	buf_addf(json, "\"");
}

void
content_add_route(struct buf *json, const struct job *job)
{
	const struct event *event = job->event;

	if (job->look->digest != NULL) {
		content_add_member(json, "kind", "digest");
		return;
	}
	content_add_member(json, "kind", kind_str(event->kind));
	content_add_member(json, "event_id", event->id);
	content_add_member(json, "session_id", event->session_id);
	content_add_member(json, "request_id", event->request_id);
	if (is_asking(job) && job->look->privacy == PRIVACY_FULL)
		content_add_member(json, "nonce", event->request_nonce);
	content_add_member(json, "host", event->host);
	content_add_href(json, job);
}

void
content_add_data(struct buf *json, const struct job *job,
    const struct notice *notice)
{
	if (content_is_secret(job))
		return;
	content_add_member(json, "level", content_level(job));
	content_add_member(json, "category", content_category(job, notice));
	content_add_cut(json, job, notice);
	content_add_route(json, job);
}

void
content_add_page(struct buf *text, const struct job *job)
{
	const char *server = server_of(job);
	const char *directory = job->event->project_directory;
	size_t len;

	if (server == NULL || job->look->digest != NULL ||
	    (strncmp(server, "http://", 7) != 0 &&
	        strncmp(server, "https://", 8) != 0))
		return;
	len = strlen(server);
	while (len > 0 && server[len - 1] == '/')
		len--;
	buf_add(text, server, len);
	buf_addf(text, "/");
	if (directory != NULL && job->event->session_id != NULL &&
	    strlen(directory) <= HREF_BASE_MAX)
		add_session_of(text, directory, job->event->session_id);
}

void
content_add_words(struct buf *text, const struct notice *notice)
{
	buf_addf(text, "%s", notice->body);
	if (notice->subtitle[0] != '\0')
		buf_addf(text, "\n%s", notice->subtitle);
}

enum status
content_fit(const struct job *job, size_t max,
    enum status (*write)(const struct job *job, const struct notice *notice,
        struct buf *json),
    struct buf *json)
{
	struct notice notice;
	enum status status;

	notice_write(job->event, job->look, &notice);
	for (;;) {
		size_t len = strlen(notice.body);
		size_t excess;

		buf_clear(json);
		status = write(job, &notice, json);
		if (status != STATUS_OK)
			return status;
		if (json->len <= max)
			return STATUS_OK;
		if (len <= BODY_LEAST)
			return STATUS_TOO_LARGE;
		/* A byte of the body may be several in JSON: what is cut is
		 * at most as much as must be, and more the next time. */
		excess = (json->len - max + 5) / 6;
		notice.is_cut = true;
		notice_cut(notice.body,
		    len > excess + BODY_LEAST ? len - excess : BODY_LEAST,
		    notice.body);
		/* The ellipsis may be as long as what it stands for. */
		if (strlen(notice.body) >= len)
			notice.body[text_cut(notice.body, len - 1)] = '\0';
	}
}

static void
add_words_as_json(struct buf *json, const struct notice *notice)
{
	struct buf words;

	buf_init(&words, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	content_add_words(&words, notice);
	buf_add_json(json, buf_text(&words));
	buf_finish(&words);
}

/* A browser wants to know where a tap leads. */
static void
add_navigate(struct buf *json, const struct job *job)
{
	struct buf page;

	buf_init(&page, REQUEST_URL_MAX);
	if (!content_is_secret(job))
		content_add_page(&page, job);
	content_add_member(json, "navigate",
	    page.len > 0 ? buf_text(&page) : "/");
	buf_finish(&page);
}

static enum status
write_notification(const struct job *job, const struct notice *notice,
    struct buf *json)
{
	const struct look *look = job->look;
	char collapse[OPAQUE_ID_LEN + 1];
	char thread[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, collapse);

	if (status == STATUS_OK)
		status = opaque_thread_id(job, thread);
	if (status != STATUS_OK)
		return status;
	buf_addf(json, "{\"web_push\":8030,\"notification\":{\"title\":");
	buf_add_json(json, notice->title);
	buf_addf(json, ",\"body\":");
	add_words_as_json(json, notice);
	add_navigate(json, job);
	content_add_member(json, "tag", collapse);
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(json, ",\"app_badge\":%" PRId32, look->badge);
	if (*look->sound == '\0')
		buf_addf(json, ",\"silent\":true");
	buf_addf(json, ",\"data\":{\"thread\":\"%s\",\"level\":\"%s\"", thread,
	    content_level(job));
	if (*look->sound != '\0')
		content_add_member(json, "sound", look->sound);
	content_add_member(json, "category", content_category(job, notice));
	content_add_cut(json, job, notice);
	if (!content_is_secret(job))
		content_add_route(json, job);
	/* Only the device reads this: without the nonce it could not even
	 * reject what it does not show. */
	if (is_asking(job) && look->privacy != PRIVACY_FULL)
		content_add_member(json, "nonce", job->event->request_nonce);
	buf_addf(json, "}}}");
	return buf_status(json);
}

/* Without the long way to the session: what is left always fits. */
static enum status
fit_without_page(const struct job *job, size_t max, struct buf *json)
{
	struct event event = *job->event;
	struct device device = *job->device;
	struct job brief = *job;

	event.project_directory = NULL;
	device.server_count = 0;
	brief.event = &event;
	brief.device = &device;
	return content_fit(&brief, max, write_notification, json);
}

enum status
content_message(const struct job *job, size_t max, struct buf *json)
{
	char collapse[OPAQUE_ID_LEN + 1];
	enum status status;

	if (job->purpose == PURPOSE_PROGRESS)
		return progress_message(job, json);
	if (job->purpose == PURPOSE_SHOW) {
		status = content_fit(job, max, write_notification, json);
		return status == STATUS_TOO_LARGE
		    ? fit_without_page(job, max, json)
		    : status;
	}
	status = opaque_collapse_id(job, collapse);
	if (status != STATUS_OK)
		return status;
	buf_addf(json, "{\"withdraw\":\"%s\"}", collapse);
	return buf_status(json);
}

enum status
content_encrypt(const struct job *job, const struct push_env *env,
    const struct device_keys *keys, struct buf *body)
{
	struct buf text;
	enum status status;

	buf_init(&text, DRAFT_MAX);
	status = content_message(job, ECE_TEXT_MAX, &text);
	if (status == STATUS_OK)
		status = ece_encrypt(keys, env->dice,
		    &(struct ece_text){ .bytes = buf_text(&text),
		        .len = text.len },
		    body);
	buf_finish(&text);
	return status;
}

int64_t
content_ttl_s(const struct job *job, const struct push_env *env)
{
	int64_t ttl_s = job->event->expires_ms / 1000 - env->now_s;

	return ttl_s > 0 ? ttl_s : 0;
}
