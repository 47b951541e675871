/* fcm.c - Firebase Cloud Messaging, HTTP v1.
 *
 * Source: firebase.google.com/docs/reference/fcm/rest/v1/projects.messages,
 * "FCM error codes", "Throttling and quotas", "Non-collapsible and collapsible
 * messages"; google.rpc.Status.
 *
 * Who we are takes an exchange of its own: account.h. What comes out of it is two
 * words: the project, which is part of each URL, and the access token.
 */
#include "base/b64url.h"
#include "base/text.h"
#include "core/json.h"
#include "push/account.h"
#include "push/content.h"
#include "push/ece.h"
#include "push/opaque.h"
#include "push/provider.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define DRAFT_MAX 16384   /* bytes, before it is made to fit */
#define BODY_MAX 4096     /* bytes of all keys and values */
#define PART_MAX 3500     /* bytes of what is not for Android alone */
#define TTL_MAX_S 2419200 /* 28 days */
#define FIRST_WAIT_S 10   /* Google: no retry sooner */
#define QUOTA_WAIT_S 60   /* Google: without a Retry-After */

static enum status
check(const struct device *device, const struct settings *settings,
    struct fault *fault)
{
	(void)settings;
	if ((device->token == NULL) == (device->fid == NULL))
		fault_set(fault, "token: must be there, or fid in its place");
	if (device->encrypt != NULL && !ece_is_key(device->encrypt->point))
		fault_set(fault, "encrypt.p256dh: is not on the curve P-256");
	return fault_is_set(fault) ? STATUS_BAD_INPUT : STATUS_OK;
}

static void
write_origin(const struct device *device, const struct settings *settings,
    char origin[PUSH_ORIGIN_MAX])
{
	(void)device;
	(void)snprintf(origin, PUSH_ORIGIN_MAX, "%s", settings->fcm.url);
}

/* For a phone that is offline Google keeps only the newest of an app's
 * notification messages, and up to a hundred data messages: what somebody waits
 * for goes as data where the app shows it by itself. */
static bool
goes_as_data(const struct job *job)
{
	return job->device->takes_data && content_is_asking(job);
}

static void
add_words(struct buf *part, const struct notice *notice)
{
	struct buf words;

	buf_init(&words, NOTICE_BODY_MAX + NOTICE_SUBTITLE_MAX + 1);
	content_add_words(&words, notice);
	buf_addf(part, "\"title\":");
	buf_add_json(part, notice->title);
	content_add_member(part, "body", buf_text(&words));
	buf_finish(&words);
}

/* What the system would be told beside the words. */
static void
add_look(struct buf *part, const struct look *look)
{
	if (*look->sound != '\0')
		content_add_member(part, "sound", look->sound);
	else
		content_add_member(part, "silent", "true");
	if (look->badge != LOOK_BADGE_UNKNOWN)
		buf_addf(part, ",\"badge\":\"%" PRId32 "\"", look->badge);
}

static enum status
write_open(const struct job *job, const struct notice *notice, struct buf *part)
{
	char tag[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, tag);

	if (status != STATUS_OK)
		return status;
	if (goes_as_data(job)) {
		buf_addf(part, "\"data\":{");
		add_words(part, notice);
		add_look(part, job->look);
		buf_addf(part, ",\"tag\":\"%s\"", tag);
	} else {
		buf_addf(part, "\"notification\":{");
		add_words(part, notice);
		buf_addf(part, "},\"data\":{\"tag\":\"%s\"", tag);
	}
	content_add_data(part, job, notice);
	buf_addf(part, "}");
	return buf_status(part);
}

/* What the app's own code puts on the screen. */
static enum status
write_sealed(const struct job *job, const struct push_env *env,
    struct buf *part)
{
	struct buf sealed;
	enum status status;

	buf_init(&sealed, BODY_MAX);
	status = content_encrypt(job, env, job->device->encrypt, &sealed);
	if (status == STATUS_OK) {
		buf_addf(part, "\"data\":{\"e\":\"");
		b64url_add(part, buf_text(&sealed), sealed.len);
		buf_addf(part, "\"}");
		status = buf_status(part);
	}
	buf_finish(&sealed);
	return status;
}

static enum status
write_withdrawal(const struct job *job, struct buf *part)
{
	char tag[OPAQUE_ID_LEN + 1];
	enum status status = opaque_collapse_id(job, tag);

	if (status == STATUS_OK)
		buf_addf(part, "\"data\":{\"withdraw\":\"%s\"}", tag);
	return status == STATUS_OK ? buf_status(part) : status;
}

/* The system shows a notification even where the app does not run; data alone
 * goes to the app, and wakes it only with HIGH. HIGH that shows nothing is held
 * against us. */
static void
add_android(struct buf *body, const struct job *job, const struct push_env *env)
{
	const struct look *look = job->look;
	bool is_urgent = job->purpose == PURPOSE_SHOW &&
	    (look->level != LEVEL_PASSIVE || goes_as_data(job));
	int64_t ttl_s = content_ttl_s(job, env);
	char tag[OPAQUE_ID_LEN + 1] = "";

	buf_addf(body,
	    ",\"android\":{\"priority\":\"%s\",\"ttl\":\"%" PRId64 "s\"",
	    is_urgent ? "HIGH" : "NORMAL",
	    ttl_s < TTL_MAX_S ? ttl_s : TTL_MAX_S);
	if (job->purpose == PURPOSE_SHOW && job->device->encrypt == NULL &&
	    !goes_as_data(job) && opaque_collapse_id(job, tag) == STATUS_OK) {
		buf_addf(body, ",\"notification\":{\"tag\":\"%s\"", tag);
		content_add_member(body, "channel_id", content_level(job));
		if (*look->sound != '\0')
			content_add_member(body, "sound", look->sound);
		if (look->badge != LOOK_BADGE_UNKNOWN)
			buf_addf(body, ",\"notification_count\":%" PRId32,
			    look->badge);
		buf_addf(body, "}");
	}
	buf_addf(body, "}");
}

static enum status
add_body(struct request *request, const struct job *job,
    const struct push_env *env)
{
	const struct device *device = job->device;
	struct buf *body = &request->body;
	struct buf part;
	enum status status;

	buf_init(&part, DRAFT_MAX);
	if (job->purpose == PURPOSE_WITHDRAW)
		status = write_withdrawal(job, &part);
	else if (device->encrypt != NULL)
		status = write_sealed(job, env, &part);
	else
		status = content_fit(job, PART_MAX, write_open, &part);
	if (status == STATUS_OK) {
		buf_addf(body, "{\"message\":{\"%s\":",
		    device->fid != NULL ? "fid" : "token");
		buf_add_json(body,
		    device->fid != NULL ? device->fid : device->token);
		buf_addf(body, ",%s", buf_text(&part));
		add_android(body, job, env);
		buf_addf(body, "}}");
		status = buf_status(body);
	}
	buf_finish(&part);
	return status;
}

static enum status
encode(const struct job *job, const struct push_env *env,
    struct request *request)
{
	size_t project_len = strcspn(env->authorization, " ");
	struct request draft;
	enum status status;

	if (env->authorization[project_len] == '\0')
		return STATUS_BAD_INPUT;
	request_init(&draft, DRAFT_MAX);
	draft.ca_file = env->settings->fcm.ca_file;
	draft.needs_words = true;
	buf_addf(&draft.url, "%s/v1/projects/%.*s/messages:send", env->origin,
	    (int)project_len, env->authorization);
	buf_addf(&draft.headers, "authorization: Bearer %s\n",
	    env->authorization + project_len + 1);
	buf_addf(&draft.headers, "content-type: application/json\n");
	status = add_body(&draft, job, env);
	return request_hand_over(&draft, status, request);
}

/* FCM's own word, or Google's; only the first kind tells about a device. */
static const struct verdict_word meanings[] = {
	{ .word = "UNREGISTERED", .outcome = OUTCOME_GONE },
	{ .word = "INVALID_ARGUMENT",
	    .outcome = OUTCOME_REJECTED,
	    .advice = "if it goes on: let the app register again, with a token "
	              "from Firebase" },
	{ .word = "SENDER_ID_MISMATCH",
	    .outcome = OUTCOME_REJECTED,
	    .advice = "the app belongs to another Firebase project: [fcm] "
	              "service_account_file must be of the app's own" },
	{ .word = "THIRD_PARTY_AUTH_ERROR",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = "the Firebase project lacks its APNs or Web Push "
	              "credentials: add them in the Firebase console" },
	{ .word = "UNAUTHENTICATED",
	    .outcome = OUTCOME_RETRY,
	    .is_ours = true,
	    .fresh_authorization = true,
	    .advice = "Google does not take the access token it gave: check "
	              "[fcm] service_account_file and this machine's clock" },
	{ .word = "PERMISSION_DENIED",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = "switch the Firebase Cloud Messaging API on, and give "
	              "the service account the role to send" },
	{ .word = "NOT_FOUND",
	    .outcome = OUTCOME_REJECTED,
	    .is_ours = true,
	    .advice = "there is no such Firebase project: check [fcm] "
	              "service_account_file and url" },
	{ .word = "QUOTA_EXCEEDED",
	    .outcome = OUTCOME_RETRY,
	    .wait_s = QUOTA_WAIT_S },
	{ .word = "RESOURCE_EXHAUSTED",
	    .outcome = OUTCOME_RETRY,
	    .wait_s = QUOTA_WAIT_S },
};

static struct verdict
verdict_by_status(int status)
{
	struct verdict verdict = { .outcome = OUTCOME_REJECTED };

	if (status == 200)
		verdict.outcome = OUTCOME_DELIVERED;
	else if (status == 0 || status == 401 || status == 408 ||
	    status == 429 || status >= 500)
		verdict.outcome = OUTCOME_RETRY;
	verdict.fresh_connection = status == 0;
	verdict.fresh_authorization = status == 401;
	verdict.pauses_service = status == 429;
	if (status == 429)
		verdict.wait_s = QUOTA_WAIT_S;
	return verdict;
}

/* error.details[] says it best, error.status after it. */
static void
read_error(const struct json_object *root, struct verdict *verdict)
{
	struct json_object error = json_member(root, "error");
	struct json_list details = json_list(&error, "details");
	const char *word = json_line(&error, "status", PUSH_REASON_MAX);
	struct json_object detail;

	while (json_next(&details, &detail)) {
		const char *code =
		    json_line(&detail, "errorCode", PUSH_REASON_MAX);

		if (code != NULL)
			word = code;
	}
	if (word != NULL && verdict_is_word(word))
		(void)snprintf(verdict->reason, sizeof(verdict->reason), "%s",
		    word);
}

static struct verdict
judge(const struct response *response)
{
	struct verdict verdict = verdict_by_status(response->status);
	struct fault ignored = { "" };
	struct json_object object;
	struct cJSON *root;

	if (verdict.outcome == OUTCOME_DELIVERED) {
		verdict_check_form(response, "name", &verdict);
		return verdict;
	}
	if (response->body != NULL &&
	    json_parse(response->body, strlen(response->body), &ignored, &root,
	        &object) == STATUS_OK) {
		read_error(&object, &verdict);
		json_free(root);
	}
	verdict_apply(meanings, COUNT_OF(meanings), response, &verdict);
	/* What is said under 404 alone removes a device. */
	if (verdict.outcome == OUTCOME_GONE && response->status != 404)
		verdict.outcome = OUTCOME_REJECTED;
	return verdict;
}

const struct provider fcm_provider = {
	.name = "fcm",
	.retry = { .first_s = FIRST_WAIT_S, .ceiling_s = 300 },
	.in_flight_max = 64,
	.on_setting = "service_account_file",
	.key_setting = "service_account_file",
	.check_key = account_check,
	.check = check,
	.origin = write_origin,
	.ask = account_ask,
	.take = account_take,
	.encode = encode,
	.judge = judge,
	.probe = { .nobody = "nudge-doctor",
	    .refusals = { "INVALID_ARGUMENT" } },
};
