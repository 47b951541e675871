#include "base/text.h"
#include "core/event.h"
#include "unit.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARRIVED_MS INT64_C(1764000000000)
#define HOUR_MS (INT64_C(3600) * 1000)
#define DAY_MS (24 * HOUR_MS)

#define BELL "\xf0\x9f\x94\x94" /* four bytes */

static enum status
parse_bytes(const char *bytes, size_t len, struct event *event,
    struct fault *fault)
{
	const struct arrival arrival = {
		.payload = bytes,
		.len = len,
		.at_ms = ARRIVED_MS,
		.id = "msg_1",
	};

	memset(fault, 0, sizeof(*fault));
	return event_parse(&arrival, event, fault);
}

/* An event that must be good; finish it. */
static struct event
parse(const char *text)
{
	struct fault fault;
	struct event event;

	assert_int_equal(parse_bytes(text, strlen(text), &event, &fault),
	    STATUS_OK);
	assert_false(fault_is_set(&fault));
	return event;
}

static void
assert_refused(const char *bytes, size_t len, const char *why)
{
	static const struct event nothing;
	struct fault fault;
	struct event event;

	assert_int_equal(parse_bytes(bytes, len, &event, &fault),
	    STATUS_BAD_INPUT);
	assert_string_equal(fault.text, why);
	assert_memory_equal(&event, &nothing, sizeof(event));
}

static const struct {
	const char *name;
	enum kind kind;
	enum kind_class class;
	int64_t ttl_ms;
} kinds[] = {
	{ "permission.asked", KIND_PERMISSION_ASKED, CLASS_ANSWER, DAY_MS },
	{ "question.asked", KIND_QUESTION_ASKED, CLASS_ANSWER, DAY_MS },
	{ "session.error", KIND_SESSION_ERROR, CLASS_NOTICE, 4 * HOUR_MS },
	{ "session.idle", KIND_SESSION_IDLE, CLASS_NOTICE, HOUR_MS },
	{ "note", KIND_NOTE, CLASS_NOTICE, DAY_MS },
	{ "test", KIND_TEST, CLASS_NOTICE, 300000 },
	{ "permission.replied", KIND_PERMISSION_REPLIED, CLASS_RESOLUTION,
	    DAY_MS },
	{ "question.replied", KIND_QUESTION_REPLIED, CLASS_RESOLUTION, DAY_MS },
	{ "question.rejected", KIND_QUESTION_REJECTED, CLASS_RESOLUTION,
	    DAY_MS },
	{ "session.busy", KIND_SESSION_BUSY, CLASS_RESOLUTION, DAY_MS },
	{ "session.deleted", KIND_SESSION_DELETED, CLASS_RESOLUTION, DAY_MS },
};

TEST(reads_every_kind_with_its_class_and_time_to_live)
{
	assert_int_equal(COUNT_OF(kinds), KIND_COUNT);
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		struct event event;
		char text[64];

		(void)snprintf(text, sizeof(text), "{\"kind\":\"%s\"}",
		    kinds[i].name);
		event = parse(text);
		assert_int_equal(event.kind, kinds[i].kind);
		assert_string_equal(kind_str(event.kind), kinds[i].name);
		assert_int_equal(kind_class(event.kind), kinds[i].class);
		assert_true(event.expires_ms == ARRIVED_MS + kinds[i].ttl_ms);
		event_finish(&event);
	}
}

TEST(needs_nothing_but_a_kind)
{
	struct event event = parse("{\"kind\":\"session.idle\"}");

	assert_string_equal(event.id, "msg_1");
	assert_true(event.ts_ms == ARRIVED_MS);
	assert_true(event.duration_ms == 0);
	assert_null(event.host);
	assert_null(event.project_name);
	assert_null(event.project_directory);
	assert_null(event.session_id);
	assert_null(event.session_title);
	assert_null(event.session_parent);
	assert_null(event.request_id);
	assert_null(event.title);
	assert_null(event.body);
	event_finish(&event);
}

TEST(reads_every_member)
{
	struct event event = parse(
	    "{\"v\":1,\"id\":\"evt_20712e250001NJ\",\"ts\":1763999999123,"
	    "\"kind\":\"permission.asked\",\"host\":\"workstation\","
	    "\"project\":{\"name\":\"webshop\",\"directory\":\"/home/a/w\"},"
	    "\"session\":{\"id\":\"ses_1\",\"title\":\"Fix login\","
	    "\"parent\":\"ses_0\"},\"request\":{\"id\":\"per_1\","
	    "\"nonce\":\"n\"},\"title\":\"Attention\",\"body\":\"rm\\n-rf\","
	    "\"duration_ms\":93000,\"ttl_s\":60,\"unknown\":{\"x\":[]},"
	    "\"device\":\"phone\",\"ask\":{\"tool\":\"bash\"}}");

	assert_string_equal(event.id, "evt_20712e250001NJ");
	assert_int_equal(event.kind, KIND_PERMISSION_ASKED);
	assert_true(event.ts_ms == INT64_C(1763999999123));
	assert_true(event.expires_ms == INT64_C(1764000059123));
	assert_true(event.duration_ms == 93000);
	assert_string_equal(event.host, "workstation");
	assert_string_equal(event.project_name, "webshop");
	assert_string_equal(event.project_directory, "/home/a/w");
	assert_string_equal(event.session_id, "ses_1");
	assert_string_equal(event.session_title, "Fix login");
	assert_string_equal(event.session_parent, "ses_0");
	assert_string_equal(event.request_id, "per_1");
	assert_string_equal(event.request_nonce, "n");
	assert_string_equal(event.title, "Attention");
	assert_string_equal(event.body, "rm\n-rf");
	assert_string_equal(event.device, "phone");
	assert_non_null(event.ask.node);
	assert_false(event.ask.is_cut);
	event_finish(&event);
}

TEST(takes_null_for_absent_everywhere)
{
	struct event event =
	    parse("{\"v\":null,\"id\":null,\"ts\":null,\"kind\":\"note\","
	          "\"host\":null,\"project\":null,\"session\":{\"id\":null,"
	          "\"title\":null,\"parent\":null},\"request\":null,"
	          "\"title\":null,\"body\":null,\"duration_ms\":null,"
	          "\"ttl_s\":null,\"device\":null,\"age_ms\":null,"
	          "\"ask\":null}");

	assert_string_equal(event.id, "msg_1");
	assert_true(event.ts_ms == ARRIVED_MS);
	assert_true(event.expires_ms == ARRIVED_MS + DAY_MS);
	assert_null(event.session_parent);
	assert_null(event.device);
	assert_null(event.ask.node);
	event_finish(&event);
}

TEST(takes_anything_but_an_object_as_the_text_of_a_note)
{
	static const char *const texts[] = { "Doorbell", "two\nlines", "[1,2]",
		"\"quoted\"", "17", BELL };

	for (size_t i = 0; i < COUNT_OF(texts); i++) {
		struct event event = parse(texts[i]);

		assert_int_equal(event.kind, KIND_NOTE);
		assert_string_equal(event.body, texts[i]);
		assert_string_equal(event.id, "msg_1");
		assert_true(event.ts_ms == ARRIVED_MS);
		assert_true(event.expires_ms == ARRIVED_MS + DAY_MS);
		event_finish(&event);
	}
}

TEST(sees_an_object_behind_white_space)
{
	struct event event = parse(" \t\r\n{\"kind\":\"test\"}");

	assert_int_equal(event.kind, KIND_TEST);
	event_finish(&event);
	assert_refused(" {", 2, "not valid JSON at byte 0");
}

TEST(leaves_out_what_programs_put_around_a_payload)
{
	struct event event = parse("\xef\xbb\xbf {\"kind\":\"test\"}\n");

	assert_int_equal(event.kind, KIND_TEST);
	event_finish(&event);
	event = parse("\xef\xbb\xbf the post\r\n");
	assert_string_equal(event.body, "the post");
	event_finish(&event);
	assert_refused(" \n", 2, "empty");
}

TEST(names_the_id_of_what_is_refused_where_it_can_be_read)
{
	static const struct {
		const char *text;
		const char *id;
	} cases[] = {
		{ "{\"id\":\"evt_1\",\"kind\":\"lost\"}", "evt_1" },
		{ "{\"kind\":7, \"id\" : \"evt_2\"}", "evt_2" },
		{ "{\"kind\":\"note\",\"id\":\"evt_3\",\"body\":\"cut",
		    "evt_3" },
		{ "{\"body\":\"\xff\",\"id\":\"evt_4\"}", "evt_4" },
		{ "{\"a\":{\"id\":\"inner\"},\"b\":\"\\\"id\\\":\\\"x\\\"\"}",
		    "" },
		{ "{\"id\":\"not an id\"}", "" },
		{ "{\"id\":7}", "" },
		{ "{\"id\":\"", "" },
		{ "{\"id", "" },
		{ "{\"id\\", "" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct arrival arrival = {
			.payload = cases[i].text,
			.len = strlen(cases[i].text),
			.at_ms = ARRIVED_MS,
			.id = "msg_1",
		};
		struct fault fault = { "" };
		struct event event;

		assert_int_equal(event_parse(&arrival, &event, &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(event.id, cases[i].id);
	}
}

TEST(refuses_a_payload_that_is_no_text)
{
	char *large = malloc(EVENT_MAX + 1);

	assert_non_null(large);
	memset(large, 'x', EVENT_MAX + 1);
	assert_refused("", 0, "empty");
	assert_refused("\xff", 1, "not valid UTF-8");
	assert_refused("a\0b", 3, "not valid UTF-8");
	assert_refused("\0", 1, "not valid UTF-8");
	assert_refused(large, EVENT_MAX + 1, "larger than 65536 bytes");
	large[0] = '{';
	assert_refused(large, EVENT_MAX + 1, "larger than 65536 bytes");
	free(large);
}

TEST(cuts_a_plain_text_at_the_limit_of_a_body)
{
	static char text[EVENT_MAX];
	struct fault fault;
	struct event event;

	/* One byte first, so that the limit falls inside a bell. */
	memset(text, 'x', 1);
	for (size_t i = 1; i + 4 <= sizeof(text); i += 4)
		memcpy(text + i, BELL, 4);
	assert_int_equal(parse_bytes(text, sizeof(text) - 3, &event, &fault),
	    STATUS_OK);
	assert_int_equal(strlen(event.body), EVENT_BODY_MAX - 3);
	assert_true(text_is_utf8(event.body, strlen(event.body)));
	event_finish(&event);
}

TEST(cuts_texts_and_folds_all_but_the_body)
{
	static char text[4 * EVENT_BODY_MAX];
	static char filler[EVENT_BODY_MAX + 1];
	struct event event;

	memset(filler, 'x', EVENT_BODY_MAX);
	(void)snprintf(text, sizeof(text),
	    "{\"kind\":\"note\",\"title\":\"a\\tb%s\",\"body\":\"a\\tb%s\","
	    "\"project\":{\"name\":\"a\\nb\",\"directory\":\"/a\\nb\"},"
	    "\"session\":{\"title\":\"\\u001b[1m%s\"}}",
	    filler, filler, filler);
	event = parse(text);
	assert_int_equal(strlen(event.title), EVENT_TITLE_MAX);
	assert_memory_equal(event.title, "a bx", 4);
	assert_int_equal(strlen(event.body), EVENT_BODY_MAX);
	assert_memory_equal(event.body, "a\tbx", 4);
	assert_string_equal(event.project_name, "a b");
	assert_string_equal(event.project_directory, "/a b");
	assert_int_equal(strlen(event.session_title), EVENT_TITLE_MAX);
	assert_memory_equal(event.session_title, " [1mx", 5);
	event_finish(&event);
}

TEST(lets_no_clock_that_runs_ahead_prolong_an_event)
{
	struct event event =
	    parse("{\"kind\":\"session.idle\",\"ts\":1764000000001}");

	assert_true(event.ts_ms == ARRIVED_MS);
	assert_true(event.expires_ms == ARRIVED_MS + HOUR_MS);
	event_finish(&event);
	event = parse("{\"kind\":\"note\",\"ts\":9000000000000000}");
	assert_true(event.ts_ms == ARRIVED_MS);
	event_finish(&event);
}

TEST(counts_the_time_to_live_from_the_event_not_its_arrival)
{
	struct event event =
	    parse("{\"kind\":\"session.idle\",\"ts\":1763990000000}");

	assert_true(event.ts_ms == INT64_C(1763990000000));
	assert_true(event.expires_ms == INT64_C(1763990000000) + HOUR_MS);
	event_finish(&event);
	event = parse("{\"kind\":\"note\",\"ts\":0,\"ttl_s\":1}");
	assert_true(event.expires_ms == 1000);
	event_finish(&event);
}

TEST(believes_an_age_rather_than_a_clock)
{
	static const struct {
		const char *times;
		int64_t ts_ms;
	} cases[] = {
		{ "\"age_ms\":5000", ARRIVED_MS - 5000 },
		{ "\"age_ms\":5000,\"ts\":1", ARRIVED_MS - 5000 },
		{ "\"age_ms\":0,\"ts\":1", ARRIVED_MS },
		{ "\"age_ms\":9000000000000000", 0 },
		{ "\"age_ms\":null,\"ts\":1", 1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		char text[128];
		struct event event;

		(void)snprintf(text, sizeof(text), "{\"kind\":\"test\",%s}",
		    cases[i].times);
		event = parse(text);
		assert_true(event.ts_ms == cases[i].ts_ms);
		assert_true(event.expires_ms == cases[i].ts_ms + 300000);
		event_finish(&event);
	}
}

TEST(knows_that_a_body_was_longer)
{
	for (size_t more = 0; more < 2; more++) {
		size_t len = EVENT_BODY_MAX + more;
		char text[EVENT_BODY_MAX + 64];
		struct event event;

		(void)snprintf(text, sizeof(text),
		    "{\"kind\":\"note\",\"body\":\"%*s\"}", (int)len, "x");
		event = parse(text);
		assert_int_equal(event.is_body_cut, more);
		event_finish(&event);
		(void)snprintf(text, sizeof(text), "x%*s", (int)len - 1, "x");
		event = parse(text);
		assert_int_equal(event.is_body_cut, more);
		event_finish(&event);
	}
}

TEST(lets_the_message_expire_an_event_earlier_but_not_later)
{
	static const char text[] = "{\"kind\":\"session.idle\"}";
	static const struct {
		const char *payload;
		int64_t message_ms;
		int64_t expires_ms;
	} cases[] = {
		{ text, ARRIVED_MS + 60000, ARRIVED_MS + 60000 },
		{ text, ARRIVED_MS + DAY_MS, ARRIVED_MS + HOUR_MS },
		{ text, 0, ARRIVED_MS + HOUR_MS },
		{ "plain", ARRIVED_MS + 1000, ARRIVED_MS + 1000 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		const struct arrival arrival = {
			.payload = cases[i].payload,
			.len = strlen(cases[i].payload),
			.at_ms = ARRIVED_MS,
			.expires_ms = cases[i].message_ms,
			.id = "msg_1",
		};
		struct fault fault = { "" };
		struct event event;

		assert_int_equal(event_parse(&arrival, &event, &fault),
		    STATUS_OK);
		assert_true(event.expires_ms == cases[i].expires_ms);
		event_finish(&event);
	}
}

#define ID_FORM "must be 1 to 64 of the characters A-Z a-z 0-9 _ -"
#define TS_FORM "must be a whole number from 0 to 9000000000000000"
#define TTL_FORM "must be a whole number from 1 to 2419200"

static const struct {
	const char *members;
	const char *why;
} faulty[] = {
	{ "\"id\":7", "id: must be text" },
	{ "\"id\":\"\"", "id: " ID_FORM },
	{ "\"id\":\"a b\"", "id: " ID_FORM },
	{ "\"id\":\"01234567890123456789012345678901234567890123456789"
	  "012345678901234\"",
	    "id: " ID_FORM },
	{ "\"v\":2", "v: must be a whole number from 1 to 1" },
	{ "\"v\":\"1\"", "v: must be a whole number from 1 to 1" },
	{ "\"ts\":\"now\"", "ts: " TS_FORM },
	{ "\"ts\":-1", "ts: " TS_FORM },
	{ "\"ts\":0.5", "ts: " TS_FORM },
	{ "\"ts\":1e300", "ts: " TS_FORM },
	{ "\"ttl_s\":0", "ttl_s: " TTL_FORM },
	{ "\"ttl_s\":2419201", "ttl_s: " TTL_FORM },
	{ "\"ttl_s\":true", "ttl_s: " TTL_FORM },
	{ "\"duration_ms\":-1", "duration_ms: " TS_FORM },
	{ "\"duration_ms\":\"1\"", "duration_ms: " TS_FORM },
	{ "\"host\":1", "host: must be text" },
	{ "\"host\":\"a.b\"", "host: " ID_FORM },
	{ "\"project\":\"webshop\"", "project: must be an object" },
	{ "\"project\":{\"name\":1}", "project.name: must be text" },
	{ "\"project\":{\"directory\":[]}", "project.directory: must be text" },
	{ "\"session\":\"ses_1\"", "session: must be an object" },
	{ "\"session\":{\"id\":1}", "session.id: must be text" },
	{ "\"session\":{\"id\":\"a/b\"}", "session.id: " ID_FORM },
	{ "\"session\":{\"title\":{}}", "session.title: must be text" },
	{ "\"session\":{\"parent\":false}", "session.parent: must be text" },
	{ "\"request\":[]", "request: must be an object" },
	{ "\"request\":{\"id\":5}", "request.id: must be text" },
	{ "\"request\":{\"nonce\":5}", "request.nonce: must be text" },
	{ "\"title\":1", "title: must be text" },
	{ "\"device\":1", "device: must be text" },
	{ "\"device\":\"a/b\"", "device: " ID_FORM },
	{ "\"age_ms\":-1", "age_ms: " TS_FORM },
	{ "\"age_ms\":\"1\"", "age_ms: " TS_FORM },
	{ "\"ask\":\"rm\"", "ask: must be an object" },
	{ "\"ask\":{\"tool\":1}", "ask.tool: must be text" },
	{ "\"body\":{}", "body: must be text" },
	{ "\"kind\":\"session.lost\"", "kind: 'session.lost' is unknown" },
	{ "\"kind\":\"Note\"", "kind: 'Note' is unknown" },
	{ "\"kind\":\"\"", "kind: '' is unknown" },
	{ "\"kind\":7", "kind: must be text" },
	{ "\"x\":1", "kind: is missing" },
	{ "\"kind\":null", "kind: is missing" },
};

TEST(names_the_path_of_what_is_wrong)
{
	for (size_t i = 0; i < COUNT_OF(faulty); i++) {
		bool is_kind = strncmp(faulty[i].why, "kind", 4) == 0;
		char text[256];
		int len = snprintf(text, sizeof(text), "{%s%s}",
		    is_kind ? "" : "\"kind\":\"note\",", faulty[i].members);

		assert_refused(text, (size_t)len, faulty[i].why);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    reads_every_kind_with_its_class_and_time_to_live),
		cmocka_unit_test(needs_nothing_but_a_kind),
		cmocka_unit_test(reads_every_member),
		cmocka_unit_test(takes_null_for_absent_everywhere),
		cmocka_unit_test(
		    takes_anything_but_an_object_as_the_text_of_a_note),
		cmocka_unit_test(sees_an_object_behind_white_space),
		cmocka_unit_test(leaves_out_what_programs_put_around_a_payload),
		cmocka_unit_test(
		    names_the_id_of_what_is_refused_where_it_can_be_read),
		cmocka_unit_test(refuses_a_payload_that_is_no_text),
		cmocka_unit_test(cuts_a_plain_text_at_the_limit_of_a_body),
		cmocka_unit_test(cuts_texts_and_folds_all_but_the_body),
		cmocka_unit_test(
		    lets_no_clock_that_runs_ahead_prolong_an_event),
		cmocka_unit_test(
		    counts_the_time_to_live_from_the_event_not_its_arrival),
		cmocka_unit_test(believes_an_age_rather_than_a_clock),
		cmocka_unit_test(knows_that_a_body_was_longer),
		cmocka_unit_test(
		    lets_the_message_expire_an_event_earlier_but_not_later),
		cmocka_unit_test(names_the_path_of_what_is_wrong),
	};

	return cmocka_run_group_tests_name("event", tests, NULL, NULL);
}
