#include "core/notice.h"
#include "push/opaque.h"
#include "push/provider.h"
#include "unit.h"

#include <cjson/cJSON.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAYLOAD_MAX 4096 /* bytes; APNs refuses a larger body */
#define PRODUCTION "https://api.push.apple.com/3/device/"
#define SANDBOX "https://api.sandbox.push.apple.com/3/device/"
#define TOKEN "00112233445566778899aabbccddeeff"

static const uint8_t key[OPAQUE_KEY_LEN] = { 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10,
	11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28,
	29, 30, 31 };

static char token[] = TOKEN;
static char upper_token[] = "00112233445566778899AABBCCDDEEFF";
static char topic[] = "dev.example.app";
static char sandbox[] = "sandbox";
static char production[] = "production";
static char host[] = "workstation";
static char url[] = "http://10.0.0.5:4096";

static const struct device phone = { .token = token, .topic = topic };

static const struct event asked = {
	.id = "evt_2",
	.kind = KIND_PERMISSION_ASKED,
	.expires_ms = INT64_C(1764086400999),
	.host = "workstation",
	.project_name = "webshop",
	.project_directory = "/home/a/webshop",
	.session_id = "ses_1",
	.session_title = "Fix \"login\"",
	.request_id = "per_1",
	.body = "rm -rf build",
};

static struct settings
settings_of(const char *text)
{
	const struct settings_source source = { .file = "", .text = text };
	struct settings_fault fault;
	struct settings settings;

	assert_int_equal(settings_read(&source, &settings, &fault), STATUS_OK);
	return settings;
}

static enum status
try_encode(const struct event *event, const struct device *device,
    const struct settings *settings, struct request *request)
{
	char origin[PUSH_ORIGIN_MAX];
	const struct push_env env = {
		.settings = settings,
		.origin = origin,
		.authorization = "TOKEN",
		.now_s = 1764000000,
	};
	const struct look look = {
		.level = kind_class(event->kind) == CLASS_ANSWER
		    ? LEVEL_TIME_SENSITIVE
		    : LEVEL_ACTIVE,
		.sound = "default",
		.badge = LOOK_BADGE_UNKNOWN,
		.names_host = true,
	};
	const struct job job = {
		.look = &look,
		.event = event,
		.device = device,
		.user = "alice",
		.device_name = "phone",
		.key = key,
	};

	memset(request, 0, sizeof(*request));
	apns_provider.origin(device, settings, origin);
	return apns_provider.encode(&job, &env, request);
}

/* A request that must come about; finish it. */
static struct request
encode(const struct event *event, const struct device *device,
    const char *settings_text)
{
	struct settings settings = settings_of(settings_text);
	struct request request;

	assert_int_equal(try_encode(event, device, &settings, &request),
	    STATUS_OK);
	/* It is borrowed, and the settings end here. */
	request.ca_file = NULL;
	assert_in_range(request.body.len, 2, PAYLOAD_MAX);
	return request;
}

static void
assert_body(const struct request *request, const char *expected)
{
	cJSON *ours = cJSON_Parse(buf_text(&request->body));
	cJSON *theirs = cJSON_Parse(expected);

	assert_non_null(ours);
	assert_non_null(theirs);
	if (!cJSON_Compare(ours, theirs, true))
		assert_string_equal(buf_text(&request->body), expected);
	cJSON_Delete(ours);
	cJSON_Delete(theirs);
}

TEST(asks_for_permission_as_apple_wants_it)
{
	struct request request = encode(&asked, &phone, "");

	assert_string_equal(buf_text(&request.url), PRODUCTION TOKEN);
	assert_string_equal(buf_text(&request.headers),
	    "authorization: bearer TOKEN\n"
	    "content-type: application/json\n"
	    "apns-push-type: alert\n"
	    "apns-topic: dev.example.app\n"
	    "apns-id: b78c131a-8fd1-88bb-85a1-8723dd2c4b86\n"
	    "apns-collapse-id: waXxJfm_BMUp3kAvOIUpXg\n"
	    "apns-expiration: 1764086400\n"
	    "apns-priority: 10\n");
	assert_body(&request,
	    "{\"aps\":{\"alert\":{"
	    "\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"subtitle\":\"webshop \xc2\xb7 workstation\","
	    "\"body\":\"rm -rf build\"},\"sound\":\"default\","
	    "\"thread-id\":\"675tcoIgFHhmJ4Y-a-ZyBA\","
	    "\"category\":\"NUDGE_PERMISSION\","
	    "\"interruption-level\":\"time-sensitive\"},"
	    "\"kind\":\"permission.asked\",\"event_id\":\"evt_2\","
	    "\"session_id\":\"ses_1\",\"request_id\":\"per_1\","
	    "\"host\":\"workstation\","
	    "\"href\":\"/L2hvbWUvYS93ZWJzaG9w/session/ses_1\"}");
	request_finish(&request);
}

TEST(says_no_more_than_the_event)
{
	const struct event note = {
		.id = "evt_1",
		.kind = KIND_NOTE,
		.expires_ms = 1000,
		.body = "Doorbell",
	};
	struct request request = encode(&note, &phone, "");

	assert_non_null(strstr(buf_text(&request.headers),
	    "apns-collapse-id: DqG7vtW5HbU3eN_flSIhAA\n"
	    "apns-expiration: 1\n"));
	assert_body(&request,
	    "{\"aps\":{\"alert\":{\"title\":\"Note\",\"body\":\"Doorbell\"},"
	    "\"sound\":\"default\",\"interruption-level\":\"active\"},"
	    "\"kind\":\"note\",\"event_id\":\"evt_1\"}");
	request_finish(&request);
}

/* One member of the body, the caller's to free; NULL if it is not there. */
static char *
member_of(const struct request *request, const char *object, const char *name)
{
	cJSON *root = cJSON_Parse(buf_text(&request->body));
	cJSON *node = object != NULL ? cJSON_GetObjectItem(root, object) : root;
	const char *text =
	    cJSON_GetStringValue(cJSON_GetObjectItem(node, name));
	char *copy = text != NULL ? strdup(text) : NULL;

	cJSON_Delete(root);
	return copy;
}

TEST(looks_in_the_other_environment_once)
{
	struct settings settings = settings_of("");
	struct device device = phone;
	char origin[PUSH_ORIGIN_MAX];
	char other[PUSH_ORIGIN_MAX];

	apns_provider.origin(&device, &settings, origin);
	assert_string_equal(origin, settings.apns.production_url);
	assert_true(apns_provider.elsewhere(&device, &settings, origin, other));
	assert_string_equal(other, settings.apns.sandbox_url);
	assert_false(
	    apns_provider.elsewhere(&device, &settings, other, origin));

	device.environment = sandbox;
	apns_provider.origin(&device, &settings, origin);
	assert_string_equal(origin, settings.apns.sandbox_url);
	assert_true(apns_provider.elsewhere(&device, &settings, origin, other));
	assert_string_equal(other, settings.apns.production_url);
	assert_false(
	    apns_provider.elsewhere(&device, &settings, other, origin));
}

TEST(returns_to_the_environment_that_took_a_push)
{
	struct settings settings = settings_of("");
	struct device device = phone;
	char origin[PUSH_ORIGIN_MAX];

	device.reached_at = settings.apns.sandbox_url;
	apns_provider.origin(&device, &settings, origin);
	assert_string_equal(origin, settings.apns.sandbox_url);

	/* Whatever the registration says. */
	device.environment = production;
	apns_provider.origin(&device, &settings, origin);
	assert_string_equal(origin, settings.apns.sandbox_url);
}

TEST(offers_answers_only_where_one_is_waited_for)
{
	static const struct {
		enum kind kind;
		const char *category;
		const char *level;
	} cases[] = {
		{ KIND_PERMISSION_ASKED, "NUDGE_PERMISSION", "time-sensitive" },
		{ KIND_QUESTION_ASKED, "NUDGE_QUESTION", "time-sensitive" },
		{ KIND_SESSION_ERROR, NULL, "active" },
		{ KIND_SESSION_IDLE, NULL, "active" },
		{ KIND_NOTE, NULL, "active" },
		{ KIND_TEST, NULL, "active" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct event event = asked;
		struct request request;
		char *category;
		char *level;

		event.kind = cases[i].kind;
		request = encode(&event, &phone, "");
		category = member_of(&request, "aps", "category");
		level = member_of(&request, "aps", "interruption-level");
		if (cases[i].category == NULL)
			assert_null(category);
		else
			assert_string_equal(category, cases[i].category);
		assert_string_equal(level, cases[i].level);
		free(category);
		free(level);
		request_finish(&request);
	}
}

TEST(leads_a_tap_to_the_session)
{
	struct device_server servers[] = { { topic, sandbox }, { host, url } };
	static const struct {
		const char *host;
		const char *directory;
		const char *session;
		size_t servers;
		const char *href;
	} cases[] = {
		{ "workstation", "/home/a/webshop", "ses_1", 2,
		    "/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1" },
		{ "workstation", NULL, "ses_1", 2,
		    "/server/aHR0cDovLzEwLjAuMC41OjQwOTY/session/ses_1" },
		{ "workstation", "/home/a/webshop", "ses_1", 1,
		    "/L2hvbWUvYS93ZWJzaG9w/session/ses_1" },
		{ "laptop", "/home/a/webshop", "ses_1", 2,
		    "/L2hvbWUvYS93ZWJzaG9w/session/ses_1" },
		{ NULL, "/home/a/webshop", "ses_1", 2,
		    "/L2hvbWUvYS93ZWJzaG9w/session/ses_1" },
		{ "workstation", "/home/a/webshop", NULL, 2, NULL },
		{ "laptop", NULL, "ses_1", 2, NULL },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct device device = phone;
		struct event event = asked;
		struct request request;
		char *href;

		device.servers = servers;
		device.server_count = cases[i].servers;
		event.host = cases[i].host;
		event.project_directory = cases[i].directory;
		event.session_id = cases[i].session;
		request = encode(&event, &device, "");
		href = member_of(&request, NULL, "href");
		if (cases[i].href == NULL)
			assert_null(href);
		else
			assert_string_equal(href, cases[i].href);
		free(href);
		request_finish(&request);
	}
}

TEST(goes_to_the_environment_of_the_device_or_the_settings)
{
	static const char to_sandbox[] = "[apns]\nenvironment = sandbox\n";
	static const struct {
		char *environment;
		const char *settings;
		const char *url;
	} cases[] = {
		{ NULL, "", PRODUCTION TOKEN },
		{ NULL, to_sandbox, SANDBOX TOKEN },
		{ sandbox, "", SANDBOX TOKEN },
		{ production, to_sandbox, PRODUCTION TOKEN },
		{ sandbox, "[apns]\nsandbox_url = https://relay:1\n",
		    "https://relay:1/3/device/" TOKEN },
		{ production, "[apns]\nproduction_url = https://relay:2\n",
		    "https://relay:2/3/device/" TOKEN },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct device device = phone;
		struct request request;

		device.environment = cases[i].environment;
		request = encode(&asked, &device, cases[i].settings);
		assert_string_equal(buf_text(&request.url), cases[i].url);
		request_finish(&request);
	}
}

TEST(writes_the_token_in_lower_case)
{
	const struct device device = { .token = upper_token, .topic = topic };
	struct request request = encode(&asked, &device, "");

	assert_string_equal(buf_text(&request.url), PRODUCTION TOKEN);
	request_finish(&request);
}

TEST(takes_the_topic_of_the_settings_when_the_device_names_none)
{
	static const char text[] = "[apns]\ntopic = dev.example.other\n";
	const struct device device = { .token = token };
	struct request request = encode(&asked, &device, text);

	assert_non_null(strstr(buf_text(&request.headers),
	    "\napns-topic: dev.example.other\n"));
	request_finish(&request);
	request = encode(&asked, &phone, text);
	assert_non_null(strstr(buf_text(&request.headers),
	    "\napns-topic: dev.example.app\n"));
	request_finish(&request);
}

TEST(trusts_who_the_settings_say)
{
	struct settings settings = settings_of("[apns]\nca_file = /ca\n");
	struct request request;

	assert_int_equal(try_encode(&asked, &phone, &settings, &request),
	    STATUS_OK);
	assert_string_equal(request.ca_file, "/ca");
	request_finish(&request);
}

/* The most that event.h and device.h let through, of the given character. */
static struct request
encode_largest(const char *character, size_t directory_len)
{
	static char text[EVENT_BODY_MAX + 8];
	static const char id[] = "01234567890123456789012345678901234567890123"
	                         "45678901234567890123";
	size_t size = strlen(character);
	struct event event = asked;
	size_t len = 0;

	for (; len + size <= EVENT_BODY_MAX; len += size)
		memcpy(text + len, character, size);
	text[len] = '\0';
	memcpy(event.id, id, sizeof(id));
	event.session_id = event.request_id = event.host = id;
	event.body = text;
	event.title = event.project_name =
	    text + len - EVENT_TITLE_MAX / size * size;
	event.project_directory = text + len - directory_len / size * size;
	return encode(&event, &phone, "");
}

TEST(fits_whatever_the_event_brings)
{
	static const char *const characters[] = { "x", "\"", "\\", "\n", "\t",
		"\r", "\x1b", "\x01", "\x7f", "\xc3\xa9", "\xe2\x82\xac",
		"\xf0\x9f\x94\x94" };

	for (size_t i = 0; i < COUNT_OF(characters); i++) {
		/* A link to the longest directory would not fit: it goes. */
		for (size_t len = 512; len <= 1024; len += 512) {
			struct request request =
			    encode_largest(characters[i], len);
			char *href = member_of(&request, NULL, "href");

			assert_int_equal(href != NULL, len == 512);
			free(href);
			request_finish(&request);
		}
	}
}

TEST(takes_only_devices_that_can_be_reached)
{
	static const char other[] = "[apns]\ntopic = dev.example.other\n";
	static const struct {
		const char *token;
		const char *topic;
		const char *settings;
		const char *why; /* "" = it can */
	} cases[] = {
		{ TOKEN, "dev.example.app", "", "" },
		{ "AB", NULL, other, "" },
		{ NULL, "a", "", "token: must be hexadecimal" },
		{ "0", "a", "", "token: must be hexadecimal" },
		{ "abc", "a", "", "token: must be hexadecimal" },
		{ "0g", "a", "", "token: must be hexadecimal" },
		{ "ab/../cd", "a", "", "token: must be hexadecimal" },
		{ " ab", "a", "", "token: must be hexadecimal" },
		{ "ab", NULL, "",
		    "topic: is missing, here and in the settings" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct settings settings = settings_of(cases[i].settings);
		struct device device = { 0 };
		struct fault fault = { "" };
		enum status status;

		if (cases[i].token != NULL)
			device.token = strdup(cases[i].token);
		if (cases[i].topic != NULL)
			device.topic = strdup(cases[i].topic);
		status = apns_provider.check(&device, &settings, &fault);
		assert_int_equal(status,
		    *cases[i].why == '\0' ? STATUS_OK : STATUS_BAD_INPUT);
		assert_string_equal(fault.text, cases[i].why);
		device_finish(&device);
	}
}

TEST(proves_who_we_are)
{
	struct settings settings =
	    settings_of("[apns]\nkey_file = /k\nkey_id = ABC1234567\n"
	                "team_id = DEF1234567\n");
	const struct push_env env = {
		.settings = &settings,
		.now_s = 1764000000,
	};
	EVP_PKEY *fresh = EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	char pem[1024] = "";
	struct buf jwt;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, fresh, NULL, NULL,
	                     0, NULL, NULL),
	    1);
	assert_true(BIO_read(bio, pem, sizeof(pem) - 1) > 0);
	buf_init(&jwt, PUSH_TOKEN_MAX);
	assert_int_equal(apns_provider.authorize(&env, pem, &jwt), STATUS_OK);
	/* {"alg":"ES256","kid":"ABC1234567"} and
	 * {"iss":"DEF1234567","iat":1764000000}; test_jwt proves the rest. */
	assert_memory_equal(buf_text(&jwt),
	    "eyJhbGciOiJFUzI1NiIsImtpZCI6IkFCQzEyMzQ1NjcifQ."
	    "eyJpc3MiOiJERUYxMjM0NTY3IiwiaWF0IjoxNzY0MDAwMDAwfQ.",
	    98);
	assert_int_equal(jwt.len, 98 + 86);
	buf_finish(&jwt);
	buf_init(&jwt, PUSH_TOKEN_MAX);
	assert_int_equal(apns_provider.authorize(&env, "no key", &jwt),
	    STATUS_BAD_INPUT);
	assert_int_equal(jwt.len, 0);
	buf_finish(&jwt);
	BIO_free(bio);
	EVP_PKEY_free(fresh);
}

/* Apple takes a token for an hour, and a new one each 20 minutes. */
TEST(renews_the_proof_as_often_as_apple_wants)
{
	assert_in_range(apns_provider.authorization_s, 20 * 60, 59 * 60);
}

static struct verdict
judge(int status, const char *body)
{
	char *copy = body != NULL ? strdup(body) : NULL;
	const struct response response = { .status = status, .body = copy };
	struct verdict verdict = apns_provider.judge(&response);

	free(copy);
	return verdict;
}

/* "Handling notification responses from APNs", row by row. */
static const struct {
	int status;
	const char *reason;
	enum outcome outcome;
	bool fresh_connection;
} answers[] = {
	{ 400, "BadDeviceToken", OUTCOME_GONE, false },
	{ 400, "TopicDisallowed", OUTCOME_REJECTED, false },
	{ 400, "BadTopic", OUTCOME_REJECTED, false },
	{ 400, "MissingTopic", OUTCOME_REJECTED, false },
	{ 400, "InvalidPushType", OUTCOME_REJECTED, false },
	{ 400, "BadPriority", OUTCOME_REJECTED, false },
	{ 400, "BadExpirationDate", OUTCOME_REJECTED, false },
	{ 400, "BadCollapseId", OUTCOME_REJECTED, false },
	{ 400, "BadMessageId", OUTCOME_REJECTED, false },
	{ 400, "DuplicateHeaders", OUTCOME_REJECTED, false },
	{ 400, "MissingDeviceToken", OUTCOME_REJECTED, false },
	{ 400, "PayloadEmpty", OUTCOME_REJECTED, false },
	{ 400, "IdleTimeout", OUTCOME_RETRY, true },
	{ 403, "ExpiredProviderToken", OUTCOME_RETRY, true },
	{ 403, "InvalidProviderToken", OUTCOME_REJECTED, false },
	{ 403, "MissingProviderToken", OUTCOME_REJECTED, false },
	{ 403, "BadEnvironmentKeyInToken", OUTCOME_REJECTED, false },
	{ 403, "BadEnvironmentKeyIdInToken", OUTCOME_REJECTED, false },
	{ 403, "UnrelatedKeyIdInToken", OUTCOME_RETRY, true },
	{ 403, "Forbidden", OUTCOME_REJECTED, false },
	{ 403, "BadCertificate", OUTCOME_REJECTED, false },
	{ 403, "BadCertificateEnvironment", OUTCOME_REJECTED, false },
	{ 404, "BadPath", OUTCOME_REJECTED, false },
	{ 405, "MethodNotAllowed", OUTCOME_REJECTED, false },
	{ 410, "Unregistered", OUTCOME_GONE, false },
	{ 410, "ExpiredToken", OUTCOME_GONE, false },
	{ 413, "PayloadTooLarge", OUTCOME_REJECTED, false },
	{ 429, "TooManyRequests", OUTCOME_RETRY, false },
	{ 429, "TooManyProviderTokenUpdates", OUTCOME_RETRY, true },
	{ 500, "InternalServerError", OUTCOME_RETRY, false },
	{ 503, "ServiceUnavailable", OUTCOME_RETRY, false },
	{ 503, "Shutdown", OUTCOME_RETRY, true },
	/* What Apple may yet invent. */
	{ 400, "NewReason", OUTCOME_REJECTED, false },
	{ 403, "NewReason", OUTCOME_REJECTED, false },
	{ 410, "NewReason", OUTCOME_GONE, false },
	{ 429, "NewReason", OUTCOME_RETRY, false },
	{ 500, "NewReason", OUTCOME_RETRY, false },
};

TEST(reads_every_answer_apple_documents)
{
	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		struct verdict verdict;
		char body[128];

		(void)snprintf(body, sizeof(body), "{\"reason\":\"%s\"}",
		    answers[i].reason);
		verdict = judge(answers[i].status, body);
		if (verdict.outcome != answers[i].outcome ||
		    verdict.fresh_connection != answers[i].fresh_connection)
			fail_msg("%d %s: outcome %d, fresh connection %d",
			    answers[i].status, answers[i].reason,
			    (int)verdict.outcome, verdict.fresh_connection);
		/* A token too many is as bad as one too old. */
		assert_int_equal(verdict.fresh_authorization,
		    strcmp(answers[i].reason, "ExpiredProviderToken") == 0);
		assert_string_equal(verdict.reason, answers[i].reason);
		assert_true(verdict.gone_ms == 0);
	}
}

/* Whether the device or the settings are wrong, one answer cannot tell. */
TEST(never_repeats_a_push_to_another_apps_device)
{
	struct verdict verdict =
	    judge(400, "{\"reason\":\"DeviceTokenNotForTopic\"}");

	assert_true(verdict.outcome == OUTCOME_REJECTED ||
	    verdict.outcome == OUTCOME_GONE);
	assert_string_equal(verdict.reason, "DeviceTokenNotForTopic");
}

TEST(goes_by_the_status_when_there_is_no_reason)
{
	static const char *const bodies[] = { NULL, "", "<html>Bad</html>",
		"{}", "{\"reason\":null}", "{\"reason\":7}", "[]",
		"{\"reason\":\"\"}", "{\"reason\":" };
	static const struct {
		int status;
		enum outcome outcome;
	} cases[] = {
		{ 400, OUTCOME_REJECTED },
		{ 403, OUTCOME_REJECTED },
		{ 410, OUTCOME_GONE },
		{ 413, OUTCOME_REJECTED },
		{ 429, OUTCOME_RETRY },
		{ 500, OUTCOME_RETRY },
		{ 502, OUTCOME_RETRY },
		{ 503, OUTCOME_RETRY },
		{ 301, OUTCOME_REJECTED },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (size_t j = 0; j < COUNT_OF(bodies); j++) {
			struct verdict verdict =
			    judge(cases[i].status, bodies[j]);

			assert_int_equal(verdict.outcome, cases[i].outcome);
			assert_string_equal(verdict.reason, "");
			assert_false(verdict.fresh_connection);
		}
	}
}

TEST(is_delivered_by_an_empty_200)
{
	struct verdict verdict = judge(200, "");

	assert_int_equal(verdict.outcome, OUTCOME_DELIVERED);
	assert_string_equal(verdict.reason, "");
	assert_false(verdict.fresh_connection);
	assert_int_equal(judge(200, NULL).outcome, OUTCOME_DELIVERED);
}

TEST(is_not_delivered_by_a_web_page)
{
	struct verdict verdict = judge(200, " <!DOCTYPE html>");

	assert_int_equal(verdict.outcome, OUTCOME_REJECTED);
	assert_string_equal(verdict.reason, "web page");
}

TEST(tries_a_new_connection_when_no_answer_came)
{
	struct verdict verdict = judge(0, NULL);

	assert_int_equal(verdict.outcome, OUTCOME_RETRY);
	assert_true(verdict.fresh_connection);
}

TEST(tells_since_when_a_device_is_gone)
{
	static const struct {
		const char *timestamp;
		int64_t gone_ms;
	} cases[] = {
		{ "1764000000123", INT64_C(1764000000123) },
		{ "0", 0 },
		{ "-1", 0 },
		{ "null", 0 },
		{ "\"1764000000123\"", 0 },
		{ "1e300", 0 },
		{ "0.5", 0 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct verdict verdict;
		char body[128];

		(void)snprintf(body, sizeof(body),
		    "{\"reason\":\"Unregistered\",\"timestamp\":%s}",
		    cases[i].timestamp);
		verdict = judge(410, body);
		assert_int_equal(verdict.outcome, OUTCOME_GONE);
		assert_true(verdict.gone_ms == cases[i].gone_ms);
	}
}

TEST(keeps_a_strange_reason_for_the_log_in_one_line)
{
	struct verdict verdict = judge(400,
	    "{\"reason\":\"a\\nb"
	    "0123456789012345678901234567890123456789012345678901234567"
	    "\xf0\x9f\x94\x94\"}");

	assert_string_equal(verdict.reason, "");
	assert_string_equal(verdict.words,
	    "a b0123456789012345678901234567890123456789012345678901234567"
	    "\xf0\x9f\x94\x94");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(asks_for_permission_as_apple_wants_it),
		cmocka_unit_test(says_no_more_than_the_event),
		cmocka_unit_test(looks_in_the_other_environment_once),
		cmocka_unit_test(returns_to_the_environment_that_took_a_push),
		cmocka_unit_test(offers_answers_only_where_one_is_waited_for),
		cmocka_unit_test(leads_a_tap_to_the_session),
		cmocka_unit_test(
		    goes_to_the_environment_of_the_device_or_the_settings),
		cmocka_unit_test(writes_the_token_in_lower_case),
		cmocka_unit_test(
		    takes_the_topic_of_the_settings_when_the_device_names_none),
		cmocka_unit_test(trusts_who_the_settings_say),
		cmocka_unit_test(fits_whatever_the_event_brings),
		cmocka_unit_test(takes_only_devices_that_can_be_reached),
		cmocka_unit_test(proves_who_we_are),
		cmocka_unit_test(renews_the_proof_as_often_as_apple_wants),
		cmocka_unit_test(reads_every_answer_apple_documents),
		cmocka_unit_test(never_repeats_a_push_to_another_apps_device),
		cmocka_unit_test(goes_by_the_status_when_there_is_no_reason),
		cmocka_unit_test(is_delivered_by_an_empty_200),
		cmocka_unit_test(is_not_delivered_by_a_web_page),
		cmocka_unit_test(tries_a_new_connection_when_no_answer_came),
		cmocka_unit_test(tells_since_when_a_device_is_gone),
		cmocka_unit_test(
		    keeps_a_strange_reason_for_the_log_in_one_line),
	};

	return cmocka_run_group_tests_name("apns", tests, NULL, NULL);
}
