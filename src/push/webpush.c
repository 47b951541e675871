/* webpush.c - Web Push: browsers, and apps that use UnifiedPush.
 *
 * Source: RFC 8030 (delivery), RFC 8291 (encryption), RFC 8292 (VAPID);
 * developer.apple.com, "Sending web push notifications in web apps and
 * browsers"; autopush.readthedocs.io, "Errors"; UnifiedPush AND_3.0.0.
 * The text is the declarative form that Safari shows by itself.
 */
#include "push/address.h"
#include "push/content.h"
#include "push/ece.h"
#include "push/jwt.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define BODY_MAX 4096     /* bytes: what every service must take */
#define TTL_MAX_S 2592000 /* 30 days; Mozilla takes no more */
#define TOKEN_AGE_S 21600 /* Apple: not more than one an hour */
#define TOKEN_LIFE_S 43200

static const char *const known_hosts[] = {
	"fcm.googleapis.com",
	"jmt17.google.com",
	"*.push.services.mozilla.com",
	"*.push.apple.com",
	"*.notify.windows.com",
	"ntfy.sh",
	NULL,
};

static struct address_rules
rules_of(const struct settings *settings)
{
	return (struct address_rules){
		.known = known_hosts,
		.allowed = settings->webpush.allow_hosts,
		.allows_http = settings->webpush.allow_http == SETTING_YES,
	};
}

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	const struct address_rules rules = rules_of(settings);
	struct address address;

	if (device->endpoint == NULL)
		fault_set(fault, "endpoint: is missing");
	else if (device->keys == NULL)
		fault_set(fault, "keys: is missing");
	else if (!ece_is_key(device->keys->point))
		fault_set(fault, "keys.p256dh: is not on the curve P-256");
	if (fault_is_set(fault))
		return STATUS_BAD_INPUT;
	return address_read("endpoint", device->endpoint, &rules, &address,
	    fault);
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	const struct address_rules rules = rules_of(settings);
	struct fault ignored = { "" };
	struct address address;

	(void)address_read("endpoint", device->endpoint, &rules, &address,
	    &ignored);
	address_write_origin(&address, device->endpoint, origin,
	    PUSH_ORIGIN_MAX);
}

static enum status
authorize(const struct push_env *env, const char *secret, struct buf *token)
{
	struct buf claims;
	enum status status;

	buf_init(&claims, PUSH_TOKEN_MAX);
	buf_addf(&claims, "{\"aud\":");
	buf_add_json(&claims, env->origin);
	buf_addf(&claims,
	    ",\"exp\":%" PRId64 ",\"sub\":", env->now_s + TOKEN_LIFE_S);
	buf_add_json(&claims, env->settings->webpush.subject);
	buf_addf(&claims, "}");
	buf_addf(token, "vapid t=");
	status = jwt_sign_es256("{\"typ\":\"JWT\",\"alg\":\"ES256\"}",
	    buf_text(&claims), secret, token);
	buf_addf(token, ", k=");
	if (status == STATUS_OK)
		status = jwt_add_public(secret, token);
	buf_finish(&claims);
	return status;
}

static const char *
urgency(const struct job *job)
{
	if (job->purpose == PURPOSE_PROGRESS)
		return job->progress->step == ACTIVITY_END ? "normal" : "low";
	if (job->purpose == PURPOSE_WITHDRAW)
		return "normal";
	switch (job->look->level) {
	case LEVEL_PASSIVE:
		return "low";
	case LEVEL_ACTIVE:
		return "normal";
	case LEVEL_TIME_SENSITIVE:
		break;
	}
	return "high";
}

static enum status
add_headers(struct request *request, const struct job *job,
    const struct push_env *env)
{
	struct buf *headers = &request->headers;
	int64_t ttl_s = content_ttl_s(job, env);
	char topic[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, topic);

	if (status != STATUS_OK)
		return status;
	buf_addf(headers, "authorization: %s\n", env->authorization);
	buf_addf(headers, "content-encoding: aes128gcm\n");
	buf_addf(headers, "content-type: application/octet-stream\n");
	buf_addf(headers, "ttl: %" PRId64 "\n",
	    ttl_s < TTL_MAX_S ? ttl_s : TTL_MAX_S);
	buf_addf(headers, "urgency: %s\n", urgency(job));
	buf_addf(headers, "topic: %s\n", topic);
	return buf_status(headers);
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	const struct address_rules rules = rules_of(env->settings);
	struct fault fault = { "" };
	struct address address;
	struct request draft;
	/* The settings may have changed since it was checked. */
	enum status status = address_read("endpoint", job->device->endpoint,
	    &rules, &address, &fault);

	if (status != STATUS_OK)
		return status;
	request_init(&draft, BODY_MAX);
	draft.ca_file = env->settings->webpush.ca_file;
	draft.allows_http = address.is_http;
	draft.is_public = !address.is_allowed;
	buf_addf(&draft.url, "%s", job->device->endpoint);
	status = add_headers(&draft, job, env);
	if (status == STATUS_OK)
		status =
		    content_encrypt(job, env, job->device->keys, &draft.body);
	return request_hand_over(&draft, status, request);
}

/* An app; a browser would have to show each of them. */
static bool
shows(const struct job *job)
{
	return job->device->progress.is_set;
}

#define OTHER_KEY                                                              \
	"the app subscribed with another VAPID key: if [webpush] key_file is " \
	"right, open the app, so that it subscribes again"

/* A subscription belongs to the key it was made with; each service says in other
 * words, and under another status, that ours is not it. Which of the two keys is
 * the wrong one nobody says, and a wrong setting removes no device. */
static const struct verdict_word meanings[] = {
	{ .word = "VapidPkHashMismatch", /* Apple */
	    .is_phrase = true,
	    .outcome = OUTCOME_REJECTED,
	    .advice = OTHER_KEY },
	{ .word = "VAPID public key mismatch", /* Mozilla */
	    .is_phrase = true,
	    .outcome = OUTCOME_REJECTED,
	    .advice = OTHER_KEY },
	{ .word = "do not correspond to the credentials", /* Google */
	    .is_phrase = true,
	    .outcome = OUTCOME_REJECTED,
	    .advice = OTHER_KEY },
	{ .word = "BadJwtToken",
	    .outcome = OUTCOME_REJECTED,
	    .advice = "set [webpush] subject to an address of yours, and check "
	              "this machine's clock" },
	{ .word = "IdleTimeout",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
	{ .word = "Shutdown",
	    .outcome = OUTCOME_RETRY,
	    .fresh_connection = true },
};

static enum outcome
outcome_by_status(int status)
{
	if (status >= 200 && status < 300)
		return OUTCOME_DELIVERED;
	if (status == 404 || status == 410)
		return OUTCOME_GONE;
	/* 507: nobody listens there at the moment, says ntfy. */
	if (status == 0 || status == 408 || status == 429 || status >= 500)
		return OUTCOME_RETRY;
	return OUTCOME_REJECTED;
}

static const char *
advice_by_status(int status)
{
	if (status == 401 || status == 403)
		return "the push service does not take our VAPID signature: "
		       "check [webpush] subject and this machine's clock";
	if (status >= 300 && status < 400)
		return "the push service moved: let the app subscribe again";
	return NULL;
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = {
		.outcome = outcome_by_status(response->status),
		.advice = advice_by_status(response->status),
		.fresh_connection = response->status == 0,
		.pauses_service = response->status == 429,
	};

	if (verdict.outcome == OUTCOME_DELIVERED) {
		/* RFC 8030 5 wants no body; ntfy answers with one. */
		verdict_check_form(response, NULL, &verdict);
		return verdict;
	}
	verdict_read_reason(response, &verdict);
	verdict_apply(meanings, COUNT_OF(meanings), response, &verdict);
	return verdict;
}

const struct provider webpush_provider = {
	.name = "webpush",
	.retry = { .first_s = 2, .ceiling_s = 300 },
	.in_flight_max = 32,
	.has_any_host = true,
	.shows = shows,
	.authorization_s = TOKEN_AGE_S,
	.on_setting = "subject",
	.key_setting = "key_file",
	.check_key = jwt_check_es256,
	.make_key = jwt_make_es256,
	.check = check,
	.origin = write_origin,
	.authorize = authorize,
	.encode = encode,
	.judge = judge,
	.probe = { .path = "" },
};
