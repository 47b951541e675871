/* What waits, on virtual time. */
#include "io/db.h"
#include "world.h"

#define PRESENCE "nudge/alice/presence/phone"
#define PREFS "nudge/alice/prefs"
#define EVENT "nudge/alice/event"

static int
set_up(void **state)
{
	(void)world_set_up(state);
	world_device("phone");
	return 0;
}

TEST(pushes_at_once_what_nothing_holds)
{
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	assert_string_equal(world_told("e1"), "phone pushed");
}

TEST(holds_a_request_for_its_delay_and_then_pushes_it)
{
	world_retain(PREFS, "{\"delay_s\":{\"permission.asked\":5}}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"permission.asked\"}");
	world_pass_s(4);
	assert_string_equal(world_told("e1"), "phone held delay");
	world_pass_s(1);
	assert_string_equal(world_told("e1"), "phone held delay, phone pushed");
}

#define MANY 70 /* more than are judged before they are counted */

static void
ask(int number)
{
	char event[96];

	(void)snprintf(event, sizeof(event),
	    "{\"id\":\"e%d\",\"kind\":\"permission.asked\"}", number);
	world_publish(EVENT, event);
}

/* It counts itself among those that wait. */
TEST(refuses_nothing_that_had_room_before_a_kill)
{
	struct fault fault = { "" };
	char id[16];

	world.settings.limits.waiting = MANY;
	world_retain(PREFS, "{\"delay_s\":{\"permission.asked\":60}}");
	for (int i = 0; i < MANY; i++)
		ask(i);
	/* As where a push from before them was under way. */
	assert_int_equal(db_execute(outbox_db(world.outbox),
	                     "UPDATE mark SET decided = 0", &fault),
	    STATUS_OK);
	world_kill();
	ask(MANY);
	for (int i = 0; i <= MANY; i++) {
		(void)snprintf(id, sizeof(id), "e%d", i);
		assert_int_equal(strstr(world_told(id), "limit") != NULL,
		    i == MANY);
	}
}

TEST(holds_through_a_kill)
{
	world_retain(PREFS, "{\"delay_s\":{\"permission.asked\":60}}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"permission.asked\"}");
	world_pass_s(30);
	world_kill();
	world_pass_s(29);
	assert_null(strstr(world_told("e1"), "pushed"));
	world_pass_s(1);
	assert_non_null(strstr(world_told("e1"), "phone pushed"));
}

TEST(drops_what_was_answered_while_it_was_held)
{
	world_retain(PREFS, "{\"delay_s\":{\"permission.asked\":60}}");
	world_publish(EVENT,
	    "{\"id\":\"e1\",\"kind\":\"permission.asked\","
	    "\"request\":{\"id\":\"per_1\"}}");
	world_pass_s(30);
	world_publish(EVENT,
	    "{\"kind\":\"permission.replied\","
	    "\"request\":{\"id\":\"per_1\"}}");
	world_pass_s(60);
	assert_string_equal(world_told("e1"),
	    "phone held delay, phone suppressed resolved");
}

TEST(holds_while_somebody_looks_and_pushes_when_nobody_confirms)
{
	world_retain(PREFS, "{\"hold_s\":20}");
	world_retain(PRESENCE, "foreground");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	world_pass_s(19);
	assert_string_equal(world_told("e1"), "phone held presence");
	world_pass_s(1);
	assert_string_equal(world_told("e1"),
	    "phone held presence, phone pushed");
}

TEST(pushes_what_was_held_when_the_app_goes_to_the_background)
{
	world_retain(PREFS, "{\"hold_s\":600}");
	world_retain(PRESENCE, "foreground");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	world_retain(PRESENCE, "background");
	assert_string_equal(world_told("e1"),
	    "phone held presence, phone pushed");
}

TEST(believes_no_presence_that_ran_out)
{
	world_retain(PREFS, "{\"presence\":\"suppress\"}");
	world_retain(PRESENCE, "{\"state\":\"foreground\",\"ttl_s\":90}");
	world_leap_s(89);
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	assert_string_equal(world_told("e1"), "phone suppressed foreground");
	world_leap_s(1);
	world_publish(EVENT, "{\"id\":\"e2\",\"kind\":\"note\"}");
	assert_string_equal(world_told("e2"), "phone pushed");
}

/* Who judges an event has one open, and what it wakes may be much. */
TEST(wakes_nothing_in_a_transaction_of_somebody_else)
{
	int64_t due_ms;

	world_retain(PREFS, "{\"snooze_until\":1764003600000}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	due_ms = shelf_next_due(world.shelf);
	assert_true(due_ms > world.at.now_ms);
	outbox_begin(world.outbox);
	release_hurry(&world.release, STAGE_QUIET, "alice", NULL);
	assert_int_equal(shelf_next_due(world.shelf), due_ms);
	outbox_commit(world.outbox);
	assert_true(release_run(&world.release));
	assert_non_null(strstr(world_told("e1"), "snoozed, phone deferred"));
}

/* It is 17:00 in Berlin. */
TEST(keeps_a_night_for_one_digest_in_the_morning)
{
	world_retain(PREFS,
	    "{\"quiet\":[{\"from\":\"16:30\",\"to\":\"18:00\","
	    "\"tz\":\"Europe/Berlin\"}]}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	world_publish(EVENT, "{\"id\":\"e2\",\"kind\":\"note\"}");
	world_leap_s(3599);
	assert_string_equal(world_told("e1"), "phone deferred quiet");
	world_leap_s(1);
	world_leap_s(1);
	assert_string_equal(world_told("e1"),
	    "phone deferred quiet, phone pushed digest");
	assert_string_equal(world_told("e2"),
	    "phone deferred quiet, phone pushed digest");
}

TEST(ends_quiet_hours_when_the_preference_goes)
{
	world_retain(PREFS,
	    "{\"quiet\":[{\"from\":\"00:00\",\"to\":\"24:00\","
	    "\"tz\":\"UTC\"}]}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\"}");
	world_retain(PREFS, "{}");
	world_pass_s(1);
	assert_string_equal(world_told("e1"),
	    "phone deferred quiet, phone pushed digest");
}

TEST(lets_nothing_out_late_that_is_worth_nothing_any_more)
{
	world_retain(PREFS, "{\"hold_s\":600}");
	world_retain(PRESENCE, "{\"state\":\"foreground\",\"ttl_s\":3600}");
	world_publish(EVENT, "{\"id\":\"e1\",\"kind\":\"note\",\"ttl_s\":60}");
	world_leap_s(601);
	assert_string_equal(world_told("e1"),
	    "phone held presence, phone suppressed expired");
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(
		    pushes_at_once_what_nothing_holds, set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    holds_a_request_for_its_delay_and_then_pushes_it, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(holds_through_a_kill, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    refuses_nothing_that_had_room_before_a_kill, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    drops_what_was_answered_while_it_was_held, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    holds_while_somebody_looks_and_pushes_when_nobody_confirms,
		    set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    pushes_what_was_held_when_the_app_goes_to_the_background,
		    set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    believes_no_presence_that_ran_out, set_up, world_tear_down),
		cmocka_unit_test_setup_teardown(
		    wakes_nothing_in_a_transaction_of_somebody_else, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    keeps_a_night_for_one_digest_in_the_morning, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    ends_quiet_hours_when_the_preference_goes, set_up,
		    world_tear_down),
		cmocka_unit_test_setup_teardown(
		    lets_nothing_out_late_that_is_worth_nothing_any_more,
		    set_up, world_tear_down),
	};

	return cmocka_run_group_tests_name("release", tests, NULL, NULL);
}
