/* Whose pushes are held back at a service, and when they go on. */
#include "world.h"

static struct service *
service_of_log(void)
{
	struct service *service =
	    roster_find(&world.delivery.roster, "log", "alice");

	assert_non_null(service);
	return service;
}

/* The service asked somebody's pushes to wait. */
static void
ask_to_wait(const char *user, int32_t seconds)
{
	const struct throttle_policy policy = {
		.asked_s = seconds,
		.first_s = 1,
	};
	struct service *service = service_of_log();

	throttle_note_refusal(
	    &blame_hold(&service->blame, user, world.at.monotonic_ms)->throttle,
	    &policy, world.at.monotonic_ms);
}

static void
add_bob(void)
{
	world_retain("nudge/bob/device/phone", "{\"platform\":\"log\"}");
}

static void
tell(const char *user, int number)
{
	char topic[64];
	char event[64];

	(void)snprintf(topic, sizeof(topic), "nudge/%s/event", user);
	(void)snprintf(event, sizeof(event),
	    "{\"id\":\"%s%d\",\"kind\":\"note\"}", user, number);
	world_publish(topic, event);
}

TEST(starts_what_was_held_back_when_that_is_over)
{
	world_device("phone");
	add_bob();
	ask_to_wait("alice", 60);
	for (int i = 0; i < 3; i++)
		tell("alice", i);
	tell("bob", 1);
	assert_int_equal(world_count("> alice"), 0);
	assert_int_equal(world_count("> bob"), 1);
	world_pass_s(59);
	tell("bob", 2);
	assert_int_equal(world_count("> alice"), 0);
	assert_int_equal(world_count("> bob"), 2);
	world_pass_s(1);
	assert_int_equal(world_count("> alice"), 3);
}

/* One that nobody is told of for days wakes nobody, either. */
TEST(waits_without_a_turn_while_somebody_is_held_back)
{
	int64_t wait_ms;

	world_device("phone");
	ask_to_wait("alice", 60);
	tell("alice", 1);
	wait_ms = world_wait_ms(3600000);
	assert_true(wait_ms > 59000 && wait_ms <= 60000);
}

#define WORLD_TEST(name) \
	cmocka_unit_test_setup_teardown(name, world_set_up, world_tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(starts_what_was_held_back_when_that_is_over),
		WORLD_TEST(waits_without_a_turn_while_somebody_is_held_back),
	};

	return cmocka_run_group_tests_name("holding", tests, NULL, NULL);
}
