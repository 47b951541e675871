/* What an event costs is its sender's expense, and nobody else waits for it. */
#include "world.h"

#define CASE(name) \
	cmocka_unit_test_setup_teardown(name, set_up, world_tear_down)

enum status __real_event_parse(const struct arrival *arrival,
    struct event *event, struct fault *fault);
enum status __wrap_event_parse(const struct arrival *arrival,
    struct event *event, struct fault *fault);
int64_t __wrap_clock_monotonic_us(void);

static int64_t now_us;
static int64_t parse_us; /* nothing else takes time */
static int parsed;

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

static int
set_up(void **state)
{
	int result = world_set_up(state);

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
	};

	return cmocka_run_group_tests_name("dispatch", tests, NULL, NULL);
}
