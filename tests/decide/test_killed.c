/* What was judged before a kill, and is judged again: while one push hangs, so much is
 * behind the mark. Nothing is lost by it, and nothing is told twice. */
#include "io/db.h"
#include "io/purge.h"
#include "world.h"

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

static const char bobs[] = "{\"id\":\"b\",\"kind\":\"note\",\"title\":\"x\"}";
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
store(const char *topic, const char *json)
{
	const struct outbox_event event = {
		.topic = topic,
		.payload = json,
		.len = strlen(json),
		.stamp_ms = outbox_clock_ms(world.outbox),
	};

	world.newest_seq = events_store(world.outbox, &event, 1);
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
	store("nudge/bob/event", bobs);
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
	store("nudge/alice/event",
	    "{\"id\":\"i\",\"kind\":\"session.idle\","
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
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
	world_event("{\"id\":\"i\",\"kind\":\"session.idle\","
	            "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
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
	store("nudge/alice/event",
	    "{\"id\":\"q\",\"kind\":\"permission.asked\",\"body\":\"ls\","
	    "\"request\":{\"id\":\"per_q\",\"nonce\":\"n\"},"
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
	store("nudge/alice/ack", "{\"event\":\"q\",\"open_s\":20}");
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
	store("nudge/alice/event",
	    "{\"id\":\"i\",\"kind\":\"session.idle\","
	    "\"session\":{\"id\":\"s\",\"title\":\"T\"}}");
	judge();
	world_retain("nudge/alice/device/d0", "");
	world_retain("nudge/alice/device/another", "{\"platform\":\"log\"}");
	world_kill();
	world_pass_s(1);
	assert_int_equal(number_of(
	                     "SELECT count(*) FROM job WHERE id & 255 = 255"),
	    0);
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
	};

	return cmocka_run_group_tests_name("killed", tests, NULL, NULL);
}
