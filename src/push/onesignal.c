/* onesignal.c - OneSignal: for apps that have its SDK already.
 *
 * Source: documentation.onesignal.com, "Push notification" (POST
 * /notifications), "Idempotent API requests", "Rate limits and error handling".
 * It reads all that it is told, and so do Apple and Google behind it.
 * Nothing that it answers removes a device: a wrong app_id looks the same.
 */
#include "base/attr.h"
#include "push/apikey.h"
#include "push/content.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DRAFT_MAX 16384
#define BODY_MAX 3500 /* bytes: what becomes of it must fit into 4096 */
#define TTL_MAX_S 2419200

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	if (device->token == NULL)
		fault_set(fault,
		    "token: is missing, the subscription id of OneSignal");
	else if (device->encrypt != NULL)
		fault_set(fault,
		    "encrypt: OneSignal cannot; set the privacy none instead");
	else if (*settings->onesignal.app_id == '\0')
		fault_set(fault, "[onesignal] app_id is not set");
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	(void)device;
	(void)snprintf(origin, PUSH_ORIGIN_MAX, "%s", settings->onesignal.url);
}

static const char *
interruption(const struct job *job)
{
	return job->look->level == LEVEL_TIME_SENSITIVE ? "time_sensitive"
	                                                : content_level(job);
}

static void
add_texts(struct buf *body, const struct notice *notice)
{
	struct buf words;

	buf_init(&words, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	content_add_words(&words, notice);
	buf_addf(body, ",\"headings\":{\"en\":");
	buf_add_json(body, notice->title);
	buf_addf(body, "},\"contents\":{\"en\":");
	buf_add_json(body, buf_text(&words));
	buf_addf(body, "}");
	buf_finish(&words);
}

static void
add_look(struct buf *body, const struct job *job)
{
	const struct look *look = job->look;

	buf_addf(body, ",\"priority\":%d",
	    look->level == LEVEL_PASSIVE ? 5 : 10);
	content_add_member(body, "ios_interruption_level", interruption(job));
	/* "nil" is how it spells silence. */
	content_add_member(body, "ios_sound",
	    *look->sound != '\0' ? look->sound : "nil");
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(body,
		    ",\"ios_badgeType\":\"SetTo\",\"ios_badgeCount\":%" PRId32,
		    look->badge);
}

static enum status
write_part(const struct job *job, const struct notice *notice, struct buf *part)
{
	char tag[OPAQUE_ID_LEN + 1];
	char thread[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, tag);

	if (status == STATUS_OK)
		status = opaque_thread_id(job, thread);
	if (status != STATUS_OK)
		return status;
	add_texts(part, notice);
	add_look(part, job);
	content_add_member(part, "collapse_id", tag);
	content_add_member(part, "thread_id", thread);
	buf_addf(part, ",\"data\":{\"tag\":\"%s\"", tag);
	content_add_data(part, job, notice);
	buf_addf(part, "}");
	return buf_status(part);
}

static enum status
add_body(struct buf *body, const struct job *job, const struct push_env *env)
{
	int64_t ttl_s = content_ttl_s(job, env);
	char push_id[OPAQUE_UUID_LEN + 1];
	struct buf part;
	enum status status = opaque_push_id(job, push_id);

	buf_init(&part, DRAFT_MAX);
	if (status == STATUS_OK)
		status = content_fit(job, BODY_MAX, write_part, &part);
	if (status == STATUS_OK) {
		buf_addf(body, "{\"app_id\":\"%s\",\"target_channel\":\"push\"",
		    env->settings->onesignal.app_id);
		buf_addf(body, ",\"include_subscription_ids\":[");
		buf_add_json(body, job->device->token);
		buf_addf(body, "],\"idempotency_key\":\"%s\"", push_id);
		buf_addf(body, ",\"ttl\":%" PRId64 "%s}",
		    ttl_s < TTL_MAX_S ? ttl_s : TTL_MAX_S, buf_text(&part));
		status = buf_status(body);
	}
	buf_finish(&part);
	return status;
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	struct request draft;
	enum status status;

	request_init(&draft, DRAFT_MAX);
	draft.ca_file = env->settings->onesignal.ca_file;
	buf_addf(&draft.url, "%s/notifications", env->origin);
	buf_addf(&draft.headers,
	    "authorization: Key %s\ncontent-type: application/json\n",
	    env->authorization);
	status = add_body(&draft.body, job, env);
	return request_hand_over(&draft, status, request);
}

/* It says 200 also where it sends nothing: then "id" is empty, and "errors" says
 * why, as a list of sentences or an object. */
static void
read_errors(const struct response *response, struct verdict *verdict)
{
	static const struct verdict_word words[] = {
		{ .word = "are not subscribed",
		    .is_phrase = true,
		    .outcome = OUTCOME_REJECTED,
		    .advice = "the person switched the app's notifications "
		              "off, or the app is gone from the phone" },
		{ .word = "invalid_player_ids",
		    .is_phrase = true,
		    .outcome = OUTCOME_REJECTED,
		    .advice = "token is no subscription of [onesignal] app_id: "
		              "let the app register again" },
		{ .word = "invalid_subscription_ids",
		    .is_phrase = true,
		    .outcome = OUTCOME_REJECTED,
		    .advice = "token is no subscription of [onesignal] app_id: "
		              "let the app register again" },
	};

	struct verdict other = *verdict;

	other.reason[0] = '\0';
	verdict_apply(words, COUNT_OF(words), response, &other);
	if (other.reason[0] != '\0')
		*verdict = other;
}

static const char *
advice_by_status(int status)
{
	if (status == 401 || status == 403)
		return "OneSignal does not take the key: check [onesignal] "
		       "key_file and app_id";
	return NULL;
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = verdict_of_status(response->status,
	    advice_by_status(response->status));

	verdict_check_form(response, "id", &verdict);
	if (verdict.outcome == OUTCOME_REJECTED)
		read_errors(response, &verdict);
	return verdict;
}

const struct provider onesignal_provider = {
	.name = "onesignal",
	.retry = { .first_s = 5, .ceiling_s = 300 },
	.in_flight_max = 16,
	.cannot_withdraw = true,
	.authorization_s = INT32_MAX,
	.on_setting = "key_file",
	.key_setting = "key_file",
	.check_key = apikey_check,
	.check = check,
	.origin = write_origin,
	.authorize = apikey_authorize,
	.encode = encode,
	.judge = judge,
	.probe = { .nobody = "00000000-0000-0000-0000-000000000000",
	    .refusals = { "invalid_player_ids", "invalid_subscription_ids" } },
};
