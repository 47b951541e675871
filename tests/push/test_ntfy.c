#include "sample.h"

#define ALICE "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/alice_1\"}"
#define AT_HOME                                                             \
	"{\"platform\":\"ntfy\",\"url\":\"http://pi.lan:8080/ntfy/alice\"," \
	"\"auth\":\"me:pass\",\"servers\":{\"workstation\":"                \
	"\"" SAMPLE_SERVER "/\"}}"
#define HOME_SETTINGS "[ntfy]\nallow_hosts = pi.lan:8080\nallow_http = yes\n"

TEST(publishes_to_the_topic)
{
	const struct sample sample = { .device = ALICE };
	struct request request = sample_encode(&ntfy_provider, &sample);

	assert_string_equal(buf_text(&request.url), "https://ntfy.sh/");
	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/json\n");
	assert_null(request.method);
	assert_false(request.allows_http);
	assert_true(request.is_public);
	sample_assert_body(&request,
	    "{\"topic\":\"alice_1\",\"sequence_id\":\"" SAMPLE_COLLAPSE "\","
	    "\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"message\":\"rm -rf build\\nwebshop \xc2\xb7 workstation\","
	    "\"priority\":4,\"tags\":[\"key\"]}");
	request_finish(&request);
}

TEST(knows_a_server_at_home_with_a_login)
{
	const struct sample sample = {
		.device = AT_HOME,
		.settings = HOME_SETTINGS,
	};
	struct request request = sample_encode(&ntfy_provider, &sample);

	assert_string_equal(buf_text(&request.url), "http://pi.lan:8080/ntfy/");
	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/json\n"
	    "authorization: Basic bWU6cGFzcw==\n");
	assert_true(request.allows_http);
	assert_false(request.is_public);
	assert_non_null(strstr(buf_text(&request.body),
	    "\"click\":\"" SAMPLE_SERVER
	    "/L2hvbWUvYS93ZWJzaG9w/session/ses_1\""));
	assert_non_null(strstr(buf_text(&request.body), "\"action\":\"view\""));
	request_finish(&request);
}

TEST(shows_a_token_as_a_bearer)
{
	const struct sample sample = {
		.device = "{\"platform\":\"ntfy\",\"auth\":\"tk_abc\","
		          "\"url\":\"https://ntfy.sh/a\"}",
	};
	struct request request = sample_encode(&ntfy_provider, &sample);

	assert_non_null(strstr(buf_text(&request.headers),
	    "authorization: Bearer tk_abc\n"));
	request_finish(&request);
}

TEST(is_as_loud_as_it_is_told_to_be)
{
	static const struct {
		enum level level;
		const char *sound;
		const char *priority;
	} cases[] = {
		{ LEVEL_PASSIVE, "default", "\"priority\":2" },
		{ LEVEL_ACTIVE, "default", "\"priority\":3" },
		{ LEVEL_TIME_SENSITIVE, "default", "\"priority\":4" },
		{ LEVEL_TIME_SENSITIVE, "", "\"priority\":2" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct look look = {
			.level = cases[i].level,
			.sound = cases[i].sound,
		};
		const struct sample sample = { .device = ALICE, .look = &look };
		struct request request = sample_encode(&ntfy_provider, &sample);

		assert_non_null(
		    strstr(buf_text(&request.body), cases[i].priority));
		request_finish(&request);
	}
}

TEST(tells_the_server_nothing_when_nothing_may_be_told)
{
	struct look look = sample_look;
	const struct sample sample = {
		.device = AT_HOME,
		.settings = HOME_SETTINGS,
		.look = &look,
	};
	struct request request;

	look.privacy = PRIVACY_NONE;
	request = sample_encode(&ntfy_provider, &sample);
	sample_assert_body(&request,
	    "{\"topic\":\"alice\",\"sequence_id\":\"" SAMPLE_COLLAPSE "\","
	    "\"title\":\"nudge\",\"message\":\"There is news from your "
	    "agents.\",\"priority\":4}");
	request_finish(&request);
}

TEST(takes_a_notification_back)
{
	const struct sample sample = {
		.device = AT_HOME,
		.settings = HOME_SETTINGS,
		.purpose = PURPOSE_WITHDRAW,
	};
	struct request request = sample_encode(&ntfy_provider, &sample);

	assert_string_equal(request.method, "DELETE");
	assert_string_equal(buf_text(&request.url),
	    "http://pi.lan:8080/ntfy/alice/" SAMPLE_COLLAPSE);
	assert_int_equal(request.body.len, 0);
	request_finish(&request);
}

TEST(checks_where_the_topic_is)
{
	static const struct {
		const char *registration;
		const char *fault;
	} cases[] = {
		{ ALICE, "" },
		{ "{\"platform\":\"ntfy\"}", "url: is missing" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://pi.lan/a\"}",
		    "url: the host pi.lan is unknown; name it in allow_hosts" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh:22/a\"}",
		    "url: port 22 of the host ntfy.sh is unknown; name "
		    "ntfy.sh:22 in allow_hosts" },
		{ "{\"platform\":\"ntfy\","
		  "\"url\":\"https://ntfy.sh/api/webhook/x?/t\"}",
		    "url: must have no query" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://a:b@ntfy.sh/a\"}",
		    "url: must be https://, a host in lower case, perhaps a "
		    "port, and a path; no login" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/\"}",
		    "url: must end with a topic, 1 to 64 of A-Z a-z 0-9 _ -" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/a?b=c\"}",
		    "url: must have no query" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://u:p@ntfy.sh/a\"}",
		    "url: must be https://, a host in lower case, perhaps a "
		    "port, and a path; no login" },
		{ "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/a\","
		  "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT
		  "\",\"auth\":\"" SAMPLE_AUTH "\"}}",
		    "encrypt: ntfy cannot; set the privacy none instead" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(sample_check(&ntfy_provider,
		                        cases[i].registration, NULL),
		    cases[i].fault);
}

TEST(is_one_service_for_each_server)
{
	struct settings settings = sample_settings(HOME_SETTINGS);
	struct fault fault = { "" };
	struct device device;
	char service[PUSH_SERVICE_MAX];

	assert_int_equal(device_parse(AT_HOME, strlen(AT_HOME), &device,
	                     &fault),
	    STATUS_OK);
	provider_service(&device, &settings, service);
	assert_string_equal(service, "ntfy http://pi.lan:8080");
	device_finish(&device);
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 200,
		    "{\"id\":\"sPs71M8A2T\",\"time\":1764000000,"
		    "\"event\":\"message\",\"topic\":\"alice\"}",
		    OUTCOME_DELIVERED, "", NULL },
		{ 200,
		    "{\"id\":\"sPs71M8A2T\",\"time\":1764000000,"
		    "\"event\":\"message_delete\",\"topic\":\"alice\"}",
		    OUTCOME_DELIVERED, "", NULL },
		{ 200, "\n<!DOCTYPE html><title>Sign in</title>",
		    OUTCOME_REJECTED, "web page", "login" },
		{ 200, "{}", OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 200, "{\"id\":7}", OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 204, "", OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 200, NULL, OUTCOME_REJECTED, "not its answer",
		    "not the service" },
		{ 301, "", OUTCOME_REJECTED, "", "final address" },
		{ 400, "{\"code\":40007,\"error\":\"priority invalid\"}",
		    OUTCOME_REJECTED, "", NULL },
		{ 401, "{\"error\":\"unauthorized\"}", OUTCOME_REJECTED,
		    "unauthorized", "auth" },
		{ 403, "{\"error\":\"forbidden\"}", OUTCOME_REJECTED,
		    "forbidden", "auth" },
		{ 404, "", OUTCOME_REJECTED, "", "2.16" },
		{ 413, "{\"error\":\"too large\"}", OUTCOME_REJECTED, "",
		    NULL },
		{ 429, "{\"error\":\"limit reached\"}", OUTCOME_RETRY, "",
		    NULL },
		{ 502, "<html>", OUTCOME_RETRY, "", NULL },
		{ 507, "", OUTCOME_RETRY, "", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
	};

	sample_judge(&ntfy_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(publishes_to_the_topic),
		cmocka_unit_test(knows_a_server_at_home_with_a_login),
		cmocka_unit_test(shows_a_token_as_a_bearer),
		cmocka_unit_test(is_as_loud_as_it_is_told_to_be),
		cmocka_unit_test(
		    tells_the_server_nothing_when_nothing_may_be_told),
		cmocka_unit_test(takes_a_notification_back),
		cmocka_unit_test(checks_where_the_topic_is),
		cmocka_unit_test(is_one_service_for_each_server),
		cmocka_unit_test(knows_each_answer),
	};

	return cmocka_run_group_tests_name("ntfy", tests, NULL, NULL);
}
