/* ntfy.c - a topic on an ntfy server.
 *
 * Source: docs.ntfy.sh, "Publish as JSON", "Updating and deleting
 * notifications" (since 2.16), "Authentication"; its errors are JSON with
 * "error".
 */
#include "push/address.h"
#include "push/content.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <stdio.h>
#include <string.h>

#define BODY_MAX 16384
#define TOPIC_MAX_LEN 64
#define TOPIC_CHARACTERS \
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"

static const char *const known_hosts[] = { "ntfy.sh", NULL };

/* A topic's URL: the server, perhaps a path, and the topic. */
struct topic {
	struct address address;
	size_t server_len; /* of the URL, up to the topic's slash */
	const char *name;
};

static enum status
read_topic(const struct device *device, const struct settings *settings,
    struct topic *topic, struct fault *fault)
{
	const struct address_rules rules = {
		.known = known_hosts,
		.allowed = settings->ntfy.allow_hosts,
		.allows_http = settings->ntfy.allow_http == SETTING_YES,
	};
	size_t len;

	if (device->url == NULL) {
		fault_set(fault, "url: is missing");
		return STATUS_BAD_INPUT;
	}
	if (address_read("url", device->url, &rules, &topic->address, fault) !=
	    STATUS_OK)
		return STATUS_BAD_INPUT;
	topic->name = topic->address.path;
	while (strchr(topic->name, '/') != NULL)
		topic->name = strchr(topic->name, '/') + 1;
	topic->server_len = (size_t)(topic->name - 1 - device->url);
	/* What is below the path of another service is no topic. */
	if (strchr(device->url, '?') != NULL) {
		fault_set(fault, "url: must have no query");
		return STATUS_BAD_INPUT;
	}
	len = strspn(topic->name, TOPIC_CHARACTERS);
	if (len == 0 || len > TOPIC_MAX_LEN || topic->name[len] != '\0') {
		fault_set(fault,
		    "url: must end with a topic, 1 to 64 of A-Z a-z 0-9 _ -");
		return STATUS_BAD_INPUT;
	}
	return STATUS_OK;
}

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	struct topic topic;

	if (device->encrypt != NULL)
		fault_set(fault,
		    "encrypt: ntfy cannot; set the privacy none instead");
	return fault_is_set(fault)
	    ? STATUS_BAD_INPUT
	    : read_topic(device, settings, &topic, fault);
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	struct fault ignored = { "" };
	struct topic topic = { .server_len = 0 };

	(void)read_topic(device, settings, &topic, &ignored);
	address_write_origin(&topic.address, device->url, origin,
	    PUSH_ORIGIN_MAX);
}

/* RFC 4648 4, with padding, as RFC 7617 wants it. */
static void
add_base64(struct buf *text, const char *bytes)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	                               "abcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(bytes);

	for (size_t i = 0; i < len; i += 3) {
		uint32_t group = 0;

		for (size_t j = 0; j < 3; j++)
			group = group << 8 |
			    (i + j < len ? (unsigned char)bytes[i + j] : 0);
		for (size_t j = 0; j < 4; j++)
			buf_add(text,
			    i + j <= len ? &alphabet[group >> (18 - 6 * j) & 63]
			                 : "=",
			    1);
	}
}

/* "user:password", or a token as ntfy makes them. */
static void
add_headers(struct buf *headers, const char *auth)
{
	buf_addf(headers, "content-type: application/json\n");
	if (auth == NULL)
		return;
	if (strchr(auth, ':') == NULL) {
		buf_addf(headers, "authorization: Bearer %s\n", auth);
		return;
	}
	buf_addf(headers, "authorization: Basic ");
	add_base64(headers, auth);
	buf_addf(headers, "\n");
}

/* 5 would sound through "do not disturb" on many phones; 2 is silent. */
static int
priority(const struct look *look)
{
	if (look->level == LEVEL_PASSIVE || *look->sound == '\0')
		return 2;
	return look->level == LEVEL_TIME_SENSITIVE ? 4 : 3;
}

/* The names of emoji, which ntfy puts before the title. */
static const char *
tag_of(enum kind kind)
{
	switch (kind) {
	case KIND_PERMISSION_ASKED:
		return "key";
	case KIND_QUESTION_ASKED:
		return "question";
	case KIND_SESSION_ERROR:
		return "x";
	case KIND_SESSION_IDLE:
		return "white_check_mark";
	case KIND_NOTE:
	case KIND_TEST:
	case KIND_PERMISSION_REPLIED:
	case KIND_QUESTION_REPLIED:
	case KIND_QUESTION_REJECTED:
	case KIND_SESSION_BUSY:
	case KIND_SESSION_DELETED:
		break;
	}
	return "bell";
}

/* A tap and a button open the session; to answer takes the app. */
static void
add_page(struct buf *body, const struct job *job)
{
	struct buf page;

	buf_init(&page, REQUEST_URL_MAX);
	content_add_page(&page, job);
	if (page.len > 0 && buf_status(&page) == STATUS_OK) {
		content_add_member(body, "click", buf_text(&page));
		buf_addf(body,
		    ",\"actions\":[{\"action\":\"view\","
		    "\"label\":\"Open\"");
		content_add_member(body, "url", buf_text(&page));
		buf_addf(body, "}]");
	}
	buf_finish(&page);
}

static enum status
add_message(struct buf *body, const struct job *job, const char *topic)
{
	struct notice notice;
	struct buf words;
	char sequence[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, sequence);

	if (status != STATUS_OK)
		return status;
	notice_write(job->event, job->look, &notice);
	buf_init(&words, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	content_add_words(&words, &notice);
	buf_addf(body, "{\"topic\":\"%s\",\"sequence_id\":\"%s\"", topic,
	    sequence);
	content_add_member(body, "title", notice.title);
	content_add_member(body, "message", buf_text(&words));
	buf_finish(&words);
	buf_addf(body, ",\"priority\":%d", priority(job->look));
	if (!content_is_secret(job)) {
		buf_addf(body, ",\"tags\":[\"%s\"]", tag_of(job->event->kind));
		add_page(body, job);
	}
	buf_addf(body, "}");
	return buf_status(body);
}

/* DELETE /topic/sequence: the phones take it away. */
static enum status
withdraw(struct request *request, const struct job *job)
{
	char sequence[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, sequence);

	if (status != STATUS_OK)
		return status;
	request->method = "DELETE";
	buf_addf(&request->url, "%s/%s", job->device->url, sequence);
	return STATUS_OK;
}

static enum status
write_request(const struct job *job, const struct topic *topic,
    struct request *request)
{
	enum status status;

	add_headers(&request->headers, job->device->auth);
	if (job->purpose == PURPOSE_WITHDRAW) {
		status = withdraw(request, job);
	} else {
		buf_addf(&request->url, "%.*s/", (int)topic->server_len,
		    job->device->url);
		status = add_message(&request->body, job, topic->name);
	}
	return status;
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	struct fault fault = { "" };
	struct topic topic;
	struct request draft;
	/* The settings may have changed since it was checked. */
	enum status status =
	    read_topic(job->device, env->settings, &topic, &fault);

	if (status != STATUS_OK)
		return status;
	request_init(&draft, BODY_MAX);
	draft.ca_file = env->settings->ntfy.ca_file;
	draft.allows_http = topic.address.is_http;
	draft.is_public = !topic.address.is_allowed;
	status = write_request(job, &topic, &draft);
	return request_hand_over(&draft, status, request);
}

static const char *
advice_by_status(int status)
{
	if (status == 401 || status == 403)
		return "the ntfy server does not let us write: put a token, or "
		       "user:password, into the registration's auth";
	if (status == 404 || status == 405)
		return "is url the address of a topic? Only ntfy 2.16 and "
		       "later take notifications back";
	if (status >= 300 && status < 400)
		return "the ntfy server sends us elsewhere: put its final "
		       "address into the registration's url";
	return NULL;
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = verdict_of_status(response->status,
	    advice_by_status(response->status));

	/* Published or taken back: what it did has an id. */
	verdict_check_form(response, "id", &verdict);
	if (verdict.outcome != OUTCOME_DELIVERED)
		verdict_read_reason(response, &verdict);
	return verdict;
}

const struct provider ntfy_provider = {
	.name = "ntfy",
	/* Its limits let one message pass each five seconds. */
	.retry = { .first_s = 5, .ceiling_s = 300 },
	.in_flight_max = 8,
	.has_any_host = true,
	.check = check,
	.origin = write_origin,
	.encode = encode,
	.judge = judge,
	.probe = { .path = "v1/health", .mark = "\"healthy\"" },
};
