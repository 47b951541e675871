/* What is known of a person, from what is retained. */
#include "know/devices.h"
#include "know/publication.h"
#include "world.h"

#define PHONE "nudge/alice/device/phone"
#define PREFS "nudge/alice/prefs"
#define EVENT "nudge/alice/event"

static void
say(const char *id)
{
	char event[128];

	(void)snprintf(event, sizeof(event),
	    "{\"id\":\"%s\",\"kind\":\"note\"}", id);
	world_publish(EVENT, event);
}

TEST(knows_nobody_before_a_device_is_registered)
{
	say("e1");
	assert_string_equal(world_told("e1"), "suppressed no-device");
	world_retain(PHONE, "{\"platform\":\"log\"}");
	say("e2");
	assert_string_equal(world_told("e2"), "phone pushed");
	world_retain(PHONE, "");
	say("e3");
	assert_string_equal(world_told("e3"), "suppressed no-device");
}

TEST(keeps_what_it_knew_when_a_document_is_refused)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_retain(PREFS, "{\"kinds\":{\"note\":false}}");
	world_retain(PREFS, "{\"kinds\":{\"note\":7}}");
	world_retain(PHONE, "{\"platform\":\"smoke signals\"}");
	say("e1");
	assert_string_equal(world_told("e1"), "phone suppressed kind");
}

TEST(knows_after_a_kill_what_it_knew_before)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_retain(PREFS, "{\"kinds\":{\"note\":false}}");
	world_kill();
	say("e1");
	assert_string_equal(world_told("e1"), "phone suppressed kind");
}

TEST(takes_a_patch_into_what_it_knows)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_publish(PREFS "/set", "{\"kinds\":{\"note\":false}}");
	say("e1");
	assert_string_equal(world_told("e1"), "phone suppressed kind");
	world_publish(PREFS "/set", "{\"kinds\":{\"note\":null}}");
	say("e2");
	assert_string_equal(world_told("e2"), "phone pushed");
}

TEST(forgets_what_the_broker_no_longer_tells_and_only_then)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	registry_begin_round(world.registry);
	assert_int_equal(retained_complete(&world.retained, true), 0);
	say("e1");
	assert_string_equal(world_told("e1"), "phone pushed");
	registry_begin_round(world.registry);
	assert_int_equal(retained_complete(&world.retained, false), 1);
	say("e2");
	assert_string_equal(world_told("e2"), "suppressed no-device");
}

static void
note_gone(void)
{
	struct warning entry = { .at_ms = world.now_ms, .is_gone = true };

	(void)snprintf(entry.service, sizeof(entry.service), "log");
	(void)snprintf(entry.device, sizeof(entry.device), "alice/phone");
	trouble_note(&world.delivery.trouble, &entry);
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
}

static void
assert_trouble_ended(void)
{
	assert_false(trouble_has(&world.delivery.trouble, "alice"));
}

TEST(ends_the_trouble_of_a_device_that_is_registered_anew_or_removed)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_leap_s(1);
	note_gone();
	/* The app says again what it said before. */
	world_retain(PHONE, "{\"platform\":\"log\"}");
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
	world_retain(PHONE, "{\"platform\":\"smoke signals\"}");
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
	world_retain(PHONE, "{\"platform\":\"log\",\"name\":\"New\"}");
	assert_trouble_ended();
	note_gone();
	world_retain("nudge/alice/device/tablet", "");
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
	world_retain(PHONE, "");
	assert_trouble_ended();
}

TEST(keeps_the_trouble_of_a_device_that_the_bridge_removed)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	note_gone();
	devices_forget(&world.retained, "alice", "phone");
	world_retain(PHONE, ""); /* ours comes back */
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
	world_retain(PHONE, ""); /* a person's */
	assert_trouble_ended();
}

/* What somebody says before they see it is read all the same. */
TEST(knows_for_its_own_what_it_clears_and_gives_back)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	(void)strcpy(world.own, "none");
	devices_forget(&world.retained, "alice", "phone");
	assert_string_equal(world.own, "");
	world_retain(PHONE, "{\"platform\":\"log\",\"name\":\"New\"}");
	world_retain(PHONE, ""); /* ours comes back */
	assert_string_equal(world.own,
	    "{\"platform\":\"log\",\"name\":\"New\"}");
	(void)strcpy(world.own, "none");
	registry_begin_round(world.registry);
	registry_begin_round(world.registry);
	assert_int_equal(retained_complete(&world.retained, true), 0);
	assert_string_equal(world.own,
	    "{\"platform\":\"log\",\"name\":\"New\"}");
}

TEST(ends_the_trouble_of_a_device_that_went_while_nobody_listened)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	note_gone();
	registry_begin_round(world.registry);
	registry_begin_round(world.registry);
	assert_int_equal(retained_complete(&world.retained, true), 0);
	assert_true(trouble_has(&world.delivery.trouble, "alice"));
	registry_begin_round(world.registry);
	registry_begin_round(world.registry);
	assert_int_equal(retained_complete(&world.retained, false), 1);
	assert_trouble_ended();
}

/* What a broker that kept its memory tells at a connection. */
static void
tell_again(const char *topic, const char *payload)
{
	const struct mqtt_message message = {
		.topic = topic,
		.payload = payload,
		.len = strlen(payload),
		.is_retained = true,
	};

	retained_begin_round(&world.retained);
	retained_take(&world.retained, &message);
	(void)retained_complete(&world.retained, false);
}

TEST(keeps_a_change_that_a_kill_kept_from_the_broker)
{
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_retain(PREFS, "{\"hold_s\":1}");
	world_retain(PREFS, "{\"hold_s\":1,\"rev\":1}");
	world_publish(PREFS "/set", "{\"kinds\":{\"note\":false}}");
	world_kill();
	tell_again(PREFS, "{\"hold_s\":1,\"rev\":1}");
	say("e1");
	assert_string_equal(world_told("e1"), "phone suppressed kind");
}

TEST(takes_an_older_document_where_the_broker_had_ours)
{
	struct document ours;
	char copy[256];

	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_retain(PREFS, "{\"hold_s\":1}");
	world_publish(PREFS "/set", "{\"kinds\":{\"note\":false}}");
	assert_true(documents_find(world.documents, PREFS, &ours));
	(void)snprintf(copy, sizeof(copy), "%.*s", (int)ours.len, ours.payload);
	world_retain(PREFS, copy);
	world_kill();
	tell_again(PREFS, "{\"hold_s\":1,\"rev\":1}");
	say("e1");
	assert_string_equal(world_told("e1"), "phone pushed");
}

TEST(publishes_the_last_of_many_changes_and_few_between)
{
	int published = 0;

	for (int i = 0; i < 100; i++) {
		char patch[64];

		(void)snprintf(patch, sizeof(patch), "{\"hold_s\":%d}", i % 60);
		world_retain(PREFS, patch);
	}
	for (const struct prefs_copy *echo = world.retained.echoes;
	     echo != NULL; echo = echo->next)
		published++;
	assert_int_equal(published, 1);
	assert_int_equal(world.retained.publish.due_ms,
	    world.at.monotonic_ms + PUBLICATION_PAUSE_MS);
	publication_run(&world.retained, false);
	assert_null(world.retained.echoes->next);
	world.at.monotonic_ms += PUBLICATION_PAUSE_MS;
	publication_run(&world.retained, false);
	assert_non_null(
	    strstr(world.retained.echoes->next->document.payload, "39"));
	assert_int_equal(world.retained.publish.due_ms, TIMER_OFF);
}

#define LOOKS                                                          \
	"{\"state\":\"foreground\",\"ttl_s\":86400,\"session\":\"ses_" \
	"0123456789012345678901234567890123456789\"}"

/* Presence of many devices, which are others each time. */
static void
look_at_many(int round)
{
	for (int i = 0; i < 100; i++) {
		char topic[64];

		(void)snprintf(topic, sizeof(topic),
		    "nudge/alice/presence/p%d-%d", round, i);
		world_retain(topic, LOOKS);
	}
}

static void
end_round(void)
{
	retained_begin_round(&world.retained);
	retained_pass(&world.retained);
	(void)retained_complete(&world.retained, true);
}

static int
count_copies_of_presence(void)
{
	struct document document = { .topic = "" };
	char topic[128] = "";
	int count = 0;

	while (documents_after(world.documents, topic, &document)) {
		(void)snprintf(topic, sizeof(topic), "%s", document.topic);
		count += strstr(topic, "/presence/") != NULL;
	}
	return count;
}

TEST(keeps_as_many_copies_of_presence_as_there_may_be_names)
{
	struct document newest;

	for (int round = 0; round < 4; round++) {
		world_leap_s(1);
		look_at_many(round);
		end_round();
	}
	assert_int_equal(count_copies_of_presence(),
	    2 * world.settings.limits.devices);
	assert_true(documents_find(world.documents, "nudge/alice/presence/p3-0",
	    &newest));
	world_retain("nudge/bob/presence/phone", LOOKS);
	assert_int_equal(count_copies_of_presence(),
	    2 * world.settings.limits.devices + 1);
}

TEST(forgets_at_a_start_when_a_presence_was_heard_that_counts_no_more)
{
	look_at_many(0);
	world_leap_s(12 * 3600);
	world_retain("nudge/alice/presence/phone", LOOKS);
	world_kill();
	assert_int_equal(count_copies_of_presence(), 101);
	world_leap_s(12 * 3600 + 1);
	world_kill();
	assert_int_equal(count_copies_of_presence(), 1);
}

static void
hear_presence(const char *payload, uint32_t expiry_s, bool is_retained)
{
	const struct mqtt_message message = {
		.topic = "nudge/alice/presence/phone",
		.payload = payload,
		.len = strlen(payload),
		.expiry_s = expiry_s,
		.is_retained = is_retained,
	};

	retained_take(&world.retained, &message);
	world_pass_ms(0);
}

static bool
looks(void)
{
	return registry_is_present(registry_person(world.registry, "alice"),
	    NULL, SCOPE_USER, world.at.monotonic_ms);
}

/* What the broker says at a replay is less what waited there. */
TEST(counts_once_how_long_ago_a_presence_was_said)
{
	hear_presence("foreground", 600, false);
	world_leap_s(200);
	world_kill();
	hear_presence("foreground", 400, true);
	world_leap_s(399);
	assert_true(looks());
	world_leap_s(2);
	assert_false(looks());
	hear_presence("{\"state\":\"foreground\",\"ttl_s\":300}", 600, false);
	world_leap_s(200);
	world_kill();
	hear_presence("{\"state\":\"foreground\",\"ttl_s\":300}", 400, true);
	world_leap_s(99);
	assert_true(looks());
	world_leap_s(2);
	assert_false(looks());
}

TEST(refuses_no_device_because_of_presence)
{
	world.settings.limits.retained_kib = 1;
	look_at_many(0);
	world_retain(PHONE, "{\"platform\":\"log\"}");
	assert_non_null(registry_device(world.registry, "alice", "phone"));
}

TEST(weighs_registrations_and_preferences_together)
{
	char prefs[1024];

	world.settings.limits.retained_kib = 1;
	(void)snprintf(prefs, sizeof(prefs),
	    "{\"mute\":{\"projects\":[\"%0950d\"]}}", 0);
	world_retain(PREFS, prefs);
	world_retain(PHONE, "{\"platform\":\"log\"}");
	world_retain("nudge/alice/device/tablet",
	    "{\"platform\":\"log\",\"name\":\"Tablet\"}");
	assert_non_null(registry_device(world.registry, "alice", "phone"));
	assert_null(registry_device(world.registry, "alice", "tablet"));
	world_retain(PREFS, "{}");
	world_retain("nudge/alice/device/tablet",
	    "{\"platform\":\"log\",\"name\":\"Tablet\"}");
	assert_non_null(registry_device(world.registry, "alice", "tablet"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    knows_nobody_before_a_device_is_registered, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_what_it_knew_when_a_document_is_refused, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    knows_after_a_kill_what_it_knew_before, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_a_patch_into_what_it_knows, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    forgets_what_the_broker_no_longer_tells_and_only_then,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    ends_the_trouble_of_a_device_that_is_registered_anew_or_removed,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_the_trouble_of_a_device_that_the_bridge_removed,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    knows_for_its_own_what_it_clears_and_gives_back,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    ends_the_trouble_of_a_device_that_went_while_nobody_listened,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_a_change_that_a_kill_kept_from_the_broker,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_an_older_document_where_the_broker_had_ours,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    publishes_the_last_of_many_changes_and_few_between,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_as_many_copies_of_presence_as_there_may_be_names,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    forgets_at_a_start_when_a_presence_was_heard_that_counts_no_more,
		    world_set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    counts_once_how_long_ago_a_presence_was_said, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    refuses_no_device_because_of_presence, world_set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    weighs_registrations_and_preferences_together, world_set_up,
		    world_tear_down),
	};

	return cmocka_run_group_tests_name("retained", tests, NULL, NULL);
}
