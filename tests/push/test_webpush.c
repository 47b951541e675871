#include "push/jwt.h"
#include "sample.h"

#include <stdio.h>

#define KEYS                                                                \
	"\"keys\":{\"p256dh\":\"" SAMPLE_POINT "\",\"auth\":\"" SAMPLE_AUTH \
	"\"}"
#define ALICE                                     \
	"{\"platform\":\"webpush\",\"endpoint\":" \
	"\"https://fcm.googleapis.com/fcm/send/abc:DEF\"," KEYS "}"
#define AT(url) "{\"platform\":\"webpush\",\"endpoint\":\"" url "\"," KEYS "}"

TEST(writes_what_rfc_8030_wants)
{
	const struct sample sample = {
		.device = ALICE,
		.authorization = "vapid t=T, k=K",
	};
	struct request request = sample_encode(&webpush_provider, &sample);

	assert_string_equal(buf_text(&request.url),
	    "https://fcm.googleapis.com/fcm/send/abc:DEF");
	assert_string_equal(buf_text(&request.headers),
	    "authorization: vapid t=T, k=K\n"
	    "content-encoding: aes128gcm\n"
	    "content-type: application/octet-stream\n"
	    "ttl: 600\n"
	    "urgency: high\n"
	    "topic: " SAMPLE_COLLAPSE "\n");
	assert_true(request.is_public);
	assert_int_equal(request.body.len, 512 + 103);
	request_finish(&request);
}

TEST(is_as_urgent_as_it_is_told_to_be)
{
	static const struct {
		enum level level;
		enum purpose purpose;
		const char *urgency;
	} cases[] = {
		{ LEVEL_PASSIVE, PURPOSE_SHOW, "urgency: low\n" },
		{ LEVEL_ACTIVE, PURPOSE_SHOW, "urgency: normal\n" },
		{ LEVEL_TIME_SENSITIVE, PURPOSE_SHOW, "urgency: high\n" },
		{ LEVEL_TIME_SENSITIVE, PURPOSE_WITHDRAW, "urgency: normal\n" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct look look = sample_look;
		const struct sample sample = {
			.device = ALICE,
			.authorization = "",
			.look = &look,
			.purpose = cases[i].purpose,
		};
		struct request request;

		look.level = cases[i].level;
		request = sample_encode(&webpush_provider, &sample);
		assert_non_null(
		    strstr(buf_text(&request.headers), cases[i].urgency));
		assert_non_null(strstr(buf_text(&request.headers),
		    "topic: " SAMPLE_COLLAPSE "\n"));
		request_finish(&request);
	}
}

TEST(never_needs_more_than_the_smallest_service_takes)
{
	char text[EVENT_BODY_MAX + 1];
	struct event event = sample_asked;
	const struct sample sample = {
		.device = ALICE,
		.authorization = "",
		.event = &event,
	};
	struct request request;

	memset(text, '"', EVENT_BODY_MAX);
	text[EVENT_BODY_MAX] = '\0';
	event.body = text;
	request = sample_encode(&webpush_provider, &sample);
	assert_int_equal(request.body.len, 2048 + 103);
	request_finish(&request);
}

TEST(fits_an_event_whose_every_text_is_as_long_as_may_be)
{
	static char body[EVENT_BODY_MAX + 1];
	static char text[EVENT_TITLE_MAX + 1];
	static char directory[1024 + 1];
	static char id[64 + 1];
	char registration[2048];
	char server[241] = "";
	struct event event = sample_asked;
	struct look look = sample_look;
	const struct sample sample = {
		.device = registration,
		.authorization = "",
		.event = &event,
		.look = &look,
	};
	struct request request;

	memset(body, '"', sizeof(body) - 1);
	memset(text, '\\', sizeof(text) - 1);
	memset(directory, '/', 512);
	memset(id, 'i', sizeof(id) - 1);
	memset(server, 's', sizeof(server) - 1);
	memcpy(event.id, id, sizeof(id));
	event.session_id = event.request_id = event.host = id;
	event.session_title = event.project_name = text;
	event.request_nonce = text;
	event.project_directory = directory;
	event.body = body;
	look.badge = 1000000;
	look.sound = id;
	(void)snprintf(registration, sizeof(registration),
	    "{\"platform\":\"webpush\",\"endpoint\":\"https://ntfy.sh/up\","
	    "\"servers\":{\"%s\":\"http://%.*s\"}," KEYS "}",
	    id, 240, server);
	request = sample_encode(&webpush_provider, &sample);
	assert_int_equal(request.body.len, 2048 + 103);
	request_finish(&request);
}

TEST(checks_the_subscription)
{
	static const struct {
		const char *registration;
		const char *fault;
	} cases[] = {
		{ ALICE, "" },
		{ AT("https://updates.push.services.mozilla.com/wpush/v2/x"),
		    "" },
		{ AT("https://web.push.apple.com/x"), "" },
		{ AT("https://db5p.notify.windows.com/w/?token=a%2b"), "" },
		{ "{\"platform\":\"webpush\"}", "endpoint: is missing" },
		{ "{\"platform\":\"webpush\",\"endpoint\":\"https://a/b\"}",
		    "keys: is missing" },
		{ AT("https://push.example/x"),
		    "endpoint: the host push.example is unknown; name it in "
		    "allow_hosts" },
		{ AT("http://ntfy.sh/up1?up=1"),
		    "endpoint: must be https:// (or set allow_http)" },
		{ "{\"platform\":\"webpush\",\"endpoint\":\"https://a/b\","
		  "\"keys\":{\"p256dh\":\"BAAA\",\"auth\":\"" SAMPLE_AUTH
		  "\"}}",
		    "keys.p256dh: must be a P-256 key, 65 bytes in "
		    "base64url" },
		{ "{\"platform\":\"webpush\",\"endpoint\":\"https://a/b\","
		  "\"keys\":{\"p256dh\":\"" SAMPLE_POINT "\",\"auth\":\"\"}}",
		    "keys.auth: must be 16 bytes in base64url" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		assert_string_equal(sample_check(&webpush_provider,
		                        cases[i].registration, NULL),
		    cases[i].fault);
}

TEST(signs_for_the_origin_alone)
{
	struct settings settings =
	    sample_settings("[webpush]\nsubject = mailto:a@b.example\n");
	const struct push_env env = {
		.settings = &settings,
		.origin = "https://push.example:8443",
		.now_s = 1764000000,
	};
	static const char claims[] =
	    "{\"aud\":\"https://push.example:8443\",\"exp\":1764043200,"
	    "\"sub\":\"mailto:a@b.example\"}";
	struct buf coded;
	struct buf token;
	struct buf pem;
	const char *at;

	buf_init(&pem, 4096);
	buf_init(&token, PUSH_TOKEN_MAX);
	buf_init(&coded, 1024);
	assert_int_equal(webpush_provider.make_key(&pem), STATUS_OK);
	assert_int_equal(webpush_provider.authorize(&env, buf_text(&pem),
	                     &token),
	    STATUS_OK);
	assert_int_equal(strncmp(buf_text(&token), "vapid t=eyJ", 11), 0);
	b64url_add(&coded, claims, strlen(claims));
	at = strchr(buf_text(&token), '.');
	assert_non_null(at);
	assert_int_equal(strncmp(at + 1, buf_text(&coded), coded.len), 0);
	buf_clear(&coded);
	buf_addf(&coded, ", k=");
	assert_int_equal(jwt_add_public(buf_text(&pem), &coded), STATUS_OK);
	assert_int_equal(coded.len, 4 + 87);
	assert_string_equal(buf_text(&token) + token.len - coded.len,
	    buf_text(&coded));
	buf_finish(&coded);
	buf_finish(&token);
	buf_finish(&pem);
}

TEST(signs_for_an_origin_without_its_usual_port)
{
	static const char registration[] =
	    "{\"platform\":\"webpush\",\"endpoint\":"
	    "\"https://fcm.googleapis.com:443/fcm/send/x\",\"keys\":"
	    "{\"p256dh\":\"" SAMPLE_POINT "\",\"auth\":\"" SAMPLE_AUTH "\"}}";
	struct settings settings = sample_settings(NULL);
	struct fault fault = { "" };
	struct device device;
	char origin[PUSH_ORIGIN_MAX];

	assert_int_equal(device_parse(registration, strlen(registration),
	                     &device, &fault),
	    STATUS_OK);
	webpush_provider.origin(&device, &settings, origin);
	assert_string_equal(origin, "https://fcm.googleapis.com");
	device_finish(&device);
}

TEST(is_one_service_for_each_host)
{
	struct settings settings = sample_settings(NULL);
	struct fault fault = { "" };
	struct device device;
	char service[PUSH_SERVICE_MAX];

	assert_int_equal(device_parse(ALICE, strlen(ALICE), &device, &fault),
	    STATUS_OK);
	provider_service(&device, &settings, service);
	assert_string_equal(service, "webpush https://fcm.googleapis.com");
	device_finish(&device);
}

TEST(knows_each_answer)
{
	static const struct sample_answer rows[] = {
		{ 201, "", OUTCOME_DELIVERED, "", NULL },
		{ 202, NULL, OUTCOME_DELIVERED, "", NULL },
		{ 200, "{\"id\":\"sPs71M8A2T\"}", OUTCOME_DELIVERED, "", NULL },
		{ 200, "<html>Sign in", OUTCOME_REJECTED, "web page", "login" },
		{ 307, "", OUTCOME_REJECTED, "", "subscribe again" },
		{ 400, "{\"reason\":\"BadTtl\"}", OUTCOME_REJECTED, "BadTtl",
		    NULL },
		{ 400, "{\"reason\":\"VapidPkHashMismatch\"}", OUTCOME_REJECTED,
		    "VapidPkHashMismatch", "subscribes again" },
		{ 403, "{\"reason\":\"VapidPkHashMismatch\"}", OUTCOME_REJECTED,
		    "VapidPkHashMismatch", "subscribes again" },
		{ 403,
		    "the VAPID credentials in the authorization header do not "
		    "correspond to the credentials used to create the "
		    "subscriptions.",
		    OUTCOME_REJECTED, "do not correspond to the credentials",
		    "subscribes again" },
		{ 401,
		    "{\"code\":401,\"errno\":109,\"message\":\"VAPID public "
		    "key mismatch\"}",
		    OUTCOME_REJECTED, "VAPID public key mismatch",
		    "subscribes again" },
		{ 401, "{\"errno\":109,\"message\":\"expired\"}",
		    OUTCOME_REJECTED, "expired", "clock" },
		{ 403, "{\"reason\":\"BadJwtToken\"}", OUTCOME_REJECTED,
		    "BadJwtToken", "subject" },
		{ 404, "{\"errno\":102,\"message\":\"bad token\"}",
		    OUTCOME_GONE, "", NULL },
		{ 410, "{\"errno\":106}", OUTCOME_GONE, "", NULL },
		{ 413, "", OUTCOME_REJECTED, "", NULL },
		{ 429, "", OUTCOME_RETRY, "", NULL },
		{ 500, "{\"reason\":\"InternalServerError\"}", OUTCOME_RETRY,
		    "InternalServerError", NULL },
		{ 507, "", OUTCOME_RETRY, "", NULL },
		{ 0, NULL, OUTCOME_RETRY, "", NULL },
		/* The connection broke before the answer was whole. */
		{ 0, "{\"reason\":\"VapidPkHashMismatch\"}", OUTCOME_RETRY, "",
		    NULL },
	};

	sample_judge(&webpush_provider, rows, COUNT_OF(rows));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_what_rfc_8030_wants),
		cmocka_unit_test(is_as_urgent_as_it_is_told_to_be),
		cmocka_unit_test(
		    never_needs_more_than_the_smallest_service_takes),
		cmocka_unit_test(
		    fits_an_event_whose_every_text_is_as_long_as_may_be),
		cmocka_unit_test(checks_the_subscription),
		cmocka_unit_test(signs_for_the_origin_alone),
		cmocka_unit_test(signs_for_an_origin_without_its_usual_port),
		cmocka_unit_test(is_one_service_for_each_host),
		cmocka_unit_test(knows_each_answer),
	};

	return cmocka_run_group_tests_name("webpush", tests, NULL, NULL);
}
