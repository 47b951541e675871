/* What an event costs is its sender's expense, and nobody else waits for it. */
#include "world.h"

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)

enum status __real_event_parse(const struct arrival *arrival,
    struct event *event, struct fault *fault);
enum status __wrap_event_parse(const struct arrival *arrival,
    struct event *event, struct fault *fault);
int64_t __wrap_clock_monotonic_us(void);
int64_t __wrap_reserve_left(const char *directory);

static int64_t now_us;
static int64_t parse_us; /* nothing else takes time */
static int parsed;
static int at;
static int64_t left;

enum status
__wrap_event_parse(const struct arrival *arrival, struct event *event,
    struct fault *fault)
{
	now_us += parse_us;
	parsed++;
	return __real_event_parse(arrival, event, fault);
}

int64_t
__wrap_clock_monotonic_us(void)
{
	return now_us;
}

int64_t
__wrap_reserve_left(const char *directory)
{
	(void)directory;
	return left;
}

static int
set_up(void **state)
{
	int result = world_set_up(state);

	left = INT64_MAX;

	parse_us = ASIDE_SHARE_US;
	world_device("phone");
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
	parsed = 0;
	return result;
}

static void
say(const char *user, const char *id)
{
	char topic[64];
	char payload[64];

	(void)snprintf(topic, sizeof(topic), "nudge/%s/event", user);
	(void)snprintf(payload, sizeof(payload),
	    "{\"id\":\"%s\",\"kind\":\"note\",\"title\":\"x\"}", id);
	world_store(topic, payload);
}

/* What may be judged now, or answered only. */
static void
run(bool is_complete)
{
	world_read_clock();
	while (!dispatch_run(&world.dispatch, world.newest_seq, is_complete,
	    false))
		continue;
	post_flush(&world.post);
}

static bool
is_aside(const char *user)
{
	return aside_find(&world.dispatch.aside, user) != NULL;
}

TEST(reading_is_at_the_expense_of_who_sent_it)
{
	say("alice", "n1");
	run(true);
	assert_true(aside_is_spent(&world.dispatch.aside, "alice",
	    world.at.monotonic_ms));
	assert_false(aside_is_spent(&world.dispatch.aside, "bob",
	    world.at.monotonic_ms));
}

TEST(reading_what_was_set_aside_is_at_the_expense_of_who_sent_it)
{
	say("alice", "n1");
	say("alice", "n2");
	run(true);
	world.now_ms += ASIDE_WINDOW_MS;
	world_read_clock();
	assert_true(dispatch_run_aside(&world.dispatch, true));
	assert_true(aside_is_spent(&world.dispatch.aside, "alice",
	    world.at.monotonic_ms));
}

TEST(what_is_only_answered_is_at_the_expense_of_who_sent_it)
{
	say("alice", "n1");
	run(false);
	assert_true(aside_is_spent(&world.dispatch.aside, "alice",
	    world.at.monotonic_ms));
}

TEST(what_is_set_aside_is_neither_read_nor_answered_before_its_turn)
{
	say("alice", "n1");
	say("alice", "n2");
	say("alice", "n3");
	say("bob", "b1");
	run(true);
	assert_true(is_aside("alice"));
	assert_int_equal(parsed, 2);
	assert_int_equal(world.accepted, 2);
	world_pass_ms(0);
	assert_int_equal(world.accepted, 4);
	assert_int_equal(world_count("n3 phone pushed"), 1);
}

TEST(what_was_answered_before_the_connection_was_complete_is_not_again)
{
	say("alice", "n1");
	say("alice", "n2");
	run(false);
	assert_int_equal(world.accepted, 2);
	run(true);
	say("alice", "n3");
	world_pass_ms(0);
	assert_int_equal(world.accepted, 3);
}

/* The connection comes and goes while somebody waits behind the others. */
TEST(each_is_answered_once_whenever_the_connection_is_complete)
{
	say("alice", "n1");
	say("alice", "n2");
	run(true);
	assert_true(is_aside("alice"));
	say("alice", "n3");
	say("bob", "b1");
	run(false);
	assert_int_equal(world.accepted, 3);
	run(false);
	say("alice", "n4");
	run(true);
	world_pass_ms(0);
	assert_int_equal(world.accepted, 5);
	assert_int_equal(world_count("n2 phone pushed"), 1);
	assert_int_equal(world_count("n4 phone pushed"), 1);
}

TEST(what_was_set_aside_is_answered_after_a_kill)
{
	say("alice", "n1");
	say("alice", "n2");
	run(true);
	world.accepted = 0;
	world_kill();
	world_pass_ms(0);
	/* The first one's push was in memory alone. */
	assert_int_equal(world.accepted, 2);
	assert_int_equal(world_count("n2 phone pushed"), 1);
}

static const char *
much(void)
{
	static char payload[60001];

	memset(payload, 'x', sizeof(payload) - 1);
	return payload;
}

/* What the disk has left is asked again when there is more to store. */
static void
leave(int64_t bytes)
{
	left = bytes;
	for (int i = 0; i < 5; i++)
		world_store("nudge/bob/event", much());
}

/* Alice has as much as there may be. */
static void
fill(void)
{
	parse_us = 0;
	world_wish("{\"snooze_until\":4000000000000}");
	for (int i = 0; i < 40; i++)
		world_event(much());
	leave(0);
	world_pass_ms(0);
}

TEST(what_there_is_no_room_for_is_refused_by_its_id_and_not_read)
{
	fill();
	parsed = 0;
	say("alice", "n1");
	run(true);
	assert_int_equal(parsed, 0);
	assert_int_equal(world_count("n1 suppressed limit the user's events "
	                             "take 2 MB of the disk, and may take 0"),
	    1);
	say("bob", "b1");
	world_pass_ms(0);
	assert_int_equal(world_count("b1 phone pushed"), 1);
}

TEST(what_had_no_room_is_refused_after_a_kill)
{
	fill();
	say("alice", "n1");
	left = INT64_MAX;
	world_kill();
	world_pass_ms(0);
	assert_int_equal(world_count("n1 suppressed limit"), 1);
	assert_int_equal(world_count("n1 phone"), 0);
}

TEST(what_had_room_is_judged_though_there_is_no_room_any_more)
{
	fill();
	leave(INT64_MAX);
	say("alice", "n1");
	leave(0);
	world_pass_ms(0);
	assert_int_equal(world_count("n1 suppressed"), 0);
	assert_int_equal(world_count("n1 phone deferred snoozed"), 1);
}

TEST(a_patch_and_an_ack_that_have_no_room_change_nothing)
{
	fill();
	at = world.count;
	world_publish("nudge/alice/prefs/set", "{\"snooze_until\":null}");
	world_ack("n1");
	assert_int_equal(world.count - at, 2);
	assert_int_equal(world_count("suppressed limit"), 2);
	left = INT64_MAX;
	world_event("{\"id\":\"n2\",\"kind\":\"note\"}");
	assert_int_equal(world_count("n2 phone pushed"), 0);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(reading_is_at_the_expense_of_who_sent_it),
		CASE(
		    reading_what_was_set_aside_is_at_the_expense_of_who_sent_it),
		CASE(what_is_only_answered_is_at_the_expense_of_who_sent_it),
		CASE(
		    what_is_set_aside_is_neither_read_nor_answered_before_its_turn),
		CASE(
		    what_was_answered_before_the_connection_was_complete_is_not_again),
		CASE(each_is_answered_once_whenever_the_connection_is_complete),
		CASE(what_was_set_aside_is_answered_after_a_kill),
		CASE(
		    what_there_is_no_room_for_is_refused_by_its_id_and_not_read),
		CASE(what_had_no_room_is_refused_after_a_kill),
		CASE(what_had_room_is_judged_though_there_is_no_room_any_more),
		CASE(a_patch_and_an_ack_that_have_no_room_change_nothing),
	};

	return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
