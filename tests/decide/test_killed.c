/* What was judged before a kill, and is judged again: while one push hangs, so much is
 * behind the mark. Nothing is lost by it, and nothing is told twice. */
#include "io/db.h"
#include "io/purge.h"
#include "world.h"

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

static const char bobs[] = "{\"id\":\"b\",\"kind\":\"note\",\"title\":\"x\"}";
static const char idle[] = "{\"id\":\"i\",\"kind\":\"session.idle\","
                           "\"session\":{\"id\":\"s\",\"title\":\"T\"}}";
static const char asked[] =
    "{\"id\":\"q\",\"kind\":\"permission.asked\",\"body\":\"ls\","
    "\"request\":{\"id\":\"per_q\",\"nonce\":\"n\"},"
    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}";
static struct outbox_job hangs;
static int at;

static int64_t
number_of(const char *sql)
{
	struct db *db = outbox_db(world.outbox);
	struct sqlite3_stmt *statement = NULL;
	int64_t number = db_number(db, db_use(db, &statement, sql));

	db_drop(&statement, 1);
	return number;
}

static void
judge(void)
{
	world_read_clock();
	while (!dispatch_run(&world.dispatch, world.newest_seq, true, false))
		continue;
	post_flush(&world.post);
}

/* From now on a push of bob's is under way, which his service does not answer. */
static void
hang(void)
{
	const char *user;
	const char *service;

	world_device("phone");
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
	at = world.count;
	world_store("nudge/bob/event", bobs);
	judge();
	service = jobs_service_in_memory(world.outbox, 0, &user);
	assert_non_null(service);
	assert_true(jobs_take(world.outbox, service, &hangs));
}

static void
purge(void)
{
	for (int i = 0; i < 50; i++) {
		(void)purge_slice(world.outbox, world.at.now_ms);
		(void)outbox_fold(world.outbox);
	}
}

TEST(what_was_deferred_comes_though_its_time_was_over_at_the_next_start)
{
	world_wish("{\"quiet\":[{\"from\":\"16:00\",\"to\":\"20:00\","
	           "\"tz\":\"UTC\"}]}");
	hang();
	world_store("nudge/alice/event", idle);
	judge();
	world_kill();
	world_leap_s(7200);
	purge();
	world_pass_s(3 * 3600);
	assert_int_equal(world_count("i phone pushed"), 1);
	assert_int_equal(world_wait_ms(60000), 60000);
}

TEST(a_job_whose_event_is_gone_keeps_nobody_awake_and_goes)
{
	struct fault fault = { "" };

	world_wish("{\"quiet\":[{\"from\":\"16:00\",\"to\":\"20:00\","
	           "\"tz\":\"UTC\"}]}");
	world_device("phone");
	world_event(idle);
	assert_int_equal(db_execute(outbox_db(world.outbox),
	                     "DELETE FROM event", &fault),
	    STATUS_OK);
	world_kill();
	world_leap_s(5 * 3600);
	assert_int_equal(world_wait_ms(60000), 60000);
	purge();
	assert_int_equal(number_of("SELECT count(*) FROM job"), 0);
}

TEST(what_was_seen_after_its_push_is_not_pushed_again)
{
	hang();
	world_event("{\"id\":\"n\",\"kind\":\"note\",\"title\":\"hello\"}");
	assert_int_equal(world_count("n phone pushed"), 1);
	world_ack("{\"event\":\"n\",\"open_s\":20}");
	world_kill();
	world_pass_s(5);
	assert_int_equal(world_count("n phone pushed"), 1);
	assert_int_equal(world_count("b phone pushed"), 1);
}

TEST(what_was_seen_while_it_was_held_is_not_pushed)
{
	world_wish("{\"delay_s\":{\"permission.asked\":60}}");
	hang();
	world_store("nudge/alice/event", asked);
	world_store("nudge/alice/ack", "{\"event\":\"q\",\"open_s\":20}");
	judge();
	world_kill();
	world_pass_s(100);
	assert_int_equal(world_count("q phone pushed"), 0);
}

TEST(what_was_settled_goes_with_its_event)
{
	hang();
	world_event("{\"id\":\"n\",\"kind\":\"note\",\"title\":\"hello\"}");
	world_ack("{\"event\":\"n\",\"open_s\":20}");
	outbox_begin(world.outbox);
	jobs_settle(world.outbox, hangs.id);
	outbox_commit(world.outbox);
	world_leap_s(8 * 86400);
	purge();
	assert_int_equal(number_of("SELECT count(*) FROM job"), 0);
}

TEST(an_event_has_no_more_jobs_than_ids)
{
	char topic[64];

	world.settings.limits.devices = 255;
	/* hang() registers one more. */
	for (int i = 0; i < 254; i++) {
		(void)snprintf(topic, sizeof(topic), "nudge/alice/device/d%d",
		    i);
		world_retain(topic, "{\"platform\":\"log\"}");
	}
	world_wish("{\"quiet\":[{\"from\":\"16:00\",\"to\":\"20:00\","
	           "\"tz\":\"UTC\"}]}");
	hang();
	world_store("nudge/alice/event", idle);
	judge();
	world_retain("nudge/alice/device/d0", "");
	world_retain("nudge/alice/device/another", "{\"platform\":\"log\"}");
	world_kill();
	world_pass_s(1);
	assert_int_equal(number_of(
	                     "SELECT count(*) FROM job WHERE id & 255 = 255"),
	    0);
}

/* Alice used up her share of the time. */
static void
spend(void)
{
	(void)aside_is_spent(&world.dispatch.aside, "alice",
	    world.at.monotonic_ms);
	aside_charge(&world.dispatch.aside, "alice", world.at.monotonic_ms,
	    ASIDE_SHARE_US);
}

static void
judge_but_those_aside(void)
{
	world_read_clock();
	assert_true(
	    dispatch_run(&world.dispatch, world.newest_seq, true, false));
}

static void
deliver(void)
{
	delivery_notice_jobs(&world.delivery);
	delivery_start(&world.delivery);
	settlement_run(&world.delivery);
	post_flush(&world.post);
}

TEST(others_are_judged_before_who_sent_too_much)
{
	world_device("phone");
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
	at = world.count;
	spend();
	world_store("nudge/alice/event",
	    "{\"id\":\"n1\",\"kind\":\"note\",\"title\":\"one\"}");
	world_store("nudge/alice/event",
	    "{\"id\":\"n2\",\"kind\":\"note\",\"title\":\"two\"}");
	world_store("nudge/bob/event", bobs);
	judge_but_those_aside();
	deliver();
	world_expect(&at,
	    "> bob/phone: x: Something happened.\nb phone pushed\n");
	world_pass_ms(0);
	assert_int_equal(world_count("n1 phone pushed"), 1);
	assert_int_equal(world_count("n2 phone pushed"), 1);
	assert_int_equal(number_of("SELECT decided FROM mark"),
	    world.newest_seq);
}

TEST(
    what_was_set_aside_is_judged_after_a_kill_and_what_was_told_is_not_told_again)
{
	world_device("phone");
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
	spend();
	world_store("nudge/alice/event",
	    "{\"id\":\"n1\",\"kind\":\"note\",\"title\":\"one\"}");
	world_store("nudge/bob/event",
	    "{\"id\":\"c\",\"kind\":\"note\",\"title\":\"y\"}");
	judge_but_those_aside();
	deliver();
	assert_int_equal(world_count("c phone pushed"), 1);
	assert_int_equal(world_count("n1 phone pushed"), 0);
	world_kill();
	world_pass_s(5);
	assert_int_equal(world_count("c phone pushed"), 1);
	assert_int_equal(world_count("n1 phone pushed"), 1);
}

TEST(what_was_judged_late_is_not_lost_behind_what_is_in_memory)
{
	const char *user;
	const char *service;

	world_device("phone");
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
	spend();
	world_store("nudge/alice/event",
	    "{\"id\":\"n1\",\"kind\":\"note\",\"title\":\"one\"}");
	world_store("nudge/bob/event", bobs);
	judge_but_those_aside();
	service = jobs_service_in_memory(world.outbox, 0, &user);
	assert_true(jobs_take(world.outbox, service, &hangs));
	while (dispatch_run_aside(&world.dispatch, true))
		continue;
	world_kill();
	world_pass_s(5);
	assert_int_equal(world_count("n1 phone pushed"), 1);
	assert_int_equal(world_count("b phone pushed"), 1);
}

TEST(what_was_set_aside_is_judged_in_its_order)
{
	world_wish("{\"delay_s\":{\"permission.asked\":60}}");
	world_device("phone");
	at = world.count;
	spend();
	world_store("nudge/alice/event", asked);
	world_store("nudge/alice/event",
	    "{\"id\":\"r\",\"kind\":\"permission.replied\","
	    "\"request\":{\"id\":\"per_q\"},"
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
	judge_but_those_aside();
	world_pass_s(100);
	world_expect(&at, "q phone held delay\nq phone suppressed resolved\n");
}

TEST(what_ends_others_ends_nothing_that_came_after_it)
{
	static const char asks[] =
	    "{\"id\":\"q2\",\"kind\":\"permission.asked\",\"body\":\"ls\","
	    "\"request\":{\"id\":\"per_2\",\"nonce\":\"n\"},"
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}";

	world_wish("{\"delay_s\":{\"permission.asked\":60}}");
	hang();
	world_store("nudge/alice/event",
	    "{\"id\":\"z\",\"kind\":\"session.busy\","
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
	world_store("nudge/alice/event", asks);
	judge();
	world_kill();
	world_pass_s(100);
	assert_int_equal(world_count("q2 phone pushed"), 1);
	assert_int_equal(world_count("q2 phone suppressed"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(
		    what_was_deferred_comes_though_its_time_was_over_at_the_next_start),
		CASE(a_job_whose_event_is_gone_keeps_nobody_awake_and_goes),
		CASE(what_was_seen_after_its_push_is_not_pushed_again),
		CASE(what_was_seen_while_it_was_held_is_not_pushed),
		CASE(what_was_settled_goes_with_its_event),
		CASE(an_event_has_no_more_jobs_than_ids),
		CASE(others_are_judged_before_who_sent_too_much),
		CASE(
		    what_was_set_aside_is_judged_after_a_kill_and_what_was_told_is_not_told_again),
		CASE(what_was_judged_late_is_not_lost_behind_what_is_in_memory),
		CASE(what_was_set_aside_is_judged_in_its_order),
		CASE(what_ends_others_ends_nothing_that_came_after_it),
	};

	return cmocka_run_group_tests_name("killed", tests, NULL, NULL);
}
