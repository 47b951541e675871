#include "base/text.h"
#include "push/provider.h"
#include "unit.h"

#include <string.h>

static const struct push_env env = { .authorization = "" };

static struct request
encode(const struct event *event)
{
	const struct device device = { 0 };
	const struct look look = { .names_host = true };
	const struct job job = {
		.look = &look,
		.event = event,
		.device = &device,
		.user = "alice",
		.device_name = "phone",
	};
	struct request request = { 0 };

	assert_int_equal(log_provider.encode(&job, &env, &request), STATUS_OK);
	return request;
}

TEST(writes_one_line_for_people)
{
	const struct event event = {
		.kind = KIND_SESSION_IDLE,
		.host = "workstation",
		.project_name = "webshop",
		.session_title = "Fix login",
		.body = "All tests pass.",
	};
	struct request request = encode(&event);

	assert_string_equal(buf_text(&request.body),
	    "alice/phone: Finished: Fix login (webshop \xc2\xb7 workstation): "
	    "All tests pass.");
	request_finish(&request);
}

TEST(leaves_out_what_an_event_does_not_say)
{
	const struct event event = { .kind = KIND_NOTE, .body = "Doorbell" };
	struct request request = encode(&event);

	assert_string_equal(buf_text(&request.body),
	    "alice/phone: Note: Doorbell");
	request_finish(&request);
}

TEST(asks_no_service)
{
	const struct event event = { .kind = KIND_TEST };
	struct request request = encode(&event);

	assert_string_equal(buf_text(&request.url), "");
	assert_string_equal(buf_text(&request.headers), "");
	request_finish(&request);
}

TEST(stays_one_line_whatever_the_body)
{
	const struct event event = {
		.kind = KIND_NOTE,
		.body = "two\r\nlines\x1b[31m and\ttabs",
	};
	struct request request = encode(&event);

	assert_true(text_is_line(buf_text(&request.body)));
	request_finish(&request);
}

TEST(has_room_for_the_longest_event)
{
	char text[EVENT_BODY_MAX + 1];
	struct event event = { .kind = KIND_NOTE, .body = text };
	struct request request;

	memset(text, 'x', EVENT_BODY_MAX);
	text[EVENT_BODY_MAX] = '\0';
	event.title = event.project_name = event.host =
	    text + EVENT_BODY_MAX - EVENT_TITLE_MAX;
	request = encode(&event);
	assert_true(request.body.len > 1024);
	request_finish(&request);
}

TEST(is_delivered_once_it_is_written)
{
	const struct response response = { .status = 200 };
	struct verdict verdict = log_provider.judge(&response);

	assert_int_equal(verdict.outcome, OUTCOME_DELIVERED);
	assert_false(verdict.fresh_connection);
	assert_string_equal(verdict.reason, "");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(writes_one_line_for_people),
		cmocka_unit_test(leaves_out_what_an_event_does_not_say),
		cmocka_unit_test(asks_no_service),
		cmocka_unit_test(stays_one_line_whatever_the_body),
		cmocka_unit_test(has_room_for_the_longest_event),
		cmocka_unit_test(is_delivered_once_it_is_written),
	};

	return cmocka_run_group_tests_name("log provider", tests, NULL, NULL);
}
