/* apns.c - the Apple Push Notification service.
 *
 * Source: developer.apple.com, UserNotifications: "Sending notification
 * requests to APNs", "Handling notification responses from APNs",
 * "Establishing a token-based connection to APNs".
 */
#include "base/b64url.h"
#include "push/content.h"
#include "push/ece.h"
#include "push/jwt.h"
#include "push/liveactivity.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DRAFT_MAX 16384  /* bytes, before it is made to fit */
#define BODY_MAX 4096    /* bytes; beyond it APNs answers PayloadTooLarge */
#define TOKEN_AGE_S 3000 /* APNs takes a token for an hour */

/* A token becomes part of a URL. */
static bool
is_token(const char *token)
{
	size_t len = strspn(token, "0123456789abcdefABCDEF");

	return len > 0 && token[len] == '\0' && len % 2 == 0;
}

static void
check_progress(const struct device_progress *progress, struct fault *fault)
{
	if (progress->start != NULL && !is_token(progress->start))
		fault_set(fault, "progress.start: must be hexadecimal");
	for (size_t i = 0; i < progress->turn_count; i++) {
		if (!is_token(progress->turns[i].token))
			fault_set(fault,
			    "progress.turns.%s: must be hexadecimal",
			    progress->turns[i].id);
	}
}

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	if (!is_token(device->token != NULL ? device->token : ""))
		fault_set(fault, "token: must be hexadecimal");
	check_progress(&device->progress, fault);
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	if (device->encrypt != NULL && !ece_is_key(device->encrypt->point)) {
		fault_set(fault, "encrypt.p256dh: is not on the curve P-256");
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

static void
add_alert(struct buf *body, const struct notice *notice)
{
	buf_addf(body, "{\"aps\":{\"alert\":{\"title\":");
	buf_add_json(body, notice->title);
	if (notice->subtitle[0] != '\0')
		content_add_member(body, "subtitle", notice->subtitle);
	content_add_member(body, "body", notice->body);
	buf_addf(body, "}");
}

static void
add_sound_and_thread(struct buf *body, const struct job *job, const char *sound,
    const char *thread)
{
	if (*sound != '\0')
		content_add_member(body, "sound", sound);
	if (job->event->session_id != NULL && job->look->digest == NULL)
		content_add_member(body, "thread-id", thread);
}

static enum status
write_open(const struct job *job, const struct notice *notice, struct buf *body)
{
	const struct look *look = job->look;
	char thread[OPAQUE_ID_LEN + 1];
	enum status status = opaque_thread_id(job, thread);

	if (status != STATUS_OK)
		return status;
	add_alert(body, notice);
	add_sound_and_thread(body, job, look->sound, thread);
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(body, ",\"badge\":%" PRId32, look->badge);
	content_add_member(body, "category", content_category(job, notice));
	content_add_member(body, "interruption-level", content_level(job));
	buf_addf(body, "}");
	content_add_cut(body, job, notice);
	if (!content_is_secret(job))
		content_add_route(body, job);
	buf_addf(body, "}");
	return buf_status(body);
}

/* What the app's extension puts in place of the neutral text. */
static enum status
write_sealed(const struct job *job, const struct push_env *env,
    struct buf *body)
{
	char thread[OPAQUE_ID_LEN + 1];
	struct buf sealed;
	enum status status = opaque_thread_id(job, thread);

	buf_init(&sealed, BODY_MAX);
	if (status == STATUS_OK)
		status =
		    content_encrypt(job, env, job->device->encrypt, &sealed);
	if (status == STATUS_OK) {
		add_alert(body, &notice_neutral);
		add_sound_and_thread(body, job,
		    *job->look->sound != '\0' ? "default" : "", thread);
		buf_addf(body, ",\"mutable-content\":1},\"e\":\"");
		b64url_add(body, buf_text(&sealed), sealed.len);
		buf_addf(body, "\"}");
		status = buf_status(body);
	}
	buf_finish(&sealed);
	return status;
}

static enum status
write_withdrawal(const struct job *job, struct buf *body)
{
	char collapse[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, collapse);

	if (status != STATUS_OK)
		return status;
	buf_addf(body,
	    "{\"aps\":{\"content-available\":1},\"withdraw\":\"%s\"}",
	    collapse);
	return buf_status(body);
}

static enum status
add_body(struct request *request, const struct job *job,
    const struct push_env *env)
{
	if (job->purpose == PURPOSE_PROGRESS)
		return liveactivity_add_body(&request->body, job, env);
	if (job->purpose == PURPOSE_WITHDRAW)
		return write_withdrawal(job, &request->body);
	if (job->device->encrypt != NULL)
		return write_sealed(job, env, &request->body);
	return content_fit(job, BODY_MAX, write_open, &request->body);
}

/* 10 is at once, 5 when it suits the phone's battery; a background push may have
 * nothing but 5. */
static int
priority(const struct job *job)
{
	return job->purpose == PURPOSE_WITHDRAW ||
	        job->look->level == LEVEL_PASSIVE
	    ? 5
	    : 10;
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

	buf_addf(headers, "authorization: bearer %s\n", env->authorization);
	if (job->purpose == PURPOSE_PROGRESS)
		return liveactivity_add_headers(headers, job, topic);
	if (status == STATUS_OK)
		status = opaque_collapse_id(job, collapse);
	if (status != STATUS_OK)
		return status;
	buf_addf(headers, "content-type: application/json\n");
	buf_addf(headers, "apns-push-type: %s\n",
	    job->purpose == PURPOSE_WITHDRAW ? "background" : "alert");
	buf_addf(headers, "apns-topic: %s\n", topic);
	buf_addf(headers, "apns-id: %s\n", push_id);
	buf_addf(headers, "apns-collapse-id: %s\n", collapse);
	buf_addf(headers, "apns-expiration: %" PRId64 "\n",
	    job->event->expires_ms / 1000);
	buf_addf(headers, "apns-priority: %d\n", priority(job));
	return buf_status(headers);
}

/* The environment that took a push of ours, else the one that the registration
 * names, else that of the settings: what was seen is better than what was said.
 */
static bool
is_sandbox(const struct device *device, const struct settings *settings)
{
	if (device->reached_at != NULL &&
	    strcmp(device->reached_at, settings->apns.sandbox_url) == 0)
		return true;
	if (device->reached_at != NULL &&
	    strcmp(device->reached_at, settings->apns.production_url) == 0)
		return false;
	if (device->environment != NULL)
		return strcmp(device->environment, "sandbox") == 0;
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

/* The other environment, once: from there nothing leads back. Also where the
 * registration names one: an app that says the wrong one is no lost device. */
static bool
elsewhere(const struct device *device, const struct settings *settings,
    const char *origin, char other[PUSH_ORIGIN_MAX])
{
	char first[PUSH_ORIGIN_MAX];

	write_origin(device, settings, first);
	if (strcmp(origin, first) != 0)
		return false;
	(void)snprintf(other, PUSH_ORIGIN_MAX, "%s",
	    is_sandbox(device, settings) ? settings->apns.production_url
	                                 : settings->apns.sandbox_url);
	return strcmp(other, first) != 0;
}

static const char *
token_of(const struct job *job)
{
	return job->purpose == PURPOSE_PROGRESS ? liveactivity_token(job)
	                                        : job->device->token;
}

static bool
shows(const struct job *job)
{
	return token_of(job) != NULL;
}

static void
add_url(struct request *request, const char *token, const char *origin)
{
	buf_addf(&request->url, "%s/3/device/", origin);
	/* Apple's own tokens are lower-case. */
	for (const char *c = token; *c != '\0'; c++) {
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
	const char *token = token_of(job);
	struct request draft;
	enum status status;

	if (token == NULL)
		return STATUS_BAD_INPUT;
	request_init(&draft,
	    job->purpose == PURPOSE_PROGRESS ? BODY_MAX : DRAFT_MAX);
	draft.ca_file = env->settings->apns.ca_file;
	draft.needs_words = true;
	add_url(&draft, token, env->origin);
	status = add_headers(&draft, job, env);
	if (status == STATUS_OK)
		status = add_body(&draft, job, env);
	return request_hand_over(&draft, status, request);
}

#define OTHER_ENVIRONMENT                                                      \
	"the key is for the other environment: check [apns] environment, and " \
	"what the key is for"

/* What APNs says in words, where the status alone would mislead or a person can
 * help. Configuration errors keep the device. */
static const struct verdict_word meanings[] = {
	{ .word = "BadDeviceToken",
	    .outcome = OUTCOME_GONE,
	    .perhaps_elsewhere = true,
	    .advice = "the app's token belongs to no device, nor does the "
	              "other environment know it: let the app register again" },
	{ .word = "DeviceTokenNotForTopic",
	    .outcome = OUTCOME_REJECTED,
	    .advice =
	        "the token belongs to another app: make topic, here or in "
	        "the registration, the bundle id of the app" },
	{ .word = "TopicDisallowed",
	    .outcome = OUTCOME_REJECTED,
	    .advice = "the key may not push to this topic: check [apns] topic, "
	              "team_id and what the key is for" },
	{ .word = "InvalidProviderToken",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = "Apple does not know the key: check [apns] key_id, "
	              "team_id (not swapped?) and key_file" },
	{ .word = "BadEnvironmentKeyInToken",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = OTHER_ENVIRONMENT },
	{ .word = "BadEnvironmentKeyIdInToken",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = OTHER_ENVIRONMENT },
	{ .word = "Forbidden",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice =
	        "the key may not push: look at it at developer.apple.com" },
	{ .word = "Unregistered", .outcome = OUTCOME_GONE },
	{ .word = "ExpiredToken", .outcome = OUTCOME_GONE },
	{ .word = "IdleTimeout",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
	{ .word = "ExpiredProviderToken",
	    .outcome = OUTCOME_RETRY,
	    .is_ours = true,
	    .fresh_connection = true,
	    .fresh_authorization = true,
	    .advice = "if it goes on: this machine's clock is wrong" },
	{ .word = "UnrelatedKeyIdInToken",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
	{ .word = "TooManyProviderTokenUpdates",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
	{ .word = "Shutdown",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
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

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = {
		.outcome = outcome_by_status(response->status),
		/* A connection that let one request down is not trusted. */
		.fresh_connection = response->status == 0,
	};

	if (response->status == 200) {
		verdict_check_form(response, NULL, &verdict);
		return verdict;
	}
	verdict_read_reason(response, &verdict);
	verdict_apply(meanings, COUNT_OF(meanings), response, &verdict);
	return verdict;
}

const struct provider apns_provider = {
	.name = "apns",
	.retry = { .first_s = 2, .ceiling_s = 30 },
	.in_flight_max = 64,
	.authorization_s = TOKEN_AGE_S,
	.on_setting = "key_file",
	.key_setting = "key_file",
	.check_key = jwt_check_es256,
	.check = check,
	.origin = write_origin,
	.elsewhere = elsewhere,
	.shows = shows,
	.authorize = authorize,
	.encode = encode,
	.judge = judge,
	.probe = { .nobody = "00000000000000000000000000000000"
	                     "00000000000000000000000000000000",
	    .refusals = { "BadDeviceToken" } },
};
