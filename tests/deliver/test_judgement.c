/* Whose pushes wait after an answer: one person's, or all. */
#include "deliver/judgement.h"
#include "unit.h"

#include <stdio.h>
#include <string.h>

#define YEAR_S 31536000

static struct instant at;
static struct timers timers;
static struct lines lines;
static struct trouble trouble;
static struct crowd crowd;
static struct service *service;
static int64_t jobs;

static int
set_up(void **state)
{
	(void)state;
	at = (struct instant){ .now_ms = 1764000000000, .monotonic_ms = 1000 };
	memset(&trouble, 0, sizeof(trouble));
	crowd = (struct crowd){ .max = 1000 };
	jobs = 0;
	timers.first = NULL;
	lines_init(&lines, &at, &timers);
	return service_create(&at, &crowd, "webhook https://hooks.lan", NULL,
	           &service) == STATUS_OK
	    ? 0
	    : -1;
}

static int
tear_down(void **state)
{
	(void)state;
	service_destroy(service);
	return 0;
}

static struct flight *
begin(const char *user)
{
	const struct outbox_job job = {
		.id = ++jobs,
		.user = user,
		.device = "phone",
		.event_id = "e",
	};
	struct flight *flight;

	if (*service->user == '\0') /* as the roster notes it */
		(void)snprintf(service->user, sizeof(service->user), "%s",
		    user);
	flight = service_take_off(service, &job);
	assert_non_null(flight);
	flight->expires_ms = at.now_ms + INT64_C(1000) * YEAR_S;
	return flight;
}

static void
end(struct flight *flight, int status, int32_t retry_after_s)
{
	flight->response.status = status;
	flight->response.is_http2 = true;
	flight->response.retry_after_s = retry_after_s;
	service_note_answered(flight);
	(void)judgement_make(flight, &trouble, &lines);
	service_land(flight);
}

/* A push of somebody's meets that. */
static void
meet(const char *user, int status, int32_t retry_after_s)
{
	end(begin(user), status, retry_after_s);
}

/* As often as a breaker takes. */
static void
fail_often(const char *user)
{
	for (int i = 0; i < BREAKER_FAILURES; i++)
		meet(user, 500, 0);
}

/* How many pushes of somebody may begin. */
static int32_t
room_of(const char *user)
{
	int32_t room = service_room(service);
	int32_t share = service_share(service, user);

	return room < share ? room : share;
}

static void
pass_s(int64_t seconds)
{
	at.monotonic_ms += seconds * 1000;
	at.now_ms += seconds * 1000;
}

/* Also where nobody was served yet, as after a start, or in the morning. */
TEST(lets_one_person_wait_alone_for_what_only_theirs_met)
{
	static const int statuses[] = { 429, 503, 500, 0 };

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		(void)tear_down(NULL);
		assert_int_equal(set_up(NULL), 0);
		for (int j = 0; j < 8; j++)
			meet("mallory", statuses[i], YEAR_S);
		assert_true(room_of("mallory") <= 0);
		assert_true(room_of("bob") > 1);
	}
}

TEST(gives_one_probe_to_whose_pushes_fail)
{
	struct flight *probe;

	fail_often("mallory");
	assert_true(room_of("mallory") <= 0);
	pass_s(60);
	assert_int_equal(room_of("mallory"), 1);
	probe = begin("mallory");
	assert_true(room_of("mallory") <= 0);
	end(probe, 500, 0);
	pass_s(60);
	assert_true(room_of("mallory") <= 0);
	pass_s(60);
	meet("mallory", 200, 0);
	assert_true(room_of("mallory") > 1);
}

TEST(lets_all_wait_for_what_a_second_person_met_too)
{
	fail_often("alice");
	assert_true(room_of("carol") > 1);
	fail_often("bob");
	assert_true(room_of("carol") <= 0);
	pass_s(60);
	assert_int_equal(service_room(service), 1);
	/* It works again: it does for all whom it failed. */
	service->has_due_jobs = false;
	meet("carol", 200, 0);
	assert_true(service->has_due_jobs);
	assert_true(room_of("alice") > 1);
	assert_true(room_of("bob") > 1);
}

TEST(slows_all_down_when_a_second_person_was_asked_to_wait)
{
	meet("alice", 429, 20);
	assert_true(room_of("alice") <= 0);
	assert_true(room_of("bob") > 1);
	meet("bob", 429, 30);
	assert_true(room_of("carol") <= 0);
	pass_s(20);
	assert_true(room_of("alice") <= 0);
	pass_s(10);
	assert_int_equal(room_of("carol"), 1);
}

/* Who was asked waits for as long; the others ask by themselves, now and then. */
TEST(lets_nobody_wait_for_a_day_because_two_were_asked_to)
{
	meet("mallory", 429, 86400);
	meet("trudy", 429, 86400);
	assert_true(room_of("bob") <= 0);
	pass_s(900);
	assert_int_equal(room_of("bob"), 1);
	assert_true(room_of("mallory") <= 0);
	assert_true(room_of("trudy") <= 0);
}

static void
begin_all(const char *user)
{
	while (room_of(user) > 0)
		(void)begin(user);
}

/* Also where nobody else pushed yet, as far as is known: what of hers hangs. */
TEST(keeps_a_quarter_of_what_may_be_under_way_from_each_person)
{
	int32_t most = service->provider->in_flight_max;

	begin_all("mallory");
	assert_int_equal(service->in_flight, most - most / 4);
	assert_int_equal(room_of("bob"), most / 4);
}

TEST(gives_all_of_it_to_who_is_served_and_alone)
{
	meet("alice", 200, 0);
	begin_all("alice");
	assert_int_equal(service->in_flight, service->provider->in_flight_max);
}

TEST(keeps_a_quarter_again_once_a_push_of_hers_fails)
{
	int32_t most = service->provider->in_flight_max;

	meet("alice", 200, 0);
	meet("alice", 500, 0);
	begin_all("alice");
	assert_int_equal(service->in_flight, most - most / 4);
}

TEST(keeps_a_quarter_from_each_once_it_knows_of_others)
{
	int32_t most = service->provider->in_flight_max;

	meet("bob", 200, 0);
	meet("alice", 200, 0);
	begin_all("alice");
	assert_int_equal(service->in_flight, most - most / 4);
}

/* Whether what begins now has a connection of its own. */
static bool
begins_alone(const char *user)
{
	return begin(user)->is_in_crowd;
}

TEST(lets_nobody_wait_for_anothers_first_answer)
{
	assert_false(begins_alone("mallory"));
	assert_false(begins_alone("mallory"));
	assert_true(begins_alone("bob"));
	assert_false(begins_alone("bob"));
	assert_false(begins_alone("mallory"));
}

TEST(lets_all_take_one_connection_once_a_service_answered)
{
	meet("alice", 200, 0);
	assert_false(begins_alone("alice"));
	assert_false(begins_alone("bob"));
}

TEST(takes_no_more_connections_for_first_answers_than_are_a_services_part)
{
	char user[16];
	int32_t count = 0;

	crowd.max = 64; /* its part is 2 */
	for (int i = 0; i < 5; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i);
		count += begins_alone(user);
	}
	assert_int_equal(count, 2);
}

TEST(takes_none_for_first_answers_where_others_have_all)
{
	crowd.count = crowd.max;
	assert_false(begins_alone("mallory"));
	assert_false(begins_alone("bob"));
}

/* Whoever finds no place to wait alone lets all wait, and is no flood, either. */
TEST(slows_all_down_where_more_are_asked_to_wait_than_can_alone)
{
	char user[16];

	for (int i = 0; i <= BLAME_PERSONS; i++) {
		assert_true(room_of("alice") > 1);
		(void)snprintf(user, sizeof(user), "user%d", i);
		meet(user, 429, 3600);
		if (i < BLAME_PERSONS)
			meet("alice", 200, 0);
	}
	assert_true(room_of("alice") <= 0);
	pass_s(900);
	assert_int_equal(room_of("alice"), 1);
	for (int i = 0; i < BLAME_PERSONS; i++) {
		(void)snprintf(user, sizeof(user), "user%d", i);
		assert_true(room_of(user) <= 0);
	}
}

/* Whoever has a host to herself can make it fail and work by turns. */
TEST(logs_of_one_person_only_so_often_that_hers_fail)
{
	for (int i = 0; i < LINES_FIRST + 7; i++) {
		fail_often("mallory");
		meet("mallory", 200, 0);
	}
	assert_int_equal(lines.count, 1);
	assert_string_equal(lines.of[0].user, "mallory");
	assert_int_equal(lines.of[0].left_out, 7);
}

TEST(always_logs_that_a_service_fails_two)
{
	fail_often("alice");
	fail_often("bob");
	assert_true(breaker_is_open(&service->restraint.breaker));
	assert_int_equal(lines.count, 2);
	assert_int_equal(lines.of[0].left_out, 0);
}

#define JUDGEMENT_TEST(name) \
	cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int
main(void)
{
	const struct CMUnitTest tests[] = {
		JUDGEMENT_TEST(
		    lets_one_person_wait_alone_for_what_only_theirs_met),
		JUDGEMENT_TEST(gives_one_probe_to_whose_pushes_fail),
		JUDGEMENT_TEST(lets_all_wait_for_what_a_second_person_met_too),
		JUDGEMENT_TEST(
		    slows_all_down_when_a_second_person_was_asked_to_wait),
		JUDGEMENT_TEST(
		    lets_nobody_wait_for_a_day_because_two_were_asked_to),
		JUDGEMENT_TEST(
		    keeps_a_quarter_of_what_may_be_under_way_from_each_person),
		JUDGEMENT_TEST(gives_all_of_it_to_who_is_served_and_alone),
		JUDGEMENT_TEST(keeps_a_quarter_again_once_a_push_of_hers_fails),
		JUDGEMENT_TEST(
		    keeps_a_quarter_from_each_once_it_knows_of_others),
		JUDGEMENT_TEST(lets_nobody_wait_for_anothers_first_answer),
		JUDGEMENT_TEST(
		    lets_all_take_one_connection_once_a_service_answered),
		JUDGEMENT_TEST(
		    takes_no_more_connections_for_first_answers_than_are_a_services_part),
		JUDGEMENT_TEST(
		    takes_none_for_first_answers_where_others_have_all),
		JUDGEMENT_TEST(
		    slows_all_down_where_more_are_asked_to_wait_than_can_alone),
		JUDGEMENT_TEST(logs_of_one_person_only_so_often_that_hers_fail),
		JUDGEMENT_TEST(always_logs_that_a_service_fails_two),
	};

	return cmocka_run_group_tests_name("judgement", tests, NULL, NULL);
}
