#include "core/access.h"
#include "core/json.h"
#include "unit.h"

#include <string.h>

TEST(gives_a_person_their_own_topics_and_what_bridges_say)
{
	struct accesses accesses;
	struct buf text;

	access_of_person("nudge", "alice", &accesses);
	buf_init(&text, ACCESS_TEXT_MAX);
	access_write_lines(&accesses, "alice", &text);
	assert_string_equal(buf_text(&text),
	    "user alice\n"
	    "topic read nudge/alice/#\n"
	    "topic write nudge/alice/event\n"
	    "topic write nudge/alice/prefs\n"
	    "topic write nudge/alice/prefs/set\n"
	    "topic write nudge/alice/device/+\n"
	    "topic write nudge/alice/presence/+\n"
	    "topic write nudge/alice/ack\n"
	    "topic write nudge/alice/reply\n"
	    "topic write nudge/alice/receipt\n"
	    "topic write nudge/alice/agent/+\n"
	    "topic write nudge/alice/request/+\n"
	    "topic read nudge/bridge/+/state\n"
	    "topic read nudge/bridge/+/info\n"
	    "topic read nudge/bridge/+/health\n");
	buf_finish(&text);
}

TEST(lets_a_bridge_write_answers_and_never_read_them)
{
	struct accesses accesses;
	const struct settings settings = {
		.mqtt = { .root = "home/nudge", .client_id = "pi" },
		.homeassistant = { .prefix = "assistant" },
	};

	access_of_bridge(&settings, &accesses);
	assert_true(accesses.count > 10 && accesses.count <= ACCESS_MAX);
	for (size_t i = 0; i < accesses.count; i++) {
		const char *topic = accesses.list[i].topic;

		assert_true(accesses.list[i].may_write ||
		    strstr(topic, "reply") == NULL);
		assert_string_not_equal(topic, "home/nudge/#");
		assert_string_not_equal(topic, "home/nudge/+/#");
		assert_true(strncmp(topic, "home/nudge/", 11) == 0 ||
		    strncmp(topic, "assistant/", 10) == 0 ||
		    strncmp(topic, "$SYS/", 5) == 0);
	}
	assert_string_equal(accesses.list[15].topic, "home/nudge/bridge/pi/#");
}

/* The rights below the prefix, one after the other. */
static void
assert_of_prefix(enum discovery_form form, const char *expected)
{
	const struct settings settings = {
		.mqtt = { .root = "nudge", .client_id = "pi" },
		.homeassistant = { .discovery = form, .prefix = "ha" },
	};
	struct accesses accesses;
	struct buf text;

	access_of_bridge(&settings, &accesses);
	buf_init(&text, ACCESS_TEXT_MAX);
	for (size_t i = 0; i < accesses.count; i++) {
		if (strncmp(accesses.list[i].topic, "ha/", 3) == 0)
			buf_addf(&text, "%s %s,",
			    accesses.list[i].may_write ? "write" : "read",
			    accesses.list[i].topic);
	}
	assert_string_equal(buf_text(&text), expected);
	buf_finish(&text);
}

TEST(lets_a_bridge_tell_home_assistant_what_it_needs_to)
{
	assert_of_prefix(DISCOVERY_OFF, "");
	assert_of_prefix(DISCOVERY_WHEN_SEEN,
	    "read ha/status,write ha/device/+/config,");
	assert_of_prefix(DISCOVERY_DEVICE,
	    "read ha/status,write ha/device/+/config,");
	assert_of_prefix(DISCOVERY_COMPONENT,
	    "read ha/status,write ha/device/+/config,"
	    "write ha/+/+/+/config,");
}

TEST(lets_home_assistant_see_and_drive_everybody)
{
	const struct settings settings = {
		.mqtt = { .root = "nudge", .client_id = "pi" },
		.homeassistant = { .prefix = "homeassistant" },
	};
	struct accesses accesses;
	struct buf text;

	access_of_homeassistant(&settings, &accesses);
	buf_init(&text, ACCESS_TEXT_MAX);
	access_write_lines(&accesses, "ha", &text);
	assert_string_equal(buf_text(&text),
	    "user ha\n"
	    "topic read homeassistant/#\n"
	    "topic write homeassistant/#\n"
	    "topic read nudge/+/event\n"
	    "topic read nudge/+/state\n"
	    "topic write nudge/+/event\n"
	    "topic write nudge/+/prefs/set\n"
	    "topic write nudge/+/presence/homeassistant\n"
	    "topic write nudge/+/reply\n"
	    "topic write nudge/bridge/+/request/reload\n"
	    "topic read nudge/bridge/+/state\n"
	    "topic read nudge/bridge/+/info\n"
	    "topic read nudge/bridge/+/health\n");
	buf_finish(&text);
}

TEST(writes_a_role_that_may_subscribe_receive_and_send)
{
	static const char *const kinds[] = { "subscribePattern",
		"publishClientReceive", "publishClientSend" };
	const struct accesses accesses = {
		.list = { { false, "nudge/a/#" }, { true, "nudge/a/event" } },
		.count = 2,
	};
	struct fault fault = { "" };
	struct json_object document;
	struct json_object right;
	struct json_list rights;
	struct cJSON *root;
	struct buf json;

	buf_init(&json, ACCESS_TEXT_MAX);
	buf_addf(&json, "{\"acls\":");
	access_write_role(&accesses, &json);
	buf_addf(&json, "}");
	assert_int_equal(json_parse(buf_text(&json), json.len, &fault, &root,
	                     &document),
	    STATUS_OK);
	rights = json_list(&document, "acls");
	for (size_t i = 0; i < COUNT_OF(kinds); i++) {
		assert_true(json_next(&rights, &right));
		assert_string_equal(json_text(&right, "acltype", 64), kinds[i]);
		assert_string_equal(json_text(&right, "topic", 64),
		    i < 2 ? "nudge/a/#" : "nudge/a/event");
		assert_true(json_bool(&right, "allow", false));
	}
	assert_false(json_next(&rights, &right));
	json_free(root);
	buf_finish(&json);
}

TEST(writes_the_same_as_commands)
{
	const struct accesses accesses = {
		.list = { { false, "nudge/a/#" }, { true, "nudge/a/event" } },
		.count = 2,
	};
	struct buf text;

	buf_init(&text, ACCESS_TEXT_MAX);
	access_write_commands(&accesses, "nudge-a", &text);
	assert_string_equal(buf_text(&text),
	    "mosquitto_ctrl dynsec createRole nudge-a\n"
	    "mosquitto_ctrl dynsec addRoleACL nudge-a subscribePattern "
	    "'nudge/a/#' allow\n"
	    "mosquitto_ctrl dynsec addRoleACL nudge-a publishClientReceive "
	    "'nudge/a/#' allow\n"
	    "mosquitto_ctrl dynsec addRoleACL nudge-a publishClientSend "
	    "'nudge/a/event' allow\n");
	buf_finish(&text);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
		    gives_a_person_their_own_topics_and_what_bridges_say),
		cmocka_unit_test(
		    lets_a_bridge_write_answers_and_never_read_them),
		cmocka_unit_test(
		    lets_a_bridge_tell_home_assistant_what_it_needs_to),
		cmocka_unit_test(lets_home_assistant_see_and_drive_everybody),
		cmocka_unit_test(
		    writes_a_role_that_may_subscribe_receive_and_send),
		cmocka_unit_test(writes_the_same_as_commands),
	};

	return cmocka_run_group_tests_name("access", tests, NULL, NULL);
}
