/* apns.c - the Apple Push Notification service.
 *
 * Source: developer.apple.com, UserNotifications: "Sending notification
 * requests to APNs", "Handling notification responses from APNs",
 * "Establishing a token-based connection to APNs".
 */
#include "base/b64url.h"
#include "core/json.h"
#include "core/notice.h"
#include "push/jwt.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX 4096     /* bytes; beyond it APNs answers PayloadTooLarge */
#define HREF_BASE_MAX 512 /* bytes; a longer one would crowd out the text */
#define TOKEN_AGE_S 3000  /* APNs takes a token for an hour */

/* The token becomes part of a URL. */
static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	const char *token = device->token != NULL ? device->token : "";
	size_t len = strspn(token, "0123456789abcdefABCDEF");

	if (len == 0 || token[len] != '\0' || len % 2 != 0) {
		fault_set(fault, "token: must be hexadecimal");
		return STATUS_BAD_INPUT;
	}
	if (device->topic == NULL && settings->apns.topic[0] == '\0') {
		fault_set(fault, "topic: is missing, here and in the settings");
		return STATUS_BAD_INPUT;
	}
	return STATUS_OK;
}

static enum status
authorize(const struct push_env *env, const char *secret, struct buf *token)
{
	const struct settings *settings = env->settings;
	enum status status;
	struct buf header;
	struct buf claims;

	buf_init(&header, PUSH_TOKEN_MAX);
	buf_init(&claims, PUSH_TOKEN_MAX);
	buf_addf(&header, "{\"alg\":\"ES256\",\"kid\":\"%s\"}",
	    settings->apns.key_id);
	buf_addf(&claims, "{\"iss\":\"%s\",\"iat\":%" PRId64 "}",
	    settings->apns.team_id, env->now_s);
	status =
	    jwt_sign_es256(buf_text(&header), buf_text(&claims), secret, token);
	buf_finish(&header);
	buf_finish(&claims);
	return status;
}

static const char *
category(enum kind kind)
{
	if (kind == KIND_PERMISSION_ASKED)
		return "NUDGE_PERMISSION";
	if (kind == KIND_QUESTION_ASKED)
		return "NUDGE_QUESTION";
	return NULL;
}

static void
add_member(struct buf *body, const char *name, const char *text)
{
	if (text == NULL)
		return;
	buf_add(body, ",\"", 2);
	buf_add(body, name, strlen(name));
	buf_add(body, "\":", 2);
	buf_add_json(body, text);
}

/* Where a tap leads: below the address under which this device knows the host,
 * else below the project's directory. */
static void
add_href(struct buf *body, const struct job *job)
{
	const struct event *event = job->event;
	const struct device *device = job->device;
	const char *base = event->project_directory;
	const char *prefix = "/";

	for (size_t i = 0; event->host && i < device->server_count; i++) {
		if (strcmp(device->servers[i].host, event->host) == 0) {
			base = device->servers[i].url;
			prefix = "/server/";
		}
	}
	if (base == NULL || event->session_id == NULL ||
	    strlen(base) > HREF_BASE_MAX)
		return;
	buf_addf(body, ",\"href\":\"%s", prefix);
	b64url_add(body, base, strlen(base));
	buf_addf(body, "/session/%s\"", event->session_id);
}

static const char *const levels[] = {
	[LEVEL_PASSIVE] = "passive",
	[LEVEL_ACTIVE] = "active",
	[LEVEL_TIME_SENSITIVE] = "time-sensitive",
};

static void
add_aps(struct buf *body, const struct job *job, const struct notice *notice,
    const char *thread)
{
	const struct look *look = job->look;

	buf_addf(body, "{\"aps\":{\"alert\":{\"title\":");
	buf_add_json(body, notice->title);
	if (notice->subtitle[0] != '\0')
		add_member(body, "subtitle", notice->subtitle);
	add_member(body, "body", notice->body);
	buf_addf(body, "}");
	if (*look->sound != '\0')
		add_member(body, "sound", look->sound);
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(body, ",\"badge\":%" PRId32, look->badge);
	if (job->event->session_id != NULL)
		add_member(body, "thread-id", thread);
	add_member(body, "category", category(job->event->kind));
	add_member(body, "interruption-level", levels[look->level]);
	buf_addf(body, "}");
}

static enum status
add_body(struct request *request, const struct job *job)
{
	char thread[OPAQUE_ID_LEN + 1];
	struct buf *body = &request->body;
	struct notice notice;
	enum status status = opaque_thread_id(job, thread);

	if (status != STATUS_OK)
		return status;
	notice_write(job->event, job->look, &notice);
	add_aps(body, job, &notice, thread);
	add_member(body, "kind", kind_str(job->event->kind));
	add_member(body, "event_id", job->event->id);
	add_member(body, "session_id", job->event->session_id);
	add_member(body, "request_id", job->event->request_id);
	add_member(body, "host", job->event->host);
	add_href(body, job);
	buf_addf(body, "}");
	return buf_status(body);
}

static enum status
add_headers(struct request *request, const struct job *job,
    const struct push_env *env)
{
	const char *topic = job->device->topic != NULL
	    ? job->device->topic
	    : env->settings->apns.topic;
	struct buf *headers = &request->headers;
	char push_id[OPAQUE_UUID_LEN + 1];
	char collapse[OPAQUE_ID_LEN + 1];
	enum status status = opaque_push_id(job, push_id);

	if (status == STATUS_OK)
		status = opaque_collapse_id(job, collapse);
	if (status != STATUS_OK)
		return status;
	buf_addf(headers, "authorization: bearer %s\n", env->authorization);
	buf_addf(headers, "content-type: application/json\n");
	buf_addf(headers, "apns-push-type: alert\n");
	buf_addf(headers, "apns-topic: %s\n", topic);
	buf_addf(headers, "apns-id: %s\n", push_id);
	buf_addf(headers, "apns-collapse-id: %s\n", collapse);
	buf_addf(headers, "apns-expiration: %" PRId64 "\n",
	    job->event->expires_ms / 1000);
	buf_addf(headers, "apns-priority: 10\n");
	return buf_status(headers);
}

/* A device that names no environment: the one that took a push of ours, else
 * that of the settings. */
static bool
is_sandbox(const struct device *device, const struct settings *settings)
{
	if (device->environment != NULL)
		return strcmp(device->environment, "sandbox") == 0;
	if (device->reached_at != NULL &&
	    strcmp(device->reached_at, settings->apns.sandbox_url) == 0)
		return true;
	if (device->reached_at != NULL &&
	    strcmp(device->reached_at, settings->apns.production_url) == 0)
		return false;
	return settings->apns.environment == APNS_SANDBOX;
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	(void)snprintf(origin, PUSH_ORIGIN_MAX, "%s",
	    is_sandbox(device, settings) ? settings->apns.sandbox_url
	                                 : settings->apns.production_url);
}

/* The other environment, once: from there nothing leads back. */
static bool
elsewhere(const struct device *device, const struct settings *settings,
    const char *origin, char other[PUSH_ORIGIN_MAX])
{
	char first[PUSH_ORIGIN_MAX];

	write_origin(device, settings, first);
	if (device->environment != NULL || strcmp(origin, first) != 0)
		return false;
	(void)snprintf(other, PUSH_ORIGIN_MAX, "%s",
	    is_sandbox(device, settings) ? settings->apns.production_url
	                                 : settings->apns.sandbox_url);
	return strcmp(other, first) != 0;
}

static void
add_url(struct request *request, const struct job *job, const char *origin)
{
	buf_addf(&request->url, "%s/3/device/", origin);
	/* Apple's own tokens are lower-case. */
	for (const char *c = job->device->token; *c != '\0'; c++) {
		char digit = *c;

		if (digit >= 'A' && digit <= 'F')
			digit = (char)(digit - 'A' + 'a');
		buf_add(&request->url, &digit, 1);
	}
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	struct request draft;
	enum status status;

	request_init(&draft, BODY_MAX);
	draft.ca_file = env->settings->apns.ca_file;
	add_url(&draft, job, env->origin);
	status = add_headers(&draft, job, env);
	if (status == STATUS_OK)
		status = add_body(&draft, job);
	if (status == STATUS_OK)
		status = request_status(&draft);
	if (status == STATUS_OK)
		*request = draft;
	else
		request_finish(&draft);
	return status;
}

/* What APNs says in words, where the status alone would mislead. */
static const struct {
	const char *reason;
	enum outcome outcome;
	bool fresh_connection;
	bool fresh_authorization;
	bool perhaps_elsewhere;
} meanings[] = {
	{ "BadDeviceToken", OUTCOME_GONE, false, false, true },
	{ "Unregistered", OUTCOME_GONE, false, false, false },
	{ "ExpiredToken", OUTCOME_GONE, false, false, false },
	{ "IdleTimeout", OUTCOME_RETRY, true, false, false },
	{ "ExpiredProviderToken", OUTCOME_RETRY, true, true, false },
	{ "UnrelatedKeyIdInToken", OUTCOME_RETRY, true, false, false },
	{ "TooManyProviderTokenUpdates", OUTCOME_RETRY, true, false, false },
	{ "Shutdown", OUTCOME_RETRY, true, false, false },
};

static enum outcome
outcome_by_status(int status)
{
	if (status == 200)
		return OUTCOME_DELIVERED;
	if (status == 410)
		return OUTCOME_GONE;
	if (status == 0 || status == 429 || status >= 500)
		return OUTCOME_RETRY;
	return OUTCOME_REJECTED;
}

static void
read_reason(const struct response *response, struct verdict *verdict)
{
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;
	const char *reason;

	/* An error page in place of JSON says nothing beyond its status. */
	if (response->body == NULL ||
	    json_parse(response->body, strlen(response->body), &ignored, &root,
	        &object) != STATUS_OK)
		return;
	reason = json_line(&object, "reason", PUSH_REASON_MAX - 1);
	if (reason != NULL)
		memcpy(verdict->reason, reason, strlen(reason) + 1);
	verdict->gone_ms =
	    json_integer(&object, "timestamp", 0, INT64_C(1) << 52, 0);
	json_free(root);
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = {
		.outcome = outcome_by_status(response->status),
		/* A connection that let one request down is not trusted. */
		.fresh_connection = response->status == 0,
	};

	if (response->status == 200)
		return verdict;
	read_reason(response, &verdict);
	for (size_t i = 0; i < COUNT_OF(meanings); i++) {
		if (strcmp(meanings[i].reason, verdict.reason) == 0) {
			verdict.outcome = meanings[i].outcome;
			verdict.fresh_connection = meanings[i].fresh_connection;
			verdict.fresh_authorization =
			    meanings[i].fresh_authorization;
			verdict.perhaps_elsewhere =
			    meanings[i].perhaps_elsewhere;
		}
	}
	return verdict;
}

const struct provider apns_provider = {
	.name = "apns",
	.retry = { .first_s = 2, .ceiling_s = 30 },
	.in_flight_max = 64,
	.authorization_s = TOKEN_AGE_S,
	.key_setting = "key_file",
	.check_key = jwt_check_es256,
	.check = check,
	.origin = write_origin,
	.elsewhere = elsewhere,
	.authorize = authorize,
	.encode = encode,
	.judge = judge,
};
