/* pushwoosh.c - Pushwoosh: for apps that have its SDK already.
 *
 * Source: docs.pushwoosh.com, Messages API, /createMessage.
 * It reads all that it is told, and so do Apple and Google behind it.
 * Nothing that it answers removes a device: a wrong application looks the same.
 */
#include "core/json.h"
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
#define STATUS_FINE 200
#define STATUS_ARGUMENT 210

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	if (device->token == NULL)
		fault_set(fault,
		    "token: is missing, the HWID or push token of Pushwoosh");
	else if (device->encrypt != NULL)
		fault_set(fault,
		    "encrypt: Pushwoosh cannot; set the privacy none instead");
	else if (*settings->pushwoosh.application == '\0')
		fault_set(fault, "[pushwoosh] application is not set");
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	(void)device;
	(void)snprintf(origin, PUSH_ORIGIN_MAX, "%s", settings->pushwoosh.url);
}

static void
add_words(struct buf *part, const struct notice *notice)
{
	struct buf words;

	buf_init(&words, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	content_add_words(&words, notice);
	content_add_member(part, "title", notice->title);
	content_add_member(part, "content", buf_text(&words));
	buf_finish(&words);
}

static void
add_look(struct buf *part, const struct look *look)
{
	/* From -2 to 2: how far up among Android's. */
	buf_addf(part, ",\"android_priority\":%d",
	    look->level == LEVEL_PASSIVE              ? -1
	        : look->level == LEVEL_TIME_SENSITIVE ? 1
	                                              : 0);
	/* An empty sound is silence. */
	content_add_member(part, "ios_sound", look->sound);
	content_add_member(part, "android_sound", look->sound);
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(part,
		    ",\"ios_badges\":%" PRId32 ",\"android_badges\":%" PRId32,
		    look->badge, look->badge);
}

static enum status
write_part(const struct job *job, const struct notice *notice, struct buf *part)
{
	char tag[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, tag);

	if (status != STATUS_OK)
		return status;
	add_words(part, notice);
	add_look(part, job->look);
	buf_addf(part, ",\"data\":{\"tag\":\"%s\"", tag);
	content_add_data(part, job, notice);
	buf_addf(part, "}");
	return buf_status(part);
}

static enum status
add_body(struct buf *body, const struct job *job, const struct push_env *env)
{
	int64_t ttl_s = content_ttl_s(job, env);
	struct buf part;
	enum status status;

	if (ttl_s > TTL_MAX_S)
		ttl_s = TTL_MAX_S;
	buf_init(&part, DRAFT_MAX);
	status = content_fit(job, BODY_MAX, write_part, &part);
	if (status == STATUS_OK) {
		buf_addf(body, "{\"request\":{\"application\":\"%s\"",
		    env->settings->pushwoosh.application);
		content_add_member(body, "auth", env->authorization);
		buf_addf(body,
		    ",\"notifications\":[{\"send_date\":\"now\","
		    "\"ignore_user_timezone\":true,\"devices\":[");
		buf_add_json(body, job->device->token);
		buf_addf(body,
		    "],\"ios_ttl\":%" PRId64 ",\"android_gcm_ttl\":%" PRId64
		    "%s}]}}",
		    ttl_s, ttl_s, buf_text(&part));
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
	draft.ca_file = env->settings->pushwoosh.ca_file;
	buf_addf(&draft.url, "%s/json/1.3/createMessage", env->origin);
	buf_addf(&draft.headers, "content-type: application/json\n");
	status = add_body(&draft.body, job, env);
	return request_hand_over(&draft, status, request);
}

/* What it says under 200. */
struct saying {
	int code;
	bool has_message; /* one was made */
	bool is_unknown;  /* not for this device */
};

static struct saying
read_saying(const struct response *response)
{
	struct saying saying = { .code = 0 };
	struct fault ignored = { "" };
	struct json_object object;
	struct json_object inner;
	struct cJSON *root;
	struct json_list messages;

	if (response->body == NULL ||
	    json_parse(response->body, strlen(response->body), &ignored, &root,
	        &object) != STATUS_OK)
		return saying;
	saying.code = (int)json_integer(&object, "status_code", 0, 999, 0);
	inner = json_member(&object, "response");
	messages = json_list(&inner, "Messages");
	saying.has_message = messages.count > 0;
	saying.is_unknown = json_has(&inner, "UnknownDevices");
	json_free(root);
	return saying;
}

static void
refuse(struct verdict *verdict, const char *reason, const char *advice)
{
	verdict->outcome = OUTCOME_REJECTED;
	(void)snprintf(verdict->reason, sizeof(verdict->reason), "%s", reason);
	verdict->advice = advice;
}

/* Its own status stands in the answer; that of HTTP is 200 for all of them. */
static void
judge_saying(const struct response *response, struct verdict *verdict)
{
	struct saying saying = read_saying(response);

	if (saying.code == STATUS_ARGUMENT)
		refuse(verdict, "status_code 210",
		    "Pushwoosh does not take it: check [pushwoosh] "
		    "application and key_file");
	else if (saying.code >= 500)
		verdict->outcome = OUTCOME_RETRY;
	else if (saying.code != STATUS_FINE || !saying.has_message)
		refuse(verdict, "not its answer",
		    "what answers there is not Pushwoosh: check [pushwoosh] "
		    "url");
	else if (saying.is_unknown)
		refuse(verdict, "UnknownDevices",
		    "token is no device of [pushwoosh] application: let the "
		    "app register again");
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = verdict_of_status(response->status, NULL);

	verdict_check_form(response, NULL, &verdict);
	if (verdict.outcome == OUTCOME_DELIVERED)
		judge_saying(response, &verdict);
	return verdict;
}

const struct provider pushwoosh_provider = {
	.name = "pushwoosh",
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
	.probe = { .nobody = "nudge-doctor", .refusals = { "UnknownDevices" } },
};
