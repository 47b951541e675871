/* Which push services come to life, and for whom; what of their answers is logged. */
#include "tell/lines.h"
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

static struct lines bounded;

static int
set_up(void **state)
{
	int failed = world_set_up(state);

	lines_init(&bounded, &world.at, &world.others);
	world.delivery.lines = &bounded;
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

/* The host of both says something to as many pushes of a user's. */
static void
answer(const char *user, int status, int pushes)
{
	struct service *service =
	    roster_find(&world.delivery.roster, SHARED, "bob");

	assert_non_null(service);
	for (int i = 0; i < pushes; i++) {
		const struct outbox_job job = {
			.id = 1000000 + i,
			.user = user,
			.device = "phone",
			.event_id = "evt",
		};
		struct flight *flight = service_take_off(service, &job);

		assert_non_null(flight);
		flight->response.status = status;
		flight->expires_ms = world.now_ms + 3600000;
		service_note_answered(flight);
		settlement_finish(&world.delivery);
	}
}

static int64_t
count_left_out(void)
{
	int64_t left_out = bounded.count > 0 ? bounded.of[0].left_out : 0;

	bounded.count = 0;
	return left_out;
}

TEST(logs_of_each_user_the_first_pushes_that_failed)
{
	const int statuses[] = { 400, 404, 413, 429 };

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		answer("alice", statuses[i], LINES_FIRST);
		assert_int_equal(count_left_out(), 0);
		answer("alice", statuses[i], LINES_FIRST + 100);
		answer("bob", statuses[i], 1);
		assert_int_equal(bounded.of[1].written, 1);
		assert_int_equal(count_left_out(), 100);
	}
}

#define DELIVERY_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		DELIVERY_TEST(
		    begins_a_service_for_the_next_user_when_the_first_has_her_share),
		DELIVERY_TEST(
		    begins_it_for_the_next_user_of_those_in_memory_too),
		DELIVERY_TEST(begins_none_for_whom_has_her_share),
		DELIVERY_TEST(logs_of_each_user_the_first_pushes_that_failed),
	};

	return cmocka_run_group_tests_name("delivery", tests, NULL, NULL);
}
