/* When somebody hears of something: snoozes, reminders, steps, digests. */
#include "world.h"

#define ASK(id)                                                             \
	"{\"id\":\"" id "\",\"kind\":\"permission.asked\",\"body\":\"ls\"," \
	"\"request\":{\"id\":\"per_" id "\",\"nonce\":\"n\"},"              \
	"\"session\":{\"id\":\"ses_1\",\"title\":\"Fix login\"}}"
#define ANSWER(id)                                                       \
	"{\"kind\":\"permission.replied\",\"request\":{\"id\":\"per_" id \
	"\"},\"session\":{\"id\":\"ses_1\"}}"
#define NOTE(id, title) \
	"{\"id\":\"" id "\",\"kind\":\"note\",\"title\":\"" title "\"}"
#define DONE(id, title)                                 \
	"{\"id\":\"" id "\",\"kind\":\"session.idle\"," \
	"\"session\":{\"id\":\"ses_" id "\",\"title\":\"" title "\"}}"
#define SHOWN "> alice/phone: Permission needed: Fix login: ls\n"
#define AT_ONCE "\"delay_s\":{\"permission.asked\":0}"
#define LATE_S 86400

/* How many cards a phone has of what is asked. */
static int
count_shown(const char *request)
{
	struct shelf_job like = { .user = "alice" };
	struct behind_cursor cursor = { 0 };
	struct shelf_slice slice;
	int count = 0;

	like.request = outbox_number(world.outbox, "alice", request);
	outbox_begin(world.outbox);
	while (shelf_search(world.shelf, &like, &cursor, &slice)) {
		for (size_t i = 0; i < slice.count; i++) {
			struct shelf_job job;

			count += shelf_find(world.shelf, slice.ids[i], &job) &&
			    job.stage == STAGE_SHOWN;
		}
	}
	outbox_commit(world.outbox);
	return count;
}

/* A phone, and what was written of it so far is forgotten. */
static int
begin(const char *wishes)
{
	world_device("phone");
	world_wish(wishes);
	return world.count;
}

TEST(reminds_of_a_request_once_and_replaces_it)
{
	int at = begin("{" AT_ONCE "}");

	world_event(ASK("a"));
	world_pass_s(899);
	world_expect(&at, SHOWN "a phone pushed\n");
	world_pass_s(2);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
	assert_int_equal(count_shown("per_a"), 1);
	world_pass_s(LATE_S);
	world_expect(&at, "");
}

TEST(reminds_as_often_as_is_wished)
{
	int at = begin("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":"
	               "[60,300,3600]}}");

	world_event(ASK("a"));
	world_pass_s(61);
	world_expect(&at,
	    SHOWN "a phone pushed\n" SHOWN "a phone pushed reminder\n");
	world_pass_s(238);
	world_expect(&at, "");
	world_pass_s(2);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
	world_pass_s(3290);
	world_expect(&at, "");
	world_pass_s(LATE_S);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
}

TEST(never_reminds_after_an_answer)
{
	int at = begin("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":"
	               "[60,300]}}");

	world_event(ASK("a"));
	world_event(ANSWER("a"));
	world_pass_s(LATE_S);
	world_expect(&at, SHOWN "a phone pushed\n");
	world_event(ASK("b"));
	world_pass_s(100);
	world_event(ANSWER("b"));
	world_pass_s(LATE_S);
	world_expect(&at,
	    SHOWN "b phone pushed\n" SHOWN "b phone pushed reminder\n");
}

TEST(never_reminds_of_what_expires_before)
{
	int at = begin("{}");

	world_event("{\"id\":\"a\",\"kind\":\"question.asked\",\"ttl_s\":600}");
	world_pass_s(LATE_S);
	world_expect(&at,
	    "a phone held delay\n"
	    "> alice/phone: Question: The agent waits for your "
	    "answer.\na phone pushed\n");
}

TEST(reminds_after_a_glance_and_not_when_it_was_seen)
{
	int at = begin("{" AT_ONCE "}");

	world_event(ASK("a"));
	world_ack("a");
	world_ack("{\"event\":\"a\",\"device\":\"phone\",\"open_s\":9}");
	world_pass_s(901);
	world_expect(&at,
	    SHOWN "a phone pushed\n" SHOWN "a phone pushed reminder\n");
	world_event(ASK("b"));
	world_ack("{\"event\":\"b\",\"device\":\"phone\",\"open_s\":10}");
	world_pass_s(LATE_S);
	world_expect(&at, SHOWN "b phone pushed\n");
}

TEST(puts_a_request_off_that_somebody_only_glanced_at)
{
	int at = begin("{\"delay_s\":{\"permission.asked\":60}}");

	world_event(ASK("a"));
	world_ack("a");
	world_expect(&at, "a phone held delay\na phone suppressed seen\n");
	world_pass_s(899);
	world_expect(&at, "");
	world_pass_s(2);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
	world_event(ASK("b"));
	world_ack("{\"event\":\"b\",\"open_s\":10}");
	world_pass_s(LATE_S);
	world_expect(&at, "b phone held delay\nb phone suppressed seen\n");
	world_wish("{\"remind_s\":{\"permission.asked\":[]}}");
	world_event(ASK("c"));
	world_ack("c");
	world_pass_s(LATE_S);
	world_expect(&at, "c phone held delay\nc phone suppressed seen\n");
}

TEST(holds_a_reminder_in_quiet_hours_and_brings_it_by_itself)
{
	/* From 16:10 to 18:00. */
	int at = begin("{" AT_ONCE ",\"quiet\":[{\"from\":\"16:10\",\"to\":"
	               "\"18:00\",\"tz\":\"UTC\"}]}");

	world_event(ASK("a"));
	world_pass_s(1000);
	world_event(NOTE("n", "Backup"));
	world_event(NOTE("m", "Doorbell"));
	world_expect(&at,
	    SHOWN "a phone pushed\n"
	          "n phone deferred quiet\n"
	          "m phone deferred quiet\n");
	world_pass_s(7200);
	world_expect(&at,
	    SHOWN "> alice/phone: 2 notes: Doorbell Backup\n"
	          "m phone pushed digest\n"
	          "n phone pushed digest\n"
	          "a phone pushed reminder\n");
	assert_int_equal(count_shown("per_a"), 1);
}

TEST(holds_a_reminder_while_it_snoozes)
{
	int at = begin("{" AT_ONCE "}");

	world_event(ASK("a"));
	world_wish("{\"snooze_until\":9007199254740991}");
	world_pass_s(7200);
	world_expect(&at, SHOWN "a phone pushed\n");
	world_wish("{}");
	world_expect(&at, SHOWN "a phone pushed reminder\n");
}

TEST(drops_a_muted_reminder_and_brings_the_next)
{
	int at = begin("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":"
	               "[60,300]}}");

	world_event(ASK("a"));
	world_wish("{\"mute\":{\"sessions\":[\"ses_1\"]},\"remind_s\":"
	           "{\"permission.asked\":[60,300]}}");
	world_pass_s(120);
	world_wish("{\"remind_s\":{\"permission.asked\":[60,300]}}");
	world_pass_s(LATE_S);
	world_expect(&at,
	    SHOWN "a phone pushed\n" SHOWN "a phone pushed reminder\n");
}

TEST(holds_a_reminder_for_who_looks_and_stops_it_when_it_is_seen)
{
	int at = begin("{" AT_ONCE ",\"hold_s\":60}");

	world_event(ASK("a"));
	world_event(ASK("b"));
	world_pass_s(890);
	world_retain("nudge/alice/presence/phone",
	    "{\"state\":\"foreground\",\"ttl_s\":600}");
	world_pass_s(20);
	world_ack("{\"event\":\"a\",\"device\":\"phone\",\"open_s\":12}");
	world_expect(&at, SHOWN "a phone pushed\n" SHOWN "b phone pushed\n");
	world_retain("nudge/alice/presence/phone", "background");
	world_expect(&at, SHOWN "b phone pushed reminder\n");
}

TEST(keeps_a_reminder_through_kills)
{
	int at = begin("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":"
	               "[60,300]}}");

	world_event(ASK("a"));
	for (int i = 0; i < 7; i++) {
		world_kill();
		world_pass_s(61);
	}
	world_expect(&at,
	    SHOWN "a phone pushed\n" SHOWN "a phone pushed reminder\n" SHOWN
	          "a phone pushed reminder\n");
	assert_int_equal(count_shown("per_a"), 1);
	world_event(ASK("a"));
	world_expect(&at, "a suppressed duplicate\n");
}

/* Each device has its own, however many there are. */
/* Thousands of devices may be heard at once. */
TEST(looks_again_at_no_device_for_which_nothing_is_held)
{
	(void)begin("{\"delay_s\":{\"note\":60}}");
	release_hurry(&world.release, STAGE_DELAY, "alice", NULL);
	assert_null(world.release.hurries);
	world_event("{\"kind\":\"note\",\"body\":\"x\"}");
	release_hurry(&world.release, STAGE_DELAY, "alice", NULL);
	assert_non_null(world.release.hurries);
}

TEST(reminds_on_each_device)
{
	int at;

	world_wish("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":"
	           "[1,2,3,4,5,6,7,8]}}");
	for (int i = 0; i < 40; i++) {
		char name[16];

		(void)snprintf(name, sizeof(name), "phone%d", i);
		world_device(name);
	}
	at = world.count;
	world_event(ASK("a"));
	world_pass_s(20);
	assert_int_equal(world.count - at, 40 * 9 * 2);
	assert_int_equal(count_shown("per_a"), 40);
}

TEST(defers_what_a_snooze_keeps_back)
{
	int at = begin("{\"snooze_until\":1764003600000,\"snooze_allow\":"
	               "[\"session.error\"]}");

	world_event(DONE("d", "Tidy"));
	world_event(ASK("a"));
	world_event(ASK("b"));
	world_event(NOTE("n", "Backup"));
	world_event("{\"id\":\"e\",\"kind\":\"session.error\"}");
	world_expect(&at,
	    "d phone deferred snoozed\n"
	    "a phone deferred snoozed\n"
	    "b phone deferred snoozed\n"
	    "n phone deferred snoozed\n"
	    "> alice/phone: Failed: The agent stopped with an "
	    "error.\n"
	    "e phone pushed\n");
	world_event(ANSWER("b"));
	world_expect(&at, "b phone suppressed resolved\n");
	world_kill();
	world_pass_s(3599);
	world_expect(&at,
	    "n phone deferred snoozed\n"
	    "a phone deferred snoozed\n"
	    "d phone deferred snoozed\n");
	world_pass_s(2);
	world_expect(&at,
	    SHOWN "> alice/phone: 1 note, 1 finished: Backup Finished: Tidy\n"
	          "n phone pushed digest\n"
	          "d phone pushed digest\n"
	          "a phone pushed\n");
	/* It is the first time that it is shown. */
	world_pass_s(901);
	world_expect(&at, SHOWN "a phone pushed reminder\n");
}

TEST(snoozes_until_it_is_ended_by_hand)
{
	int at = begin("{\"snooze_until\":9007199254740991}");

	world_event(NOTE("n", "Backup"));
	world_event(ASK("a"));
	world_pass_s(30 * 86400);
	world_expect(&at,
	    "n phone deferred snoozed\n"
	    "a phone deferred snoozed\n");
	world_publish("nudge/alice/prefs/set", "{\"snooze_until\":0}");
	/* Nobody waits any more for an answer of a month ago. */
	world_expect(&at,
	    "a phone suppressed expired\n"
	    "> alice/phone: Backup: Something happened.\n"
	    "n phone pushed digest\n");
}

TEST(goes_from_a_snooze_into_quiet_hours)
{
	int at = begin("{\"snooze_until\":1764003600000,\"quiet\":[{\"from\":"
	               "\"16:30\",\"to\":\"18:00\",\"tz\":\"UTC\"}]}");

	world_event(ASK("a"));
	world_event(ASK("b"));
	world_pass_s(3601);
	world_expect(&at,
	    "a phone deferred snoozed\n"
	    "b phone deferred snoozed\n"
	    "a phone deferred quiet\n"
	    "b phone deferred quiet\n");
	world_pass_s(3601);
	world_expect(&at,
	    "> alice/phone: 2 permissions wait in Fix login: ls (2)\n"
	    "b phone pushed digest\na phone pushed digest\n");
}

TEST(tells_a_later_device_only_of_what_still_waits)
{
	int at;

	world_device("tablet");
	at = begin("{" AT_ONCE ",\"escalate\":[{\"after_s\":300,\"devices\":"
	           "[\"tablet\"]}]}");
	world_event(ASK("a"));
	world_event(ASK("b"));
	world_event(NOTE("n", "Backup"));
	world_expect(&at,
	    "a tablet held escalate\n" SHOWN "a phone pushed\n"
	    "b tablet held escalate\n" SHOWN "b phone pushed\n"
	    "> alice/tablet: Backup: Something happened.\n"
	    "> alice/phone: Backup: Something happened.\n"
	    "n phone pushed\nn tablet pushed\n");
	world_ack("{\"event\":\"a\",\"device\":\"phone\"}");
	world_event(ANSWER("b"));
	world_kill();
	world_pass_s(299);
	world_expect(&at, "b tablet suppressed resolved\n");
	world_pass_s(2);
	world_expect(&at,
	    "> alice/tablet: Permission needed: Fix login: ls\n"
	    "a tablet pushed escalate\n");
}

TEST(tells_no_later_device_of_what_was_seen)
{
	int at;

	world_device("tablet");
	at = begin("{" AT_ONCE ",\"escalate\":[{\"after_s\":300,\"devices\":"
	           "[\"tablet\"]}]}");
	world_event(ASK("a"));
	world_ack("{\"event\":\"a\",\"device\":\"phone\",\"open_s\":11}");
	world_pass_s(LATE_S);
	world_expect(&at,
	    "a tablet held escalate\n" SHOWN "a phone pushed\n"
	    "a tablet suppressed seen\n");
}

TEST(tells_once_of_turns_that_finish_together)
{
	int at = begin("{\"gather_s\":20}");

	world_event(DONE("a", "Tidy"));
	world_pass_s(9);
	world_event(DONE("b", "Fix login"));
	world_event(DONE("c", "Docs"));
	world_pass_s(12);
	world_expect(&at,
	    "a phone deferred gather\n"
	    "b phone deferred gather\n"
	    "c phone deferred gather\n"
	    "> alice/phone: 3 finished: Finished: Docs "
	    "Finished: Fix login Finished: Tidy\n"
	    "c phone pushed digest\n"
	    "b phone pushed digest\n"
	    "a phone pushed digest\n");
	world_event(DONE("d", "Alone"));
	world_pass_s(21);
	world_expect(&at,
	    "d phone deferred gather\n"
	    "> alice/phone: Finished: Alone: The agent finished "
	    "its turn.\n"
	    "d phone pushed digest\n");
}

TEST(makes_a_few_pushes_of_ten_thousand_permissions)
{
	int pushes;

	(void)begin("{" AT_ONCE ",\"remind_s\":{\"permission.asked\":[]}}");
	for (int i = 0; i < 1000; i++) {
		char text[512];

		(void)snprintf(text, sizeof(text),
		    "{\"id\":\"a%d\",\"kind\":\"permission.asked\",\"body\":"
		    "\"ls %d\",\"request\":{\"id\":\"per_%d\"},\"session\":{"
		    "\"id\":\"ses_1\",\"title\":\"Fix login\"}}",
		    i, i, i);
		world_event(text);
	}
	assert_int_equal(world_count("> "), 30);
	pushes = world.count;
	world_pass_s(61);
	assert_int_equal(world_count("> "), 31);
	assert_int_equal(
	    world_count("> alice/phone: 970 permissions wait in Fix login: "
	                "ls 999 ls 998 ls 997 and 967 more"),
	    1);
	/* Nothing is dropped. */
	assert_int_equal(world.count - pushes, 1 + 970);
}

TEST(takes_no_token_for_what_the_agent_answers_itself)
{
	int at = begin("{\"rate\":{\"asks\":{\"burst\":2,\"per_minute\":1}}}");

	for (int i = 0; i < 10; i++) {
		char text[256];

		(void)snprintf(text, sizeof(text),
		    "{\"id\":\"a%d\",\"kind\":\"permission.asked\","
		    "\"request\":{\"id\":\"per_%d\"}}",
		    i, i);
		world_event(text);
		(void)snprintf(text, sizeof(text),
		    "{\"kind\":\"permission.replied\",\"request\":{\"id\":"
		    "\"per_%d\"}}",
		    i);
		world_event(text);
	}
	assert_int_equal(world_count("a9 phone suppressed resolved"), 1);
	at = world.count;
	world_event(ASK("b"));
	world_event(ASK("c"));
	world_event(ASK("d"));
	world_expect(&at,
	    "b phone held delay\nc phone held delay\n"
	    "d phone deferred rate\n");
}

TEST(judges_what_was_held_by_the_wishes_of_now)
{
	int at = begin("{\"delay_s\":{\"permission.asked\":60,\"note\":60}}");

	world_event(ASK("a"));
	world_event(NOTE("n", "Backup"));
	world_event(NOTE("m", "Doorbell"));
	world_pass_s(30);
	world_wish("{\"delay_s\":{\"permission.asked\":60,\"note\":60},"
	           "\"mute\":{\"sessions\":[\"ses_1\"]},\"kinds\":{\"note\":"
	           "false}}");
	world_expect(&at,
	    "a phone held delay\nn phone held delay\n"
	    "m phone held delay\n"
	    "a phone suppressed muted\n"
	    "n phone suppressed kind\n"
	    "m phone suppressed kind\n");
}

TEST(holds_on_to_what_new_wishes_do_not_end)
{
	int at = begin("{\"delay_s\":{\"note\":60},\"subagents\":true}");

	world_event(NOTE("n", "Backup"));
	world_event("{\"id\":\"i\",\"kind\":\"note\",\"session\":{\"id\":"
	            "\"ses_c\",\"parent\":\"ses_p\"}}");
	world_pass_s(30);
	world_wish("{\"hold_s\":9}");
	world_kill();
	world_pass_s(29);
	world_expect(&at, "n phone held delay\ni phone held delay\n");
	world_wish("{\"snooze_until\":1764003600000}");
	world_expect(&at,
	    "n phone deferred snoozed\ni phone deferred snoozed\n");
}

TEST(withdraws_what_waited_alone_as_any_other)
{
	int at = begin("{\"quiet\":[{\"from\":\"16:00\",\"to\":\"17:00\","
	               "\"tz\":\"UTC\"}]}");

	world_event(ASK("a"));
	world_pass_s(3601);
	world_expect(&at,
	    "a phone deferred quiet\n" SHOWN "a phone pushed digest\n");
	assert_int_equal(count_shown("per_a"), 1);
	world_event(ANSWER("a"));
	assert_int_equal(count_shown("per_a"), 0);
	world_pass_s(LATE_S);
	world_expect(&at, "");
}

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

TEST(says_how_long_it_took_also_when_the_clock_went_back_a_little)
{
	struct receipts_one one = { 0 };

	(void)begin("{}");
	world_store("nudge/alice/event", NOTE("a", "hello"));
	world.set_ms = -5;
	world_pass_ms(0);
	assert_int_equal(world_count("a phone pushed"), 1);
	while (receipts_next(world.receipts, "a", "alice", &one) &&
	    strstr(one.receipt, "pushed") == NULL)
		continue;
	assert_non_null(one.receipt);
	assert_non_null(strstr(one.receipt, "\"latency_ms\":0,"));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reminds_of_a_request_once_and_replaces_it),
		CASE(reminds_as_often_as_is_wished),
		CASE(never_reminds_after_an_answer),
		CASE(never_reminds_of_what_expires_before),
		CASE(reminds_after_a_glance_and_not_when_it_was_seen),
		CASE(puts_a_request_off_that_somebody_only_glanced_at),
		CASE(holds_a_reminder_in_quiet_hours_and_brings_it_by_itself),
		CASE(holds_a_reminder_while_it_snoozes),
		CASE(drops_a_muted_reminder_and_brings_the_next),
		CASE(
		    holds_a_reminder_for_who_looks_and_stops_it_when_it_is_seen),
		CASE(keeps_a_reminder_through_kills),
		CASE(looks_again_at_no_device_for_which_nothing_is_held),
		CASE(reminds_on_each_device),
		CASE(defers_what_a_snooze_keeps_back),
		CASE(snoozes_until_it_is_ended_by_hand),
		CASE(goes_from_a_snooze_into_quiet_hours),
		CASE(tells_a_later_device_only_of_what_still_waits),
		CASE(tells_no_later_device_of_what_was_seen),
		CASE(tells_once_of_turns_that_finish_together),
		CASE(makes_a_few_pushes_of_ten_thousand_permissions),
		CASE(takes_no_token_for_what_the_agent_answers_itself),
		CASE(judges_what_was_held_by_the_wishes_of_now),
		CASE(holds_on_to_what_new_wishes_do_not_end),
		CASE(withdraws_what_waited_alone_as_any_other),
		CASE(
		    says_how_long_it_took_also_when_the_clock_went_back_a_little),
	};

	return cmocka_run_group_tests_name("moments", tests, NULL, NULL);
}
