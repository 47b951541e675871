#include "sample.h"

#define SETTINGS "[pushwoosh]\napplication = ABCDE-12345\nkey_file = /k\n"
#define ALICE "{\"platform\":\"pushwoosh\",\"token\":\"HWID-1\"}"
#define SAYS(code, response)     \
	"{\"status_code\":" code \
	",\"status_message\":\"x\",\"response\":" response "}"

static struct request
encode(const struct look *look)
{
	const struct sample sample = {
		.device = ALICE,
		.settings = SETTINGS,
		.authorization = "yxoPUlwq",
		.look = look,
	};

	return sample_encode(&pushwoosh_provider, &sample);
}

TEST(writes_what_its_documentation_asks_for)
{
	struct request request = encode(NULL);

	assert_string_equal(buf_text(&request.url),
	    "https://api.pushwoosh.com/json/1.3/createMessage");
	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/json\n");
	sample_assert_body(&request,
	    "{\"request\":{\"application\":\"ABCDE-12345\","
	    "\"auth\":\"yxoPUlwq\",\"notifications\":[{\"send_date\":\"now\","
	    "\"ignore_user_timezone\":true,\"devices\":[\"HWID-1\"],"
	    "\"ios_ttl\":600,\"android_gcm_ttl\":600,"
	    "\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"content\":\"rm -rf build\\nwebshop \xc2\xb7 workstation\","
	    "\"android_priority\":1,\"ios_sound\":\"default\","
	    "\"android_sound\":\"default\","
	    "\"data\":{\"tag\":\"" SAMPLE_COLLAPSE "\","
	    "\"level\":\"time-sensitive\",\"category\":\"NUDGE_PERMISSION\","
	    "\"kind\":\"permission.asked\",\"event_id\":\"evt_2\","
	    "\"session_id\":\"ses_1\",\"request_id\":\"per_1\","
	    "\"nonce\":\"n0nce\",\"host\":\"workstation\","
	    "\"href\":\"/L2hvbWUvYS93ZWJzaG9w/session/ses_1\"}}]}}");
	request_finish(&request);
}

TEST(tells_a_third_party_nothing_when_nothing_may_be_told)
{
	const struct look look = {
		.level = LEVEL_PASSIVE,
		.privacy = PRIVACY_NONE,
		.sound = "",
		.badge = 2,
	};
	struct request request = encode(&look);

	sample_assert_body(&request,
	    "{\"request\":{\"application\":\"ABCDE-12345\","
	    "\"auth\":\"yxoPUlwq\",\"notifications\":[{\"send_date\":\"now\","
	    "\"ignore_user_timezone\":true,\"devices\":[\"HWID-1\"],"
	    "\"ios_ttl\":600,\"android_gcm_ttl\":600,"
	    "\"title\":\"nudge\","
	    "\"content\":\"There is news from your agents.\","
	    "\"android_priority\":-1,\"ios_sound\":\"\","
	    "\"android_sound\":\"\",\"ios_badges\":2,\"android_badges\":2,"
	    "\"data\":{\"tag\":\"" SAMPLE_COLLAPSE "\"}}]}}");
	request_finish(&request);
}

TEST(checks_who_is_addressed)
{
	assert_string_equal(sample_check(&pushwoosh_provider, ALICE, SETTINGS),
	    "");
	assert_string_equal(sample_check(&pushwoosh_provider,
	                        "{\"platform\":\"pushwoosh\"}", SETTINGS),
	    "token: is missing, the HWID or push token of Pushwoosh");
	assert_string_equal(sample_check(&pushwoosh_provider,
	                        "{\"platform\":\"pushwoosh\",\"token\":\"t\","
	                        "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT
	                        "\",\"auth\":\"" SAMPLE_AUTH "\"}}",
	                        SETTINGS),
	    "encrypt: Pushwoosh cannot; set the privacy none instead");
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 200,
		    SAYS("200", "{\"Messages\":[\"C3F8-C3863ED4-334AD4F1\"]}"),
		    OUTCOME_DELIVERED, "", NULL },
		{ 200,
		    SAYS("200",
		        "{\"Messages\":[\"CODE_NOT_AVAILABLE\"],"
		        "\"UnknownDevices\":{\"\":[\"HWID-1\"]}}"),
		    OUTCOME_REJECTED, "UnknownDevices", "register again" },
		{ 200, SAYS("200", "{\"Messages\":[]}"), OUTCOME_REJECTED,
		    "not its answer", "url" },
		{ 200, SAYS("210", "null"), OUTCOME_REJECTED, "status_code 210",
		    "key_file" },
		{ 200, SAYS("500", "null"), OUTCOME_RETRY, "", NULL },
		{ 200, "{}", OUTCOME_REJECTED, "not its answer", "url" },
		{ 200, "", OUTCOME_REJECTED, "not its answer", "url" },
		{ 200, "<html>", OUTCOME_REJECTED, "web page", "login" },
		{ 404, "", OUTCOME_REJECTED, "", NULL },
		{ 410, "", OUTCOME_REJECTED, "", NULL },
		{ 429, "", OUTCOME_RETRY, "", NULL },
		{ 502, "<html>", OUTCOME_RETRY, "", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
	};

	sample_judge(&pushwoosh_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_its_documentation_asks_for),
		cmocka_unit_test(
		    tells_a_third_party_nothing_when_nothing_may_be_told),
		cmocka_unit_test(checks_who_is_addressed),
		cmocka_unit_test(knows_each_answer),
	};

	return cmocka_run_group_tests_name("pushwoosh", tests, NULL, NULL);
}
