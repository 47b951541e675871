#include "core/resolve.h"
#include "unit.h"

#include <string.h>

struct named {
	enum kind kind;
	const char *thread;
	const char *request;
};

/* A number for a name; 0 for none. */
static int64_t
number(const char *name)
{
	int64_t sum = 0;

	for (; name != NULL && *name != '\0'; name++)
		sum = sum * 31 + *name;
	return sum;
}

static void
assert_ends(const char *text, const struct named *pending, bool expected)
{
	const struct arrival arrival = {
		.payload = text,
		.len = strlen(text),
		.at_ms = 1,
		.id = "msg_1",
	};
	struct fault fault = { "" };
	struct pending resolution;
	struct pending waits;
	struct event event;

	assert_int_equal(event_parse(&arrival, &event, &fault), STATUS_OK);
	resolution = (struct pending){
		.kind = event.kind,
		.thread = number(event.session_id),
		.request = number(event.request_id),
	};
	waits = (struct pending){
		.kind = pending->kind,
		.thread = number(pending->thread),
		.request = number(pending->request),
	};
	if (resolve_ends(&resolution, &waits) != expected)
		fail_msg("%s should %send %s of %s %s", text,
		    expected ? "" : "not ", kind_str(pending->kind),
		    pending->thread, pending->request);
	event_finish(&event);
}

#define OF(kind, session, request)                              \
	"{\"kind\":\"" kind "\",\"session\":{\"id\":\"" session \
	"\"},\"request\":{\"id\":\"" request "\"}}"
#define OF_SESSION(kind, session) \
	"{\"kind\":\"" kind "\",\"session\":{\"id\":\"" session "\"}}"

static const struct named permission = { KIND_PERMISSION_ASKED, "ses_1",
	"per_1" };
static const struct named question = { KIND_QUESTION_ASKED, "ses_1", "que_1" };
static const struct named nameless = { KIND_PERMISSION_ASKED, "ses_1", "" };
static const struct named idle = { KIND_SESSION_IDLE, "ses_1", "" };
static const struct named error = { KIND_SESSION_ERROR, "ses_1", "" };
static const struct named note = { KIND_NOTE, "ses_1", "" };
static const struct named test = { KIND_TEST, "ses_1", "" };

TEST(ends_the_request_that_was_answered)
{
	static const char reply[] = OF("permission.replied", "ses_1", "per_1");

	assert_ends(reply, &permission, true);
	assert_ends("{\"kind\":\"permission.replied\","
	            "\"request\":{\"id\":\"per_1\"}}",
	    &permission, true);
	assert_ends(OF("permission.replied", "ses_1", "per_2"), &permission,
	    false);
	assert_ends(OF("permission.replied", "ses_1", "que_1"), &question,
	    false);
	assert_ends(OF("question.replied", "ses_1", "que_1"), &question, true);
	assert_ends(OF("question.rejected", "ses_1", "que_1"), &question, true);
	assert_ends(OF("question.replied", "ses_1", "per_1"), &permission,
	    false);
	assert_ends(reply, &idle, false);
}

TEST(goes_by_the_session_where_no_request_is_named)
{
	assert_ends(OF("permission.replied", "ses_1", "per_1"), &nameless,
	    true);
	assert_ends(OF_SESSION("permission.replied", "ses_1"), &permission,
	    true);
	assert_ends(OF_SESSION("permission.replied", "ses_2"), &permission,
	    false);
	assert_ends("{\"kind\":\"permission.replied\"}", &nameless, false);
}

TEST(ends_the_last_turn_when_a_new_one_begins)
{
	static const char busy[] = OF_SESSION("session.busy", "ses_1");

	assert_ends(busy, &idle, true);
	assert_ends(busy, &error, true);
	assert_ends(busy, &permission, true);
	assert_ends(busy, &question, true);
	assert_ends(busy, &note, false);
	assert_ends(busy, &test, false);
	assert_ends(OF_SESSION("session.busy", "ses_2"), &idle, false);
}

TEST(ends_all_of_a_session_that_is_deleted)
{
	static const char deleted[] = OF_SESSION("session.deleted", "ses_1");

	assert_ends(deleted, &idle, true);
	assert_ends(deleted, &permission, true);
	assert_ends(deleted, &note, true);
	assert_ends(OF_SESSION("session.deleted", "ses_2"), &note, false);
}

TEST(is_ended_by_nothing_else)
{
	static const char *const kinds[] = {
		OF("permission.asked", "ses_1", "per_1"),
		OF("question.asked", "ses_1", "que_1"),
		OF_SESSION("session.error", "ses_1"),
		OF_SESSION("session.idle", "ses_1"),
		OF_SESSION("note", "ses_1"),
		OF_SESSION("test", "ses_1"),
	};

	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		assert_ends(kinds[i], &permission, false);
		assert_ends(kinds[i], &idle, false);
	}
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ends_the_request_that_was_answered),
		cmocka_unit_test(goes_by_the_session_where_no_request_is_named),
		cmocka_unit_test(ends_the_last_turn_when_a_new_one_begins),
		cmocka_unit_test(ends_all_of_a_session_that_is_deleted),
		cmocka_unit_test(is_ended_by_nothing_else),
	};

	return cmocka_run_group_tests_name("resolve", tests, NULL, NULL);
}
