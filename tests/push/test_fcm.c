#include "sample.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <stdio.h>

#define URL "https://fcm.googleapis.com/v1/projects/my-project/messages:send"
#define ALICE "{\"platform\":\"fcm\",\"token\":\"abc:DEF_1\"}"
#define ERROR_OF(code, status, word)                                          \
	"{\"error\":{\"code\":" code                                          \
	",\"message\":\"no\",\"status\":\"" status                            \
	"\",\"details\":[{\"@type\":\"type.googleapis.com/google.rpc."        \
	"BadRequest\"},{\"@type\":\"type.googleapis.com/google.firebase.fcm." \
	"v1.FcmError\",\"errorCode\":\"" word "\"}]}}"
#define PLAIN_ERROR(status) \
	"{\"error\":{\"message\":\"no\",\"status\":\"" status "\"}}"

TEST(writes_a_message_that_the_system_shows)
{
	const struct sample sample = {
		.device = ALICE,
		.authorization = "my-project TOKEN",
	};
	struct request request = sample_encode(&fcm_provider, &sample);

	assert_string_equal(buf_text(&request.url), URL);
	assert_string_equal(buf_text(&request.headers),
	    "authorization: Bearer TOKEN\n"
	    "content-type: application/json\n");
	sample_assert_body(&request,
	    "{\"message\":{\"token\":\"abc:DEF_1\",\"notification\":{"
	    "\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"body\":\"rm -rf build\\nwebshop \xc2\xb7 workstation\"},"
	    "\"data\":{\"tag\":\"" SAMPLE_COLLAPSE "\","
	    "\"level\":\"time-sensitive\",\"category\":\"NUDGE_PERMISSION\","
	    "\"kind\":\"permission.asked\",\"event_id\":\"evt_2\","
	    "\"session_id\":\"ses_1\",\"request_id\":\"per_1\","
	    "\"nonce\":\"n0nce\","
	    "\"host\":\"workstation\","
	    "\"href\":\"/L2hvbWUvYS93ZWJzaG9w/session/ses_1\"},"
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"600s\","
	    "\"notification\":{\"tag\":\"" SAMPLE_COLLAPSE "\","
	    "\"channel_id\":\"time-sensitive\",\"sound\":\"default\"}}}}");
	request_finish(&request);
}

#define DATA_ALICE \
	"{\"platform\":\"fcm\",\"token\":\"abc:DEF_1\",\"data\":true}"

TEST(hands_what_is_waited_for_to_an_app_that_shows_data)
{
	const struct sample sample = {
		.device = DATA_ALICE,
		.authorization = "my-project TOKEN",
	};
	struct request request = sample_encode(&fcm_provider, &sample);

	sample_assert_body(&request,
	    "{\"message\":{\"token\":\"abc:DEF_1\",\"data\":{"
	    "\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"body\":\"rm -rf build\\nwebshop \xc2\xb7 workstation\","
	    "\"sound\":\"default\",\"tag\":\"" SAMPLE_COLLAPSE "\","
	    "\"level\":\"time-sensitive\",\"category\":\"NUDGE_PERMISSION\","
	    "\"kind\":\"permission.asked\",\"event_id\":\"evt_2\","
	    "\"session_id\":\"ses_1\",\"request_id\":\"per_1\","
	    "\"nonce\":\"n0nce\","
	    "\"host\":\"workstation\","
	    "\"href\":\"/L2hvbWUvYS93ZWJzaG9w/session/ses_1\"},"
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"600s\"}}}");
	request_finish(&request);
}

TEST(lets_the_system_show_what_nobody_waits_for)
{
	struct event event = sample_asked;
	const struct sample sample = {
		.device = DATA_ALICE,
		.authorization = "my-project TOKEN",
		.event = &event,
	};
	struct request request;

	event.kind = KIND_SESSION_IDLE;
	request = sample_encode(&fcm_provider, &sample);
	assert_non_null(
	    strstr(buf_text(&request.body), "\"notification\":{\"title\""));
	request_finish(&request);
}

TEST(tells_an_app_that_shows_data_how_to_look_and_nothing_private)
{
	const struct look look = {
		.level = LEVEL_PASSIVE,
		.privacy = PRIVACY_NONE,
		.sound = "",
		.badge = 2,
	};
	const struct sample sample = {
		.device = DATA_ALICE,
		.authorization = "my-project TOKEN",
		.look = &look,
	};
	struct request request = sample_encode(&fcm_provider, &sample);

	sample_assert_body(&request,
	    "{\"message\":{\"token\":\"abc:DEF_1\",\"data\":{"
	    "\"title\":\"nudge\",\"body\":\"There is news from your agents.\","
	    "\"silent\":\"true\",\"badge\":\"2\","
	    "\"tag\":\"" SAMPLE_COLLAPSE "\"},"
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"600s\"}}}");
	request_finish(&request);
}

TEST(looks_as_it_is_told_to)
{
	const struct look look = {
		.level = LEVEL_PASSIVE,
		.sound = "",
		.badge = 3,
	};
	const struct sample sample = {
		.device = "{\"platform\":\"fcm\",\"fid\":\"f1\"}",
		.authorization = "my-project TOKEN",
		.look = &look,
	};
	struct request request = sample_encode(&fcm_provider, &sample);
	const char *body = buf_text(&request.body);

	assert_non_null(strstr(body, "\"fid\":\"f1\""));
	assert_non_null(strstr(body, "\"priority\":\"NORMAL\""));
	assert_non_null(strstr(body, "\"channel_id\":\"passive\""));
	assert_non_null(strstr(body, "\"notification_count\":3"));
	assert_null(strstr(body, "\"sound\""));
	request_finish(&request);
}

TEST(tells_google_nothing_when_nothing_may_be_told)
{
	struct look look = sample_look;
	const struct sample sample = {
		.device = ALICE,
		.authorization = "my-project TOKEN",
		.look = &look,
	};
	struct request request;

	look.privacy = PRIVACY_NONE;
	request = sample_encode(&fcm_provider, &sample);
	sample_assert_body(&request,
	    "{\"message\":{\"token\":\"abc:DEF_1\",\"notification\":{"
	    "\"title\":\"nudge\",\"body\":\"There is news from your agents.\"},"
	    "\"data\":{\"tag\":\"" SAMPLE_COLLAPSE "\"},"
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"600s\","
	    "\"notification\":{\"tag\":\"" SAMPLE_COLLAPSE "\","
	    "\"channel_id\":\"time-sensitive\",\"sound\":\"default\"}}}}");
	request_finish(&request);
}

TEST(hands_an_encrypted_message_to_the_app_alone)
{
	const struct sample sample = {
		.device = "{\"platform\":\"fcm\",\"token\":\"t\",\"encrypt\":{"
		          "\"p256dh\":\"" SAMPLE_POINT
		          "\",\"auth\":\"" SAMPLE_AUTH "\"}}",
		.authorization = "my-project TOKEN",
	};
	struct request request = sample_encode(&fcm_provider, &sample);
	const char *body = buf_text(&request.body);

	assert_non_null(strstr(body, "\"data\":{\"e\":\""));
	assert_non_null(strstr(body,
	    "\"android\":{\"priority\":\"HIGH\",\"ttl\":\"600s\"}"));
	assert_null(strstr(body, "notification"));
	request_finish(&request);
}

TEST(takes_a_notification_back)
{
	const struct sample sample = {
		.device = ALICE,
		.authorization = "my-project TOKEN",
		.purpose = PURPOSE_WITHDRAW,
	};
	struct request request = sample_encode(&fcm_provider, &sample);

	sample_assert_body(&request,
	    "{\"message\":{\"token\":\"abc:DEF_1\",\"data\":{\"withdraw\":"
	    "\"" SAMPLE_COLLAPSE "\"},\"android\":{\"priority\":\"NORMAL\","
	    "\"ttl\":\"600s\"}}}");
	request_finish(&request);
}

TEST(fits_the_longest_event)
{
	char text[EVENT_BODY_MAX + 1];
	char title[EVENT_TITLE_MAX + 1];
	struct event event = sample_asked;
	const struct sample sample = {
		.device = ALICE,
		.authorization = "my-project TOKEN",
		.event = &event,
	};
	struct request request;

	memset(text, '"', EVENT_BODY_MAX);
	memset(title, '\\', EVENT_TITLE_MAX);
	text[EVENT_BODY_MAX] = title[EVENT_TITLE_MAX] = '\0';
	event.body = text;
	event.session_title = event.project_name = event.host = title;
	request = sample_encode(&fcm_provider, &sample);
	assert_in_range(request.body.len, 1024, 4400);
	request_finish(&request);
}

TEST(checks_who_is_addressed)
{
	assert_string_equal(sample_check(&fcm_provider, ALICE, NULL), "");
	assert_string_equal(sample_check(&fcm_provider,
	                        "{\"platform\":\"fcm\"}", NULL),
	    "token: must be there, or fid in its place");
	assert_string_equal(sample_check(&fcm_provider,
	                        "{\"platform\":\"fcm\",\"token\":\"t\","
	                        "\"fid\":\"f\"}",
	                        NULL),
	    "token: must be there, or fid in its place");
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 200, "{\"name\":\"projects/p/messages/1\"}",
		    OUTCOME_DELIVERED, "", NULL },
		{ 200, "{}", OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 200, "<html>Sign in", OUTCOME_REJECTED, "web page", "login" },
		{ 400, ERROR_OF("400", "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
		    OUTCOME_REJECTED, "INVALID_ARGUMENT", "register again" },
		{ 401, PLAIN_ERROR("UNAUTHENTICATED"), OUTCOME_RETRY,
		    "UNAUTHENTICATED", "clock" },
		{ 401,
		    ERROR_OF("401", "UNAUTHENTICATED",
		        "THIRD_PARTY_AUTH_ERROR"),
		    OUTCOME_REJECTED, "THIRD_PARTY_AUTH_ERROR", "credentials" },
		{ 403,
		    ERROR_OF("403", "PERMISSION_DENIED", "SENDER_ID_MISMATCH"),
		    OUTCOME_REJECTED, "SENDER_ID_MISMATCH",
		    "another Firebase project" },
		{ 403, PLAIN_ERROR("PERMISSION_DENIED"), OUTCOME_REJECTED,
		    "PERMISSION_DENIED", "role" },
		{ 404, ERROR_OF("404", "NOT_FOUND", "UNREGISTERED"),
		    OUTCOME_GONE, "UNREGISTERED", NULL },
		{ 404, PLAIN_ERROR("NOT_FOUND"), OUTCOME_REJECTED, "NOT_FOUND",
		    "no such Firebase project" },
		{ 404, "<html>", OUTCOME_REJECTED, "", NULL },
		/* Nobody says this so; a device is not lost to it. */
		{ 400, ERROR_OF("400", "INVALID_ARGUMENT", "UNREGISTERED"),
		    OUTCOME_REJECTED, "UNREGISTERED", NULL },
		{ 429, ERROR_OF("429", "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED"),
		    OUTCOME_RETRY, "QUOTA_EXCEEDED", NULL },
		{ 500, ERROR_OF("500", "INTERNAL", "INTERNAL"), OUTCOME_RETRY,
		    "INTERNAL", NULL },
		{ 502, "<html>", OUTCOME_RETRY, "", NULL },
		{ 503, ERROR_OF("503", "UNAVAILABLE", "UNAVAILABLE"),
		    OUTCOME_RETRY, "UNAVAILABLE", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
	};

	sample_judge(&fcm_provider, rows, COUNT_OF(rows));
}

TEST(lets_all_wait_a_minute_when_google_says_too_many)
{
	char body[] = ERROR_OF("429", "RESOURCE_EXHAUSTED", "QUOTA_EXCEEDED");
	const struct response response = { .status = 429, .body = body };
	struct verdict verdict = fcm_provider.judge(&response);

	assert_true(verdict.pauses_service);
	assert_int_equal(verdict.wait_s, 60);
}

/* A service account file; the caller's to free. */
static char *
account_of(const char *project, const char *token_uri, bool is_rsa)
{
	EVP_PKEY *key = is_rsa ? EVP_RSA_gen(2048) : EVP_EC_gen("P-256");
	BIO *bio = BIO_new(BIO_s_mem());
	cJSON *account = cJSON_CreateObject();
	char *text;
	char *pem;
	long len;

	assert_int_equal(PEM_write_bio_PKCS8PrivateKey(bio, key, NULL, NULL, 0,
	                     NULL, NULL),
	    1);
	len = BIO_get_mem_data(bio, &pem);
	pem = strndup(pem, (size_t)len);
	assert_non_null(
	    cJSON_AddStringToObject(account, "project_id", project));
	assert_non_null(
	    cJSON_AddStringToObject(account, "client_email", "a@b.example"));
	assert_non_null(
	    cJSON_AddStringToObject(account, "private_key_id", "k1"));
	assert_non_null(cJSON_AddStringToObject(account, "private_key", pem));
	assert_non_null(
	    cJSON_AddStringToObject(account, "token_uri", token_uri));
	text = cJSON_PrintUnformatted(account);
	cJSON_Delete(account);
	BIO_free(bio);
	EVP_PKEY_free(key);
	free(pem);
	return text;
}

static const char *
check_account(const char *text)
{
	static struct fault fault;
	enum status status;

	memset(&fault, 0, sizeof(fault));
	status = fcm_provider.check_key(text, &fault);
	assert_int_equal(status == STATUS_OK, !fault_is_set(&fault));
	return fault.text;
}

TEST(takes_a_service_account_and_says_what_is_wrong_with_another)
{
	char *good = account_of("my-project", "https://o.example/token", true);
	char *ec = account_of("my-project", "https://o.example/token", false);
	char *slash = account_of("my/project", "https://o.example/token", true);
	char *http = account_of("my-project", "http://o.example/token", true);

	assert_string_equal(check_account(good), "");
	assert_string_equal(check_account(ec),
	    "holds a key that is not RSA of 2048 to 4096 bits");
	assert_string_equal(check_account(slash),
	    "project_id: has characters no project has");
	assert_string_equal(check_account(http),
	    "token_uri: must begin with https://");
	assert_string_equal(check_account("{}"),
	    "is no service account file: project_id is missing");
	assert_string_not_equal(check_account("-----BEGIN"), "");
	free(good);
	free(ec);
	free(slash);
	free(http);
}

TEST(asks_google_with_a_signed_assertion)
{
	char *secret =
	    account_of("my-project", "https://o.example/token", true);
	struct settings settings = sample_settings(NULL);
	const struct push_env env = { .settings = &settings,
		.now_s = 1764000000 };
	struct request request;
	const char *claims;
	char expected[512];
	struct buf coded;

	assert_int_equal(fcm_provider.ask(&env, secret, &request), STATUS_OK);
	assert_string_equal(buf_text(&request.url), "https://o.example/token");
	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/x-www-form-urlencoded\n");
	assert_ptr_equal(strstr(buf_text(&request.body),
	                     "grant_type=urn%3Aietf%3Aparams%3Aoauth%3A"
	                     "grant-type%3Ajwt-bearer&assertion=eyJ"),
	    buf_text(&request.body));
	buf_init(&coded, 1024);
	(void)snprintf(expected, sizeof(expected),
	    "{\"iss\":\"a@b.example\",\"aud\":\"https://o.example/token\","
	    "\"scope\":\"https://www.googleapis.com/auth/firebase.messaging\","
	    "\"iat\":1764000000,\"exp\":1764003600}");
	b64url_add(&coded, expected, strlen(expected));
	claims = strchr(buf_text(&request.body), '.');
	assert_non_null(claims);
	assert_int_equal(strncmp(claims + 1, buf_text(&coded), coded.len), 0);
	buf_finish(&coded);
	request_finish(&request);
	free(secret);
}

static struct grant
take(int status, const char *text, const char *secret)
{
	char *body = strdup(text);
	const struct response response = { .status = status, .body = body };
	struct grant grant = { .lifetime_s = 0 };

	buf_init(&grant.authorization, PUSH_TOKEN_MAX);
	fcm_provider.take(&response, secret, &grant);
	free(body);
	return grant;
}

TEST(takes_the_access_token)
{
	char *secret =
	    account_of("my-project", "https://o.example/token", true);
	struct grant grant = take(200,
	    "{\"access_token\":\"ya29.x\",\"expires_in\":3599,"
	    "\"token_type\":\"Bearer\"}",
	    secret);

	assert_int_equal(grant.verdict.outcome, OUTCOME_DELIVERED);
	assert_string_equal(buf_text(&grant.authorization),
	    "my-project ya29.x");
	assert_int_equal(grant.lifetime_s, 3599);
	buf_finish(&grant.authorization);
	free(secret);
}

TEST(goes_on_without_what_is_no_access_token)
{
	static const struct {
		int status;
		const char *body;
		const char *reason;
	} cases[] = {
		{ 200, "", "" },
		{ 200, "[]", "" },
		{ 200, "{\"access_token\":\"\"}", "" },
		{ 200, "{\"access_token\":\"a b\"}", "" },
		{ 200, "{\"access_token\":\"a\\nx: y\"}", "" },
		{ 200, "{\"access_token\":\"a\",\"expires_in\":-1}", "" },
		{ 400, "{\"error\":\"invalid_grant\"}", "invalid_grant" },
		{ 503, "<html>", "" },
	};
	char *secret =
	    account_of("my-project", "https://o.example/token", true);

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct grant grant =
		    take(cases[i].status, cases[i].body, secret);

		assert_int_equal(grant.verdict.outcome, OUTCOME_RETRY);
		assert_string_equal(grant.verdict.reason, cases[i].reason);
		assert_int_equal(grant.verdict.advice != NULL,
		    cases[i].status == 400);
		assert_int_equal(grant.authorization.len, 0);
		buf_finish(&grant.authorization);
	}
	free(secret);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_a_message_that_the_system_shows),
		cmocka_unit_test(
		    hands_what_is_waited_for_to_an_app_that_shows_data),
		cmocka_unit_test(lets_the_system_show_what_nobody_waits_for),
		cmocka_unit_test(
		    tells_an_app_that_shows_data_how_to_look_and_nothing_private),
		cmocka_unit_test(looks_as_it_is_told_to),
		cmocka_unit_test(tells_google_nothing_when_nothing_may_be_told),
		cmocka_unit_test(hands_an_encrypted_message_to_the_app_alone),
		cmocka_unit_test(takes_a_notification_back),
		cmocka_unit_test(fits_the_longest_event),
		cmocka_unit_test(checks_who_is_addressed),
		cmocka_unit_test(knows_each_answer),
		cmocka_unit_test(
		    lets_all_wait_a_minute_when_google_says_too_many),
		cmocka_unit_test(
		    takes_a_service_account_and_says_what_is_wrong_with_another),
		cmocka_unit_test(asks_google_with_a_signed_assertion),
		cmocka_unit_test(takes_the_access_token),
		cmocka_unit_test(goes_on_without_what_is_no_access_token),
	};

	return cmocka_run_group_tests_name("fcm", tests, NULL, NULL);
}
