/* What waits, on virtual time. */
#include "scene.h"

#define PHONE "nudge/alice/device/phone"
#define PRESENCE "nudge/alice/presence/phone"
#define PREFS "nudge/alice/prefs"
#define EVENT "nudge/alice/event"

static struct scene scene;

static int
set_up(void **state)
{
	(void)state;
	scene_set(&scene);
	scene_retain(&scene, PHONE, "{\"platform\":\"log\"}");
	return 0;
}

static int
tear_down(void **state)
{
	(void)state;
	scene_strike(&scene);
	return 0;
}

TEST(pushes_at_once_what_nothing_holds)
{
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	assert_string_equal(scene_told(&scene, "e1"), "phone pushed");
}

TEST(holds_a_request_for_its_delay_and_then_pushes_it)
{
	scene_retain(&scene, PREFS, "{\"delay_s\":{\"permission.asked\":5}}");
	scene_publish(&scene, EVENT,
	    "{\"id\":\"e1\",\"kind\":\"permission.asked\"}");
	scene_wait(&scene, 4);
	assert_string_equal(scene_told(&scene, "e1"), "phone held delay");
	scene_wait(&scene, 1);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone held delay, phone pushed");
}

TEST(holds_through_a_kill)
{
	scene_retain(&scene, PREFS, "{\"delay_s\":{\"permission.asked\":60}}");
	scene_publish(&scene, EVENT,
	    "{\"id\":\"e1\",\"kind\":\"permission.asked\"}");
	scene_wait(&scene, 30);
	scene_kill(&scene);
	scene_wait(&scene, 29);
	assert_null(strstr(scene_told(&scene, "e1"), "pushed"));
	scene_wait(&scene, 1);
	assert_non_null(strstr(scene_told(&scene, "e1"), "phone pushed"));
}

TEST(drops_what_was_answered_while_it_was_held)
{
	scene_retain(&scene, PREFS, "{\"delay_s\":{\"permission.asked\":60}}");
	scene_publish(&scene, EVENT,
	    "{\"id\":\"e1\",\"kind\":\"permission.asked\","
	    "\"request\":{\"id\":\"per_1\"}}");
	scene_wait(&scene, 30);
	scene_publish(&scene, EVENT,
	    "{\"kind\":\"permission.replied\","
	    "\"request\":{\"id\":\"per_1\"}}");
	scene_wait(&scene, 60);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone held delay, phone suppressed resolved");
}

TEST(holds_while_somebody_looks_and_pushes_when_nobody_confirms)
{
	scene_retain(&scene, PREFS, "{\"hold_s\":20}");
	scene_retain(&scene, PRESENCE, "foreground");
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	scene_wait(&scene, 19);
	assert_string_equal(scene_told(&scene, "e1"), "phone held presence");
	scene_wait(&scene, 1);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone held presence, phone pushed");
}

TEST(pushes_what_was_held_when_the_app_goes_to_the_background)
{
	scene_retain(&scene, PREFS, "{\"hold_s\":600}");
	scene_retain(&scene, PRESENCE, "foreground");
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	scene_retain(&scene, PRESENCE, "background");
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone held presence, phone pushed");
}

TEST(believes_no_presence_that_ran_out)
{
	scene_retain(&scene, PREFS, "{\"presence\":\"suppress\"}");
	scene_retain(&scene, PRESENCE,
	    "{\"state\":\"foreground\",\"ttl_s\":90}");
	scene_leap(&scene, 89);
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone suppressed foreground");
	scene_leap(&scene, 1);
	scene_publish(&scene, EVENT, "{\"id\":\"e2\",\"kind\":\"note\"}");
	assert_string_equal(scene_told(&scene, "e2"), "phone pushed");
}

/* 12:00 UTC is 13:00 in Berlin. */
TEST(keeps_a_night_for_one_digest_in_the_morning)
{
	scene_retain(&scene, PREFS,
	    "{\"quiet\":[{\"from\":\"12:30\",\"to\":\"14:00\","
	    "\"tz\":\"Europe/Berlin\"}]}");
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	scene_publish(&scene, EVENT, "{\"id\":\"e2\",\"kind\":\"note\"}");
	scene_leap(&scene, 3599);
	assert_string_equal(scene_told(&scene, "e1"), "phone deferred quiet");
	scene_leap(&scene, 1);
	scene_leap(&scene, 1);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone deferred quiet, phone pushed digest");
	assert_string_equal(scene_told(&scene, "e2"),
	    "phone deferred quiet, phone pushed digest");
}

TEST(ends_quiet_hours_when_the_preference_goes)
{
	scene_retain(&scene, PREFS,
	    "{\"quiet\":[{\"from\":\"00:00\",\"to\":\"24:00\","
	    "\"tz\":\"UTC\"}]}");
	scene_publish(&scene, EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	scene_retain(&scene, PREFS, "{}");
	scene_wait(&scene, 1);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone deferred quiet, phone pushed digest");
}

TEST(lets_nothing_out_late_that_is_worth_nothing_any_more)
{
	scene_retain(&scene, PREFS, "{\"hold_s\":600}");
	scene_retain(&scene, PRESENCE,
	    "{\"state\":\"foreground\",\"ttl_s\":3600}");
	scene_publish(&scene, EVENT,
	    "{\"id\":\"e1\",\"kind\":\"note\",\"ttl_s\":60}");
	scene_leap(&scene, 601);
	assert_string_equal(scene_told(&scene, "e1"),
	    "phone held presence, phone suppressed expired");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    pushes_at_once_what_nothing_holds, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    holds_a_request_for_its_delay_and_then_pushes_it, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(holds_through_a_kill, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    drops_what_was_answered_while_it_was_held, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    holds_while_somebody_looks_and_pushes_when_nobody_confirms,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    pushes_what_was_held_when_the_app_goes_to_the_background,
		    set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    believes_no_presence_that_ran_out, set_up, tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_a_night_for_one_digest_in_the_morning, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    ends_quiet_hours_when_the_preference_goes, set_up,
		    tear_down),
		cmocka_unit_test_setup_teardown(
		    lets_nothing_out_late_that_is_worth_nothing_any_more,
		    set_up, tear_down),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
