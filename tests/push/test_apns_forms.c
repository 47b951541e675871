/* The forms of a push beside the plain one: test_apns.c has that. */
#include "sample.h"

#define TOKEN "00ff00ff"
#define SETTINGS "[apns]\ntopic = dev.example.app\n"
#define ALICE "{\"platform\":\"apns\",\"token\":\"" TOKEN "\"}"
#define SEALED                                                         \
	"{\"platform\":\"apns\",\"token\":\"" TOKEN "\",\"encrypt\":{" \
	"\"p256dh\":\"" SAMPLE_POINT "\",\"auth\":\"" SAMPLE_AUTH "\"}}"

static struct request
encode(const char *device, const struct look *look, enum purpose purpose)
{
	const struct sample sample = {
		.device = device,
		.settings = SETTINGS,
		.authorization = "TOKEN",
		.look = look,
		.purpose = purpose,
	};

	return sample_encode(&apns_provider, &sample);
}

static const char *
header(const struct request *request, const char *line)
{
	return strstr(buf_text(&request->headers), line);
}

TEST(takes_a_notification_back_in_the_background)
{
	struct request request = encode(ALICE, NULL, PURPOSE_WITHDRAW);

	assert_non_null(header(&request, "apns-push-type: background\n"));
	assert_non_null(header(&request, "apns-priority: 5\n"));
	assert_non_null(
	    header(&request, "apns-collapse-id: " SAMPLE_COLLAPSE "\n"));
	sample_assert_body(&request,
	    "{\"aps\":{\"content-available\":1},"
	    "\"withdraw\":\"" SAMPLE_COLLAPSE "\"}");
	request_finish(&request);
}

TEST(gives_a_withdrawal_another_id_than_what_it_takes_back)
{
	struct request shown = encode(ALICE, NULL, PURPOSE_SHOW);
	struct request withdrawn = encode(ALICE, NULL, PURPOSE_WITHDRAW);
	const char *one = header(&shown, "apns-id: ");
	const char *other = header(&withdrawn, "apns-id: ");

	assert_non_null(one);
	assert_non_null(other);
	assert_int_not_equal(strncmp(one, other, 9 + OPAQUE_UUID_LEN), 0);
	request_finish(&shown);
	request_finish(&withdrawn);
}

TEST(looks_as_it_is_told_to)
{
	const struct look look = {
		.level = LEVEL_PASSIVE,
		.sound = "",
		.badge = 2,
	};
	struct request request = encode(ALICE, &look, PURPOSE_SHOW);
	const char *body = buf_text(&request.body);

	assert_non_null(header(&request, "apns-priority: 5\n"));
	assert_non_null(strstr(body, "\"badge\":2"));
	assert_non_null(strstr(body, "\"interruption-level\":\"passive\""));
	assert_non_null(strstr(body, "\"subtitle\":\"webshop\""));
	assert_null(strstr(body, "\"sound\""));
	request_finish(&request);
}

TEST(tells_apple_nothing_when_nothing_may_be_told)
{
	struct look look = sample_look;
	struct request request;

	look.privacy = PRIVACY_NONE;
	request = encode(ALICE, &look, PURPOSE_SHOW);
	sample_assert_body(&request,
	    "{\"aps\":{\"alert\":{\"title\":\"nudge\","
	    "\"body\":\"There is news from your agents.\"},"
	    "\"sound\":\"default\","
	    "\"thread-id\":\"675tcoIgFHhmJ4Y-a-ZyBA\","
	    "\"interruption-level\":\"time-sensitive\"}}");
	request_finish(&request);
}

TEST(shows_a_neutral_text_in_place_of_what_is_encrypted)
{
	struct request request = encode(SEALED, NULL, PURPOSE_SHOW);
	const char *body = buf_text(&request.body);
	static const char start[] =
	    "{\"aps\":{\"alert\":{\"title\":\"nudge\","
	    "\"body\":\"There is news from your agents.\"},"
	    "\"sound\":\"default\","
	    "\"thread-id\":\"675tcoIgFHhmJ4Y-a-ZyBA\","
	    "\"mutable-content\":1},\"e\":\"";

	assert_int_equal(strncmp(body, start, strlen(start)), 0);
	assert_null(strchr(body + strlen(start), ':'));
	request_finish(&request);
}

TEST(stands_for_several_without_a_way_to_one)
{
	struct look look = sample_look;
	struct request request;

	look.digest = "2 finished, 1 failed";
	look.names = "Finished: Fix login (2)\nFailed: Deploy";
	request = encode(ALICE, &look, PURPOSE_SHOW);
	sample_assert_body(&request,
	    "{\"aps\":{\"alert\":{\"title\":\"2 finished, 1 failed\","
	    "\"body\":\"Finished: Fix login (2)\\nFailed: Deploy\"},\"sound\":\"default\","
	    "\"interruption-level\":\"time-sensitive\"},"
	    "\"kind\":\"digest\"}");
	request_finish(&request);
}

TEST(checks_the_key_that_it_would_encrypt_to)
{
	assert_string_equal(sample_check(&apns_provider, SEALED, SETTINGS), "");
	assert_string_equal(sample_check(&apns_provider,
	                        "{\"platform\":\"apns\",\"token\":\"00\","
	                        "\"encrypt\":{\"auth\":\"" SAMPLE_AUTH "\","
	                        "\"p256dh\":\"BAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	                        "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"
	                        "AAAAAAAAAAA\"}}",
	                        SETTINGS),
	    "encrypt.p256dh: is not on the curve P-256");
}

TEST(says_what_to_change_where_a_person_can_help)
{
	static const struct sample_answer rows[] = {
		{ 400, "{\"reason\":\"BadDeviceToken\"}", OUTCOME_GONE,
		    "BadDeviceToken", "other environment" },
		{ 400, "{\"reason\":\"DeviceTokenNotForTopic\"}",
		    OUTCOME_REJECTED, "DeviceTokenNotForTopic", "bundle id" },
		{ 400, "{\"reason\":\"TopicDisallowed\"}", OUTCOME_REJECTED,
		    "TopicDisallowed", "topic" },
		{ 403, "{\"reason\":\"InvalidProviderToken\"}",
		    OUTCOME_REJECTED, "InvalidProviderToken", "swapped" },
		{ 403, "{\"reason\":\"BadEnvironmentKeyInToken\"}",
		    OUTCOME_REJECTED, "BadEnvironmentKeyInToken",
		    "other environment" },
		{ 403, "{\"reason\":\"BadEnvironmentKeyIdInToken\"}",
		    OUTCOME_REJECTED, "BadEnvironmentKeyIdInToken",
		    "other environment" },
		{ 403, "{\"reason\":\"Forbidden\"}", OUTCOME_REJECTED,
		    "Forbidden", "developer.apple.com" },
		{ 403, "{\"reason\":\"ExpiredProviderToken\"}", OUTCOME_RETRY,
		    "ExpiredProviderToken", "clock" },
		{ 410, "{\"reason\":\"Unregistered\",\"timestamp\":1}",
		    OUTCOME_GONE, "Unregistered", NULL },
		{ 429, "{\"reason\":\"TooManyRequests\"}", OUTCOME_RETRY,
		    "TooManyRequests", NULL },
	};

	sample_judge(&apns_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(takes_a_notification_back_in_the_background),
		cmocka_unit_test(
		    gives_a_withdrawal_another_id_than_what_it_takes_back),
		cmocka_unit_test(looks_as_it_is_told_to),
		cmocka_unit_test(tells_apple_nothing_when_nothing_may_be_told),
		cmocka_unit_test(
		    shows_a_neutral_text_in_place_of_what_is_encrypted),
		cmocka_unit_test(stands_for_several_without_a_way_to_one),
		cmocka_unit_test(checks_the_key_that_it_would_encrypt_to),
		cmocka_unit_test(says_what_to_change_where_a_person_can_help),
	};

	return cmocka_run_group_tests_name("apns forms", tests, NULL, NULL);
}
