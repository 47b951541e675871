#include "deliver/roster.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

static struct roster roster;

static int
set_up(void **state)
{
	static const struct instant at;
	static const struct settings settings;
	struct fault fault = { "" };

	(void)state;
	return roster_init(&roster, &at, &settings, &fault) == STATUS_OK ? 0
	                                                                 : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	roster_finish(&roster);
	return 0;
}

static struct service *
find(const char *name)
{
	return roster_find(&roster, name, "alice");
}

/* As many as there may be, the first of them the oldest. */
static void
fill(void)
{
	for (int i = 0; i < ROSTER_MAX; i++) {
		char name[32];
		char user[32];
		struct service *service;

		(void)snprintf(name, sizeof(name), "ntfy https://h%d", i);
		(void)snprintf(user, sizeof(user), "user%d", i / 2);
		service = roster_find(&roster, name, user);
		assert_non_null(service);
		service->used_ms = i;
	}
}

TEST(makes_a_service_once)
{
	struct service *log = find("log");
	struct service *ntfy = find("ntfy https://ntfy.sh");

	assert_non_null(log);
	assert_string_equal(log->origin, "");
	assert_string_equal(ntfy->origin, "https://ntfy.sh");
	assert_ptr_equal(find("log"), log);
	assert_ptr_not_equal(find("ntfy https://pi.lan"), ntfy);
}

TEST(makes_none_of_an_unknown_provider)
{
	assert_null(find("fax tel:1"));
	assert_int_equal(roster.count, 0);
}

/* Answers are gathered while others are under way. */
TEST(gives_the_room_of_what_was_answered_to_the_next)
{
	struct service *service = find("ntfy https://ntfy.sh");
	int32_t most = service->provider->in_flight_max;
	struct outbox_job job = { .user = "alice",
		.device = "p",
		.event_id = "e" };
	struct flight *flights[64];

	for (int32_t i = 0; i < most; i++) {
		job.id = i + 1;
		flights[i] = service_take_off(service, &job);
		assert_non_null(flights[i]);
	}
	assert_int_equal(service_room(service), 0);
	for (int32_t i = 0; i < service_gathers(service); i++)
		service_note_answered(flights[i]);
	assert_int_equal(service_room(service), service_gathers(service));
	for (int32_t i = 0; i < service_gathers(service); i++) {
		job.id = most + i + 1;
		assert_non_null(service_take_off(service, &job));
	}
	assert_int_equal(service_room(service), 0);
	job.id = 1; /* it is to be settled */
	assert_null(service_take_off(service, &job));
	service_land(flights[0]);
	assert_int_equal(service_room(service), 0);
	assert_int_equal(service->answered, service_gathers(service) - 1);
	assert_int_equal(service->in_flight, service_slots(service) - 1);
	for (int32_t i = service_gathers(service); i < most; i++)
		service_note_answered(flights[i]);
	assert_int_equal(service_room(service), 1);
}

TEST(makes_room_for_a_new_one_where_nothing_waits)
{
	fill();
	/* The oldest has jobs that are not due yet. */
	roster.services[0]->next_due_ms = 1;
	assert_non_null(find("log"));
	assert_int_equal(roster.count, ROSTER_MAX);
	assert_string_equal(roster.services[0]->name, "ntfy https://h0");
	assert_string_equal(roster.services[1]->name, "log");
}

TEST(lets_a_new_one_wait_while_all_are_busy)
{
	fill();
	for (size_t i = 0; i < roster.count; i++)
		roster.services[i]->has_due_jobs = true;
	assert_null(find("log"));
	roster.services[5]->has_due_jobs = false;
	assert_non_null(find("log"));
}

TEST(gives_nobody_all_the_room)
{
	char name[32];

	for (int i = 0; i < ROSTER_SHARE; i++) {
		(void)snprintf(name, sizeof(name), "ntfy https://h%d", i);
		assert_non_null(find(name));
		find(name)->has_due_jobs = true;
	}
	assert_null(find("ntfy https://more"));
	assert_non_null(roster_find(&roster, "ntfy https://bobs", "bob"));
	/* What all use counts for nobody. */
	assert_non_null(find("log"));
	find("ntfy https://h3")->has_due_jobs = false;
	assert_non_null(find("ntfy https://more"));
	assert_string_equal(roster.services[3]->name, "ntfy https://more");
}

/* As many jobs as may begin, which nobody answers. */
static int32_t
hang(struct service *service)
{
	static int64_t id;
	struct outbox_job job = { .user = "alice",
		.device = "p",
		.event_id = "e" };
	int32_t count = 0;

	for (; service_room(service) > 0; count++) {
		job.id = ++id;
		assert_non_null(service_take_off(service, &job));
	}
	return count;
}

static struct service *
find_http1(const char *name, const char *user)
{
	struct service *service = roster_find(&roster, name, user);

	assert_non_null(service);
	service->has_answered = service->is_http1 = true;
	return service;
}

TEST(begins_no_more_than_there_are_connections_for)
{
	static const char *const users[] = { "alice", "bob", "carol" };
	struct service *service;
	char name[32];
	int32_t count = 0;

	roster.crowd.max = 64;
	for (int i = 0; i < 40; i++) {
		(void)snprintf(name, sizeof(name), "ntfy https://h%d", i);
		count += hang(find_http1(name, users[i / 16]));
		/* Half of them is never hers alone. */
		assert_true(i >= 16 || count <= 32);
	}
	assert_int_equal(count, 64);
	service = find_http1("ntfy https://last", "dave");
	assert_int_equal(service_room(service), 0);
	assert_false(service_has_room(service));
	service->has_due_jobs = true;
	assert_int_equal(service_room_ms(service), INT64_MAX);
	/* What is sent over one connection for all waits for none of them. */
	service->is_http1 = false;
	assert_true(service_has_room(service));
}

TEST(begins_again_when_a_connection_is_free)
{
	struct service *first = find_http1("ntfy https://first", "alice");
	struct service *second = find_http1("ntfy https://second", "bob");

	roster.crowd.max = 2;
	assert_int_equal(hang(first), 1);
	assert_int_equal(hang(second), 1);
	first->is_http1 = second->is_http1 = false; /* as the answers said */
	for (int32_t i = 0; i < service_slots(first); i++) {
		if (first->flights[i].job != 0)
			service_note_answered(&first->flights[i]);
		if (second->flights[i].job != 0)
			service_land(&second->flights[i]);
	}
	assert_int_equal(roster.crowd.count, 0);
	second->is_http1 = true;
	assert_true(service_has_room(second));
}

static void
push(struct service *service, const char *user)
{
	const struct outbox_job job = { .id = 1,
		.user = user,
		.device = "p",
		.event_id = "e" };

	service_land(service_take_off(service, &job));
}

TEST(counts_for_nobody_where_several_push)
{
	char name[32];

	for (int i = 0; i < ROSTER_SHARE; i++) {
		(void)snprintf(name, sizeof(name), "ntfy https://h%d", i);
		push(find(name), "alice");
		find(name)->has_due_jobs = true;
	}
	assert_null(find("ntfy https://more"));
	push(find("ntfy https://h3"), "bob");
	assert_non_null(find("ntfy https://more"));
	find("ntfy https://more")->has_due_jobs = true;
	/* Nor does it leave for a host of hers. */
	find("ntfy https://h3")->has_due_jobs = false;
	assert_null(find("ntfy https://another"));
}

#define ROSTER_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		ROSTER_TEST(makes_a_service_once),
		ROSTER_TEST(makes_none_of_an_unknown_provider),
		ROSTER_TEST(gives_the_room_of_what_was_answered_to_the_next),
		ROSTER_TEST(makes_room_for_a_new_one_where_nothing_waits),
		ROSTER_TEST(lets_a_new_one_wait_while_all_are_busy),
		ROSTER_TEST(gives_nobody_all_the_room),
		ROSTER_TEST(begins_no_more_than_there_are_connections_for),
		ROSTER_TEST(begins_again_when_a_connection_is_free),
		ROSTER_TEST(counts_for_nobody_where_several_push),
	};

	return cmocka_run_group_tests_name("roster", tests, NULL, NULL);
}
