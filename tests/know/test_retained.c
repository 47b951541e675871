/* What is known of a person, from what is retained. */
#include "scene.h"

#define PHONE "nudge/alice/device/phone"
#define PREFS "nudge/alice/prefs"
#define EVENT "nudge/alice/event"

static struct scene scene;

static int
set_up(void **state)
{
	(void)state;
	scene_set(&scene);
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scene_strike(&scene);
	return 0;
}

static void
say(const char *id)
{
	char event[128];

	(void)snprintf(event, sizeof(event),
	    "{\"id\":\"%s\",\"kind\":\"note\"}", id);
	scene_publish(&scene, EVENT, event);
}

TEST(knows_nobody_before_a_device_is_registered)
{
	say("e1");
	assert_string_equal(scene_told(&scene, "e1"), " suppressed no-device");
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	say("e2");
	assert_string_equal(scene_told(&scene, "e2"), "phone pushed");
	scene_retain(&scene, PHONE, "");
	say("e3");
	assert_string_equal(scene_told(&scene, "e3"), " suppressed no-device");
}

TEST(keeps_what_it_knew_when_a_document_is_refused)
{
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	scene_retain(&scene, PREFS, "{\"kinds\":{\"note\":false}}");
	scene_retain(&scene, PREFS, "{\"kinds\":{\"note\":7}}");
	scene_retain(&scene, PHONE, "{\"platform\":\"smoke signals\"}");
	say("e1");
	assert_string_equal(scene_told(&scene, "e1"), "phone suppressed kind");
}

TEST(knows_after_a_kill_what_it_knew_before)
{
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	scene_retain(&scene, PREFS, "{\"kinds\":{\"note\":false}}");
	scene_kill(&scene);
	say("e1");
	assert_string_equal(scene_told(&scene, "e1"), "phone suppressed kind");
}

TEST(takes_a_patch_into_what_it_knows)
{
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	scene_publish(&scene, PREFS "/set", "{\"kinds\":{\"note\":false}}");
	say("e1");
	assert_string_equal(scene_told(&scene, "e1"), "phone suppressed kind");
	scene_publish(&scene, PREFS "/set", "{\"kinds\":{\"note\":null}}");
	say("e2");
	assert_string_equal(scene_told(&scene, "e2"), "phone pushed");
}

TEST(forgets_what_the_broker_no_longer_tells_and_only_then)
{
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	registry_begin_round(scene.registry);
	assert_int_equal(retained_complete(&scene.retained, true), 0);
	say("e1");
	assert_string_equal(scene_told(&scene, "e1"), "phone pushed");
	registry_begin_round(scene.registry);
	assert_int_equal(retained_complete(&scene.retained, false), 1);
	say("e2");
	assert_string_equal(scene_told(&scene, "e2"), " suppressed no-device");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    knows_nobody_before_a_device_is_registered, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_what_it_knew_when_a_document_is_refused, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    knows_after_a_kill_what_it_knew_before, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    takes_a_patch_into_what_it_knows, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    forgets_what_the_broker_no_longer_tells_and_only_then,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests_name("retained", tests, NULL, NULL);
}
