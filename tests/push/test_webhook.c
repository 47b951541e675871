#include "sample.h"

#define SETTINGS \
	"[webhook]\nallow_hosts = hook.lan, 10.0.0.5, 10.0.0.5:8008\nallow_http = yes\n"
#define HOOK "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/message\"}"

static struct request
encode(const char *device, const char *authorization, const struct look *look)
{
	const struct sample sample = {
		.device = device,
		.settings = SETTINGS,
		.authorization = authorization,
		.look = look,
	};

	return sample_encode(&webhook_provider, &sample);
}

TEST(sends_json_that_a_stranger_understands)
{
	struct request request = encode(HOOK, "", NULL);

	assert_string_equal(buf_text(&request.url), "https://hook.lan/message");
	assert_string_equal(request.method, "POST");
	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/json\n");
	assert_false(request.allows_http);
	sample_assert_body(&request,
	    "{\"title\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"message\":\"rm -rf build\\nwebshop \xc2\xb7 workstation\","
	    "\"priority\":8,\"url\":\"\",\"tag\":\"" SAMPLE_COLLAPSE "\"}");
	request_finish(&request);
}

TEST(fills_a_template_in_with_method_and_headers)
{
	struct request request =
	    encode("{\"platform\":\"webhook\","
	           "\"url\":\"http://10.0.0.5:8008/rooms/!a:b/send/{{id}}\","
	           "\"method\":\"PUT\","
	           "\"body\":{\"msgtype\":\"m.text\",\"body\":\"{{title}}\","
	           "\"level\":\"{{level}}\",\"event\":\"{{event}}\"}}",
	        "authorization: Bearer x\n", NULL);
	struct request again =
	    encode("{\"platform\":\"webhook\","
	           "\"url\":\"http://10.0.0.5:8008/rooms/!a:b/send/{{id}}\"}",
	        "", NULL);

	assert_string_equal(request.method, "PUT");
	assert_true(request.allows_http);
	assert_int_equal(strncmp(buf_text(&request.url),
	                     "http://10.0.0.5:8008/rooms/!a:b/send/", 37),
	    0);
	assert_int_equal(request.url.len, 37 + OPAQUE_UUID_LEN);
	/* A repeat is known for one. */
	assert_string_equal(buf_text(&request.url), buf_text(&again.url));
	assert_string_equal(buf_text(&request.headers),
	    "authorization: Bearer x\ncontent-type: application/json\n");
	sample_assert_body(&request,
	    "{\"msgtype\":\"m.text\","
	    "\"body\":\"Permission needed: Fix \\\"login\\\"\","
	    "\"level\":\"time-sensitive\",\"event\":\"evt_2\"}");
	request_finish(&request);
	request_finish(&again);
}

TEST(sends_plain_text_where_the_template_is_none_of_json)
{
	struct request request = encode(
	    "{\"platform\":\"webhook\","
	    "\"url\":\"https://hook.lan/\",\"body\":\"{{title}}\\n{{kind}}\"}",
	    "", NULL);

	assert_string_equal(buf_text(&request.headers),
	    "content-type: text/plain; charset=utf-8\n");
	assert_string_equal(buf_text(&request.body),
	    "Permission needed: Fix \"login\"\npermission.asked");
	request_finish(&request);
}

TEST(leaves_the_type_to_the_headers_that_have_one)
{
	struct request request =
	    encode(HOOK, "content-type: application/vnd.x+json\n", NULL);

	assert_string_equal(buf_text(&request.headers),
	    "content-type: application/vnd.x+json\n");
	request_finish(&request);
}

TEST(tells_a_stranger_nothing_when_nothing_may_be_told)
{
	struct look look = sample_look;
	struct request request;

	look.privacy = PRIVACY_NONE;
	request =
	    encode("{\"platform\":\"webhook\","
	           "\"url\":\"https://hook.lan/\",\"servers\":{\"workstation\":"
	           "\"" SAMPLE_SERVER
	           "\"},\"body\":\"{{title}}|{{message}}|{{kind}}|"
	           "{{host}}|{{event}}|{{session}}|{{request}}|{{url}}\"}",
	        "", &look);
	assert_string_equal(buf_text(&request.body),
	    "nudge|There is news from your agents.||||||");
	request_finish(&request);
}

TEST(checks_what_is_called_and_what_is_sent)
{
	static const struct {
		const char *registration;
		const char *fault;
	} cases[] = {
		{ HOOK, "" },
		{ "{\"platform\":\"webhook\"}", "url: is missing" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://other.lan/\"}",
		    "allow_hosts" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/{{tag}}\"}",
		    "url: {{tag}} is no name that is known" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://{{id}}.lan/\"}",
		    "allow_hosts" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/\","
		  "\"method\":\"DELETE\"}",
		    "method: must be POST, PUT or PATCH" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/\","
		  "\"body\":\"{{nonce}}\"}",
		    "body: {{nonce}} is no name that is known" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/\","
		  "\"body\":\"{\\\"a\\\":{{title}}}\"}",
		    "body: with its names filled in, it is no JSON" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/\","
		  "\"body\":7}",
		    "body: must be a text or JSON" },
		{ "{\"platform\":\"webhook\",\"url\":\"https://hook.lan/\","
		  "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT
		  "\",\"auth\":\"" SAMPLE_AUTH "\"}}",
		    "encrypt: a webhook cannot" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const char *fault = sample_check(&webhook_provider,
		    cases[i].registration, SETTINGS);

		assert_int_equal(*fault == '\0', *cases[i].fault == '\0');
		assert_non_null(strstr(fault, cases[i].fault));
	}
}

#define HEADERS_FILE                                                    \
	"# Gotify\nhttps://hook.lan\n  X-Gotify-Key: AbC:d \n\n"        \
	"http://10.0.0.5:8008\r\nAuthorization: Bearer t\r\nX-A: 1\r\n" \
	"https://empty.lan\n"

static void
assert_headers(const char *origin, const char *expected)
{
	const struct push_env env = { .origin = origin };
	struct buf token;

	buf_init(&token, PUSH_TOKEN_MAX);
	assert_int_equal(webhook_provider.authorize(&env, HEADERS_FILE, &token),
	    STATUS_OK);
	assert_string_equal(buf_text(&token), expected);
	buf_finish(&token);
}

TEST(shows_its_headers_to_their_own_origin_alone)
{
	struct fault fault = { "" };

	assert_int_equal(webhook_provider.check_key(HEADERS_FILE, &fault),
	    STATUS_OK);
	assert_headers("https://hook.lan", "x-gotify-key: AbC:d\n");
	assert_headers("http://10.0.0.5:8008",
	    "authorization: Bearer t\nx-a: 1\n");
	assert_headers("https://empty.lan", "");
	assert_headers("http://hook.lan", "");
	assert_headers("https://hook.lan:8443", "");
	assert_headers("https://hook", "");
}

TEST(refuses_a_file_of_anything_else)
{
	static const char *const bad[] = { "X-Gotify-Key: a\n",
		"https://hook.lan/\nA: b\n", "https://hook.lan\nno header\n",
		"https://hook.lan\n: b\n", "https://hook.lan\nA\n",
		"https://hook.lan\nA b: c\n" };

	for (size_t i = 0; i < COUNT_OF(bad); i++) {
		struct fault fault = { "" };

		assert_int_equal(webhook_provider.check_key(bad[i], &fault),
		    STATUS_BAD_INPUT);
		assert_true(fault_is_set(&fault));
	}
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 200, "ok", OUTCOME_DELIVERED, "", NULL },
		{ 200, "{\"id\":1}", OUTCOME_DELIVERED, "", NULL },
		{ 204, NULL, OUTCOME_DELIVERED, "", NULL },
		{ 200, "<html>Sign in", OUTCOME_REJECTED, "web page", "login" },
		{ 302, "", OUTCOME_REJECTED, "", "final address" },
		{ 400, "{\"error\":\"Bad_Request\"}", OUTCOME_REJECTED,
		    "Bad_Request", "providers.md" },
		{ 401, "", OUTCOME_REJECTED, "", "headers_file" },
		/* A wrong setting removes no device. */
		{ 404, "", OUTCOME_REJECTED, "", "url" },
		{ 410, "", OUTCOME_REJECTED, "", "url" },
		{ 429, "", OUTCOME_RETRY, "", NULL },
		{ 503, "", OUTCOME_RETRY, "", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
	};

	sample_judge(&webhook_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sends_json_that_a_stranger_understands),
		cmocka_unit_test(fills_a_template_in_with_method_and_headers),
		cmocka_unit_test(
		    sends_plain_text_where_the_template_is_none_of_json),
		cmocka_unit_test(leaves_the_type_to_the_headers_that_have_one),
		cmocka_unit_test(
		    tells_a_stranger_nothing_when_nothing_may_be_told),
		cmocka_unit_test(checks_what_is_called_and_what_is_sent),
		cmocka_unit_test(shows_its_headers_to_their_own_origin_alone),
		cmocka_unit_test(refuses_a_file_of_anything_else),
		cmocka_unit_test(knows_each_answer),
	};

	return cmocka_run_group_tests_name("webhook", tests, NULL, NULL);
}
