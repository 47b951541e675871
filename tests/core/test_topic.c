#include "core/topic.h"
#include "unit.h"

#include <string.h>

#define NAME_64 \
	"0123456789012345678901234567890123456789012345678901234567890123"
#define LEVEL_FORM \
	"topic: a level must be 1 to 64 of the characters A-Z a-z 0-9 _ -"
#define NONE_OF                                                             \
	"topic: is none of event, ack, prefs, prefs/set, device/<device>, " \
	"presence/<device>, agent/<host>, request/<verb>"
#define NO_SLASH "topic: a device name has no '/'"

TEST(reads_each_topic_we_subscribe_to)
{
	static const struct {
		const char *root;
		const char *text;
		struct topic topic;
	} cases[] = {
		{ "nudge", "nudge/alice/event", { TOPIC_EVENT, "alice", "" } },
		{ "nudge", "nudge/alice/prefs", { TOPIC_PREFS, "alice", "" } },
		{ "nudge", "nudge/alice/ack", { TOPIC_ACK, "alice", "" } },
		{ "nudge", "nudge/alice/prefs/set",
		    { TOPIC_PREFS_SET, "alice", "" } },
		{ "nudge", "nudge/bob/agent/work-1",
		    { TOPIC_AGENT, "bob", "work-1" } },
		{ "nudge", "nudge/bob/request/explain",
		    { TOPIC_REQUEST, "bob", "explain" } },
		{ "nudge", "nudge/bob/device/phone",
		    { TOPIC_DEVICE, "bob", "phone" } },
		{ "nudge", "nudge/bob/presence/p-1",
		    { TOPIC_PRESENCE, "bob", "p-1" } },
		{ "home", "home/a/event", { TOPIC_EVENT, "a", "" } },
		{ "nudge", "nudge/" NAME_64 "/device/" NAME_64,
		    { TOPIC_DEVICE, NAME_64, NAME_64 } },
		{ "nudge", "nudge/event/event", { TOPIC_EVENT, "event", "" } },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct fault fault = { "" };
		struct topic topic;

		assert_int_equal(topic_parse(cases[i].root, cases[i].text,
		                     &topic, &fault),
		    STATUS_OK);
		assert_false(fault_is_set(&fault));
		assert_int_equal(topic.kind, cases[i].topic.kind);
		assert_string_equal(topic.user, cases[i].topic.user);
		assert_string_equal(topic.device, cases[i].topic.device);
	}
}

/* Whom a refusal can be told to: the user, once that level is good. */
static const struct {
	const char *text;
	const char *user;
	const char *why;
} refused[] = {
	{ "", "", NONE_OF },
	{ "nudge", "", NONE_OF },
	{ "nudges/alice/event", "", NONE_OF },
	{ "other/alice/event", "", NONE_OF },
	{ "/nudge/alice/event", "", NONE_OF },
	{ "nudge/", "", LEVEL_FORM },
	{ "nudge//event", "", LEVEL_FORM },
	{ "nudge/al ice/event", "", LEVEL_FORM },
	{ "nudge/al.ice/event", "", LEVEL_FORM },
	{ "nudge/+/event", "", LEVEL_FORM },
	{ "nudge/" NAME_64 "x/event", "", LEVEL_FORM },
	{ "nudge/bridge/event", "",
	    "topic: the user name 'bridge' is reserved" },
	{ "nudge/alice", "alice", LEVEL_FORM },
	{ "nudge/alice/", "alice", LEVEL_FORM },
	{ "nudge/alice/events", "alice", NONE_OF },
	{ "nudge/alice/Event", "alice", NONE_OF },
	{ "nudge/alice/receipt", "alice", NONE_OF },
	{ "nudge/alice/event/", "alice", NONE_OF },
	{ "nudge/alice/prefs/", "alice", NONE_OF },
	{ "nudge/alice/event/x", "alice", NONE_OF },
	{ "nudge/alice/prefs/x", "alice", NONE_OF },
	{ "nudge/alice/prefs/set/", "alice", NONE_OF },
	{ "nudge/alice/ack/x", "alice", NONE_OF },
	{ "nudge/alice/agent", "alice", LEVEL_FORM },
	{ "nudge/alice/device", "alice", LEVEL_FORM },
	{ "nudge/alice/device/", "alice", LEVEL_FORM },
	{ "nudge/alice/device/a/b", "alice", NO_SLASH },
	{ "nudge/alice/device/a/", "alice", NO_SLASH },
	{ "nudge/alice/presence/a b", "alice", LEVEL_FORM },
	{ "nudge/alice/presence/" NAME_64 "x", "alice", LEVEL_FORM },
};

TEST(tells_what_happens_once_from_a_state)
{
	assert_true(topic_is_event(TOPIC_EVENT));
	assert_true(topic_is_event(TOPIC_ACK));
	assert_true(topic_is_event(TOPIC_PREFS_SET));
	assert_false(topic_is_event(TOPIC_PREFS));
	assert_false(topic_is_event(TOPIC_DEVICE));
	assert_false(topic_is_event(TOPIC_PRESENCE));
	assert_false(topic_is_event(TOPIC_AGENT));
}

TEST(refuses_every_other_topic)
{
	for (size_t i = 0; i < COUNT_OF(refused); i++) {
		struct fault fault = { "" };
		struct topic topic;

		assert_int_equal(topic_parse("nudge", refused[i].text, &topic,
		                     &fault),
		    STATUS_BAD_INPUT);
		assert_string_equal(topic.user, refused[i].user);
		assert_string_equal(fault.text, refused[i].why);
	}
}

TEST(tells_a_topic_that_no_broker_takes_a_message_on)
{
	static const char *const good[] = { "a", "/", "nudge/a/response/x.y z",
		"nudge/a/response/",
		"r\xc3\xa4ume/k\xc3\xbc"
		"che",
		"a$b/$c" };
	static const char *const bad[] = { "", "a/+/b", "a/#", "a+b", "a#",
		"$SYS/x", "$share/g/x", "a\nb", "a\x7f", "a\xc2\x85", "a\xff",
		"////////////////////////////////" };

	for (size_t i = 0; i < COUNT_OF(good); i++)
		assert_true(topic_is_publishable(good[i]));
	for (size_t i = 0; i < COUNT_OF(bad); i++)
		assert_false(topic_is_publishable(bad[i]));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(reads_each_topic_we_subscribe_to),
		cmocka_unit_test(tells_what_happens_once_from_a_state),
		cmocka_unit_test(refuses_every_other_topic),
		cmocka_unit_test(
		    tells_a_topic_that_no_broker_takes_a_message_on),
	};

	return cmocka_run_group_tests_name("topic", tests, NULL, NULL);
}
