/* Which push services come to life, and for whom; whose pushes are held back there,
 * and when they go on. */
#include "world.h"

#define SHARED "ntfy http://127.0.0.1:1"

/* As many hosts of alice's own as she may have, and none of them answers. */
static void
fill_share(void)
{
	for (int i = 0; i < ROSTER_SHARE; i++) {
		char name[32];
		struct service *service;

		(void)snprintf(name, sizeof(name), "ntfy http://h%d", i);
		service = roster_find(&world.delivery.roster, name, "alice");
		assert_non_null(service);
		service->in_flight = 1;
	}
}

static int
set_up(void **state)
{
	int failed = world_set_up(state);

	(void)snprintf(world.settings.ntfy.allow_hosts,
	    sizeof(world.settings.ntfy.allow_hosts), "127.0.0.1:1");
	world.settings.ntfy.allow_http = SETTING_YES;
	world_retain("nudge/alice/device/phone",
	    "{\"platform\":\"ntfy\",\"url\":\"http://127.0.0.1:1/alice\"}");
	world_retain("nudge/bob/device/phone",
	    "{\"platform\":\"ntfy\",\"url\":\"http://127.0.0.1:1/bob\"}");
	fill_share();
	return failed;
}

/* What is under way is answered: nothing listens there. */
static int
tear_down(void **state)
{
	const struct roster *roster = &world.delivery.roster;

	for (size_t i = 0; i < roster->count; i++) {
		if (strcmp(roster->services[i]->name, SHARED) != 0)
			roster->services[i]->in_flight = 0;
	}
	for (int i = 0; i < 100 && !delivery_is_idle(&world.delivery); i++) {
		http_wait(world.http, -1, 100);
		settlement_run(&world.delivery);
	}
	return world_tear_down(state);
}

/* How many pushes of a user are under way at the host that both push to. */
static int
count_flights(const char *user)
{
	const struct roster *roster = &world.delivery.roster;
	int count = 0;

	for (size_t i = 0; i < roster->count; i++) {
		const struct service *service = roster->services[i];

		if (strcmp(service->name, SHARED) != 0)
			continue;
		for (int32_t j = 0; j < service_slots(service); j++)
			count += service->flights[j].job != 0 &&
			    strcmp(service->flights[j].user, user) == 0;
	}
	return count;
}

static void
store(const char *topic, const char *id)
{
	char event[128];

	(void)snprintf(event, sizeof(event),
	    "{\"id\":\"%s\",\"kind\":\"note\"}", id);
	world_store(topic, event);
}

TEST(begins_a_service_for_the_next_user_when_the_first_has_her_share)
{
	store("nudge/alice/event", "a1");
	world_pass_s(2); /* it is a row */
	assert_int_equal(count_flights("alice"), 0);
	store("nudge/bob/event", "b1");
	world_pass_ms(0);
	assert_int_equal(count_flights("bob"), 1);
	/* Now that it lives, it is there for all. */
	assert_int_equal(count_flights("alice"), 1);
}

TEST(begins_it_for_the_next_user_of_those_in_memory_too)
{
	store("nudge/alice/event", "a1");
	store("nudge/bob/event", "b1");
	world_pass_ms(0);
	assert_int_equal(count_flights("bob"), 1);
	world_turn();
	assert_int_equal(count_flights("alice"), 1);
}

TEST(begins_none_for_whom_has_her_share)
{
	store("nudge/alice/event", "a1");
	world_pass_s(2);
	assert_int_equal(world.delivery.roster.count, ROSTER_SHARE);
	world.delivery.roster.services[3]->in_flight = 0;
	world_turn();
	assert_int_equal(count_flights("alice"), 1);
	assert_int_equal(world.delivery.roster.count, ROSTER_SHARE);
}

#define DELIVERY_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

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
		DELIVERY_TEST(
		    begins_a_service_for_the_next_user_when_the_first_has_her_share),
		DELIVERY_TEST(
		    begins_it_for_the_next_user_of_those_in_memory_too),
		DELIVERY_TEST(begins_none_for_whom_has_her_share),
		WORLD_TEST(starts_what_was_held_back_when_that_is_over),
		WORLD_TEST(waits_without_a_turn_while_somebody_is_held_back),
	};

	return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
