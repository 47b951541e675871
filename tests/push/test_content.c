/* What is told of a request, and which answers are offered with it. */
#include "push/content.h"
#include "push/ece.h"
#include "sample.h"

#include <stdio.h>

static const char apns[] = "{\"platform\":\"apns\",\"token\":\"00ff\","
                           "\"topic\":\"dev.example.app\"}";
static const char apns_sealed[] =
    "{\"platform\":\"apns\",\"token\":\"00ff\",\"topic\":\"dev.example.app\","
    "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT "\",\"auth\":\"" SAMPLE_AUTH
    "\"}}";
static const char fcm[] = "{\"platform\":\"fcm\",\"token\":\"t\"}";
static const char fcm_sealed[] = "{\"platform\":\"fcm\",\"token\":\"t\","
                                 "\"encrypt\":{\"p256dh\":\"" SAMPLE_POINT
                                 "\",\"auth\":\"" SAMPLE_AUTH "\"}}";
static const char ntfy[] =
    "{\"platform\":\"ntfy\",\"url\":\"https://ntfy.sh/alice\"}";

/* The bodies in which an event leaves in the clear, one after the other; and
 * the message that only the device reads. */
enum carrier {
	CARRIER_APNS,
	CARRIER_FCM,
	CARRIER_MESSAGE,
	CARRIER_COUNT,
};

/* Owned by the caller. */
static char *
carry(enum carrier carrier, const struct event *event, const struct look *look)
{
	const struct sample sample = {
		.device = carrier == CARRIER_APNS ? apns : fcm,
		.authorization = "my-project TOKEN",
		.event = event,
		.look = look,
	};
	static const struct device device;
	const struct job job = {
		.look = look,
		.event = event,
		.device = &device,
		.user = "alice",
		.device_name = "phone",
		.key = sample_key,
	};
	struct request request;
	struct buf json;
	char *text;

	if (carrier == CARRIER_MESSAGE) {
		buf_init(&json, JSON_MAX);
		assert_int_equal(content_message(&job, ECE_TEXT_MAX, &json),
		    STATUS_OK);
		text = strdup(buf_text(&json));
		buf_finish(&json);
		return text;
	}
	request = sample_encode(carrier == CARRIER_APNS ? &apns_provider
	                                                : &fcm_provider,
	    &sample);
	text = strdup(buf_text(&request.body));
	request_finish(&request);
	return text;
}

static bool
carries(enum carrier carrier, const struct event *event,
    const struct look *look, const char *part)
{
	char *text = carry(carrier, event, look);
	bool is_there = strstr(text, part) != NULL;

	free(text);
	return is_there;
}

#define ALLOW "\"category\":\"NUDGE_PERMISSION\""
#define NO_ALLOW "\"category\":\"NUDGE_PERMISSION_CUT\""
#define CUT "\"cut\":\"true\""
#define NONCE "\"nonce\":\"n0nce\""

TEST(offers_to_allow_what_is_shown_whole)
{
	for (int i = 0; i < CARRIER_COUNT; i++) {
		enum carrier carrier = (enum carrier)i;

		assert_true(
		    carries(carrier, &sample_asked, &sample_look, ALLOW));
		assert_false(
		    carries(carrier, &sample_asked, &sample_look, CUT));
		assert_true(
		    carries(carrier, &sample_asked, &sample_look, NONCE));
	}
}

static void
assert_not_allowed(const struct event *event, const struct look *look)
{
	for (int i = 0; i < CARRIER_COUNT; i++) {
		enum carrier carrier = (enum carrier)i;

		assert_true(carries(carrier, event, look, NO_ALLOW));
		assert_false(carries(carrier, event, look, ALLOW));
		assert_true(carries(carrier, event, look, CUT));
	}
}

TEST(offers_no_allow_for_what_is_not_shown_whole)
{
	char text[NOTICE_BODY_MAX + 2] = "";
	struct event event = sample_asked;

	memset(text, 'x', NOTICE_BODY_MAX + 1);
	event.body = text;
	assert_not_allowed(&event, &sample_look);
	event.body = NULL;
	assert_not_allowed(&event, &sample_look);
	event = sample_asked;
	event.is_body_cut = true;
	assert_not_allowed(&event, &sample_look);
	event = sample_asked;
	event.ask.is_cut = true;
	assert_not_allowed(&event, &sample_look);
}

TEST(offers_no_allow_where_one_service_has_room_for_less)
{
	char text[NOTICE_BODY_MAX + 1] = "";
	struct event event = sample_asked;

	/* As JSON it is twice as long: a message has no room for it, Apple's
	 * service has. */
	memset(text, '"', NOTICE_BODY_MAX);
	event.body = text;
	assert_true(carries(CARRIER_APNS, &event, &sample_look, ALLOW));
	assert_true(carries(CARRIER_MESSAGE, &event, &sample_look, NO_ALLOW));
	assert_true(carries(CARRIER_MESSAGE, &event, &sample_look, CUT));
}

TEST(shows_a_question_that_is_not_whole_as_such)
{
	struct event event = sample_asked;

	event.kind = KIND_QUESTION_ASKED;
	for (int i = 0; i < CARRIER_COUNT; i++) {
		enum carrier carrier = (enum carrier)i;

		event.ask.is_cut = false;
		assert_false(carries(carrier, &event, &sample_look, CUT));
		event.ask.is_cut = true;
		assert_true(carries(carrier, &event, &sample_look, CUT));
		assert_true(carries(carrier, &event, &sample_look,
		    "\"category\":\"NUDGE_QUESTION\""));
	}
}

TEST(says_of_nothing_else_that_it_is_cut)
{
	struct event event = sample_asked;
	struct look look = sample_look;

	event.body = NULL;
	event.kind = KIND_NOTE;
	for (int i = 0; i < CARRIER_COUNT; i++) {
		assert_false(carries((enum carrier)i, &event, &look, CUT));
		assert_false(carries((enum carrier)i, &event, &look, NONCE));
	}
	event.kind = KIND_PERMISSION_ASKED;
	look.digest = "2 need permission";
	for (int i = 0; i < CARRIER_COUNT; i++) {
		assert_false(carries((enum carrier)i, &event, &look, CUT));
		assert_false(carries((enum carrier)i, &event, &look, NONCE));
	}
}

TEST(lets_only_the_device_reject_what_others_may_not_read)
{
	struct look look = sample_look;

	look.privacy = PRIVACY_TITLE;
	assert_not_allowed(&sample_asked, &look);
	assert_false(carries(CARRIER_APNS, &sample_asked, &look, NONCE));
	assert_false(carries(CARRIER_FCM, &sample_asked, &look, NONCE));
	assert_true(carries(CARRIER_MESSAGE, &sample_asked, &look, NONCE));
}

/* Nothing of a request, a session or what is asked. */
static void
assert_nothing_told(const struct provider *provider,
    const struct sample *sample)
{
	static const char *const parts[] = { "n0nce", "per_1", "ses_1", "evt_2",
		"build", "bash", "NUDGE_", "\"cut\"", "webshop", "login",
		"workstation" };
	struct request request = sample_encode(provider, sample);

	for (size_t i = 0; i < COUNT_OF(parts); i++) {
		assert_null(strstr(buf_text(&request.body), parts[i]));
		assert_null(strstr(buf_text(&request.headers), parts[i]));
		assert_null(strstr(buf_text(&request.url), parts[i]));
	}
	request_finish(&request);
}

TEST(tells_a_service_nothing_of_what_is_private)
{
	static const char published[] =
	    "{\"kind\":\"permission.asked\",\"id\":\"evt_2\","
	    "\"session\":{\"id\":\"ses_1\",\"title\":\"login\"},"
	    "\"request\":{\"id\":\"per_1\",\"nonce\":\"n0nce\"},"
	    "\"project\":{\"name\":\"webshop\"},\"host\":\"workstation\","
	    "\"ask\":{\"tool\":\"bash\",\"input\":\"rm -rf build\"}}";
	const struct arrival arrival = {
		.payload = published,
		.len = strlen(published),
		.at_ms = INT64_C(1764000000000),
		.id = "evt_2",
	};
	struct look look = sample_look;
	struct sample sample = { .authorization = "my-project TOKEN" };
	struct fault fault = { "" };
	struct event event;

	assert_int_equal(event_parse(&arrival, &event, &fault), STATUS_OK);
	sample.event = &event;
	sample.look = &look;
	sample.device = apns_sealed;
	assert_nothing_told(&apns_provider, &sample);
	sample.device = fcm_sealed;
	assert_nothing_told(&fcm_provider, &sample);
	look.privacy = PRIVACY_NONE;
	sample.device = apns;
	assert_nothing_told(&apns_provider, &sample);
	sample.device = fcm;
	assert_nothing_told(&fcm_provider, &sample);
	sample.device = ntfy;
	assert_nothing_told(&ntfy_provider, &sample);
	event_finish(&event);
}

TEST(offers_no_answer_through_ntfy)
{
	const struct sample sample = { .device = ntfy };
	struct request request = sample_encode(&ntfy_provider, &sample);

	assert_null(strstr(buf_text(&request.body), "n0nce"));
	assert_null(strstr(buf_text(&request.body), "NUDGE_"));
	request_finish(&request);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(offers_to_allow_what_is_shown_whole),
		cmocka_unit_test(offers_no_allow_for_what_is_not_shown_whole),
		cmocka_unit_test(
		    offers_no_allow_where_one_service_has_room_for_less),
		cmocka_unit_test(shows_a_question_that_is_not_whole_as_such),
		cmocka_unit_test(says_of_nothing_else_that_it_is_cut),
		cmocka_unit_test(
		    lets_only_the_device_reject_what_others_may_not_read),
		cmocka_unit_test(tells_a_service_nothing_of_what_is_private),
		cmocka_unit_test(offers_no_answer_through_ntfy),
	};

	return cmocka_run_group_tests_name("content", tests, NULL, NULL);
}
