#include "sample.h"

#define APP "5eb5a37e-b458-11e3-ac11-000c2940e62c"
#define SUBSCRIPTION "6392d91a-b206-4b7b-a620-cd68e32c3a76"
#define SETTINGS "[onesignal]\napp_id = " APP "\nkey_file = /k\n"
#define ALICE "{\"platform\":\"onesignal\",\"token\":\"" SUBSCRIPTION "\"}"

static struct request
encode(const struct look *look, const struct event *event)
{
	const struct sample sample = {
		.device = ALICE,
		.settings = SETTINGS,
		.authorization = "os_v2_app_key",
		.look = look,
		.event = event,
	};

	return sample_encode(&onesignal_provider, &sample);
}

static void
assert_has(const struct request *request, const char *part)
{
	if (strstr(buf_text(&request->body), part) == NULL)
		assert_string_equal(buf_text(&request->body), part);
}

TEST(writes_what_its_documentation_asks_for)
{
	struct request request = encode(NULL, NULL);

	assert_string_equal(buf_text(&request.url),
	    "https://api.onesignal.com/notifications");
	assert_string_equal(buf_text(&request.headers),
	    "authorization: Key os_v2_app_key\n"
	    "content-type: application/json\n");
	assert_has(&request,
	    "{\"app_id\":\"" APP "\",\"target_channel\":\"push\"");
	assert_has(&request,
	    "\"include_subscription_ids\":[\"" SUBSCRIPTION "\"]");
	assert_has(&request, "\"ttl\":600,");
	assert_has(&request,
	    "\"headings\":{\"en\":\"Permission needed: Fix \\\"login\\\"\"}");
	assert_has(&request, "\"contents\":{\"en\":\"rm -rf build\\nwebshop");
	assert_has(&request, "\"priority\":10,");
	assert_has(&request, "\"ios_interruption_level\":\"time_sensitive\"");
	assert_has(&request, "\"collapse_id\":\"" SAMPLE_COLLAPSE "\"");
	assert_has(&request, "\"category\":\"NUDGE_PERMISSION\"");
	assert_has(&request, "\"request_id\":\"per_1\",\"nonce\":\"n0nce\"");
	request_finish(&request);
}

TEST(repeats_itself_under_the_same_key)
{
	struct request one = encode(NULL, NULL);
	struct request other = encode(NULL, NULL);
	const char *key = strstr(buf_text(&one.body), "\"idempotency_key\":\"");

	assert_non_null(key);
	assert_string_equal(buf_text(&one.body), buf_text(&other.body));
	request_finish(&one);
	request_finish(&other);
}

TEST(tells_a_third_party_nothing_when_nothing_may_be_told)
{
	const struct look look = {
		.level = LEVEL_PASSIVE,
		.privacy = PRIVACY_NONE,
		.sound = "",
		.badge = 1,
	};
	struct request request = encode(&look, NULL);
	static const char *const secrets[] = { "per_1", "n0nce", "ses_1",
		"webshop", "rm -rf", "workstation", "evt_2", "permission",
		"Fix" };

	for (size_t i = 0; i < COUNT_OF(secrets); i++)
		assert_null(strstr(buf_text(&request.body), secrets[i]));
	assert_has(&request, "\"data\":{\"tag\":\"" SAMPLE_COLLAPSE "\"}");
	assert_has(&request, "\"ios_sound\":\"nil\"");
	assert_has(&request,
	    "\"ios_badgeType\":\"SetTo\",\"ios_badgeCount\":1");
	assert_has(&request, "\"priority\":5");
	request_finish(&request);
}

TEST(fits_the_longest_event)
{
	char text[EVENT_BODY_MAX + 1];
	struct event event = sample_asked;
	struct request request;

	memset(text, '"', EVENT_BODY_MAX);
	text[EVENT_BODY_MAX] = '\0';
	event.body = text;
	request = encode(NULL, &event);
	assert_in_range(request.body.len, 1, 4096);
	request_finish(&request);
}

TEST(checks_who_is_addressed)
{
	assert_string_equal(sample_check(&onesignal_provider, ALICE, SETTINGS),
	    "");
	assert_string_equal(sample_check(&onesignal_provider,
	                        "{\"platform\":\"onesignal\"}", SETTINGS),
	    "token: is missing, the subscription id of OneSignal");
	assert_string_equal(sample_check(&onesignal_provider,
	                        "{\"platform\":\"onesignal\",\"token\":\"t\","
	                        "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT
	                        "\",\"auth\":\"" SAMPLE_AUTH "\"}}",
	                        SETTINGS),
	    "encrypt: OneSignal cannot; set the privacy none instead");
}

TEST(reads_a_key_that_is_alone_in_its_file)
{
	static const char *const bad[] = { "", "\n", "two words\n", "a\nb: c\n",
		"\"quoted\"", "a\x01" };
	const struct push_env env = { .now_s = 0 };
	struct fault fault = { "" };
	struct buf token;

	buf_init(&token, PUSH_TOKEN_MAX);
	assert_int_equal(onesignal_provider.check_key(" os_v2-a.b/=\r\n",
	                     &fault),
	    STATUS_OK);
	assert_int_equal(onesignal_provider.authorize(&env, " os_v2-a.b/=\r\n",
	                     &token),
	    STATUS_OK);
	assert_string_equal(buf_text(&token), "os_v2-a.b/=");
	buf_finish(&token);
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_int_equal(onesignal_provider.check_key(bad[i], &fault),
		    STATUS_BAD_INPUT);
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 200, "{\"id\":\"" SUBSCRIPTION "\",\"external_id\":null}",
		    OUTCOME_DELIVERED, "", NULL },
		/* It may say so of others beside this one. */
		{ 200,
		    "{\"id\":\"\",\"errors\":[\"All included players are not "
		    "subscribed\"]}",
		    OUTCOME_REJECTED, "are not subscribed", "switched" },
		{ 200,
		    "{\"id\":\"\",\"errors\":{\"invalid_player_ids\":[\"x\"]}}",
		    OUTCOME_REJECTED, "invalid_player_ids", "app_id" },
		{ 200, "{}", OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 200, "<html>", OUTCOME_REJECTED, "web page", "login" },
		{ 400, "{\"errors\":[\"contents must not be null\"]}",
		    OUTCOME_REJECTED, "", NULL },
		{ 403, "{\"errors\":[\"Access denied.\"]}", OUTCOME_REJECTED,
		    "", "key_file" },
		{ 404, "", OUTCOME_REJECTED, "", NULL },
		{ 410, "", OUTCOME_REJECTED, "", NULL },
		{ 429, "{\"errors\":[\"rate limit\"]}", OUTCOME_RETRY, "",
		    NULL },
		{ 503, "", OUTCOME_RETRY, "", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
	};

	sample_judge(&onesignal_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_its_documentation_asks_for),
		cmocka_unit_test(repeats_itself_under_the_same_key),
		cmocka_unit_test(
		    tells_a_third_party_nothing_when_nothing_may_be_told),
		cmocka_unit_test(fits_the_longest_event),
		cmocka_unit_test(checks_who_is_addressed),
		cmocka_unit_test(reads_a_key_that_is_alone_in_its_file),
		cmocka_unit_test(knows_each_answer),
	};

	return cmocka_run_group_tests_name("onesignal", tests, NULL, NULL);
}
